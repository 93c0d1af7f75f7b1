"""Alignment of two sequences: equal stretches first, then the cheapest edit of what is between."""

from __future__ import annotations

from bisect import bisect_left

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Likeness = Callable[[int, int], float]
    Pair = tuple[int | None, int | None]

LEAST = 0.4  # what is less alike is not the same thing, changed
MOST_CELLS = 60_000  # of one table of edits; longer stretches are cut at what they share
GRAMS = (16, 8, 4, 2, 1)  # lengths of the stretches looked for


def align(one: Sequence[int], other: Sequence[int], likeness: Likeness) -> list[Pair]:
    """Pairs of indices in order, None where there is no partner.

    Equal numbers are equal things. `likeness(i, j)` is 0 to 1; partners are at least `LEAST`
    alike. Takes time in proportion to the lengths, apart from a bounded table.
    """
    pairs: list[Pair] = []
    stack = [(0, len(one), 0, len(other))]
    while stack:
        i, m, j, n = stack.pop()
        while i < m and j < n and one[i] == other[j]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        tail: list[tuple[int, int]] = []
        while i < m and j < n and one[m - 1] == other[n - 1]:
            m, n = m - 1, n - 1
            tail.append((m, n))
        if (m - i) * (n - j) <= MOST_CELLS:
            pairs += _edit(i, m, j, n, likeness)
            pairs += reversed(tail)
            continue
        if tail:  # its turn comes after that of the gap
            stack.append((m, m + len(tail), n, n + len(tail)))
        stack += reversed(list(_gaps(one, other, i, m, j, n)))
    return pairs


def _gaps(
    one: Sequence[int], other: Sequence[int], i: int, m: int, j: int, n: int
) -> Iterator[tuple[int, int, int, int]]:
    """Smaller gaps that a large one falls into, each beginning at something shared."""
    anchors = _anchors(one, other, i, m, j, n)
    if not anchors:  # nothing to hold on to: halves with halves
        middle, center = (i + m) // 2, (j + n) // 2
        yield from ((i, middle, j, center), (middle, m, center, n))
        return
    for at, to in anchors:
        yield (i, at, j, to)
        i, j = at, to
    yield (i, m, j, n)


def _anchors(
    one: Sequence[int], other: Sequence[int], i: int, m: int, j: int, n: int
) -> list[tuple[int, int]]:
    """Places of stretches that stand once in either, in ascending order (patience diff)."""
    for length in GRAMS:
        mine, theirs = _unique(one, i, m, length), _unique(other, j, n, length)
        common = sorted((at, theirs[gram]) for gram, at in mine.items() if gram in theirs)
        found = [pair for pair in _ascending(common) if pair != (i, j)]
        if found:
            return found
    return []


def _unique(items: Sequence[int], start: int, end: int, length: int) -> dict[tuple[int, ...], int]:
    places: dict[tuple[int, ...], int] = {}
    for at in range(start, end - length + 1):
        gram = tuple(items[at : at + length])
        places[gram] = -1 if gram in places else at
    return {gram: at for gram, at in places.items() if at >= 0}


def _ascending(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest part of some pairs, ascending by the first, that ascends by the second too."""
    ends: list[int] = []
    piles: list[int] = []
    before: list[int] = []
    for at, (_, second) in enumerate(pairs):
        pile = bisect_left(ends, second)
        if pile == len(ends):
            ends.append(second)
            piles.append(at)
        else:
            ends[pile] = second
            piles[pile] = at
        before.append(piles[pile - 1] if pile else -1)
    chain = []
    at = piles[-1] if piles else -1
    while at >= 0:
        chain.append(pairs[at])
        at = before[at]
    return chain[::-1]


def _edit(i: int, m: int, j: int, n: int, likeness: Likeness) -> list[Pair]:
    """The cheapest edit: 1 for a piece alone, twice what it lacks in likeness for a pair."""
    rows, columns = m - i, n - j
    if not rows or not columns:
        return [*((k, None) for k in range(i, m)), *((None, k) for k in range(j, n))]
    cost = [float(c) for c in range(columns + 1)]
    steps: list[bytearray] = [bytearray(b"\2" * (columns + 1))]
    for r in range(rows):
        steps.append(bytearray(columns + 1))
        steps[-1][0] = 1
        cost = _row(cost, steps[-1], [likeness(i + r, j + c) for c in range(columns)])
    pairs: list[Pair] = []
    r, c = rows, columns
    while r or c:
        step = steps[r][c]
        r, c = r - (step < 2), c - (step != 1)
        pairs.append((i + r if step < 2 else None, j + c if step != 1 else None))
    return pairs[::-1]


def _row(above: list[float], steps: bytearray, alike: list[float]) -> list[float]:
    """The next row of the table; `steps` becomes 0 pair, 1 the first alone, 2 the second alone."""
    left = above[0] + 1
    row = [left]
    for c, like in enumerate(alike, 1):
        best, step = left + 1, 2
        if above[c] + 1 < best:
            best, step = above[c] + 1, 1
        if like >= LEAST:
            pair = above[c - 1] + 2 * (1 - like)
            if pair <= best:
                best, step = pair, 0
        steps[c] = step
        left = best
        row.append(best)
    return row
