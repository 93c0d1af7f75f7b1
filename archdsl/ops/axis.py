"""Axes by name: `channels`, `features`, or the letter of an axis."""

from __future__ import annotations

from archdsl.diagnostics.errors import ArchError
from archdsl.ops.base import Field, Kind, WrongLayout, a, choice
from archdsl.tensor import TOKENS, TensorType

WORDS = ("channels", "features", "t", "h", "w", "l", "c")


class BadAxis(ArchError):
    """The tensor has no axis of that name.

    All tensors have `channels` (of maps), also called `features` (of vectors and sequences). A
    signal and a sequence have `l` besides, an image `h` and `w`, a volume `t`, `h` and `w`.

    Wrong:

        input 3x32x32
        softmax(axis=l)

    Right:

        input 3x32x32
        softmax(axis=h)
    """

    id = "bad-axis"


def axis_field(doc: str, *more: str) -> Field:
    """An attribute `axis`, by default the channels; `more` are further words that it takes."""
    words = (*WORDS, *more)
    return Field("axis", choice(*words), "channels", doc, choices=words, takes="an axis")


def find_axis(kind: Kind, axis: str, x: TensorType) -> int:
    """Where the axis stands in `x.dims`; raises BadAxis where there is none of that name."""
    at = x.axes.find("c" if axis in ("channels", "features") else axis)
    if at < 0:
        raise BadAxis(
            f"`{kind.name}` over the axis `{axis}`, and this is {a(x)}",
            label=f"no axis `{axis}` here",
            help=f"the axes here are {', '.join(axis_words(x))}",
        )
    return at


def axis_words(x: TensorType) -> list[str]:
    """The words for the axes of a tensor, in the order of its sizes."""
    word = "channels" if x.is_map else "features"
    return [word if axis == "c" else axis for axis in x.axes]


def need_numbers(kind: Kind, x: TensorType) -> None:
    """Raises WrongLayout for tokens, which are integer ids and no numbers to compute with."""
    if x.layout == TOKENS:
        raise WrongLayout(
            f"`{kind.name}` computes with numbers, and this is {a(x)}",
            label="integer ids come in here",
            help="`embed(vocab, dim)` makes a sequence of vectors of tokens",
        )


def need_features(kind: Kind, x: TensorType) -> None:
    """Raises WrongLayout unless `x` is a vector or a sequence."""
    if x.is_map or x.layout == TOKENS:
        raise WrongLayout(
            f"`{kind.name}` needs a vector or a sequence, and this is {a(x)}",
            label=f"{a(x)} comes in here",
            help="`flatten` makes a vector of a map, `embed(vocab, dim)` a sequence of tokens",
            before="flatten" if x.is_map else "",
        )
