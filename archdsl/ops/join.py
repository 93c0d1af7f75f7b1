"""Joins: what makes one tensor of several."""

from __future__ import annotations

from archdsl.diagnostics.errors import ArchError
from archdsl.ops.axis import axis_field, find_axis, need_numbers
from archdsl.ops.base import Kind, a
from archdsl.tensor import VECTOR, TensorType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import ClassVar


class JoinMismatch(ArchError):
    """The tensors that a join is given do not fit together.

    `concat` joins tensors that agree on all axes but one. `add`, `sub`, `mul`, `max` and `mean`
    need equal shapes, where a size of 1 stretches, and a vector of C goes over all positions of
    a map of C channels or a sequence of C features.

    Wrong:

        input 3x32x32
        add[ conv3-8 | conv3-16 ]

    Right:

        input 3x32x32
        add[ conv3-16 | conv3-16 ]
    """

    id = "join-mismatch"


class Join(Kind):
    """What all joins have in common; they take `act=` and `norm=`."""

    family = "join"
    arity: ClassVar[tuple[int, int | None]] = (1, None)
    hidden = True


class Concat(Join):
    """The tensors one after another along their channels or another axis."""

    names = ("concat",)
    fields = (axis_field("the axis along which they are put"),)
    axis: str

    def axis_of(self, x: TensorType) -> int:
        """Where the axis stands in `x.dims`."""
        return find_axis(self, self.axis, x)

    def infer(self, inputs: tuple[TensorType, ...]) -> tuple[TensorType, ...]:
        """The sum of the sizes on the axis; raises BadAxis and JoinMismatch."""
        first = inputs[0]
        for x in inputs:
            need_numbers(self, x)
        at = self.axis_of(first)
        rest = (*first.dims[:at], *first.dims[at + 1 :])
        for i, x in enumerate(inputs):
            if x.layout != first.layout or (*x.dims[:at], *x.dims[at + 1 :]) != rest:
                raise mismatch(
                    self,
                    inputs,
                    i,
                    f"on all axes but {first.axes[at]} they must agree",
                )
        total = sum(x.dims[at] for x in inputs)
        return (TensorType(first.layout, (*first.dims[:at], total, *first.dims[at + 1 :])),)


class Elementwise(Join):
    """What the joins that work element by element have in common."""

    def infer(self, inputs: tuple[TensorType, ...]) -> tuple[TensorType, ...]:
        """The shape that all of them stretch to; raises JoinMismatch."""
        for x in inputs:
            need_numbers(self, x)
        if all(x == inputs[0] for x in inputs):
            return inputs[:1]
        widest = max(inputs, key=lambda x: len(x.dims))
        dims = list(widest.dims)
        for i, x in enumerate(inputs):
            other = spread(x, widest)
            if other is None:
                raise mismatch(self, inputs, i, f"{a(x)} does not stretch over {a(widest)}")
            for axis, (n, m) in enumerate(zip(dims, other, strict=True)):
                if len({n, m} - {1}) > 1:
                    raise mismatch(self, inputs, i, f"on the axis {widest.axes[axis]}: {n} != {m}")
                dims[axis] = m if n == 1 else n
        return (TensorType(widest.layout, tuple(dims)),)


def spread(x: TensorType, over: TensorType) -> tuple[int, ...] | None:
    """Sizes of `x` seen as a tensor of the layout of `over`; None where it is none.

    A vector of C is Cx1x1 among images, and 1xC among sequences.
    """
    if x.layout == over.layout:
        return x.dims
    if x.layout != VECTOR:
        return None
    sizes = [1] * len(over.dims)
    sizes[over.channel_axis] = x.dims[0]
    return tuple(sizes)


def mismatch(kind: Kind, inputs: tuple[TensorType, ...], at: int, why: str) -> JoinMismatch:
    """The error, with the shape of every operand."""
    shapes = tuple(f"branch {i + 1}: {x.describe()}" for i, x in enumerate(inputs))
    layouts = {inputs[at].layout, inputs[0 if at else -1].layout}
    if len(layouts) == 2 and (isinstance(kind, Concat) or VECTOR not in layouts):
        if isinstance(kind, Concat):
            why = f"{inputs[at].layout} and {inputs[0 if at else -1].layout} are different layouts"
        help = (
            "make them of one layout: `flatten` gives a vector, `tokens` a sequence of a map,"
            " `reshape(1x16, to=seq)` what it says"
        )
    else:
        help = "give the branches equal sizes: a stride, a padding or a `conv1` makes them so"
    return JoinMismatch(
        f"the branches of `{kind.name}` do not fit together: {inputs[at].describe()} among"
        f" {inputs[0 if at else -1].describe()}",
        label=f"branch {at + 1} does not fit",
        notes=(*shapes, why),
        help=help,
    )


class Add(Elementwise):
    """The sum of the tensors."""

    names = ("add",)


class Sub(Elementwise):
    """The first tensor minus the second."""

    names = ("sub",)
    arity = (2, 2)


class Mul(Elementwise):
    """The product of the tensors, element by element."""

    names = ("mul",)


class Max(Elementwise):
    """The largest of the tensors, element by element (maxout, Goodfellow et al. 2013)."""

    names = ("max",)


class Mean(Elementwise):
    """The mean of the tensors, element by element."""

    names = ("mean",)
