"""Pooling: over windows, over everything, and to a given size."""

from __future__ import annotations

from archdsl.diagnostics.errors import ArchError
from archdsl.ops.axis import need_numbers
from archdsl.ops.base import (
    Dims,
    Field,
    Kind,
    WrongLayout,
    boolean,
    need_map,
    optional,
    per_axis,
    sizes,
)
from archdsl.ops.window import (
    PAD_WORDS,
    KernelTooLarge,
    Window,
    make_windows,
    pad_value,
    refuse_kernel,
    slide_windows,
)
from archdsl.tensor import SEQUENCE, VECTOR, TensorType, vector


class PoolPadTooLarge(ArchError):
    """A pool is padded by more than half of its window, so that some windows see padding only.

    PyTorch refuses it: the padding of each side must be at most half of the kernel, rounded down.

    Wrong:

        input 3x32x32
        maxpool2(pad=2)

    Right:

        input 3x32x32
        maxpool4(pad=2)
    """

    id = "pool-pad-too-large"


class CeilWithPad(ArchError):
    """A pool has `ceil=true` and a padding that already fixes the size of its output.

    `pad=same` and `pad=tf-same` give ceil(size/stride), so there is nothing left to round.

    Wrong:

        input 3x32x32
        maxpool3/2(pad=same, ceil=true)

    Right:

        input 3x32x32
        maxpool3/2(pad=same)
    """

    id = "ceil-with-pad"


KERNEL = Field("kernel", sizes(), 2, "size of the window, one number or one per axis")
STRIDE = Field("stride", optional(sizes()), None, "step of the window, by default its size")
CEIL = Field(
    "ceil",
    boolean,
    False,
    "round the size up; the last window must start inside the input or its left padding",
)


class Pool(Kind):
    """What all kinds that slide a window over a map without weights have in common."""

    family = "pool"
    digits = "kernel"
    slash = "stride"
    positional = ("kernel", "stride")
    kernel: int | Dims
    stride: int | Dims | None
    pad: int | Dims | str
    ceil: bool
    dilation: int | Dims = 1

    def geometry(self, x: TensorType) -> tuple[Window, ...]:
        """The window on each spatial axis of the input."""
        stride = self.kernel if self.stride is None else self.stride
        return make_windows(x, self.kernel, stride, self.pad, self.dilation)

    def infer(self, inputs: tuple[TensorType, ...]) -> tuple[TensorType, ...]:
        """The places where the window fits; channels stay."""
        x = inputs[0]
        need_map(self, x)
        windows = self.geometry(x)
        if not isinstance(self.pad, str):
            for w, axis in zip(windows, x.axes[1:], strict=True):
                if w.before > w.size // 2:
                    _refuse_pad(self, w, axis)
        if not self.ceil:
            return (x.with_spatial(slide_windows(self, x, windows)),)
        if self.pad in ("same", "tf-same"):
            raise CeilWithPad(
                f"`{self.name}` has `pad={self.pad}`, which fixes the size, and `ceil=true`",
                label="both fix the size",
                help="leave `ceil` out, or write the padding as a number",
            )
        spatial = tuple(slide_up(w, n) for w, n in zip(windows, x.spatial, strict=True))
        if min(spatial) < 1:
            refuse_kernel(self, x, windows, spatial)
        return (x.with_spatial(spatial),)

    def form(self, inputs: tuple[TensorType, ...]) -> tuple[object, ...]:
        """The layout, the padding, and on which axes the kernel fits without it."""
        x = inputs[0]
        windows = zip(self.geometry(x), x.spatial, strict=True)
        return (x.layout, *((w.before, w.after, w.size <= n) for w, n in windows))


def slide_up(w: Window, length: int) -> int:
    """Number of places with the size rounded up, as PyTorch does.

    The last window must start inside the input or the padding before it, or it is dropped.
    """
    n = -((w.extent - length - w.before - w.after) // w.stride) + 1
    return n - 1 if (n - 1) * w.stride >= length + w.before else n


def _refuse_pad(kind: Kind, w: Window, axis: str) -> None:
    raise PoolPadTooLarge(
        f"`{kind.name}` pads {w.before} on each side of the axis {axis}, more than half of its"
        f" kernel of {w.size}",
        label=f"padding {w.before}, kernel {w.size}",
        notes=(f"{w.before} > {w.size}//2 = {w.size // 2}",),
        help=f"pad at most {w.size // 2}, or put a `pad` layer before it",
    )


class MaxPool(Pool):
    """The largest element of each window; padding never wins."""

    names = ("maxpool",)
    fields = (
        KERNEL,
        STRIDE,
        Field("pad", pad_value(*PAD_WORDS), 0, "padding on each side", PAD_WORDS),
        CEIL,
        Field("dilation", sizes(), 1, "distance between the elements that a window sees"),
    )


class AvgPool(Pool):
    """The mean of each window."""

    names = ("avgpool",)
    fields = (
        KERNEL,
        STRIDE,
        Field("pad", pad_value(*PAD_WORDS), 0, "zeros on each side", PAD_WORDS),
        CEIL,
        Field(
            "count_pad",
            optional(boolean),
            None,
            "whether the padding counts in the mean; by default true, and false with tf-same",
        ),
    )
    count_pad: bool | None

    def infer(self, inputs: tuple[TensorType, ...]) -> tuple[TensorType, ...]:
        """As of any pool; over a volume the kernel must fit without the padding, as in PyTorch."""
        found = super().infer(inputs)
        x = inputs[0]
        if x.rank == 3 and self.pad not in ("same", "tf-same"):
            for w, n, axis in zip(self.geometry(x), x.spatial, x.axes[1:], strict=True):
                if w.size > n:
                    raise KernelTooLarge(
                        f"`avgpool` over a volume needs a kernel no larger than its input, and on"
                        f" the axis {axis} it has {w.size} for {n}",
                        label=f"kernel of {w.size} on {n}",
                        notes=("PyTorch's AvgPool3d does not count the padding here",),
                        help=f"take a kernel of {n} on this axis, or put a `pad` layer before it",
                    )
        return found

    def counts_pad(self) -> bool:
        """Whether the padding counts in the mean."""
        return self.pad != "tf-same" if self.count_pad is None else self.count_pad


class GlobalPool(Kind):
    """What the pools over all positions have in common."""

    family = "pool"

    def infer(self, inputs: tuple[TensorType, ...]) -> tuple[TensorType, ...]:
        """Of a map Cx1x1, of a sequence a vector of its features."""
        x = inputs[0]
        need_numbers(self, x)
        if x.layout == VECTOR:
            raise WrongLayout(
                f"`{self.name}` pools over positions, and a vector of {x} has none",
                label="a vector comes in here",
                help="leave it out: the positions are gone already",
            )
        if x.layout == SEQUENCE:
            return (vector(x.channels),)
        return (x.with_spatial((1,) * x.rank),)


class GlobalAvgPool(GlobalPool):
    """The mean of each channel over all positions (Lin et al. 2013)."""

    names = ("gap", "globalavgpool")


class GlobalMaxPool(GlobalPool):
    """The largest element of each channel over all positions."""

    names = ("gmp", "globalmaxpool")


class AdaptivePool(Kind):
    """What the pools to a given size have in common; their windows are as even as can be."""

    family = "pool"
    fields = (Field("size", sizes(), doc="size of the output, one number or one per axis"),)
    digits = "size"
    positional = ("size",)
    size: int | Dims

    def output_size(self, x: TensorType) -> tuple[int, ...]:
        """The size on each spatial axis."""
        return per_axis(self.size, x.rank, "size")

    def infer(self, inputs: tuple[TensorType, ...]) -> tuple[TensorType, ...]:
        """The same channels in the size that is asked for."""
        x = inputs[0]
        need_map(self, x)
        return (x.with_spatial(self.output_size(x)),)


class AdaptiveAvgPool(AdaptivePool):
    """Means over windows that give an output of a fixed size whatever the input's."""

    names = ("adaptiveavgpool",)


class AdaptiveMaxPool(AdaptivePool):
    """Maxima over windows that give an output of a fixed size whatever the input's."""

    names = ("adaptivemaxpool",)
