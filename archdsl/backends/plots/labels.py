"""Where the labels of points go: beside their points, and on nothing else."""

from __future__ import annotations

from archdsl.backends.svg.metrics import text_width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    Point = tuple[float, float]
    Box = tuple[float, float, float, float]  # left, top, right, bottom

SIZE = 11.0
"""Font size of labels, in pixels like all that follows."""

RADIUS = 5.0
GAP = 4.0
RINGS = 24
"""How many distances from its point are tried for a label before it is put beside it anyway."""


def place(points: list[Point], texts: list[str], width: float, height: float) -> list[Box]:
    """A box for each text: off all points and all other boxes, and inside, where there is room.

    Labels of crowded points move away from them in steps. The order of the points decides who
    comes first, so the same points give the same places.
    """
    dots = [(x - RADIUS, y - RADIUS, x + RADIUS, y + RADIUS) for x, y in points]
    placed: list[Box] = []
    for point, text in zip(points, texts, strict=True):
        tries = list(_around(point, text_width(text, SIZE), SIZE + 2))
        inside = [
            b for b in tries if b[0] >= GAP and b[1] >= 0 and b[2] <= width and b[3] <= height
        ]
        free = (b for b in inside if not any(overlap(b, other) for other in (*dots, *placed)))
        placed.append(next(free, (inside or tries)[0]))
    return placed


def overlap(one: Box, other: Box) -> bool:
    """Whether two boxes share more than an edge."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def nearest(box: Box, point: Point) -> Point:
    """The point of a box that is nearest to another point."""
    x, y = point
    return min(max(x, box[0]), box[2]), min(max(y, box[1]), box[3])


def _around(point: Point, wide: float, high: float) -> Iterator[Box]:
    """Places for a label, the best first: to the right, left, above, below, at the corners."""
    x, y = point
    for ring in range(RINGS):
        away = RADIUS + GAP + ring * high / 2
        right, left, middle = x + away, x - away - wide, x - wide / 2
        above, below, level = y - away - high, y + away, y - high / 2
        corners = ((right, above), (right, below), (left, above), (left, below))
        for a, b in ((right, level), (left, level), (middle, above), (middle, below), *corners):
            yield a, b, a + wide, b + high
