"""The transposed convolution."""

from __future__ import annotations

from archdsl.diagnostics.errors import ArchError
from archdsl.ops.base import Dims, Field, Weight, need_map, optional, per_axis, sizes
from archdsl.ops.conv import BIAS, DILATION, GROUPS, KERNEL, OUT, STRIDE, Convolution
from archdsl.ops.window import Window, pad_value, volume
from archdsl.tensor import TensorType

PAD_WORDS = ("same", "valid")


class DeconvSize(ArchError):
    """No padding makes the output of a transposed convolution its input size times the stride.

    The output size is `(size - 1)*stride - 2*pad + dilation*(kernel - 1) + output_pad + 1`, and
    `output_pad` must be below the stride or the dilation. Where both are 1, an even kernel can
    only give a size that is one off.

    Wrong:

        input 8x16x16
        deconv4-8

    Right:

        input 8x16x16
        deconv4-8/2
    """

    id = "deconv-size"


class OutputPadTooLarge(ArchError):
    """The output padding of a transposed convolution is not below its stride or its dilation.

    It chooses among the sizes that a convolution of that stride maps to the input's, and there
    are only as many as the stride.

    Wrong:

        input 8x16x16
        deconv4-8/2(pad=1, output_pad=2)

    Right:

        input 8x16x16
        deconv4-8/2(pad=1, output_pad=1)
    """

    id = "output-pad-too-large"


class EmptyOutput(ArchError):
    """The padding of a transposed convolution takes away all that comes out.

    The output size is `(size - 1)*stride - 2*pad + dilation*(kernel - 1) + output_pad + 1`.

    Wrong:

        input 8x1x1
        deconv4-8/2(pad=2)

    Right:

        input 8x1x1
        deconv4-8/2(pad=1)
    """

    id = "empty-output"


class TransposedWindow(Window):
    """A window of a transposed convolution: its padding is what the output loses on each side.

    `extra` is what the end of the output gains (PyTorch's output_padding).
    """

    __slots__ = ("extra",)

    def __init__(self, size: int, stride: int, pad: int, dilation: int, extra: int) -> None:
        super().__init__(size, stride, pad, pad, dilation)
        self.extra = extra

    def grow(self, length: int) -> int:
        """Size of the output."""
        return (length - 1) * self.stride - 2 * self.before + self.extent + self.extra

    def arithmetic(self, length: int) -> str:
        """`grow` written out: `(16 - 1)*2 - 2*1 + 4 + 0 = 32`."""
        terms = f"({length} - 1)*{self.stride} - 2*{self.before} + {self.extent} + {self.extra}"
        return f"{terms} = {self.grow(length)}"


class Deconv(Convolution):
    """A transposed convolution; by default its output is the input size times the stride."""

    names = ("deconv",)
    fields = (
        KERNEL,
        OUT,
        STRIDE,
        Field(
            "pad",
            optional(pad_value(*PAD_WORDS)),
            None,
            "what the output loses on each side; by default its size is that of the input times"
            " the stride",
            PAD_WORDS,
        ),
        Field("output_pad", optional(sizes(0)), None, "what the end of the output gains"),
        DILATION,
        GROUPS,
        BIAS,
    )
    out: int
    output_pad: int | Dims | None
    groups: int

    def channels_out(self, x: TensorType) -> int:
        """As written."""
        return self.out

    def channel_groups(self, x: TensorType) -> int:
        """As written."""
        return self.groups

    def geometry(self, x: TensorType) -> tuple[TransposedWindow, ...]:
        """The window on each spatial axis; raises DeconvSize where the default has none."""
        rank = x.rank
        kernels = per_axis(self.kernel, rank, "kernel")
        strides = per_axis(self.stride, rank, "stride")
        dilations = per_axis(self.dilation, rank, "dilation")
        pads = _each(0 if self.pad == "valid" else self.pad, rank, "pad")
        extras = _each(self.output_pad, rank, "output_pad")
        return tuple(map(_fit, kernels, strides, dilations, pads, extras))

    def infer(self, inputs: tuple[TensorType, ...]) -> tuple[TensorType, ...]:
        """Output channels, and sizes that a convolution with these strides would reduce."""
        x = inputs[0]
        need_map(self, x)
        windows = self.geometry(x)
        self.check_channels(x)
        for w in windows:
            if w.extra >= max(w.stride, w.dilation):
                raise OutputPadTooLarge(
                    f"`deconv` has an output_pad of {w.extra}, which is not below its stride of"
                    f" {w.stride} or its dilation of {w.dilation}",
                    label=f"output_pad {w.extra}, stride {w.stride}",
                    help="pad less, or leave `output_pad` out",
                )
        spatial = tuple(w.grow(n) for w, n in zip(windows, x.spatial, strict=True))
        if min(spatial) < 1:
            _refuse_empty(x, windows, spatial)
        return (TensorType(x.layout, (self.out, *spatial)),)

    def weights(self, inputs: tuple[TensorType, ...]) -> tuple[Weight, ...]:
        """The kernel (in, out/groups, *kernel) and the bias (out,)."""
        x = inputs[0]
        windows = self.geometry(x)
        n, c_in, c_out = volume(windows), x.channels // self.groups, self.out // self.groups
        shape = (x.channels, c_out, *(w.size for w in windows))
        kernel = Weight("weight", shape, "param", n * c_in, n * c_out)
        if not self.bias:
            return (kernel,)
        return kernel, Weight("bias", (self.out,), "param", n * c_in, n * c_out)

    def macs(self, inputs: tuple[TensorType, ...]) -> int:
        """Elements that go in times the outputs that each of them feeds."""
        return inputs[0].numel * self.weights(inputs)[0].fan_out


def _each(value: int | Dims | str | None, rank: int, what: str) -> tuple[int | None, ...]:
    """One number for each axis, or None for each where the kind is to choose."""
    if value is None or isinstance(value, str):
        return (None,) * rank
    return per_axis(value, rank, what)


def _fit(
    size: int, stride: int, dilation: int, pad: int | None, extra: int | None
) -> TransposedWindow:
    """The window; what is None is chosen so that the output is the input size times the stride.

    That is so where 2*pad = extent - stride + extra.
    """
    extent = dilation * (size - 1) + 1
    if pad is not None:
        return TransposedWindow(size, stride, pad, dilation, extra or 0)
    free = extra is None
    if extra is None:
        extra = stride - extent if extent < stride else (extent - stride) % 2
    pad, odd = divmod(extent - stride + extra, 2)
    if odd or pad < 0 or (free and extra >= max(stride, dilation)):
        raise DeconvSize(
            f"`deconv` with a kernel that spans {extent} and a stride of {stride} cannot give its"
            " input size times the stride",
            label="no padding fits",
            notes=(
                f"2*pad = {extent} - {stride} + output_pad has no solution here"
                if free
                else f"2*pad = {extent} - {stride} + {extra} = {extent - stride + extra}",
            ),
            help="take a stride of 2, an odd kernel, or write `pad=` and `output_pad=`"
            if free
            else "leave `output_pad` out, or write `pad=` too",
        )
    return TransposedWindow(size, stride, pad, dilation, extra)


def _refuse_empty(
    x: TensorType, windows: tuple[TransposedWindow, ...], spatial: tuple[int, ...]
) -> None:
    """Raises EmptyOutput for the first axis on which nothing comes out."""
    at = next(i for i, n in enumerate(spatial) if n < 1)
    raise EmptyOutput(
        f"`deconv` takes all away that comes out on the axis {x.axes[at + 1]} of its input {x}",
        label=f"the output has the size {spatial[at]}",
        notes=(f"{x.axes[at + 1]}: {windows[at].arithmetic(x.spatial[at])}",),
        help="pad less",
    )
