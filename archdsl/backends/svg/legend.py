"""A legend: entries in rows, as many in a row as fit."""

from __future__ import annotations

from archdsl.backends.svg.metrics import text_width

ROW = 18.0
"""From one row to the next."""

BETWEEN = 18.0


class Legend:
    """Where entries stand: (x, y) of each from the upper left of the legend.

    `mark` is the room before the words. `width` is at least what the longest entry needs.
    """

    __slots__ = ("height", "places", "width")

    def __init__(self, words: list[str], size: float, mark: float, width: float) -> None:
        wide = [mark + text_width(text, size) for text in words]
        self.width = max([width, *wide])
        self.places: list[tuple[float, float]] = []
        x = y = 0.0
        for needed in wide:
            if x and x + needed > self.width:
                x, y = 0.0, y + ROW
            self.places.append((x, y))
            x += needed + BETWEEN
        self.height = y + ROW if words else 0.0
