"""One layer a row: what a row says, whichever table it comes from."""

from __future__ import annotations

from archdsl.importers.table.model import Cell

Map = tuple[int, int, int]
"""Channels, height, width."""


class Layer:
    """A row of a table with one layer a row; 0 and None are what it leaves out."""

    __slots__ = (
        "act",
        "attrs",
        "cell",
        "exp",
        "expand",
        "input",
        "input_cell",
        "kernel",
        "kind",
        "label",
        "out",
        "output",
        "output_cell",
        "repeat",
        "se",
        "skip",
        "stride",
        "takes",
        "values",
    )

    def __init__(self, kind: str, cell: Cell) -> None:
        self.kind = kind
        self.cell = cell
        self.kernel = (0, 0)
        self.out = 0
        self.stride = 0
        self.repeat = 1
        self.takes = 0
        self.expand = 0
        self.exp = 0
        self.se = False
        self.skip = True
        self.act = ""
        self.attrs = ""
        self.label = ""
        self.values: dict[str, int] = {}
        self.input: Map | None = None
        self.output: Map | None = None
        self.input_cell: Cell | None = None
        self.output_cell: Cell | None = None


def show_map(size: Map) -> str:
    """`112×112×64`, as papers write it."""
    c, h, w = size
    return f"{h}×{w}×{c}"


def halve(n: int, stride: int) -> int:
    """The size behind a layer that keeps it but for its stride."""
    return -(-n // stride)
