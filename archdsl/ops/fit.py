"""Errors and checks of the kinds that resize, cut up or lay out tensors anew."""

from __future__ import annotations

from archdsl.diagnostics.errors import ArchError
from archdsl.ops.base import Kind, WrongLayout, a
from archdsl.tensor import IMAGE, SEQUENCE, TensorType


class OptionClash(ArchError):
    """Attributes of one layer exclude each other, or one of them needs another.

    `crop` takes a size or a tensor to be like, not both; `shift` moves the windows of an
    attention, so it needs `window`; `align` is for the modes that interpolate.

    Wrong:

        input 3x8x8
        upsample(2, align=true)

    Right:

        input 3x8x8
        upsample(2, mode=bilinear, align=true)
    """

    id = "option-clash"


class Indivisible(ArchError):
    """A size must be a multiple of a number, and is not.

    Attention divides the features among its heads, windows tile an image, `split(3)` makes three
    equal parts, `pixelshuffle(2)` takes 4 channels for every one that it leaves.

    Wrong:

        input 6x8x8
        pixelshuffle(2)

    Right:

        input 8x8x8
        pixelshuffle(2)
    """

    id = "indivisible"


class OutOfRange(ArchError):
    """A size or a position lies outside the tensor.

    A crop is at most as large as what it cuts, a slice ends inside the tensor, a padding that
    reflects is smaller than what it reflects.

    Wrong:

        input 3x32x32
        crop(40)

    Right:

        input 3x32x32
        crop(28)
    """

    id = "out-of-range"


class ElementCount(ArchError):
    """A new layout must hold exactly the elements that there are.

    `reshape` and `untokens` lay the elements out anew; they make none and drop none.

    Wrong:

        input 784
        reshape(1x28x27), conv3-8

    Right:

        input 784
        reshape(1x28x28), conv3-8
    """

    id = "element-count"


class AxisOrder(ArchError):
    """The new order of the axes must name each axis of the tensor once.

    A signal has the axes `cl`, an image `chw`, a volume `cthw`, a sequence `lc`.

    Wrong:

        input 3x32x16
        permute(cl)

    Right:

        input 3x32x16
        permute(cwh)
    """

    id = "axis-order"


def need_multiple(kind: Kind, what: str, size: int, of: int, help: str) -> None:
    """Raises Indivisible unless `of` divides `size`."""
    if size % of:
        below, above = size // of * of, (size // of + 1) * of
        near = f"{below} or {above}" if below else str(above)
        raise Indivisible(
            f"`{kind.name}` needs {what} to be a multiple of {of}, and there are {size}",
            label=f"{of} does not divide {size}",
            notes=(f"{size} = {size // of}*{of} + {size % of}; the nearest multiples: {near}",),
            help=help,
        )


def check_count(kind: Kind, old: tuple[int, ...], new: tuple[int, ...]) -> None:
    """Raises ElementCount where the products of the sizes differ."""
    have, want = (TensorType("", d).numel for d in (old, new))
    if have != want:
        raise ElementCount(
            f"`{kind.name}` lays {have} elements out as {want}",
            label=f"{want} is not {have}",
            notes=tuple(f"{' * '.join(map(str, d))} = {n}" for d, n in ((old, have), (new, want))),
            help="make the sizes multiply to the same number",
        )


def need_image(kind: Kind, x: TensorType) -> None:
    """Raises WrongLayout unless `x` is an image."""
    if x.layout != IMAGE:
        from archdsl.ops.ways import to_map

        raise WrongLayout(
            f"`{kind.name}` needs an image, and this is {a(x)}",
            label=f"{a(x)} comes in here",
            help=to_map(x)[0] if not x.is_map else f"`reshape` makes an image of a {x.layout}",
        )


def need_sequence(kind: Kind, x: TensorType) -> None:
    """Raises WrongLayout unless `x` is a sequence of vectors."""
    if x.layout != SEQUENCE:
        from archdsl.ops.ways import to_sequence

        help, before = to_sequence(x)
        raise WrongLayout(
            f"`{kind.name}` needs a sequence, and this is {a(x)}",
            label=f"{a(x)} comes in here",
            help=help,
            before=before,
        )
