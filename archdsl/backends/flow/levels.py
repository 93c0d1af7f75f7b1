"""How far a tensor is reduced from the input: what rows of columns and of tables have in common."""

from __future__ import annotations

import math

from archdsl.tensor import TensorType

LAST = 99
"""The level of vectors and of maps of one position."""


class Levels:
    """Counts halvings along a line, from one layer to the next.

    From one to the next, so that borders that convolutions cut off do not add up to a halving.
    """

    __slots__ = ("_extent", "_image", "level")

    def __init__(self, input: TensorType) -> None:
        self._image = input.layout == "image"
        self._extent = self._extent_of(input)
        self.level = 0 if self._extent > 1 else LAST

    def step(self, x: TensorType) -> int:
        """The level behind a layer that gives `x`: LAST where one position is left."""
        before, self._extent = self._extent, self._extent_of(x)
        if self._extent <= 1:
            self.level = LAST
        elif self.level == LAST:
            self.level = 0
        else:
            self.level += round(math.log2(before / self._extent))
        return self.level

    def _extent_of(self, x: TensorType) -> float:
        """Positions on the longest axis; those of a sequence made of an image are a square."""
        if x.layout in ("seq", "tokens"):
            return math.sqrt(x.dims[0]) if self._image else float(x.dims[0])
        return float(max(x.spatial, default=1))


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
