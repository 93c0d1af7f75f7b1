"""Kinds that resize maps without weights: pad, crop, upsample and the pixel shuffles."""

from __future__ import annotations

from archdsl.ops.axis import need_numbers
from archdsl.ops.base import (
    Dims,
    Field,
    FieldError,
    Kind,
    WrongLayout,
    a,
    boolean,
    choice,
    integer,
    is_int,
    need_map,
    optional,
    per_axis,
    sizes,
)
from archdsl.ops.fit import OptionClash, OutOfRange, need_image, need_multiple
from archdsl.tensor import IMAGE, SEQUENCE, TensorType


def _channel_pad(value: object) -> tuple[int, int]:
    """Takes a number of channels to append, or [how many before, how many after]."""
    if isinstance(value, int) and is_int(value) and value >= 0:
        return 0, value
    if isinstance(value, tuple) and len(value) == 2 and all(is_int(v) and v >= 0 for v in value):
        return value[0], value[1]
    raise FieldError("an integer of at least 0 or [before, after]")


class Pad(Kind):
    """Pads a map on its spatial axes, a sequence on its positions, and any of them with channels.

    `pad(1)` pads every side by 1, `pad(start=2)` only before the first element (a causal
    convolution on a signal), `pad(channels=16)` appends 16 channels of zeros as the shortcuts
    without weights of ResNet do (option A; He et al., 2016).
    """

    names = ("pad",)
    family = "shape"
    fields = (
        Field("size", optional(sizes(0)), None, "padding on both sides, or one per axis"),
        Field("start", optional(sizes(0)), None, "padding before the first element"),
        Field("end", optional(sizes(0)), None, "padding behind the last element"),
        Field("channels", _channel_pad, (0, 0), "channels of zeros to append, or [before, after]"),
        Field(
            "mode",
            choice("zero", "reflect", "replicate"),
            "zero",
            "what to pad with",
            choices=("zero", "reflect", "replicate"),
        ),
    )
    positional = ("size",)
    size: int | Dims | None
    start: int | Dims | None
    end: int | Dims | None
    channels: tuple[int, int]
    mode: str

    def sides(self, x: TensorType) -> tuple[tuple[int, int], ...]:
        """(before, after) for each axis of `x.dims`; raises AxisCount."""
        rank = 1 if x.layout == SEQUENCE else x.rank
        size = 0 if self.size is None else self.size
        start = per_axis(size if self.start is None else self.start, rank, "start")
        end = per_axis(size if self.end is None else self.end, rank, "end")
        spatial = tuple(zip(start, end, strict=True))
        if x.layout == SEQUENCE:
            return (*spatial, self.channels)
        return (self.channels, *spatial)

    def infer(self, inputs: tuple[TensorType, ...]) -> tuple[TensorType, ...]:
        """Each axis grows by what is put before and after it."""
        (x,) = inputs
        need_numbers(self, x)
        self._check_options(x)
        sides = self.sides(x)
        if self.mode == "reflect":
            for axis, n, (start, end) in zip(x.axes, x.dims, sides, strict=True):
                self._check_reflection(axis, n, max(start, end))
        dims = zip(x.dims, sides, strict=True)
        return (TensorType(x.layout, tuple(n + sum(side) for n, side in dims)),)

    def _check_options(self, x: TensorType) -> None:
        spatial = (self.size, self.start, self.end) != (None, None, None)
        if not spatial and self.channels == (0, 0):
            raise OptionClash(
                "this `pad` does not say by how much",
                help="`pad(1)` pads every side, `pad(start=2)` one, `pad(channels=16)` channels",
            )
        if self.size is not None and (self.start, self.end) != (None, None):
            raise OptionClash(
                "`pad` takes a size for both sides, or `start` and `end`, not both",
                help="write `start=` and `end=` only",
            )
        if spatial and not x.is_map and x.layout != SEQUENCE:
            raise WrongLayout(
                f"a {x.layout} has no axis to pad but its features",
                help="`pad(channels=16)` appends features",
            )
        if self.mode != "zero" and (self.channels != (0, 0) or not x.is_map):
            raise OptionClash(
                f"`mode={self.mode}` is for the spatial axes of maps; channels and positions are"
                " padded with zeros",
                help="leave `mode` out, or pad in two steps",
            )

    def _check_reflection(self, axis: str, n: int, pad: int) -> None:
        if pad >= n:
            raise OutOfRange(
                f"`pad` reflects {pad} elements of the axis {axis}, which has {n}",
                label=f"at most {n - 1} here",
                notes=("the element at the border is not repeated: the padding is below the size",),
                help="pad less, or take mode=replicate",
            )


class Crop(Kind):
    """Cuts the middle out of a map: `crop(56)`, or `crop(like=@t)` with the size of `@t`.

    With an odd remainder the element more goes at the end: the cut starts at
    (size - target)//2, as in U-Net (Ronneberger et al., 2015).
    """

    names = ("crop",)
    family = "shape"
    fields = (Field("size", optional(sizes()), None, "what stays, or one size per axis"),)
    positional = ("size",)
    arity = (1, 2)
    tensors = ("like",)
    transparent = True
    size: int | Dims | None

    def infer(self, inputs: tuple[TensorType, ...]) -> tuple[TensorType, ...]:
        """The channels of the input, and the size asked for."""
        x = inputs[0]
        target = spatial_target(self, inputs, self.size, "size")
        for axis, n, want in zip(x.axes[1:], x.spatial, target, strict=True):
            if want > n:
                raise OutOfRange(
                    f"`crop` cannot cut {want} out of the axis {axis}, which has {n}",
                    label=f"{want} out of {n}",
                    notes=(f"input {x}, wanted {'x'.join(map(str, target))}",),
                    help="crop to less, or make the input larger: `pad`, `upsample`",
                )
        return (x.with_spatial(target),)

    def form(self, inputs: tuple[TensorType, ...]) -> tuple[object, ...]:
        """The layout, what there is and what stays."""
        x = inputs[0]
        return (x.layout, x.spatial, self.infer(inputs)[0].spatial)


def spatial_target(
    kind: Kind, inputs: tuple[TensorType, ...], size: int | Dims | None, what: str
) -> tuple[int, ...]:
    """Spatial sizes from a number, or from the second input; raises OptionClash, WrongLayout."""
    x = inputs[0]
    need_map(kind, x)
    if (size is None) == (len(inputs) == 1):
        raise OptionClash(
            f"`{kind.name}` takes {what} or `like=@t`, " + ("not both" if size else "one of them"),
            help=f"write `{kind.name}({x.spatial[0]})` or `{kind.name}(like=@t)`",
        )
    if size is not None:
        return per_axis(size, x.rank, what)
    like = inputs[1]
    if like.layout != x.layout:
        raise WrongLayout(
            f"`{kind.name}` makes {a(x)} like {a(like)}, which has other axes",
            help=f"name a tensor that is a {x.layout} too",
        )
    return like.spatial


INTERPOLATION = {"linear": 1, "bilinear": 2, "bicubic": 2, "trilinear": 3}  # axes it works on


class Upsample(Kind):
    """Enlarges a map: `upsample(2)` by a factor, `upsample(size=56)` or `upsample(like=@t)`.

    `mode` is nearest, linear (signals), bilinear, bicubic (images) or trilinear (volumes);
    `align=true` lays the corners of input and output on each other (PyTorch's align_corners).
    """

    names = ("upsample",)
    family = "shape"
    fields = (
        Field("factor", optional(sizes()), None, "how many times larger, or one per axis"),
        Field("size", optional(sizes()), None, "the size to reach, or one per axis"),
        Field(
            "mode",
            choice("nearest", *INTERPOLATION),
            "nearest",
            "how the values between are made",
            choices=("nearest", *INTERPOLATION),
        ),
        Field("align", boolean, False, "corners lie on corners"),
    )
    digits = "factor"
    positional = ("factor",)
    arity = (1, 2)
    tensors = ("like",)
    transparent = True
    factor: int | Dims | None
    size: int | Dims | None
    mode: str
    align: bool

    def infer(self, inputs: tuple[TensorType, ...]) -> tuple[TensorType, ...]:
        """The channels of the input, and its sizes times the factor, or the size asked for."""
        x = inputs[0]
        need_map(self, x)
        self._check_mode(x)
        if self.factor is None:
            return (x.with_spatial(spatial_target(self, inputs, self.size, "size=")),)
        if self.size is not None or len(inputs) > 1:
            raise OptionClash(
                "`upsample` takes a factor, `size` or `like`, only one of them",
                help="leave the others out",
            )
        factors = per_axis(self.factor, x.rank, "factor")
        return (x.with_spatial(tuple(n * f for n, f in zip(x.spatial, factors, strict=True))),)

    def form(self, inputs: tuple[TensorType, ...]) -> tuple[object, ...]:
        """The layout, and the size to reach where it is no factor."""
        layouts = super().form(inputs)
        return layouts if self.factor else (*layouts, self.infer(inputs)[0].spatial)

    def _check_mode(self, x: TensorType) -> None:
        rank = INTERPOLATION.get(self.mode, x.rank)
        if rank != x.rank:
            right = [m for m, r in INTERPOLATION.items() if r == x.rank]
            raise WrongLayout(
                f"`mode={self.mode}` works on {rank} spatial axes, and this is {a(x)}",
                help=f"a {x.layout} takes mode={' or mode='.join(['nearest', *right])}",
            )
        if self.align and self.mode == "nearest":
            raise OptionClash(
                "`align` is for the modes that interpolate, and `nearest` does not",
                help="leave `align` out, or write mode=bilinear",
            )


class PixelShuffle(Kind):
    """Makes an image r times as high and wide out of its channels: C·r² x H x W to C x rH x rW.

    Shi et al., 2016 (sub-pixel convolution).
    """

    names = ("pixelshuffle",)
    family = "shape"
    fields = (Field("factor", integer(), doc="how many times as high and wide"),)
    digits = "factor"
    positional = ("factor",)
    transparent = True
    factor: int

    def infer(self, inputs: tuple[TensorType, ...]) -> tuple[TensorType, ...]:
        """Channels divided by r², height and width times r."""
        (x,) = inputs
        need_image(self, x)
        c, h, w = x.dims
        r = self.factor
        need_multiple(
            self, "the channels", c, r * r, f"give the layer before it {r * r} times as many"
        )
        return (TensorType(IMAGE, (c // (r * r), h * r, w * r)),)


class PixelUnshuffle(Kind):
    """Moves squares of r x r pixels into the channels: C x rH x rW to C·r² x H x W."""

    names = ("pixelunshuffle",)
    family = "shape"
    fields = (Field("factor", integer(), doc="the side of the squares"),)
    digits = "factor"
    positional = ("factor",)
    factor: int

    def infer(self, inputs: tuple[TensorType, ...]) -> tuple[TensorType, ...]:
        """Channels times r², height and width divided by r."""
        (x,) = inputs
        need_image(self, x)
        c, h, w = x.dims
        r = self.factor
        for what, n in (("the height", h), ("the width", w)):
            need_multiple(self, what, n, r, "crop or pad the image to a multiple")
        return (TensorType(IMAGE, (c * r * r, h // r, w // r)),)
