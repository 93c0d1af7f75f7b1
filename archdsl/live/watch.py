"""Watching files: a save is seen within a twentieth of a second, however the editor saves."""

from __future__ import annotations

import os
import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    Stamp = tuple[int, int, int] | None

INTERVAL = 0.05
"""Seconds between two looks."""


class Watched:
    """Files whose state is compared by time, size and number; they may come and go."""

    __slots__ = ("_stamps",)

    def __init__(self, paths: Iterable[str]) -> None:
        self._stamps = {path: stamp(path) for path in paths}

    def changed(self) -> bool:
        """Whether one of them is another than at the last call."""
        now = {path: stamp(path) for path in self._stamps}
        different = now != self._stamps
        self._stamps = now
        return different

    def follow(self, paths: Iterable[str]) -> None:
        """Watches these; what is watched already keeps its state."""
        self._stamps = {p: self._stamps[p] if p in self._stamps else stamp(p) for p in paths}


def stamp(path: str) -> Stamp:
    """What tells one state of a file from the next; None where there is no file."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size, found.st_ino)


class News:
    """A number that rises with every change, for threads that wait for the next one."""

    __slots__ = ("_condition", "closed", "version")

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self.version = 1
        self.closed = False

    def tell(self) -> None:
        """There is something new."""
        with self._condition:
            self.version += 1
            self._condition.notify_all()

    def close(self) -> None:
        """Nobody needs to wait any more."""
        with self._condition:
            self.closed = True
            self._condition.notify_all()

    def wait(self, known: int, seconds: float) -> int:
        """The version, as soon as it is another than `known` or the time is over."""
        with self._condition:
            self._condition.wait_for(lambda: self.closed or self.version != known, seconds)
            return self.version
