"""The columns of a table of blocks: which it has, and what stands in them."""

from __future__ import annotations

from archdsl.importers.table.rows import Layer, Map

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

ACTS = {"inverted": "relu6", "mbconv": "silu", "fused": "silu", "bneck": "hardswish"}
INCEPTION = ("n1x1", "r3x3", "n3x3", "r5x5", "n5x5", "pool")


class Column:
    """A column of a table of blocks: its name, what stands in it, whether any row needs it."""

    def __init__(self, name: str, default: str, show: Callable[[Layer], object]) -> None:
        self.name = name
        self.default = default
        self.get = show

    def show(self, layer: Layer) -> str:
        """What stands in a row."""
        return str(self.get(layer))

    def wanted(self, blocks: list[Layer]) -> bool:
        """Whether a row differs from the default."""
        return any(self.show(x) not in ("", self.default) for x in blocks)


def columns_of(kind: str, act: str) -> list[Column]:
    """The columns of a block's table, in the order of its paper."""
    always = "\0"
    out = Column("out", always, lambda x: x.out)
    kernel = Column("kernel", "3", lambda x: x.kernel[0])
    stride = Column("stride", "1", lambda x: x.stride or 1)
    repeat = Column("repeat", "1", lambda x: x.repeat)
    expand = Column("expand", always, lambda x: x.expand)
    enters = Column("input", always, lambda x: claim(x.input))
    leaves = Column("output", always, lambda x: claim(x.output))
    nl = Column("act", ACTS.get(kind, "relu"), lambda x: x.act or act)
    if kind in ("inverted", "mbconv", "fused"):
        acts = [nl] if kind != "fused" else []
        return [expand, kernel, out, repeat, stride, *acts, enters]
    if kind == "bneck":
        return [
            Column("kernel", always, lambda x: x.kernel[0]),
            Column("exp", always, lambda x: x.exp),
            out,
            Column("se", "", lambda x: "true" if x.se else ""),
            Column("nl", "", lambda x: x.act or act),
            repeat,
            stride,
            enters,
        ]
    if kind == "separable":
        return [out, kernel, stride, repeat, nl, enters]
    names = INCEPTION if kind == "inception" else ("squeeze", "expand1", "expand3")
    return [*(Column(n, always, number_of(n)) for n in names), leaves]


def number_of(name: str) -> Callable[[Layer], object]:
    """What reads a number of a block with several branches."""
    return lambda layer: layer.values.get(name, "")


def claim(size: Map | None) -> str:
    """A size as the language claims it."""
    if size is None:
        return ""
    c, h, w = size
    return f"{c}x{h}x{w}" if c else f"{h}x{w}"
