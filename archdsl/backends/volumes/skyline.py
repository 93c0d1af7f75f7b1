"""How far things reach at each place from left to right, so that labels do not lie on them."""

from __future__ import annotations


class Skyline:
    """Slopes with heights; asks for the highest between two places."""

    __slots__ = ("_slopes", "highest")

    def __init__(self) -> None:
        self._slopes: list[tuple[float, float, float, float]] = []
        self.highest = 0.0

    def add_slope(self, left: float, right: float, start: float, end: float) -> None:
        """Something from `left` to `right` whose height goes from `start` to `end`."""
        self._slopes.append((left, right, start, end))
        self.highest = max(self.highest, start, end)

    def reach(self, left: float, right: float) -> float:
        """The greatest height between two places; 0 where nothing stands."""
        found = 0.0
        for a, b, start, end in self._slopes:
            low, high = max(a, left), min(b, right)
            if low > high:
                continue
            for x in (low, high):
                share = (x - a) / (b - a) if b > a else 0.0
                found = max(found, start + (end - start) * share)
        return found
