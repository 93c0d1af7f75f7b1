"""Which lines of a cell the cell on its left does not have: those are set in bold."""

from __future__ import annotations

from itertools import pairwise

from archdsl.backends.table.model import Cell, Group, Word

LARGEST = 250_000
"""Product of the lines of two cells up to which they are aligned; beyond, line by line."""


def mark_new(cells: list[Cell]) -> tuple[Cell, ...]:
    """The cells with every line in bold that is added to the cell on the left, or differs."""
    out = list(cells[:1])
    for left, cell in pairwise(cells):
        if not left:
            out.append(cell)  # nothing to differ from
            continue
        known = iter(_kept(_keys(left), _keys(cell)))
        out.append(
            tuple(
                Group(
                    tuple(Word(word.text, not next(known)) for word in group.words),
                    group.times,
                    group.block,
                )
                for group in cell
            )
        )
    return tuple(out)


def _keys(cell: Cell) -> list[tuple[str, int]]:
    return [(word.text, group.times) for group in cell for word in group.words]


def _kept(left: list[tuple[str, int]], right: list[tuple[str, int]]) -> list[bool]:
    """For each line on the right, whether it is in the longest common subsequence."""
    n, m = len(left), len(right)
    if n * m > LARGEST:
        return [i < n and left[i] == right[i] for i in range(m)]
    size = [[0] * (m + 1) for _ in range(n + 1)]
    for i in range(n - 1, -1, -1):
        for j in range(m - 1, -1, -1):
            size[i][j] = (
                size[i + 1][j + 1] + 1
                if left[i] == right[j]
                else max(size[i + 1][j], size[i][j + 1])
            )
    kept = [False] * m
    i = j = 0
    while i < n and j < m:
        if left[i] == right[j]:
            kept[j] = True
            i, j = i + 1, j + 1
        elif size[i][j + 1] >= size[i + 1][j]:
            j += 1
        else:
            i += 1
    return kept
