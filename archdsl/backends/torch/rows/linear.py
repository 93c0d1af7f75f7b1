"""PyTorch rows of linear layers and of what multiplies or shifts each channel."""

from __future__ import annotations

from archdsl.backends.torch.code import Expr, New, key, pos
from archdsl.ops.linear import Affine, LayerScale, Linear, Scale

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from archdsl.ops.base import Kind
    from archdsl.tensor import TensorType


def emit_linear(op: Linear, inputs: tuple[TensorType, ...]) -> New:
    """nn.Linear, which acts on the last axis."""
    return New("nn.Linear", pos(inputs[0].channels), pos(op.out), key("bias", op.bias, True))


def emit_affine(op: Affine, inputs: tuple[TensorType, ...]) -> New:
    """Affine of the prelude."""
    return New("Affine", pos(inputs[0].channels), key("spatial", inputs[0].rank, 0))


def emit_layerscale(op: LayerScale, inputs: tuple[TensorType, ...]) -> New:
    """LayerScale of the prelude."""
    x = inputs[0]
    return New("LayerScale", pos(x.channels), key("init", op.init, 1e-5), key("spatial", x.rank, 0))


def emit_scale(op: Scale, inputs: tuple[TensorType, ...]) -> Expr:
    """A product with a number."""
    return Expr("{value} * {0}", value=op.value)


ROWS: dict[type[Kind], Callable[..., New | Expr]] = {
    Linear: emit_linear,
    Affine: emit_affine,
    LayerScale: emit_layerscale,
    Scale: emit_scale,
}
