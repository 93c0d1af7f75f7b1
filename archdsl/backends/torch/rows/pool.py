"""PyTorch rows of the pools."""

from __future__ import annotations

from archdsl.backends.torch.code import Expr, New, key, pos
from archdsl.backends.torch.rows.sizes import fold, is_poolable, pad_order
from archdsl.ops.pool import (
    AdaptiveAvgPool,
    AdaptiveMaxPool,
    AdaptivePool,
    AvgPool,
    GlobalAvgPool,
    GlobalMaxPool,
    MaxPool,
)
from archdsl.tensor import SEQUENCE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from archdsl.ops.base import Kind
    from archdsl.tensor import TensorType


def emit_maxpool(op: MaxPool, inputs: tuple[TensorType, ...]) -> New:
    """nn.MaxPool; PaddedMaxPool of the prelude where torch does not take the padding."""
    (x,) = inputs
    windows = op.geometry(x)
    head = (
        key("kernel_size", fold(w.size for w in windows)),
        key("stride", fold(w.stride for w in windows)),
    )
    dilation = key("dilation", fold(w.dilation for w in windows), 1)
    if not is_poolable(windows):
        pads = key("pads", pad_order(windows))
        return New(f"PaddedMaxPool{x.rank}d", *head, pads, dilation)
    padding = key("padding", fold(w.before for w in windows), 0)
    ceil = key("ceil_mode", op.ceil, False)
    return New(f"nn.MaxPool{x.rank}d", *head, padding, dilation, ceil)


def emit_avgpool(op: AvgPool, inputs: tuple[TensorType, ...]) -> New:
    """nn.AvgPool; PaddedAvgPool of the prelude where torch does not take the padding."""
    (x,) = inputs
    windows = op.geometry(x)
    head = (
        key("kernel_size", fold(w.size for w in windows)),
        key("stride", fold(w.stride for w in windows)),
    )
    count = key("count_include_pad", op.counts_pad(), True)
    # torch's AvgPool3d wants a kernel that fits without the padding
    fits = x.rank < 3 or all(w.size <= n for w, n in zip(windows, x.spatial, strict=True))
    if not (fits and is_poolable(windows)):
        pads = key("pads", pad_order(windows))
        return New(f"PaddedAvgPool{x.rank}d", *head, pads, count)
    padding = key("padding", fold(w.before for w in windows), 0)
    ceil = key("ceil_mode", op.ceil, False)
    return New(f"nn.AvgPool{x.rank}d", *head, padding, ceil, count)


def emit_gap(op: GlobalAvgPool, inputs: tuple[TensorType, ...]) -> New | Expr:
    """nn.AdaptiveAvgPool to one position; on a sequence the mean over its length."""
    (x,) = inputs
    if x.layout == SEQUENCE:
        return Expr("{0}.mean(dim=1)")
    return New(f"nn.AdaptiveAvgPool{x.rank}d", pos(1))


def emit_gmp(op: GlobalMaxPool, inputs: tuple[TensorType, ...]) -> New | Expr:
    """nn.AdaptiveMaxPool to one position; on a sequence the maximum over its length."""
    (x,) = inputs
    if x.layout == SEQUENCE:
        return Expr("{0}.amax(dim=1)")
    return New(f"nn.AdaptiveMaxPool{x.rank}d", pos(1))


def emit_adaptive(op: AdaptivePool, inputs: tuple[TensorType, ...]) -> New:
    """nn.AdaptiveAvgPool or nn.AdaptiveMaxPool."""
    (x,) = inputs
    word = "Avg" if isinstance(op, AdaptiveAvgPool) else "Max"
    return New(f"nn.Adaptive{word}Pool{x.rank}d", pos(fold(op.output_size(x))))


ROWS: dict[type[Kind], Callable[..., New | Expr]] = {
    MaxPool: emit_maxpool,
    AvgPool: emit_avgpool,
    GlobalAvgPool: emit_gap,
    GlobalMaxPool: emit_gmp,
    AdaptiveAvgPool: emit_adaptive,
    AdaptiveMaxPool: emit_adaptive,
}
