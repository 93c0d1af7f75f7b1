"""Kinds that cut tensors up, or make sequences of maps and maps of sequences."""

from __future__ import annotations

from archdsl.ops.axis import axis_field, find_axis, need_numbers
from archdsl.ops.base import (
    Dims,
    Field,
    FieldError,
    Kind,
    int_list,
    integer,
    is_int,
    need_map,
    optional,
    sizes,
)
from archdsl.ops.fit import ElementCount, OutOfRange, check_count, need_multiple, need_sequence
from archdsl.tensor import SEQUENCE, SPATIAL, TensorType, vector

MAX_PARTS = 1000  # each one is a tensor of its own


def _parts(value: object) -> int | tuple[int, ...]:
    """Takes a number of equal parts, or the sizes of the parts."""
    if isinstance(value, int) and is_int(value) and 2 <= value <= MAX_PARTS:
        return value
    if isinstance(value, tuple) and len(value) >= 2:
        return int_list()(value)
    raise FieldError(f"an integer from 2 to {MAX_PARTS}, or a list of at least 2 sizes")


class Split(Kind):
    """Cuts an axis up, by default the channels or features: `split(4)` makes equal parts.

    `split([64, 48])` makes parts of these sizes. `s: split(4)` names the parts `@s[0]` to `@s[3]`.
    """

    names = ("split",)
    family = "shape"
    fields = (
        Field("parts", _parts, doc="number of equal parts, or their sizes"),
        axis_field("the axis that is cut"),
    )
    positional = ("parts",)
    parts: int | tuple[int, ...]
    axis: str

    def sizes(self, x: TensorType) -> tuple[int, ...]:
        """Sizes of the parts; raises Indivisible, ElementCount, BadAxis."""
        n = x.dims[find_axis(self, self.axis, x)]
        if isinstance(self.parts, int):
            help = "choose another number, or write the sizes: split([64, 48])"
            need_multiple(self, "what it cuts", n, self.parts, help)
            return (n // self.parts,) * self.parts
        if sum(self.parts) != n:
            raise ElementCount(
                f"the parts of this `split` sum to {sum(self.parts)}, and there are {n}",
                label=f"{sum(self.parts)} is not {n}",
                notes=(f"{' + '.join(map(str, self.parts))} = {sum(self.parts)}",),
                help="make the parts sum to what comes in",
            )
        return self.parts

    def infer(self, inputs: tuple[TensorType, ...]) -> tuple[TensorType, ...]:
        """One type for each part."""
        (x,) = inputs
        need_numbers(self, x)
        at = find_axis(self, self.axis, x)
        return tuple(_resize(x, at, n) for n in self.sizes(x))


def _resize(x: TensorType, at: int, size: int) -> TensorType:
    """The same tensor with another size on one axis."""
    return TensorType(x.layout, (*x.dims[:at], size, *x.dims[at + 1 :]))


class Slice(Kind):
    """Takes channels, features or positions out: `slice(0, 64)` the first 64 channels.

    `from` counts from 0, `to` is the first one left out (by default none is).
    """

    names = ("slice",)
    family = "shape"
    fields = (
        Field("from", integer(0), doc="the first one taken"),
        Field("to", optional(integer()), None, "the first one behind those taken"),
        axis_field("the axis that is cut"),
    )
    positional = ("from", "to")
    to: int | None
    axis: str

    def bounds(self, x: TensorType) -> tuple[int, int]:
        """First element, and first one behind the last; raises OutOfRange, BadAxis."""
        n = x.dims[find_axis(self, self.axis, x)]
        start: int = self.__dict__["from"]
        stop = n if self.to is None else self.to
        if not start < stop <= n:
            raise OutOfRange(
                f"`slice` takes {start} to {stop} of {n}",
                label=f"{start} to {stop} of {n}",
                notes=("counted from 0, and the last one is left out: 0 <= from < to <= size",),
                help=f"`to` is at most {n} here, and `from` below it",
            )
        return start, stop

    def infer(self, inputs: tuple[TensorType, ...]) -> tuple[TensorType, ...]:
        """`to - from` elements on the axis."""
        (x,) = inputs
        need_numbers(self, x)
        start, stop = self.bounds(x)
        return (_resize(x, find_axis(self, self.axis, x), stop - start),)

    def form(self, inputs: tuple[TensorType, ...]) -> tuple[object, ...]:
        """The layout, the first and the last."""
        return (inputs[0].layout, *self.bounds(inputs[0]))


def _index(value: object) -> int:
    """Takes any integer; negative ones count from the end."""
    if isinstance(value, int) and is_int(value):
        return value
    raise FieldError("an integer")


class At(Kind):
    """One position of a sequence, as a vector: `at(0)` the first one, `at(-1)` the last."""

    names = ("at",)
    family = "shape"
    fields = (Field("index", _index, doc="position, from 0; negative ones count from the end"),)
    positional = ("index",)
    index: int

    def infer(self, inputs: tuple[TensorType, ...]) -> tuple[TensorType, ...]:
        """A vector of the features."""
        (x,) = inputs
        need_sequence(self, x)
        length, features = x.dims
        if not -length <= self.index < length:
            raise OutOfRange(
                f"`at({self.index})` of a sequence of {length}",
                label=f"positions are 0 to {length - 1}",
                help="at(-1) is the last position",
            )
        return (vector(features),)


class Tokens(Kind):
    """The positions of a map as a sequence: C x H x W becomes H·W x C, row by row.

    It has no weights: `conv16-768/16, tokens` is the patch embedding of ViT
    (Dosovitskiy et al., 2021).
    """

    names = ("tokens", "patches")
    family = "shape"

    def infer(self, inputs: tuple[TensorType, ...]) -> tuple[TensorType, ...]:
        """A sequence of all positions, the channels as features."""
        (x,) = inputs
        need_map(self, x)
        return (TensorType(SEQUENCE, (x.numel // x.channels, x.channels)),)


class Untokens(Kind):
    """A sequence as a map: L x C becomes C x H x W, where `grid` is HxW and L = H·W.

    A grid of one number makes a signal, of two an image, of three a volume.
    """

    names = ("untokens",)
    family = "shape"
    fields = (Field("grid", sizes(), doc="spatial sizes of the map"),)
    positional = ("grid",)
    grid: int | Dims

    def spatial(self) -> tuple[int, ...]:
        """Sizes of the map behind its channels."""
        return (self.grid,) if isinstance(self.grid, int) else tuple(self.grid)

    def infer(self, inputs: tuple[TensorType, ...]) -> tuple[TensorType, ...]:
        """A map with the features as channels; raises ElementCount."""
        (x,) = inputs
        need_sequence(self, x)
        grid = self.spatial()
        if len(grid) not in SPATIAL:
            raise ElementCount(
                f"a map has one to three spatial axes, and this grid {len(grid)}",
                help="write untokens(14x14)",
            )
        check_count(self, x.dims[:1], grid)
        return (TensorType(SPATIAL[len(grid)], (x.channels, *grid)),)
