"""Shades of a box, made of the fill and the outline that its kind has in diagrams."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.backends.dot.style import Theme

ROWS = {"up": "recurrent", "softmax": "attention"}
"""Roles that diagrams do not have, and the row of the style table that they take."""


class Shades:
    """Colours of a box's faces; `band` is that of its activation."""

    __slots__ = ("band", "front", "line", "side", "top")

    def __init__(self, fill: str, outline: str) -> None:
        self.front = fill
        self.top = mix(fill, "#ffffff", 0.35)
        self.side = mix(fill, outline, 0.62)
        self.band = mix(fill, outline, 0.36)
        self.line = mix(fill, outline, 0.85)


def shades(role: str, theme: Theme) -> Shades:
    """The shades of a role."""
    row = ROWS.get(role, role)
    fill, outline = theme.boxes.get(row, theme.boxes["shape"])
    if role == "input":
        fill = mix(fill, outline, 0.2)
    elif role == "block":
        fill = theme.boxes["join"][0]
        outline = theme.boxes["join"][1]
    return Shades(fill, outline)


def mix(one: str, other: str, share: float) -> str:
    """A colour between two `#rrggbb`: `share` of the way to the other."""
    pairs = ((int(one[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)
