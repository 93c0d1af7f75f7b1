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
        line = line_around(self.old, offset)
        shift = len(self.new) - len(self.old)
        for at, kept in ((offset, offset <= self.start), (offset + shift, offset >= self.end)):
            if kept and line_around(self.new, at) == line:
                return at
        return None


def line_around(text: str, offset: int) -> tuple[str, str]:
    """What stands before and behind an offset on its line."""
    start = text.rfind("\n", 0, offset) + 1
    end = text.find("\n", offset)
    return text[start:offset], text[offset : end if end >= 0 else len(text)]


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
