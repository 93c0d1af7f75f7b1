"""Tables as GitHub's Markdown; a row that is common to all networks has one cell."""

from __future__ import annotations

import re

from archdsl.backends.table.text_form import lines_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.backends.table.model import Cell, Row, Table

SPECIAL = re.compile(r"[\\`*_<>|~&#!]")
"""Signs that mean something inside a cell; brackets alone do not."""


def render(table: Table, color: bool = False) -> str:
    """The table with bold where it differs from its left, and below it the one of facts."""
    out = [f"**{escape(table.title)}**", ""] if table.title else []
    heads = [*table.sides, *map(escape, table.headings)]
    out += [_line(heads), _line([":-:"] * len(heads))]
    out += [_row(row, bool(table.sides)) for row in table.rows]
    if table.facts:
        out += ["", _line(["", *map(escape, table.headings)])]
        out.append(_line([":--", *[":-:"] * len(table.headings)]))
        out += [_line([escape(r.name), *(_cell(c) for c in r.cells)]) for r in table.facts]
    return "\n".join(out) + "\n"


def escape(text: str) -> str:
    """Text that shows as it is: a backslash before signs, entities for angles, no line breaks."""
    shown = "".join(c if c.isprintable() else "\ufffd" for c in text)
    entities = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
    shown = SPECIAL.sub(lambda m: entities.get(m[0], "\\" + m[0]), shown)
    return re.sub(r"\](?=[(\[:])", r"\\]", shown)  # no links


def _row(row: Row, sides: bool) -> str:
    cells = [_cell(cell) for cell in row.cells]
    return _line([escape(row.name), escape(row.size), *cells] if sides else cells)


def _cell(cell: Cell) -> str:
    return "<br>".join(
        f"**{escape(word.text)}**" if word.bold else escape(word.text) for word in lines_of(cell)
    )


def _line(cells: list[str]) -> str:
    return "|" + "|".join(f" {cell} " if cell else " " for cell in cells) + "|"
