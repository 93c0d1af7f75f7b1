"""PyTorch rows of LeNet-5's layers."""

from __future__ import annotations

from archdsl.backends.torch.code import Expr, New, key, pos
from archdsl.backends.torch.rows.sizes import fold
from archdsl.ops.classic import RBF, Subsample

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from archdsl.ops.base import Kind
    from archdsl.tensor import TensorType


def emit_subsample(op: Subsample, inputs: tuple[TensorType, ...]) -> New:
    """Subsample of the prelude."""
    (x,) = inputs
    windows = op.geometry(x)
    return New(
        f"Subsample{x.rank}d",
        pos(x.channels),
        key("kernel_size", fold(w.size for w in windows)),
        key("stride", fold(w.stride for w in windows)),
    )


def emit_rbf(op: RBF, inputs: tuple[TensorType, ...]) -> New:
    """RBF of the prelude."""
    return New("RBF", pos(inputs[0].channels), pos(op.out))


ROWS: dict[type[Kind], Callable[..., New | Expr]] = {Subsample: emit_subsample, RBF: emit_rbf}
