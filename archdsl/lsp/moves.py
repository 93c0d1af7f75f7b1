"""Where a place of an older text stands in a newer one."""

from __future__ import annotations


class Moves:
    """One change from a text to another: what stands before and behind it is the same."""

    __slots__ = ("end", "new", "old", "start")

    def __init__(self, old: str, new: str) -> None:
        self.old = old
        self.new = new
        self.start = common_prefix(old, new)
        tail = common_prefix(old[self.start :][::-1], new[self.start :][::-1])
        self.end = len(old) - tail

    def of(self, offset: int) -> int | None:
        """Where an offset of the old text went; None where its line was changed."""
        start = self.old.rfind("\n", 0, offset) + 1
        end = self.old.find("\n", offset)
        if (len(self.old) if end < 0 else end) <= self.start:
            return offset
        return offset + len(self.new) - len(self.old) if start >= self.end else None


def common_prefix(a: str, b: str) -> int:
    """How many characters two texts begin with alike."""
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        if a[low:middle] == b[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
