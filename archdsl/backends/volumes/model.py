"""Volumes as plain data: solids in a row, and the shortcuts over them."""

from __future__ import annotations

from archdsl.backends.flow.model import Part
from archdsl.tensor import TensorType


class Solid:
    """A box of the size of what a layer gives; `role` is its row of colours.

    `times` counts the equal layers in a row that it stands for. `part` is None for the input.
    """

    __slots__ = ("group", "part", "role", "times", "type", "words")

    def __init__(self, role: str, words: str, type: TensorType, part: Part | None) -> None:
        self.role = role
        self.words = words
        self.type = type
        self.part = part
        self.times = 1
        self.group = 0


class Arch:
    """A shortcut from one solid over others to a later one; `ways` are the layers on it."""

    __slots__ = ("end", "join", "start", "ways")

    def __init__(self, start: int, end: int, join: str, ways: tuple[str, ...]) -> None:
        self.start = start
        self.end = end
        self.join = join
        self.ways = ways


class Picture:
    """A network: title, caption, solids in order, shortcuts, a note on what is not drawn.

    `scale` maps sizes to lengths: `sqrt`, `log` or `linear`.
    """

    __slots__ = ("arches", "caption", "note", "scale", "solids", "title")

    def __init__(
        self,
        title: str,
        caption: str,
        solids: tuple[Solid, ...],
        arches: tuple[Arch, ...],
        note: str,
        scale: str,
    ) -> None:
        self.title = title
        self.caption = caption
        self.solids = solids
        self.arches = arches
        self.note = note
        self.scale = scale
