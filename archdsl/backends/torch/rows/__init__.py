"""PyTorch's row of each layer kind: what to construct or to write for it."""

from __future__ import annotations

from archdsl.backends.torch.rows import (
    activation,
    attention,
    classic,
    conv,
    dropout,
    embedding,
    flatten,
    join,
    layout,
    linear,
    norm,
    pool,
    recurrent,
    sequence,
    shape,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from archdsl.backends.torch.code import Expr, New
    from archdsl.ops.base import Kind

ROWS: dict[type[Kind], Callable[..., New | Expr]] = {
    **activation.ROWS,
    **attention.ROWS,
    **classic.ROWS,
    **conv.ROWS,
    **dropout.ROWS,
    **embedding.ROWS,
    **flatten.ROWS,
    **join.ROWS,
    **layout.ROWS,
    **linear.ROWS,
    **norm.ROWS,
    **pool.ROWS,
    **recurrent.ROWS,
    **sequence.ROWS,
    **shape.ROWS,
}
"""A row is called as `row(op, inputs)` with the types of the layer's inputs."""
