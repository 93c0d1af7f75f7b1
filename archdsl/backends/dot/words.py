"""The words of a diagram: titles, shapes and counts as a reader of papers expects them."""

from __future__ import annotations

import re

from archdsl.ir.model import CallNode, OpNode, RepeatNode
from archdsl.ops.base import show

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.analysis.cost import Cost
    from archdsl.ir.model import Module
    from archdsl.ops.base import Kind
    from archdsl.tensor import TensorType

QUIET = frozenset({"bias", "eps", "momentum", "affine"})
"""Attributes that a picture leaves out, because they change neither a shape nor the wiring."""

WIDEST = 48
"""Longest text of attributes, in characters."""

LONG_FRACTION = re.compile(r"\d+\.\d{5,}")
"""Numbers that are rounded in a picture: quotients have up to 17 digits."""

NAMED = 3
"""How many of its layers the title of a folded group names."""


def shape_text(type: TensorType) -> str:
    """A shape: `64×224×224`."""
    return "×".join(map(str, type.dims))


def title_of(op: Kind) -> str:
    """A layer's shorthand without its further attributes: `conv3-64/2`, `droppath-0.0571`."""
    text = op.text().partition("(")[0]
    return LONG_FRACTION.sub(lambda found: f"{float(found[0]):.4g}", text)


def attributes_of(op: Kind) -> str:
    """The attributes that the shorthand leaves out and that differ from their default."""
    told = {op.digits, op.dash, op.slash} | QUIET
    if is_pointwise(op) and getattr(op, "pad", None) == 0:
        told |= {"pad"}  # as it is by default
    parts = [
        f"{f.name}={show(getattr(op, f.name))}"
        for f in op.fields
        if f.name not in told and getattr(op, f.name) != f.default
    ]
    return shorten(", ".join(parts))


def is_pointwise(op: Kind) -> bool:
    """Whether it is a convolution whose kernel has one element."""
    kernel = getattr(op, op.digits) if op.family == "conv" and op.digits else 0
    return kernel == 1 or (isinstance(kernel, tuple) and set(kernel) == {1})


def shorten(text: str) -> str:
    """The text, cut at the widest that a box takes."""
    return text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"


def call_title(label: str, module: Module) -> str:
    """A call's title: `stage1: basic`; a group has no name of its own."""
    name = "" if module.kind == "group" else module.name
    return f"{label}: {name}" if label and name and label != name else name or label


def contents_of(module: Module) -> str:
    """What is in a group that has no name: `conv3-64, relu, …`."""
    names: list[str] = []
    for node in module.nodes:
        if isinstance(node, OpNode):
            names.append(title_of(node.op))
        elif isinstance(node, CallNode):
            names.append(node.module.name)
        elif isinstance(node, RepeatNode):
            names.append(with_times(node.runs[0][0].name, node.count))
    return ", ".join([*names[:NAMED], *["…"][: len(names) > NAMED]]) or "nothing"


def with_times(title: str, times: int, tied: bool = False) -> str:
    """A title with the number of repetitions: `conv3-512 ×4`."""
    if times == 1:
        return title
    return f"{title} ×{times:,}{' shared' if tied else ''}".strip()


def which_times(start: int, times: int) -> str:
    """Which repetitions a part of a repeat stands for: `#1`, `#2–4 ×3`."""
    return f"#{start}" if times == 1 else f"#{start:,}–{start + times - 1:,} ×{times:,}"


def caption_of(total: Cost) -> str:
    """Parameters and multiply-accumulates of a network: `143,667,240 params, 19.6 G MACs`."""
    return f"{total.params:,} params, {scale(total.total_macs)}MACs"


def scale(number: int) -> str:
    """A number to three digits with the unit's prefix and a space: `19.6 G`."""
    value = float(number)
    for prefix in ("", "k ", "M ", "G ", "T "):
        if value < 999.5 or prefix == "T ":
            break
        value /= 1000
    return f"{number} " if not prefix else f"{value:.3g} {prefix}"
