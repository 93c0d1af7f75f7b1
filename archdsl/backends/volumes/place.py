"""Where volumes stand: corners of each box in an oblique projection, in CSS pixels."""

from __future__ import annotations

import math

from archdsl.backends.svg import text_width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.backends.volumes.model import Picture, Solid
    from archdsl.tensor import TensorType

TALLEST, WIDEST = 280.0, 62.0
"""Length of the largest extent, and of the largest number of channels."""

RIGHT, UP = 0.27, 0.2
"""How far a depth of one goes to the right and up."""

BAR = 10.0
"""Width of a vector's bar, whose height shows its features."""

NEAR, APART = 7.0, 26.0
LABEL = 10.5


class Block:
    """A box on the sheet: left and right of its front, half its height, and the way to its back."""

    __slots__ = ("dx", "dy", "half", "left", "right", "solid")

    def __init__(self, solid: Solid, left: float, width: float, height: float, depth: float):
        self.solid = solid
        self.left = left
        self.right = left + width
        self.half = height / 2
        self.dx = depth * RIGHT
        self.dy = depth * UP

    @property
    def middle(self) -> float:
        """Middle of the front from left to right."""
        return (self.left + self.right) / 2

    @property
    def label(self) -> str:
        """Channels, and how often it stands in a row."""
        times = f" ×{self.solid.times:,}" if self.solid.times > 1 else ""
        return f"{self.solid.type.channels}{times}"

    def bottom(self, x: float) -> float:
        """How far down it reaches at `x`, from the middle of all boxes."""
        if x <= self.right or not self.dx:
            return self.half
        return self.half - self.dy * min(1.0, (x - self.right) / self.dx)

    @property
    def top(self) -> float:
        """How far up its back edge is, as a negative number."""
        return -self.half - self.dy


def lay_out(picture: Picture) -> list[Block]:
    """The boxes from left to right; the first one's front begins at 0."""
    solids = picture.solids
    length = _lengths(picture)
    widest = max(
        (_width(s.type.channels, picture.scale) for s in solids if not is_bar(s.type)), default=1.0
    )
    blocks: list[Block] = []
    right, behind = -NEAR, 0.0
    for solid in solids:
        left = _next_left(blocks, solid, right, behind)
        block = _make(solid, left, length, widest, picture.scale)
        if blocks:  # room for the labels of both
            need = (text_width(block.label, LABEL) + text_width(blocks[-1].label, LABEL)) / 2 + 5
            short = need - (block.middle - blocks[-1].middle)
            block.left, block.right = block.left + max(0, short), block.right + max(0, short)
        blocks.append(block)
        right = block.right
        behind = max(behind, block.right + block.dx)
    return blocks


def _next_left(blocks: list[Block], solid: Solid, right: float, behind: float) -> float:
    """Beside its like; a pool in front of the side of what it reduces; else behind all before."""
    if not blocks:
        return 0.0
    before = blocks[-1].solid
    if is_bar(solid.type):
        return max(right + APART - 6, behind + APART / 2)
    if solid.role == "pool" and before.role != "pool" and before.type.numel > solid.type.numel:
        return right + NEAR
    if before.group == solid.group and before.role != "pool" and before.part is not None:
        return right + NEAR
    return max(right + NEAR, behind + NEAR)


def _make(solid: Solid, left: float, length: _Length, widest: float, scale: str) -> Block:
    x = solid.type
    if is_bar(x):
        height = 24 + 8 * math.log2(max(2, x.channels))
        return Block(solid, left, BAR, height, 22)
    width = 5 + (WIDEST - 5) * _width(x.channels, scale) / max(widest, _width(512, scale))
    if solid.role == "pool":
        width = BAR
    sizes = extents(x)
    return Block(solid, left, width, length(sizes[0]), length(sizes[1]))


def extents(x: TensorType) -> tuple[int, int]:
    """Height and depth: those of a map, the length of a signal or a sequence and one."""
    if x.spatial:
        return (x.spatial[-2], x.spatial[-1]) if len(x.spatial) > 1 else (x.spatial[0], 1)
    return (x.dims[0], 1)


def is_bar(x: TensorType) -> bool:
    """Whether it has one position only, so that it is drawn as a thin bar."""
    return x.numel == x.channels


class _Length:
    """Pixels for an extent."""

    __slots__ = ("_largest", "_scale")

    def __init__(self, largest: int, scale: str) -> None:
        self._scale = scale
        self._largest = _scaled(largest, scale)

    def __call__(self, extent: int) -> float:
        return max(4.0, TALLEST * _scaled(extent, self._scale) / self._largest)


def _lengths(picture: Picture) -> _Length:
    extent = max((max(extents(s.type)) for s in picture.solids if not is_bar(s.type)), default=1)
    return _Length(extent, picture.scale)


def _scaled(n: int, scale: str) -> float:
    if scale == "linear":
        return float(n)
    return math.sqrt(n) if scale == "sqrt" else math.log2(1 + n)


def _width(channels: int, scale: str) -> float:
    return _scaled(channels, scale)
