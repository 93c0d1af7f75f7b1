"""PyTorch rows of the kinds in archdsl.ops.attention."""

from __future__ import annotations

from archdsl.backends.torch.code import Arg, New, key, pos
from archdsl.ops.attention import Attention
from archdsl.tensor import TensorType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from archdsl.backends.torch.code import Expr
    from archdsl.ops.base import Kind


def emit_attention(op: Attention, inputs: tuple[TensorType, ...]) -> New:
    """One of the classes Attention, CrossAttention and WindowAttention."""
    x = inputs[0]
    if op.local:
        return _windows(op, x)
    mapped = key("channels_first", x.is_map, False)
    causal = key("causal", op.causal, False)
    if len(inputs) == 1:
        sizes = pos(x.channels), pos(op.heads), *_sizes(op, x)
        return New("Attention", *sizes, causal, *_rest(op), mapped)
    source = inputs[1]
    cross_sizes = pos(x.channels), pos(source.channels), pos(op.heads), *_sizes(op, x)
    source_mapped = key("source_channels_first", source.is_map, False)
    return New("CrossAttention", *cross_sizes, causal, *_rest(op), mapped, source_mapped)


def _windows(op: Attention, x: TensorType) -> New:
    window, shift = op.windows(x)
    return New(
        "WindowAttention",
        pos(x.channels),
        pos(op.heads),
        key("window", window),
        key("shift", shift, (0, 0)),
        *_sizes(op, x),
        key("grid", None if x.is_map else op.grid_of(x), None),
        key("relative_bias", op.bias is not None, True),
        *_rest(op),
    )


def _sizes(op: Attention, x: TensorType) -> tuple[Arg, ...]:
    head_dim = None if op.head_dim is None or op.inner(x) == x.channels else op.head_dim
    out = None if op.out == x.channels else op.out
    return key("out", out, None), key("head_dim", head_dim, None)


def _rest(op: Attention) -> tuple[Arg, ...]:
    return (
        key("qkv_bias", op.qkv_bias, True),
        key("out_bias", op.out_bias, True),
        key("scale", op.scale, None),
        key("dropout", op.dropout, 0.0),
    )


ROWS: dict[type[Kind], Callable[..., New | Expr]] = {Attention: emit_attention}
