"""Layers in the two notations of tables: VGG's `conv3-64`, and ResNet's `3×3, 64`."""

from __future__ import annotations

from archdsl.backends.flow.words import POOLS, block_name, is_seen, stride_of, window
from archdsl.ops.base import show

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.backends.flow.model import Part

SPELLED = {"softmax": "soft-max", "lrn": "LRN", "maxpool": "maxpool"}
KEPT = ("groups", "dilation")
"""Attributes that change what the layer is, so that no notation may leave them out."""


def is_listed(part: Part) -> bool:
    """Whether tables list a part: what figures show, and the soft-max at the end."""
    return is_seen(part) or (part.op is not None and part.op.name == "softmax")


def layer_words(part: Part) -> str:
    """VGG's notation, which is the language's own: `conv3-64`, `FC-4096`, `soft-max`."""
    op = part.op
    if op is None:
        return block_words(part)
    if op.name == "softmax" and not op.text().endswith(")"):
        return SPELLED["softmax"]
    short = op.text().partition("(")[0]
    kept = [
        f"{name}={show(op.__dict__[name])}"
        for name in KEPT
        if op.__dict__.get(name, 1) != 1 and name not in (op.digits, op.dash, op.slash)
    ]
    return SPELLED.get(short, short) + (f"({', '.join(kept)})" if kept else "")


def size_words(part: Part, in_block: bool) -> str:
    """ResNet's notation: `7×7, 64, stride 2`, `3×3 max pool, stride 2`, `1000-d fc`.

    In a block strides are left out: the output sizes of the rows show them.
    """
    op = part.op
    if op is None:
        return block_words(part)
    stride = stride_of(op)
    tail = "" if in_block or stride == 1 else f", stride {show(stride)}"
    if op.family == "conv":
        kind = {"conv": "", "deconv": " up-conv"}.get(op.name, f" {op.name}")
        groups = op.__dict__.get("groups", 1)
        more = f", C={groups}" if groups != 1 and op.name == "conv" else ""
        return f"{window(op, part.in_type, '×')}{kind}, {part.out_type.channels}{more}{tail}"
    if op.name in ("gap", "gmp"):
        return "average pool" if op.name == "gap" else "global max pool"
    if op.name in ("maxpool", "avgpool"):
        name = {"maxpool": "max pool", "avgpool": "average pool"}[op.name]
        return f"{window(op, part.in_type, '×')} {name}{tail}"
    if op.name in POOLS:
        return f"{POOLS[op.name]}{tail}"
    if op.name == "FC":
        return f"{part.out_type.channels}-d fc"
    return "softmax" if op.name == "softmax" else layer_words(part)


def block_words(part: Part) -> str:
    """A block by its name and channels: `inception, 256`."""
    return f"{block_name(part)}, {part.out_type.channels}"
