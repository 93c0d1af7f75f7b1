"""Rows of columns: equal output sizes begin in one row."""

from __future__ import annotations

from archdsl.backends.flow.levels import merge
from archdsl.backends.flow.words import size_words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.backends.columns.model import Cell, Column

Phase = tuple[int, list["Cell"]]
"""A level and the cells in a row that have it."""


class Grid:
    """Where everything stands: a row for each cell of each column, and the labels of rows."""

    __slots__ = ("height", "labels", "rows")

    def __init__(self, rows: list[list[int]], labels: list[tuple[int, str]], height: int) -> None:
        self.rows = rows
        self.labels = labels
        self.height = height


def align(columns: list[Column]) -> Grid:
    """Puts the cells of equal levels side by side; each level takes as many rows as it needs."""
    phases = [_phases(column) for column in columns]
    order: list[int] = []
    for column in phases:
        order = merge(order, [level for level, _ in column])
    rows: list[list[int]] = [[] for _ in columns]
    labels: list[tuple[int, str]] = []
    at, top = [0] * len(columns), 0
    for level in order:
        deepest, sizes = 0, []
        for i, column in enumerate(phases):
            if at[i] == len(column) or column[at[i]][0] != level:
                continue
            cells = column[at[i]][1]
            at[i] += 1
            rows[i] += range(top, top + len(cells))
            deepest = max(deepest, len(cells))
            sizes.append(size_words(cells[0].type))
        labels.append((top, " / ".join(dict.fromkeys(sizes))))
        top += deepest
    return Grid(rows, labels, top)


def _phases(column: Column) -> list[Phase]:
    out: list[Phase] = []
    for cell in column.cells:
        if not out or out[-1][0] != cell.level:
            out.append((cell.level, []))
        out[-1][1].append(cell)
    return out
