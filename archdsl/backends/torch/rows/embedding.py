"""PyTorch rows of the kinds in archdsl.ops.embedding."""

from __future__ import annotations

from archdsl.backends.torch.code import New, key, pos
from archdsl.ops.embedding import Cls, Embed, PosEmbed
from archdsl.tensor import IMAGE, TensorType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from archdsl.backends.torch.code import Expr
    from archdsl.ops.base import Kind


def emit_embed(op: Embed, inputs: tuple[TensorType, ...]) -> New:
    """nn.Embedding."""
    return New("nn.Embedding", pos(op.vocab), pos(op.dim), key("padding_idx", op.pad, None))


def emit_posembed(op: PosEmbed, inputs: tuple[TensorType, ...]) -> New:
    """A learned table, or one of the fixed ones."""
    (x,) = inputs
    fixed = "SincosImage" if x.layout == IMAGE else "SincosSequence"
    return New("PositionEmbedding" if op.mode == "learned" else fixed, *map(pos, x.dims))


def emit_cls(op: Cls, inputs: tuple[TensorType, ...]) -> New:
    """Learned vectors before the sequence."""
    return New("ClassToken", pos(inputs[0].channels), key("count", op.count, 1))


ROWS: dict[type[Kind], Callable[..., New | Expr]] = {
    Embed: emit_embed,
    PosEmbed: emit_posembed,
    Cls: emit_cls,
}
