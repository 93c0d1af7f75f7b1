"""Kinds that lay the elements of a tensor out anew: reshape, permute, transpose and shuffle."""

from __future__ import annotations

from archdsl.ops.axis import need_numbers
from archdsl.ops.base import Dims, Field, Kind, WrongLayout, a, choice, integer, optional, sizes
from archdsl.ops.fit import AxisOrder, ElementCount, check_count, need_multiple
from archdsl.tensor import LAYOUTS, SPATIAL, TOKENS, VECTOR, TensorType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

NUMBERS = tuple(name for name in LAYOUTS if name != TOKENS)  # layouts that hold numbers


def to_field(doc: str) -> Field:
    """An attribute `to`: the layout of the result, by its name."""
    return Field("to", optional(choice(*NUMBERS)), None, doc, choices=NUMBERS)


class Reshape(Kind):
    """Lays the elements out anew, in their order: `reshape(1x28x28)`, `reshape(784)`.

    One number makes a vector, two a signal, three an image, four a volume;
    `reshape(49x512, to=seq)` makes a sequence. No axis moves: `tokens` and `permute` do that.
    """

    names = ("reshape",)
    family = "shape"
    fields = (
        Field("size", sizes(), doc="the new sizes"),
        to_field("the new layout, where the number of sizes does not say it"),
    )
    positional = ("size",)
    transparent = True
    size: int | Dims
    to: str | None

    def infer(self, inputs: tuple[TensorType, ...]) -> tuple[TensorType, ...]:
        """The sizes as written; raises ElementCount where they do not hold the input."""
        (x,) = inputs
        need_numbers(self, x)
        dims = Dims((self.size,)) if isinstance(self.size, int) else self.size
        made = TensorType(self._layout(dims), tuple(dims))
        check_count(self, x.dims, made.dims)
        return (made,)

    def _layout(self, dims: Dims) -> str:
        count = len(dims)
        if self.to is None and count <= 4:
            return {1: VECTOR, **SPATIAL_OF_COUNT}[count]
        if self.to is None or LAYOUTS[self.to] != count:
            raise ElementCount(
                f"{dims} has {count} sizes, "
                + (f"a {self.to} has {LAYOUTS[self.to]}" if self.to else "a tensor has at most 4"),
                help="one size makes a vector, two a signal or a sequence, three an image",
            )
        return self.to


SPATIAL_OF_COUNT = {rank + 1: layout for rank, layout in SPATIAL.items()}


def _orders(letters: str) -> Iterator[str]:
    """All orders of the letters."""
    if not letters:
        yield ""
    for i, letter in enumerate(letters):
        for rest in _orders(letters[:i] + letters[i + 1 :]):
            yield letter + rest


ORDERS = tuple(o for axes in ("cl", "chw", "cthw") for o in _orders(axes))


class Permute(Kind):
    """Puts the axes into another order, by their letters: `permute(cwh)` swaps height and width.

    The layout keeps its name: an image stays an image whose first axis is its channels, whatever
    stood there before. `to=` gives it another one: `permute(lc, to=seq)` makes a sequence of a
    signal.
    """

    names = ("permute",)
    family = "shape"
    fields = (
        Field(
            "order",
            choice(*ORDERS),
            doc="letters of the axes in their new order",
            choices=ORDERS,
            takes="the letters of the axes, such as cwh",
        ),
        to_field("another layout for the result"),
    )
    positional = ("order",)
    order: str
    to: str | None

    def axes(self, x: TensorType) -> tuple[int, ...]:
        """Which axis of `x.dims` comes first, second, …; raises AxisOrder."""
        if sorted(self.order) != sorted(x.axes):
            raise AxisOrder(
                f"`permute({self.order})` does not name the axes of {a(x)} once each",
                label=f"the axes here are {x.axes}",
                help=f"write these letters in their new order, such as {x.axes[::-1]}",
            )
        return tuple(x.axes.index(letter) for letter in self.order)

    def infer(self, inputs: tuple[TensorType, ...]) -> tuple[TensorType, ...]:
        """The sizes in the new order."""
        (x,) = inputs
        need_numbers(self, x)
        return (_relabel(self, x, tuple(x.dims[i] for i in self.axes(x)), self.to),)


class Transpose(Kind):
    """Swaps the last two axes: positions and features of a sequence, height and width of an image.

    The layout keeps its name, so that `transpose, FC-196, transpose` mixes the positions of a
    sequence (MLP-Mixer; Tolstikhin et al., 2021). `transpose(to=signal)` makes a signal of a
    sequence, `transpose(to=seq)` a sequence of a signal.
    """

    names = ("transpose",)
    family = "shape"
    fields = (to_field("another layout for the result"),)
    positional = ("to",)
    to: str | None

    def infer(self, inputs: tuple[TensorType, ...]) -> tuple[TensorType, ...]:
        """The last two sizes swapped."""
        (x,) = inputs
        if x.layout in (VECTOR, TOKENS):
            raise WrongLayout(
                f"`transpose` swaps two axes, and this is {a(x)}",
                help="`reshape` lays a vector out along several axes",
            )
        return (_relabel(self, x, (*x.dims[:-2], x.dims[-1], x.dims[-2]), self.to),)


def _relabel(kind: Kind, x: TensorType, dims: tuple[int, ...], to: str | None) -> TensorType:
    """The sizes with the layout of `x` or the one asked for."""
    if to is not None and LAYOUTS[to] != len(dims):
        raise AxisOrder(
            f"`{kind.name}` makes {len(dims)} axes, and a {to} has {LAYOUTS[to]}",
            help=f"`to` may be {' or '.join(n for n in NUMBERS if LAYOUTS[n] == len(dims))} here",
        )
    return TensorType(to or x.layout, dims)


class Shuffle(Kind):
    """Mixes the channels of groups: reads them as groups x n, writes them as n x groups.

    Zhang et al., 2018 (ShuffleNet).
    """

    names = ("shuffle", "channelshuffle")
    family = "shape"
    fields = (Field("groups", integer(), doc="number of groups"),)
    positional = ("groups",)
    groups: int

    def infer(self, inputs: tuple[TensorType, ...]) -> tuple[TensorType, ...]:
        """What comes in; raises Indivisible where the groups do not divide the channels."""
        (x,) = inputs
        need_numbers(self, x)
        need_multiple(self, "the channels", x.channels, self.groups, "choose other groups")
        return (x,)
