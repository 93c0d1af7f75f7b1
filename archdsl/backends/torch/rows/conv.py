"""PyTorch rows of the convolutions."""

from __future__ import annotations

from archdsl.backends.torch.code import Arg, Expr, New, key, pos
from archdsl.backends.torch.rows.sizes import fold, is_even, pad_order
from archdsl.ops.conv import Conv, Convolution, DepthwiseConv, SeparableConv
from archdsl.ops.deconv import Deconv

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from archdsl.ops.base import Kind
    from archdsl.ops.window import Window
    from archdsl.tensor import TensorType


def emit_conv(op: Conv | DepthwiseConv, inputs: tuple[TensorType, ...]) -> New:
    """nn.Conv, with a class of ours where padding is uneven or connections are missing."""
    (x,) = inputs
    windows = op.geometry(x)
    rank, groups = x.rank, op.channel_groups(x)
    if isinstance(op, Conv) and op.connect is not None:
        return New(
            f"PartialConv{rank}d",
            pos(x.channels),
            pos(op.connect),
            *_kernel_and_stride(windows),
            key("pads", pad_order(windows), (0,) * 2 * rank),
            *_dilation_and_bias(op, windows),
        )
    head = (pos(x.channels), pos(op.channels_out(x)), *_kernel_and_stride(windows))
    tail = (key("groups", groups, 1), *_dilation_and_bias(op, windows))
    if not is_even(windows):
        return New(f"PaddedConv{rank}d", *head, key("pads", pad_order(windows)), *tail)
    return New(f"nn.Conv{rank}d", *head, key("padding", fold(w.before for w in windows), 0), *tail)


def emit_deconv(op: Deconv, inputs: tuple[TensorType, ...]) -> New:
    """nn.ConvTranspose."""
    (x,) = inputs
    windows = op.geometry(x)
    return New(
        f"nn.ConvTranspose{x.rank}d",
        pos(x.channels),
        pos(op.out),
        *_kernel_and_stride(windows),
        key("padding", fold(w.before for w in windows), 0),
        key("output_padding", fold(w.extra for w in windows), 0),
        key("groups", op.groups, 1),
        *_dilation_and_bias(op, windows),
    )


def emit_sepconv(op: SeparableConv, inputs: tuple[TensorType, ...]) -> New:
    """SeparableConv of the prelude."""
    (x,) = inputs
    windows = op.geometry(x)
    even = is_even(windows)
    return New(
        f"SeparableConv{x.rank}d",
        pos(x.channels),
        pos(op.out),
        *_kernel_and_stride(windows),
        key("padding", fold(w.before for w in windows) if even else 0, 0),
        key("pads", None if even else pad_order(windows), None),
        *_dilation_and_bias(op, windows),
    )


def _kernel_and_stride(windows: tuple[Window, ...]) -> tuple[Arg, ...]:
    return (
        key("kernel_size", fold(w.size for w in windows)),
        key("stride", fold(w.stride for w in windows), 1),
    )


def _dilation_and_bias(op: Convolution, windows: tuple[Window, ...]) -> tuple[Arg, ...]:
    return key("dilation", fold(w.dilation for w in windows), 1), key("bias", op.bias, True)


ROWS: dict[type[Kind], Callable[..., New | Expr]] = {
    Conv: emit_conv,
    DepthwiseConv: emit_conv,
    Deconv: emit_deconv,
    SeparableConv: emit_sepconv,
}
