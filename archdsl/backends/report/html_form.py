"""Reports as one HTML page that needs nothing else and runs no script."""

from __future__ import annotations

from html import escape

from archdsl.backends.report.tables import make_sections

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.backends.report.model import Report
    from archdsl.backends.report.parts import Section, Table

STYLE = """
:root { color-scheme: light dark }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem }
h2 small { font-weight: normal; opacity: .7; margin-left: 1rem }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: 1rem 0 }
th, td { padding: .15rem .7rem; text-align: right; white-space: nowrap }
th.text, td.text { text-align: left }
thead th, tfoot td { border: solid #8888; border-width: 1px 0; position: sticky; top: 0 }
thead th { background: Canvas }
tfoot td { font-weight: bold }
tbody tr:hover { background: #8882 }
code { font: .9em ui-monospace, monospace; white-space: pre }
dl { display: grid; grid-template-columns: max-content max-content 1fr; gap: 0 1rem }
dd { margin: 0; text-align: right } dd.note { opacity: .7; text-align: left }
"""


def render(report: Report) -> str:
    """The report as an HTML page; all text is escaped."""
    title = ", ".join(network.name for network in report.networks[:4]) or "report"
    body = "\n".join(_section(section) for section in make_sections(report))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
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
    texts = [[_cell(cell, c.code) for cell in c.cells] for c in columns]
    for cells in zip(*texts, strict=True):
        row = "".join(f"<td{k}>{cell}</td>" for k, cell in zip(kinds, cells, strict=True))
        lines.append(f"<tr>{row}</tr>")
    lines.append("</tbody>")
    if table.has_totals:
        totals = "".join(
            f"<td{k}>{escape(c.total)}</td>" for k, c in zip(kinds, columns, strict=True)
        )
        lines.append(f"<tfoot><tr>{totals}</tr></tfoot>")
    return "\n".join([*lines, "</table>"])


def _cell(cell: str, is_code: bool) -> str:
    return f"<code>{escape(cell)}</code>" if is_code else escape(cell)
