"""Text in columns with two or more blanks between them, as it comes out of a PDF."""

from __future__ import annotations

import re

from archdsl.importers.table.clean import clean
from archdsl.importers.table.errors import TableCell, TableLimit, TableShape
from archdsl.importers.table.model import (
    MAX_COLUMNS,
    MAX_ROWS,
    Cell,
    Grid,
    Reading,
    make_grid,
    quote,
)

PART = re.compile(r"\S+(?:[ \u00a0]\S+)*")
Part = tuple[int, int]
"""Start and end of a part, in its line."""


def read_aligned(reading: Reading) -> Grid:
    """The table; a line with one part is common to all columns, the others lie below the widest."""
    lines: list[tuple[int, list[Part]]] = []
    at = 0
    for line in reading.file.text.split("\n"):
        parts = [m.span() for m in PART.finditer(line)]
        if parts:
            lines.append((at, parts))
        at += len(line) + 1
    widest = max((len(parts) for _, parts in lines), default=0)
    if widest < 2:
        raise reading.stop(
            TableShape(
                "no columns are seen",
                help="columns stand two or more blanks, a tab, or a `|` apart; timm's block "
                "strings look like `ir_r2_k3_s2_e6_c24`",
            )
        )
    if widest > MAX_COLUMNS or len(lines) > MAX_ROWS:
        raise reading.stop(TableLimit(f"a table of {widest:,} columns and {len(lines):,} rows"))
    columns = find_columns([parts for _, parts in lines if len(parts) == widest])
    raw = [place(reading, at, parts, columns) for at, parts in lines]
    return make_grid(reading, join_brackets(raw), fills=False)


def find_columns(full: list[list[Part]]) -> list[Part]:
    """The extent of each column, over all lines that have them all."""
    return [(min(p[i][0] for p in full), max(p[i][1] for p in full)) for i in range(len(full[0]))]


def place(reading: Reading, at: int, parts: list[Part], columns: list[Part]) -> list[Cell]:
    """The cells of a line, an empty one where nothing stands in a column."""
    text = reading.file.text

    def cell(part: Part) -> Cell:
        start, end = at + part[0], at + part[1]
        return Cell(clean(text[start:end]), start, end)

    if len(parts) in (1, len(columns)):
        return [cell(p) for p in parts]
    cells = [Cell("", at, at) for _ in columns]
    for part in parts:
        shared = [min(part[1], c[1]) - max(part[0], c[0]) for c in columns]
        best = max(range(len(columns)), key=shared.__getitem__)
        inside = [i for i, n in enumerate(shared) if n > 0]
        if len(inside) != 1 or not cells[best].empty:
            wrong = TableCell(
                f"{quote(text[at + part[0] : at + part[1]])} stands below no column alone",
                help="put it below its column, or a tab or `|` between all cells",
            )
            reading.wrong(wrong, at + part[0], at + part[1])
            continue
        cells[best] = cell(part)
    return cells


def join_brackets(raw: list[list[Cell]]) -> list[list[Cell]]:
    """Joins lines inside of an open bracket to the line where it was opened, cell by cell."""
    rows: list[list[Cell]] = []
    for cells in raw:
        above = rows[-1] if rows else []
        opened = [c.text.count("[") > c.text.count("]") for c in above]
        if any(opened) and len(cells) == len(above):
            for old, new in zip(above, cells, strict=True):
                if not new.empty:
                    old.text = f"{old.text}\n{new.text}"
                    old.end = new.end if old.end < new.start else old.end
            continue
        rows.append(cells)
    for row in rows:
        for c in row:
            c.text = merge_tall(c.text)
    return rows


def merge_tall(text: str) -> str:
    """A bracket drawn over several lines (`⎡`, `⎣`), cleaned to one sign a line, as one bracket."""
    lines = text.split("\n")
    if len(lines) < 2 or not all(line.startswith("[") for line in lines):
        return text
    body = [line[1:].strip() for line in lines]
    return "[" + "\n".join(
        b.replace("]", "").strip() if i < len(body) - 1 else b for i, b in enumerate(body)
    )
