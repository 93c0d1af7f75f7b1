"""PyTorch rows of dropout and stochastic depth."""

from __future__ import annotations

from archdsl.backends.torch.code import Expr, New, key, pos
from archdsl.ops.dropout import Dropout, DropPath

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from archdsl.ops.base import Kind
    from archdsl.tensor import TensorType


def emit_dropout(op: Dropout, inputs: tuple[TensorType, ...]) -> New:
    """nn.Dropout, or nn.Dropout2d and its like for whole channels."""
    cls = f"nn.Dropout{inputs[0].rank}d" if op.channels else "nn.Dropout"
    return New(cls, key("p", op.p))


def emit_droppath(op: DropPath, inputs: tuple[TensorType, ...]) -> New:
    """DropPath of the prelude."""
    return New("DropPath", pos(op.p))


ROWS: dict[type[Kind], Callable[..., New | Expr]] = {Dropout: emit_dropout, DropPath: emit_droppath}
