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
from archdsl.importers.table.words import Step, Unclear, read_words

PART = re.compile(r"\S+(?:[ \u00a0]\S+|[ \u00a0]+[⎤⎥⎦]\S*)*")
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
    rows = [r for r in join_brackets(reading.file.text, raw) if any(not c.empty for c in r)]
    if not rows:
        raise reading.stop(TableShape("there is nothing in the table"))
    return make_grid(reading, rows, fills=False)


def find_columns(full: list[list[Part]]) -> list[Part]:
    """The extent of each column, over all lines that have them all."""
    return [(min(p[i][0] for p in full), max(p[i][1] for p in full)) for i in range(len(full[0]))]


def place(reading: Reading, at: int, parts: list[Part], columns: list[Part]) -> list[Cell]:
    """The cells of a line, an empty one where nothing stands in a column."""
    text = reading.file.text

    def cell(part: Part) -> Cell:
        start, end = at + part[0], at + part[1]
        return Cell(clean(text[start:end]), start, end)

    if len(parts) == len(columns):
        return [cell(p) for p in parts]
    if len(parts) == 1 and is_common(text[at + parts[0][0] : at + parts[0][1]]):
        return [cell(parts[0])]
    cells = [Cell("", at, at) for _ in columns]
    for part in parts:
        shared = [min(part[1], c[1]) - max(part[0], c[0]) for c in columns]
        best = max(range(len(columns)), key=shared.__getitem__)
        inside = [i for i, n in enumerate(shared) if n > 0]
        edges = (part[0] - columns[best][0], part[1] - columns[best][1])
        beside = min(abs(e) for e in (*edges, sum(edges) // 2)) > 1 and "[" not in clean(
            text[at + part[0] : at + part[1]]
        )
        if len(inside) != 1 or beside or not cells[best].empty:
            wrong = TableCell(
                f"{quote(text[at + part[0] : at + part[1]])} stands below no column alone",
                help="put it below its column, or a tab or `|` between all cells",
            )
            reading.wrong(wrong, at + part[0], at + part[1])
            continue
        cells[best] = cell(part)
    return cells


def is_common(text: str) -> bool:
    """Whether a text alone on its line is common to all columns: a caption, an input, a pool, an
    FC layer. A convolution stands below the column that has it."""
    try:
        words = read_words(clean(text))
    except Unclear:
        return "⎢" not in text and "⎣" not in text and "⎡" not in text
    return all(isinstance(w, Step) and w.kind not in ("conv", "lrn", "bn") for w in words)


def join_brackets(text: str, raw: list[list[Cell]]) -> list[list[Cell]]:
    """Joins the lines of a bracket to the line where it was opened, cell by cell.

    A bracket stays open until its `]`, or is drawn over its lines (`⎡`, `⎢`, `⎣`).
    """
    rows: list[list[Cell]] = []
    for cells in raw:
        above = rows[-1] if rows else []
        opened = any(c.text.count("[") > c.text.count("]") for c in above)
        drawn = any(not c.empty and text[c.start] in "⎢⎣" for c in cells)
        if (opened or drawn) and len(cells) == len(above):
            for old, new in zip(above, cells, strict=True):
                if not new.empty:
                    old.text = join(old.text, new.text) if drawn else f"{old.text}\n{new.text}"
        else:
            rows.append(cells)
    return rows


def join(above: str, below: str) -> str:
    """Two lines of a drawn bracket, each cleaned to `[ … ] x 3`, as one."""
    head, _, after = above.removeprefix("[").partition("]")
    body, _, rest = below.removeprefix("[").partition("]")
    return f"[{head.strip()}; {body.strip()}]{after}{rest}"
