"""Reports as one HTML page that needs nothing else; its one script sorts the tables."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from html import escape
from math import inf

from archdsl.backends.report.tables import make_sections

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.backends.report.model import Report
    from archdsl.backends.report.parts import Column, Section, Table

STYLE = """
:root { color-scheme: light dark; --bar: light-dark(#b9d2f1, #2c4a70) }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 84rem; padding: 0 1rem }
h2 small { font-weight: normal; opacity: .7; margin-left: 1rem }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: 1rem 0 }
th, td { padding: .15rem .7rem; text-align: right; white-space: nowrap }
th.text, td.text { text-align: left } td.text { white-space: normal }
thead th, tfoot td { border: solid #8888; border-width: 1px 0; position: sticky; top: 0 }
thead th { background: Canvas }
thead button { all: unset; cursor: pointer }
thead button:focus-visible { outline: 2px solid Highlight }
th[aria-sort=descending] button::after { content: " ↓" }
th[aria-sort=ascending] button::after { content: " ↑" }
tfoot td { font-weight: bold }
tbody tr:hover { background: #8882 }
td.bar { background: linear-gradient(var(--bar) 0 0) left / calc(var(--w) * 1%) 80% no-repeat }
td.bar { min-width: 5rem }
code { font: .9em ui-monospace, monospace; white-space: pre-wrap }
dl { display: grid; grid-template-columns: max-content max-content 1fr; gap: 0 1rem }
dd { margin: 0; text-align: right } dd.note { opacity: .7; text-align: left }
@media print {
  :root { color-scheme: light; print-color-adjust: exact }
  body { font-size: 8pt; margin: 0; max-width: none; padding: 0 }
  thead th { position: static } thead { display: table-header-group }
  th, td { padding: 0 .3rem } tr { break-inside: avoid } h2 { break-after: avoid }
  th[aria-sort] button::after { content: none }
}
"""

SCRIPT = """
for (const table of document.querySelectorAll("table")) {
  const body = table.tBodies[0], first = [...body.rows], heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, at) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.onclick = () => {
      const was = head.getAttribute("aria-sort");
      const is = { descending: "ascending", ascending: null }[was];
      const next = was ? is : "descending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      const value = (row) => row.cells[at].dataset.v;
      const text = (row) => row.cells[at].textContent.trim();
      const order = (a, b) => value(a) === undefined
        ? text(b).localeCompare(text(a), "en", { numeric: true }) : value(b) - value(a);
      const rows = [...first];
      if (next) {
        head.setAttribute("aria-sort", next);
        const sign = next === "ascending" ? -1 : 1;
        rows.sort((a, b) => sign * (order(a, b) || 0));
      }
      body.append(...rows);
    };
  });
}
"""


def render(report: Report) -> str:
    """The report as an HTML page; all text is escaped, and no other script than ours may run."""
    title = ", ".join(network.name for network in report.networks[:4]) or "report"
    body = "\n".join(_section(section) for section in make_sections(report))
    known = b64encode(sha256(SCRIPT.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{known}'"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n{body}\n<script>{SCRIPT}</script>\n</body>\n</html>\n"
    )


def _section(section: Section) -> str:
    parts = []
    if section.title:
        shape = f"<small>{escape(section.subtitle)}</small>"
        parts.append(f"<h2>{escape(section.title)}{shape}</h2>")
        parts += [f"<p>{escape(section.doc)}</p>"] if section.doc else []
    parts.append(table_html(section.table))
    facts = [
        f'<dt>{escape(label)}</dt><dd>{escape(value)}</dd><dd class="note">{escape(note)}</dd>'
        for label, value, note in section.facts
        if label
    ]
    if facts:
        parts.append("<dl>\n" + "\n".join(facts) + "\n</dl>")
    parts += [f"<p>{escape(value)}</p>" for label, value, _ in section.facts if not label]
    return "<section>\n" + "\n".join(parts) + "\n</section>"


def table_html(table: Table) -> str:
    """A table with its heading and totals; all text is escaped."""
    columns = table.columns
    kinds = ["" if c.right else ' class="text"' for c in columns]
    head = "".join(
        f'<th scope="col"{kind}>{escape(c.title)}</th>'
        for c, kind in zip(columns, kinds, strict=True)
    )
    lines = ["<table>", f"<thead><tr>{head}</tr></thead>", "<tbody>"]
    for cells in zip(*(_cells(c) for c in columns), strict=True):
        lines.append(f"<tr>{''.join(cells)}</tr>")
    lines.append("</tbody>")
    if table.has_totals:
        totals = "".join(
            f"<td{k}>{escape(c.total)}</td>" for k, c in zip(kinds, columns, strict=True)
        )
        lines.append(f"<tfoot><tr>{totals}</tr></tfoot>")
    return "\n".join([*lines, "</table>"])


def _cells(column: Column) -> list[str]:
    """The cells of a column, with what to sort by and how long the bar is."""
    made = []
    for i, cell in enumerate(column.cells):
        marks = "" if column.right else ' class="text"'
        if column.values is not None:
            marks += f' data-v="{_number(column.values[i])}"'
        if column.bars is not None:
            marks += f' class="bar" style="--w:{100 * column.bars[i]:.1f}"'
        text = f"<code>{escape(cell)}</code>" if column.code else escape(cell)
        made.append(f"<td{marks}>{text}</td>")
    return made


def _number(value: float) -> str:
    """A number as JavaScript reads it."""
    return "1e999" if value == inf else f"{value:.17g}"
