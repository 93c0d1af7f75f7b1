"""Columns as plain data: boxes from top to bottom, arcs and brackets beside them."""

from __future__ import annotations

from archdsl.backends.flow.model import Part
from archdsl.tensor import TensorType


class Cell:
    """A box: its words, the type it gives, and how far that is reduced from the input.

    `level` counts halvings of the input's extent (flow/levels.py).
    `part` is None for the input.
    """

    __slots__ = ("label", "level", "part", "type")

    def __init__(self, label: str, type: TensorType, level: int, part: Part | None) -> None:
        self.label = label
        self.type = type
        self.level = level
        self.part = part

    @property
    def width(self) -> int:
        """Channels of a layer that has a colour; 0 of one that has none."""
        op = self.part.op if self.part else None
        if self.part is None or (op is not None and op.family not in ("conv", "attention")):
            return 0
        return self.type.channels


class Span:
    """From behind the cell `start` to behind `end`, drawn in a lane beside the boxes."""

    __slots__ = ("end", "lane", "start")

    def __init__(self, start: int, end: int) -> None:
        self.start = start
        self.end = end
        self.lane = 0


class Arc(Span):
    """A shortcut around the cells behind `start`; `ways` are the layers on it."""

    __slots__ = ("join", "ways")

    def __init__(self, start: int, end: int, join: str, ways: tuple[str, ...]) -> None:
        super().__init__(start, end)
        self.join = join
        self.ways = ways


class Bracket(Span):
    """Cells behind `start` that run several times, drawn once."""

    __slots__ = ("tied", "times")

    def __init__(self, start: int, end: int, times: int, tied: bool) -> None:
        super().__init__(start, end)
        self.times = times
        self.tied = tied

    @property
    def words(self) -> str:
        """`×36`."""
        return f"×{self.times:,}" + (" shared" if self.tied else "")


class Column:
    """A network from its input to its main output; `note` says what is not drawn."""

    __slots__ = ("arcs", "brackets", "caption", "cells", "note", "title")

    def __init__(
        self,
        title: str,
        caption: str,
        cells: tuple[Cell, ...],
        arcs: tuple[Arc, ...],
        brackets: tuple[Bracket, ...],
        note: str,
    ) -> None:
        self.title = title
        self.caption = caption
        self.cells = cells
        self.arcs = arcs
        self.brackets = brackets
        self.note = note
