"""Rows of columns: equal output sizes begin in one row."""

from __future__ import annotations

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


def merge(one: list[int], other: list[int]) -> list[int]:
    """The shortest sequence that holds both in their order; of two choices the lower first.

    Takes time in the product of the lengths.
    """
    n, m = len(one), len(other)
    size = [
        [max(n - i, m - j) if n == i or m == j else 0 for j in range(m + 1)] for i in range(n + 1)
    ]
    for i in range(n - 1, -1, -1):
        for j in range(m - 1, -1, -1):
            both = size[i + 1][j + 1] if one[i] == other[j] else size[i][j + 1]
            size[i][j] = 1 + min(both, size[i + 1][j], size[i][j + 1])
    out: list[int] = []
    i = j = 0
    while i < n and j < m:
        if one[i] == other[j]:
            out.append(one[i])
            i, j = i + 1, j + 1
        elif (size[i + 1][j], one[i]) <= (size[i][j + 1], other[j]):
            out.append(one[i])
            i += 1
        else:
            out.append(other[j])
            j += 1
    return out + one[i:] + other[j:]
