"""PyTorch rows of the activations."""

from __future__ import annotations

from archdsl.backends.torch.code import Arg, Expr, New, key
from archdsl.ops import activation as act
from archdsl.tensor import SEQUENCE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from archdsl.ops.base import Kind
    from archdsl.tensor import TensorType

    Row = Callable[..., New | Expr]

INPLACE = key("inplace", False, False)


def plain(cls: str, *args: Arg) -> Row:
    """The row of a kind that no attribute changes."""

    def emit(op: Kind, inputs: tuple[TensorType, ...]) -> New:
        return New(cls, *args)

    return emit


def over_axis(cls: str) -> Row:
    """The row of a kind that looks along an axis."""

    def emit(op: act.OverAxis, inputs: tuple[TensorType, ...]) -> New:
        return New(cls, key("dim", op.axis_of(inputs[0]) + 1))

    return emit


def emit_leakyrelu(op: act.LeakyReLU, inputs: tuple[TensorType, ...]) -> New:
    """nn.LeakyReLU."""
    return New("nn.LeakyReLU", key("negative_slope", op.slope, 0.01), INPLACE)


def emit_prelu(op: act.PReLU, inputs: tuple[TensorType, ...]) -> New:
    """nn.PReLU; SequencePReLU of the prelude for slopes of a sequence's features."""
    (x,) = inputs
    by_feature = x.layout == SEQUENCE and not op.single
    count = 1 if op.single else x.channels
    cls = "SequencePReLU" if by_feature else "nn.PReLU"
    return New(cls, key("num_parameters", count, 1), key("init", op.slope, 0.25))


def emit_elu(op: act.ELU, inputs: tuple[TensorType, ...]) -> New:
    """nn.ELU."""
    return New("nn.ELU", key("alpha", op.alpha, 1.0), INPLACE)


def emit_gelu(op: act.GELU, inputs: tuple[TensorType, ...]) -> New:
    """nn.GELU."""
    return New("nn.GELU", key("approximate", op.approx, "none"))


def emit_softplus(op: act.Softplus, inputs: tuple[TensorType, ...]) -> New:
    """nn.Softplus."""
    return New("nn.Softplus", key("beta", op.beta, 1.0))


def emit_abs(op: act.Abs, inputs: tuple[TensorType, ...]) -> Expr:
    """Tensor.abs."""
    return Expr("{0}.abs()")


def emit_identity(op: act.Identity, inputs: tuple[TensorType, ...]) -> Expr:
    """The tensor itself."""
    return Expr("{0}")


def emit_zero(op: act.Zero, inputs: tuple[TensorType, ...]) -> Expr:
    """torch.zeros_like."""
    return Expr("torch.zeros_like({0})")


ROWS: dict[type[Kind], Row] = {
    act.ReLU: plain("nn.ReLU", INPLACE),
    act.ReLU6: plain("nn.ReLU6", INPLACE),
    act.LeakyReLU: emit_leakyrelu,
    act.PReLU: emit_prelu,
    act.ELU: emit_elu,
    act.SELU: plain("nn.SELU", INPLACE),
    act.GELU: emit_gelu,
    act.SiLU: plain("nn.SiLU", INPLACE),
    act.HardSwish: plain("nn.Hardswish", INPLACE),
    act.HardSigmoid: plain("nn.Hardsigmoid", INPLACE),
    act.Sigmoid: plain("nn.Sigmoid"),
    act.Tanh: plain("nn.Tanh"),
    act.ScaledTanh: plain("ScaledTanh"),
    act.Mish: plain("nn.Mish", INPLACE),
    act.Softplus: emit_softplus,
    act.Abs: emit_abs,
    act.Softmax: over_axis("nn.Softmax"),
    act.LogSoftmax: over_axis("nn.LogSoftmax"),
    act.GLU: over_axis("nn.GLU"),
    act.Identity: emit_identity,
    act.Zero: emit_zero,
}
