"""PyTorch rows of the joins: expressions of the forward pass."""

from __future__ import annotations

from archdsl.backends.torch.code import Expr, New
from archdsl.ops import join
from archdsl.tensor import SEQUENCE, VECTOR

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from archdsl.ops.base import Kind
    from archdsl.tensor import TensorType


def emit_concat(op: join.Concat, inputs: tuple[TensorType, ...]) -> Expr:
    """torch.cat."""
    if len(inputs) == 1:
        return Expr("{0}")
    return Expr("torch.cat(({all}), dim={dim})", dim=op.axis_of(inputs[0]) + 1)


def emit_add(op: join.Add, inputs: tuple[TensorType, ...]) -> Expr:
    """A sum."""
    return Expr(" + ".join(terms(inputs)))


def emit_sub(op: join.Sub, inputs: tuple[TensorType, ...]) -> Expr:
    """A difference."""
    return Expr(" - ".join(terms(inputs)))


def emit_mul(op: join.Mul, inputs: tuple[TensorType, ...]) -> Expr:
    """A product."""
    return Expr(" * ".join(terms(inputs)))


def emit_max(op: join.Max, inputs: tuple[TensorType, ...]) -> Expr:
    """torch.maximum of two and two."""
    first, *rest = terms(inputs)
    for term in rest:
        first = f"torch.maximum({first}, {term})"
    return Expr(first)


def emit_mean(op: join.Mean, inputs: tuple[TensorType, ...]) -> Expr:
    """A sum divided by the number of its terms."""
    if len(inputs) == 1:
        return Expr("{0}")
    return Expr(f"({' + '.join(terms(inputs))}) / {len(inputs)}")


def terms(inputs: tuple[TensorType, ...]) -> list[str]:
    """A placeholder for each input; a vector among maps or sequences gets axes of size 1."""
    widest = max(inputs, key=lambda x: len(x.dims))
    ending = ".unsqueeze(1)" if widest.layout == SEQUENCE else f"[:, :{', None' * widest.rank}]"
    return [
        f"{{{i}}}{ending}" if x.layout == VECTOR != widest.layout else f"{{{i}}}"
        for i, x in enumerate(inputs)
    ]


ROWS: dict[type[Kind], Callable[..., New | Expr]] = {
    join.Concat: emit_concat,
    join.Add: emit_add,
    join.Sub: emit_sub,
    join.Mul: emit_mul,
    join.Max: emit_max,
    join.Mean: emit_mean,
}
