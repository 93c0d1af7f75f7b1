"""A chain of costs in parts of nearly equal cost, with little to hand over between them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import deque
from itertools import accumulate

SLACK = 20  # a part may cost one part in 20 more, or less, than the best split has it


def split_chain(costs: list[int], traffic: list[int], parts: int) -> list[int]:
    """Where the second part begins, the third, …: indices into `costs`.

    `traffic[i]` is what a cut before `costs[i]` hands over. Of all splits into non-empty parts,
    one whose dearest part is as cheap as can be, and then its cheapest part as dear as can be,
    hands over the least; unless one hands over less whose parts are beyond these two bounds by
    at most 1 / `SLACK`. Exact. Raises ValueError where there are fewer costs than parts.
    """
    if not 1 <= parts <= len(costs):
        raise ValueError(f"{len(costs)} costs make no {parts} parts")
    sums = [0, *accumulate(costs)]
    most = least_bottleneck(costs, parts)
    best = _least_traffic(sums, traffic, parts, most, _largest_floor(sums, most, parts))
    most += most // SLACK
    fewest = _largest_floor(sums, most, parts)
    loose = _least_traffic(sums, traffic, parts, most, fewest - fewest // SLACK)
    return min(best, loose, key=lambda begins: sum(traffic[k] for k in begins))


def least_bottleneck(costs: list[int], parts: int) -> int:
    """What the dearest part costs at least, over all splits."""
    low, high = max(costs), sum(costs)
    while low < high:
        middle = (low + high) // 2
        if _parts_needed(costs, middle) <= parts:
            high = middle
        else:
            low = middle + 1
    return low


def _parts_needed(costs: list[int], most: int) -> int:
    """How many parts there are where each takes what it can."""
    parts, load = 1, 0
    for one in costs:
        load += one
        if load > most:
            parts, load = parts + 1, one
    return parts


def _largest_floor(sums: list[int], most: int, parts: int) -> int:
    """What the cheapest part can cost at most, where none costs more than `most`."""
    low, high = 0, sums[-1] // parts
    while low < high:
        middle = (low + high + 1) // 2
        if _is_possible(sums, most, middle, parts):
            low = middle
        else:
            high = middle - 1
    return low


def _windows(sums: list[int], most: int, fewest: int) -> list[tuple[int, int]]:
    """For each end of a part, the first and the last place where it may begin."""
    found = []
    for j, total in enumerate(sums):
        first = bisect_left(sums, total - most, 0, j)
        last = bisect_right(sums, total - fewest, 0, j) - 1
        found.append((first, last))
    return found


def _is_possible(sums: list[int], most: int, fewest: int, parts: int) -> bool:
    """Whether a split has all its parts in these bounds."""
    windows = _windows(sums, most, fewest)
    reached = [1] + [0] * (len(sums) - 1)
    for _ in range(parts):
        below = [0, *accumulate(reached)]
        reached = [int(a <= b and below[b + 1] > below[a]) for a, b in windows]
    return bool(reached[-1])


def _least_traffic(
    sums: list[int], traffic: list[int], parts: int, most: int, fewest: int
) -> list[int]:
    """Dynamic programming over the end of a part, its best beginning taken from a queue."""
    windows = _windows(sums, most, fewest)
    n = len(sums)
    best: list[int | None] = [0] + [None] * (n - 1)
    begins: list[list[int]] = []
    for _ in range(parts):
        reached: list[int | None] = [None] * n
        begin = [0] * n
        queue: deque[tuple[int, int]] = deque()  # (handed over so far, where), growing
        pushed = 0
        for j, (first, last) in enumerate(windows):
            while pushed <= last:
                before = best[pushed]
                if before is not None:
                    whole = before + (traffic[pushed] if pushed else 0)
                    while queue and queue[-1][0] > whole:
                        queue.pop()
                    queue.append((whole, pushed))
                pushed += 1
            while queue and queue[0][1] < first:
                queue.popleft()
            if queue and first <= last:
                reached[j], begin[j] = queue[0]
        best = reached
        begins.append(begin)
    at, found = n - 1, []
    for begin in reversed(begins):
        at = begin[at]
        found.append(at)
    return found[-2::-1]
