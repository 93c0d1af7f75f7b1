"""Markdown tables: rows between `|` signs, found anywhere in a page."""

from __future__ import annotations

import re

from archdsl.importers.table.clean import clean
from archdsl.importers.table.errors import TableShape
from archdsl.importers.table.model import Cell, Grid, Reading, make_grid

RULE = re.compile(r"[\s>]*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*")
BAR = re.compile(r"\\\||\|")


def find_tables(text: str) -> list[list[tuple[int, int]]]:
    """The tables of a page, as the extents of their lines without the rule below the heading."""
    tables: list[list[tuple[int, int]]] = []
    open_ = False
    at = 0
    for line in text.split("\n"):
        bare = line.strip(" \t\r>")
        if bare.startswith("|") or (open_ and "|" in bare):
            if not open_:
                tables.append([])
            open_ = True
            if not (set(bare) <= set("|-: \t") and RULE.fullmatch(line)):
                tables[-1].append((at, at + len(line)))
        else:
            open_ = False
        at += len(line) + 1
    return [t for t in tables if t]


def read_markdown(reading: Reading, lines: list[tuple[int, int]]) -> Grid:
    """The table of these lines."""
    raw = []
    for start, end in lines:
        cells = split_line(reading.file.text, start, end)
        if any(not c.empty for c in cells):
            raw.append(cells)
    if not raw:
        raise reading.stop(TableShape("there is nothing in the table"), *lines[0])
    return make_grid(reading, raw, fills=False)


def split_line(text: str, start: int, end: int) -> list[Cell]:
    """The cells of a line; `\\|` is no end of a cell."""
    while start < end and text[start] in " \t>":
        start += 1
    if start < end and text[start] == "|":
        start += 1
    cells: list[Cell] = []
    for bar in BAR.finditer(text, start, end):
        if bar[0] == "|":
            cells.append(make_cell(text, start, bar.start()))
            start = bar.end()
    if text[start:end].strip():
        cells.append(make_cell(text, start, end))
    return cells


def make_cell(text: str, start: int, end: int) -> Cell:
    """The cell of a part of the text."""
    inner = text[start:end]
    start += len(inner) - len(inner.lstrip())
    inner = inner.strip()
    return Cell(clean(inner.replace("\\|", "|")), start, start + len(inner))
