"""PyTorch rows of the normalization layers."""

from __future__ import annotations

from archdsl.analysis.kept import SLICES
from archdsl.backends.torch.code import Expr, New, key, pos
from archdsl.ops.norm import (
    BatchNorm,
    GroupNorm,
    InstanceNorm,
    LayerNorm,
    LocalResponseNorm,
    RMSNorm,
)
from archdsl.tensor import SEQUENCE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from archdsl.ops.base import Kind
    from archdsl.tensor import TensorType


def emit_bn(op: BatchNorm, inputs: tuple[TensorType, ...]) -> New:
    """nn.BatchNorm; AxisBatchNorm of the prelude where the channels are not axis 1."""
    (x,) = inputs
    at = op.axis_of(x)
    rest = (key("eps", op.eps, 1e-5), key("momentum", op.momentum, 0.1))
    affine = key("affine", op.affine, True)
    if at != 0:
        return New("AxisBatchNorm", pos(x.dims[at]), key("dim", at + 1), *rest, affine)
    return New(f"nn.BatchNorm{x.rank or 1}d", pos(x.dims[0]), *rest, affine)


def emit_ln(op: LayerNorm, inputs: tuple[TensorType, ...]) -> New:
    """nn.LayerNorm; AxisLayerNorm of the prelude over an axis that is not the last."""
    (x,) = inputs
    at = op.axis_of(x)
    rest = (
        key("eps", op.eps, 1e-5),
        key("elementwise_affine", op.affine, True),
        key("bias", op.bias, True),
    )
    if at is None:
        return New("nn.LayerNorm", pos(x.dims), *rest)
    if at == len(x.dims) - 1:
        return New("nn.LayerNorm", pos(x.dims[at]), *rest)
    return New("AxisLayerNorm", pos(x.dims[at]), key("dim", at + 1), *rest)


def emit_rmsnorm(op: RMSNorm, inputs: tuple[TensorType, ...]) -> New:
    """nn.RMSNorm; AxisRMSNorm of the prelude on a map."""
    (x,) = inputs
    affine = key("elementwise_affine", op.affine, True)
    if x.is_map:
        return New("AxisRMSNorm", pos(x.channels), key("dim", 1), key("eps", op.eps, 1e-6), affine)
    return New("nn.RMSNorm", pos(x.channels), key("eps", op.eps), affine)


def emit_gn(op: GroupNorm, inputs: tuple[TensorType, ...]) -> New:
    """nn.GroupNorm; SequenceGroupNorm of the prelude on a sequence."""
    (x,) = inputs
    cls = "SequenceGroupNorm" if x.layout == SEQUENCE else "nn.GroupNorm"
    affine = key("affine", op.affine, True)
    return New(cls, pos(op.groups), pos(x.channels), key("eps", op.eps, 1e-5), affine)


def emit_instancenorm(op: InstanceNorm, inputs: tuple[TensorType, ...]) -> New:
    """nn.InstanceNorm."""
    (x,) = inputs
    cls = f"nn.InstanceNorm{x.rank}d"
    return New(cls, pos(x.channels), key("eps", op.eps, 1e-5), key("affine", op.affine, False))


def emit_lrn(op: LocalResponseNorm, inputs: tuple[TensorType, ...]) -> New:
    """LocalResponseNorm of the prelude; torch's own where so many slices would take longer."""
    wide = "VolumeLocalResponseNorm" if inputs[0].rank == 3 else "nn.LocalResponseNorm"
    return New(
        wide if op.size > SLICES else "LocalResponseNorm",
        pos(op.size),
        key("alpha", op.alpha, 1e-4),
        key("beta", op.beta, 0.75),
        key("k", op.k, 1.0),
    )


ROWS: dict[type[Kind], Callable[..., New | Expr]] = {
    BatchNorm: emit_bn,
    LayerNorm: emit_ln,
    RMSNorm: emit_rmsnorm,
    GroupNorm: emit_gn,
    InstanceNorm: emit_instancenorm,
    LocalResponseNorm: emit_lrn,
}
