"""What a planted fault is: an edit of one file that makes one rule wrong."""

from __future__ import annotations

from typing import NamedTuple


class Fault(NamedTuple):
    """In `file` (below archdsl/) the text `old`, which stands there once, becomes `new`."""

    name: str
    file: str
    old: str
    new: str


def fault(name: str, file: str, old: str, new: str) -> Fault:
    """A row of the list."""
    return Fault(name, file, old, new)
