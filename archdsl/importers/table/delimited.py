"""Tables with tabs or commas between their cells."""

from __future__ import annotations

import re

from archdsl.importers.table.clean import clean
from archdsl.importers.table.errors import TableShape
from archdsl.importers.table.model import Cell, Grid, Reading, make_grid


def read_delimited(reading: Reading, mark: str) -> Grid:
    """The table with `mark` between cells; a cell may be quoted, brackets may go over lines."""
    raw = [cells for cells in split_rows(reading, mark) if any(not c.empty for c in cells)]
    if not raw:
        raise reading.stop(TableShape("there is nothing in the table"))
    return make_grid(reading, raw, fills=False)


def split_rows(reading: Reading, mark: str) -> list[list[Cell]]:
    """Rows of cells. Raises Unreadable where a quote or a bracket has no end."""
    text = reading.file.text
    piece = re.compile(rf'[^{mark}\n"\[\]⎡⎤⎣⎦]+|.|\n')
    rows: list[list[Cell]] = [[]]
    at = start = 0
    depth, opened = 0, 0
    while at < len(text):
        found = piece.match(text, at)
        assert found is not None
        word = found[0]
        if word == '"' and not text[start:at].strip():
            at = quoted_end(reading, at)
            continue
        if word in ("[", "⎡"):
            opened = opened if depth else at
            depth += 1
        elif word in ("]", "⎦") and depth:
            depth -= 1
        elif (word == "\n" and not depth) or (word == mark and (mark == "\t" or not depth)):
            rows[-1].append(make_cell(text, start, at))
            start = at + 1
            if word == "\n":
                rows.append([])
        at = found.end()
    if depth:
        wrong = TableShape("this bracket is never closed", help="write the `]` of the group")
        raise reading.stop(wrong, opened, opened + 1)
    rows[-1].append(make_cell(text, start, len(text)))
    return rows


def quoted_end(reading: Reading, at: int) -> int:
    """Where a quoted cell ends; two quotes inside are one."""
    text = reading.file.text
    end = text.find('"', at + 1)
    while end >= 0 and text.startswith('"', end + 1):
        end = text.find('"', end + 2)
    if end < 0:
        raise reading.stop(TableShape("this quote is never closed"), at, at + 1)
    return end + 1


def make_cell(text: str, start: int, end: int) -> Cell:
    """The cell of a part of the text, without the blanks and quotes around it."""
    inner = text[start:end]
    start += len(inner) - len(inner.lstrip())
    inner = inner.strip()
    shown = inner
    if len(inner) > 1 and inner[0] == '"' == inner[-1]:
        shown = inner[1:-1].replace('""', '"')
    return Cell(clean(shown), start, start + len(inner))
