"""Convolutions: plain, depthwise, separable, and with some connections only."""

from __future__ import annotations

from archdsl.diagnostics.errors import ArchError
from archdsl.ops.base import (
    Dims,
    Field,
    FieldError,
    Kind,
    Weight,
    boolean,
    integer,
    is_int,
    need_map,
    optional,
    sizes,
)
from archdsl.ops.window import (
    PAD_WORDS,
    Window,
    make_windows,
    pad_value,
    slide_windows,
    volume,
)
from archdsl.tensor import TensorType


class GroupsMismatch(ArchError):
    """The groups of a convolution do not divide its channels.

    A grouped convolution cuts its input and its output channels into `groups` equal parts; a
    depthwise one has a group for each input channel, so its `out` is a multiple of those.

    Wrong:

        input 6x32x32
        conv3-16(groups=4)

    Right:

        input 8x32x32
        conv3-16(groups=4)
    """

    id = "groups-mismatch"


class BadConnection(ArchError):
    """A table of connections (`connect`) does not fit the convolution.

    It has one list for each output map, which names the input channels that this map sees,
    counted from 0, each once: LeNet-5's C3 is `conv5-16(connect=[[0, 1, 2], [1, 2, 3], …])`.

    Wrong:

        input 3x32x32
        conv3-2(connect=[[0, 1], [2, 3]])

    Right:

        input 3x32x32
        conv3-2(connect=[[0, 1], [1, 2]])
    """

    id = "bad-connection"


def connections(value: object) -> tuple[tuple[int, ...], ...]:
    """Takes a list of lists of channels, none of them empty or with a repetition."""
    if isinstance(value, tuple) and value and all(isinstance(v, tuple) and v for v in value):
        flat = [c for v in value for c in v]
        if all(is_int(c) and c >= 0 for c in flat) and all(len(set(v)) == len(v) for v in value):
            return tuple(tuple(v) for v in value)
    raise FieldError("a list of lists of input channels, one list for each output map")


KERNEL = Field("kernel", sizes(), doc="size of the kernel, one number or one per axis")
OUT = Field("out", integer(), doc="output channels")
STRIDE = Field("stride", sizes(), 1, "step of the kernel")
PAD = Field(
    "pad",
    optional(pad_value(*PAD_WORDS)),
    None,
    "zeros on each side; by default half of dilation*(kernel-1) for an odd kernel larger than its"
    " stride, otherwise 0",
    PAD_WORDS,
)
DILATION = Field("dilation", sizes(), 1, "distance between the elements that the kernel sees")
GROUPS = Field("groups", integer(), 1, "parts that the channels are cut into")
BIAS = Field("bias", boolean, True, "a bias for each output channel; none before a norm")


class Convolution(Kind):
    """What all kinds that slide a kernel of weights over a map have in common."""

    family = "conv"
    digits = "kernel"
    dash = "out"
    slash = "stride"
    positional = ("kernel", "out")
    hidden = True
    kernel: int | Dims
    stride: int | Dims
    pad: int | Dims | str | None
    dilation: int | Dims
    bias: bool

    def channels_out(self, x: TensorType) -> int:
        """Output channels on this input."""
        raise NotImplementedError(self.name)

    def channel_groups(self, x: TensorType) -> int:
        """Groups of channels on this input."""
        raise NotImplementedError(self.name)

    def geometry(self, x: TensorType) -> tuple[Window, ...]:
        """The window on each spatial axis of the input."""
        return make_windows(x, self.kernel, self.stride, self.pad, self.dilation)

    def infer(self, inputs: tuple[TensorType, ...]) -> tuple[TensorType, ...]:
        """Output channels, and the places where the kernel fits."""
        x = inputs[0]
        need_map(self, x)
        windows = self.geometry(x)
        self.check_channels(x)
        spatial = slide_windows(self, x, windows)
        return (TensorType(x.layout, (self.channels_out(x), *spatial)),)

    def check_channels(self, x: TensorType) -> None:
        """Raises GroupsMismatch unless the groups divide the channels on both sides."""
        groups, out = self.channel_groups(x), self.channels_out(x)
        if x.channels % groups or out % groups:
            side, n = ("input", x.channels) if x.channels % groups else ("output", out)
            raise GroupsMismatch(
                f"`{self.name}` cuts its channels into {groups} groups, and {n} {side} channels"
                f" cannot be cut into {groups} equal parts",
                label=f"{groups} groups of {n} channels",
                notes=(f"{n} = {n // groups}*{groups} + {n % groups}",),
                help=_nearest(n, groups, x.channels, side),
            )

    def weights(self, inputs: tuple[TensorType, ...]) -> tuple[Weight, ...]:
        """The kernel (out, in/groups, *kernel) and the bias (out,)."""
        x = inputs[0]
        windows = self.geometry(x)
        out, groups, n = self.channels_out(x), self.channel_groups(x), volume(windows)
        shape = (out, x.channels // groups, *(w.size for w in windows))
        fan_in, fan_out = n * (x.channels // groups), n * (out // groups)
        kernel = Weight("weight", shape, "param", fan_in, fan_out)
        if not self.bias:
            return (kernel,)
        return kernel, Weight("bias", (out,), "param", fan_in, fan_out)

    def form(self, inputs: tuple[TensorType, ...]) -> tuple[object, ...]:
        """The layout, the channels (a depthwise kernel does not show them) and the padding."""
        x = inputs[0]
        return (x.layout, x.channels, *((w.before, w.after) for w in self.geometry(x)))

    def macs(self, inputs: tuple[TensorType, ...]) -> int:
        """Elements that come out times the inputs that feed one."""
        x = inputs[0]
        each = x.channels // self.channel_groups(x) * self.channels_out(x)
        for w, n in zip(self.geometry(x), x.dims[1:], strict=True):
            each *= w.size * w.slide(n)
        return each


def _nearest(n: int, groups: int, channels: int, side: str) -> str:
    """What to write instead of groups that do not divide."""
    if groups == channels:
        return f"a depthwise `out` is a multiple of the {channels} input channels"
    down = n - n % groups
    near = f"{down} or {down + groups}" if down else f"{groups}"
    return f"{near} {side} channels can be cut into {groups}, or change `groups`"


class Conv(Convolution):
    """A convolution (cross-correlation) over a signal, an image or a volume."""

    names = ("conv",)
    fields = (
        KERNEL,
        OUT,
        STRIDE,
        PAD,
        DILATION,
        GROUPS,
        BIAS,
        Field("connect", optional(connections), None, "input channels that each output map sees"),
    )
    out: int
    groups: int
    connect: tuple[tuple[int, ...], ...] | None

    def channels_out(self, x: TensorType) -> int:
        """As written."""
        return self.out

    def channel_groups(self, x: TensorType) -> int:
        """As written."""
        return self.groups

    def check_channels(self, x: TensorType) -> None:
        """Raises GroupsMismatch or BadConnection where the channels do not fit."""
        super().check_channels(x)
        if self.connect is None:
            return
        if self.groups != 1:
            raise BadConnection(
                "`connect` already says which channels each map sees, so `groups` must be 1",
                label=f"connect and groups={self.groups}",
                help="leave `groups` out",
            )
        if len(self.connect) != self.out:
            raise BadConnection(
                f"`connect` has {len(self.connect)} lists for {self.out} output maps",
                label=f"{len(self.connect)} lists, {self.out} maps",
                help="write one list for each output map",
            )
        largest = max(c for maps in self.connect for c in maps)
        if largest >= x.channels:
            raise BadConnection(
                f"`connect` names the input channel {largest}, and there are {x.channels}",
                label=f"no channel {largest}",
                help=f"channels count from 0 to {x.channels - 1}",
            )

    def weights(self, inputs: tuple[TensorType, ...]) -> tuple[Weight, ...]:
        """As a convolution's; with `connect` the used kernels alone (kernels, 1, *kernel).

        Their fan-in is the mean over the output maps, as these may see different numbers.
        """
        if self.connect is None:
            return super().weights(inputs)
        x = inputs[0]
        windows = self.geometry(x)
        used, n = sum(map(len, self.connect)), volume(windows)
        fan_in, fan_out = used * n // self.out, used * n // x.channels
        shape = (used, 1, *(w.size for w in windows))
        kernel = Weight("weight", shape, "param", fan_in, fan_out)
        bias = (Weight("bias", (self.out,), "param", fan_in, fan_out),) if self.bias else ()
        return (kernel, *bias)

    def macs(self, inputs: tuple[TensorType, ...]) -> int:
        """Places times the elements of all kernels that are used."""
        if self.connect is None:
            return super().macs(inputs)
        places = self.infer(inputs)[0].numel // self.out
        return places * self.weights(inputs)[0].numel


class DepthwiseConv(Convolution):
    """A depthwise convolution: each channel has kernels of its own; `out` may be a multiple."""

    names = ("dwconv",)
    fields = (
        KERNEL,
        Field("out", optional(integer()), None, "output channels, by default those of the input"),
        STRIDE,
        PAD,
        DILATION,
        BIAS,
    )
    out: int | None

    def channels_out(self, x: TensorType) -> int:
        """As written, or those of the input."""
        return x.channels if self.out is None else self.out

    def channel_groups(self, x: TensorType) -> int:
        """One for each input channel."""
        return x.channels


class SeparableConv(Convolution):
    """A depthwise convolution without bias, then a pointwise (1x1) one: Xception's unit."""

    names = ("sepconv",)
    fields = (KERNEL, OUT, STRIDE, PAD, DILATION, BIAS)
    out: int

    def channels_out(self, x: TensorType) -> int:
        """Of the pointwise half, as written."""
        return self.out

    def channel_groups(self, x: TensorType) -> int:
        """Of the pointwise half: one."""
        return 1

    def weights(self, inputs: tuple[TensorType, ...]) -> tuple[Weight, ...]:
        """Depthwise (in, 1, *kernel), pointwise (out, in, 1, …) and its bias (out,)."""
        x = inputs[0]
        windows = self.geometry(x)
        c, n = x.channels, volume(windows)
        ones = (1,) * x.rank
        kernel = tuple(w.size for w in windows)
        depthwise = Weight("depthwise.weight", (c, 1, *kernel), "param", n, n)
        pointwise = Weight("pointwise.weight", (self.out, c, *ones), "param", c, self.out)
        if not self.bias:
            return depthwise, pointwise
        return depthwise, pointwise, Weight("pointwise.bias", (self.out,), "param", c, self.out)

    def macs(self, inputs: tuple[TensorType, ...]) -> int:
        """Those of both halves."""
        x = inputs[0]
        places = self.infer(inputs)[0].numel // self.out
        return places * x.channels * (volume(self.geometry(x)) + self.out)
