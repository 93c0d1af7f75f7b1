"""PyTorch rows of the kinds in archdsl.ops.layout."""

from __future__ import annotations

from archdsl.backends.torch.code import Expr, New, pos
from archdsl.ops.layout import Permute, Reshape, Shuffle, Transpose
from archdsl.tensor import VECTOR, TensorType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from archdsl.ops.base import Kind


def emit_reshape(op: Reshape, inputs: tuple[TensorType, ...]) -> New | Expr:
    """nn.Flatten to a vector, nn.Unflatten from one, a reshape between others."""
    (x,) = inputs
    (y,) = op.infer(inputs)
    if y.layout == VECTOR:
        return New("nn.Flatten")
    if x.layout == VECTOR:
        return New("nn.Unflatten", pos(1), pos(y.dims))
    return Expr("{0}.reshape({size})", size=(-1, *y.dims))


def emit_permute(op: Permute, inputs: tuple[TensorType, ...]) -> Expr:
    """Tensor.permute."""
    return Expr("{0}.permute({axes})", axes=(0, *(i + 1 for i in op.axes(inputs[0]))))


def emit_transpose(op: Transpose, inputs: tuple[TensorType, ...]) -> Expr:
    """Tensor.transpose."""
    last = len(inputs[0].dims)
    return Expr(f"{{0}}.transpose({last - 1}, {last})")


def emit_shuffle(op: Shuffle, inputs: tuple[TensorType, ...]) -> Expr:
    """Groups x n to n x groups; nn.ChannelShuffle does it too, but not for sequences or ONNX."""
    at = inputs[0].channel_axis + 1
    axes = f"{at}, {at + 1}"
    steps = f"{{0}}.unflatten({at}, ({{groups}}, -1)).transpose({axes}).flatten({axes})"
    return Expr(steps, groups=op.groups)


ROWS: dict[type[Kind], Callable[..., New | Expr]] = {
    Reshape: emit_reshape,
    Permute: emit_permute,
    Transpose: emit_transpose,
    Shuffle: emit_shuffle,
}
