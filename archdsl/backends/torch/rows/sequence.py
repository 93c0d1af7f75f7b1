"""PyTorch rows of the kinds in archdsl.ops.sequence."""

from __future__ import annotations

from archdsl.backends.torch.code import Expr
from archdsl.ops.axis import find_axis
from archdsl.ops.sequence import At, Slice, Split, Tokens, Untokens
from archdsl.tensor import TensorType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from archdsl.backends.torch.code import New
    from archdsl.ops.base import Kind


def emit_split(op: Split, inputs: tuple[TensorType, ...]) -> Expr:
    """Tensor.chunk for equal parts, Tensor.split for others; a tuple of tensors."""
    (x,) = inputs
    axis = find_axis(op, op.axis, x) + 1
    if isinstance(op.parts, int):
        return Expr(f"{{0}}.chunk({{parts}}, {axis})", parts=op.parts)
    return Expr(f"{{0}}.split({{parts}}, {axis})", parts=op.parts)


def emit_slice(op: Slice, inputs: tuple[TensorType, ...]) -> Expr:
    """A slice of one axis."""
    (x,) = inputs
    start, stop = op.bounds(x)
    before = ":, " * (find_axis(op, op.axis, x) + 1)
    return Expr(f"{{0}}[{before}{{start}}:{{stop}}]", start=start, stop=stop)


def emit_at(op: At, inputs: tuple[TensorType, ...]) -> Expr:
    """One position."""
    return Expr("{0}[:, {index}]", index=op.index)


def emit_tokens(op: Tokens, inputs: tuple[TensorType, ...]) -> Expr:
    """Channels last, positions in a row."""
    flat = "{0}" if inputs[0].rank == 1 else "{0}.flatten(2)"
    return Expr(f"{flat}.transpose(1, 2)")


def emit_untokens(op: Untokens, inputs: tuple[TensorType, ...]) -> Expr:
    """Channels first, positions on their grid."""
    grid = op.spatial()
    if len(grid) == 1:
        return Expr("{0}.transpose(1, 2)")
    return Expr("{0}.transpose(1, 2).unflatten(2, {grid})", grid=grid)


ROWS: dict[type[Kind], Callable[..., New | Expr]] = {
    Split: emit_split,
    Slice: emit_slice,
    At: emit_at,
    Tokens: emit_tokens,
    Untokens: emit_untokens,
}
