"""Reports in Markdown, with tables as GitHub renders them."""

from __future__ import annotations

from archdsl.backends.report.tables import make_sections

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.backends.report.model import Report
    from archdsl.backends.report.parts import Section, Table

SPECIAL = frozenset("\\`*_{}[]<>#|~&@$")


def render(report: Report) -> str:
    """The report as Markdown; text from the spec stands in code spans or is escaped."""
    return render_sections(make_sections(report))


def render_sections(sections: list[Section]) -> str:
    """Titled tables as Markdown."""
    parts = [part for section in sections for part in _section(section)]
    return "\n\n".join(parts) + "\n"


def escape(text: str) -> str:
    """Text that means nothing to Markdown: no link, no emphasis, no HTML, no second cell."""
    text = "".join("\\" + c if c in SPECIAL else c for c in " ".join(text.split()))
    text = text.replace("://", ":\\/\\/").replace("www.", "www\\.")
    return "\\" + text if text.startswith(("-", "+", "=")) else text


def code(text: str) -> str:
    """A code span that fits into a table's cell."""
    text = " ".join(text.split()).replace("`", "'").replace("\\", "\\\\").replace("|", "\\|")
    return f"`{text}`" if text else ""


def _section(section: Section) -> list[str]:
    parts = []
    if section.title:
        parts.append(f"## {escape(section.title)}")
        parts += [escape(section.doc)] if section.doc else []
        parts.append(f"Shape: {code(section.subtitle)}")
    parts.append(_table(section.table))
    facts = [
        f"- **{label}**: {escape(value)}" + (f" ({escape(note)})" if note else "")
        if label
        else escape(value)
        for label, value, note in section.facts
    ]
    return [*parts, "\n".join(facts)]


def _table(table: Table) -> str:
    columns = table.columns
    lines = [
        _row([c.title for c in columns]),
        _row(["---:" if c.right else ":---" for c in columns]),
    ]
    texts = [[_cell(cell, c.code) for cell in c.cells] for c in columns]
    lines += [_row(list(cells)) for cells in zip(*texts, strict=True)]
    if table.has_totals:
        totals = [f"**{c.total}**" if c.total else "" for c in columns]
        lines.append(_row(["**total**", *totals[1:]]))
    return "\n".join(lines)


def _cell(cell: str, is_code: bool) -> str:
    """A cell; the indentation of a nested block becomes spaces that Markdown keeps."""
    text = cell.lstrip(" ")
    indent = "&nbsp;" * (2 * (len(cell) - len(text)))
    return indent + (code(text) if is_code else escape(text))


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"
