"""Tables as a page of HTML that stands alone, without scripts."""

from __future__ import annotations

from archdsl.backends.svg.canvas import escape as escape_markup

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from archdsl.backends.table.model import Cell, Group, Row, Table

STYLE = """\
:root { color-scheme: light dark; }
body { font: 15px/1.35 Helvetica, Arial, sans-serif; margin: 2rem auto; width: max-content;
  max-width: 96vw; }
table { border-collapse: collapse; margin: 0 auto 1.5rem; }
caption { font-weight: bold; padding: .5em; }
th, td { border: 1px solid GrayText; padding: .25em .9em; text-align: center;
  white-space: nowrap; }
.block { display: inline-block; border: solid; border-width: 0 1.5px; border-radius: .35em;
  padding: 0 .4em; vertical-align: middle; }
.block i { font-size: 0; }
"""


def render(table: Table, color: bool = False) -> str:
    """The page: the table, with bold where it differs from its left, then the one of facts."""
    return "\n".join(_page(table)) + "\n"


def escape(text: str) -> str:
    """Text without markup."""
    return escape_markup(text, 2000)


def _page(table: Table) -> Iterator[str]:
    title = escape(table.title or ", ".join(table.headings))
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield f"<title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>"
    yield "<table>"
    if table.title:
        yield f"<caption>{escape(table.title)}</caption>"
    heads = [*table.sides, *table.headings]
    names = "".join(f'<th scope="col">{escape(h)}</th>' for h in heads)
    yield f"<thead><tr>{names}</tr></thead>\n<tbody>"
    for row in table.rows:
        yield _row(row, table)
    yield "</tbody>\n</table>"
    if table.facts:
        yield "<table>"
        names = "".join(f'<th scope="col">{escape(h)}</th>' for h in table.headings)
        yield f"<thead><tr><th></th>{names}</tr></thead>\n<tbody>"
        for row in table.facts:
            cells = "".join(f"<td>{_cell(cell)}</td>" for cell in row.cells)
            yield f'<tr><th scope="row">{escape(row.name)}</th>{cells}</tr>'
        yield "</tbody>\n</table>"
    yield "</body>\n</html>"


def _row(row: Row, table: Table) -> str:
    head = ""
    if table.sides:
        head = f'<th scope="row">{escape(row.name)}</th><td>{escape(row.size)}</td>'
    span = f' colspan="{len(table.headings)}"' if row.spans and len(table.headings) > 1 else ""
    cells = "".join(f"<td{span}>{_cell(cell)}</td>" for cell in row.cells)
    return f"<tr>{head}{cells}</tr>"


def _cell(cell: Cell) -> str:
    return "<br>".join(_group(group) for group in cell)


def _group(group: Group) -> str:
    words = [f"<b>{escape(w.text)}</b>" if w.bold else escape(w.text) for w in group.words]
    times = f" ×{group.times}" if group.times > 1 else ""
    if not group.block:
        return "<br>".join(word + times for word in words)
    inside = f"<i>[</i>{'<br>'.join(words)}<i>]</i>"  # brackets for those who copy the text
    return f'<span class="block">{inside}</span>{times or " ×1"}'
