"""PyTorch row of flatten."""

from __future__ import annotations

from archdsl.backends.torch.code import Expr, New
from archdsl.ops.flatten import Flatten

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from archdsl.ops.base import Kind
    from archdsl.tensor import TensorType


def emit_flatten(op: Flatten, inputs: tuple[TensorType, ...]) -> New:
    """nn.Flatten."""
    return New("nn.Flatten")


ROWS: dict[type[Kind], Callable[..., New | Expr]] = {Flatten: emit_flatten}
