"""Normalization layers."""

from __future__ import annotations

from archdsl.diagnostics.errors import ArchError
from archdsl.ops.axis import axis_field, find_axis, need_numbers
from archdsl.ops.base import Field, Kind, Weight, boolean, integer, need_map, real
from archdsl.ops.conv import GroupsMismatch
from archdsl.tensor import TensorType

POSITIVE = real(1e-300, 1e300, "a positive number")
NUMBER = real(-1e300, 1e300, "a number")
AFFINE = Field("affine", boolean, True, "a trained factor and shift for each channel")


def eps(default: float) -> Field:
    """The attribute `eps`."""
    return Field("eps", POSITIVE, default, "what is added to the variance")


class OnePosition(ArchError):
    """A norm over a single value, whose variance is always zero.

    An instance norm works on the positions of each channel, a group norm on those of all channels
    of a group, in each example: there must be two values or more.

    Wrong:

        input 3x8x8
        gap, instancenorm

    Right:

        input 3x8x8
        instancenorm, gap
    """

    id = "one-position"


class Norm(Kind):
    """What all norms have in common: the type stays."""

    family = "norm"

    def infer(self, inputs: tuple[TensorType, ...]) -> tuple[TensorType, ...]:
        """What came in."""
        need_numbers(self, inputs[0])
        return inputs


class BatchNorm(Norm):
    """Batch normalization over the channels (Ioffe and Szegedy 2015)."""

    names = ("bn", "batchnorm")
    fields = (
        eps(1e-5),
        Field("momentum", real(0, 1, "a number from 0 to 1"), 0.1, "weight of the newest batch"),
        AFFINE,
        axis_field("the axis that has statistics of its own"),
    )
    eps: float
    momentum: float
    affine: bool
    axis: str

    def axis_of(self, x: TensorType) -> int:
        """Where the axis with statistics of its own stands in `x.dims`."""
        return find_axis(self, self.axis, x)

    def infer(self, inputs: tuple[TensorType, ...]) -> tuple[TensorType, ...]:
        """What came in; raises BadAxis."""
        need_numbers(self, inputs[0])
        self.axis_of(inputs[0])
        return inputs

    def weights(self, inputs: tuple[TensorType, ...]) -> tuple[Weight, ...]:
        """Factor, shift, running mean and variance (channels,) each, and the batches seen ()."""
        shape = (inputs[0].dims[self.axis_of(inputs[0])],)
        affine = (Weight("weight", shape), Weight("bias", shape)) if self.affine else ()
        return (
            *affine,
            Weight("running_mean", shape, "buffer"),
            Weight("running_var", shape, "buffer"),
            Weight("num_batches_tracked", (), "buffer"),
        )


class LayerNorm(Norm):
    """Layer normalization over the channels at each position, or over all (Ba et al. 2016)."""

    names = ("ln", "layernorm")
    fields = (
        axis_field("the axis that is normalized, or `all` of them together", "all"),
        eps(1e-5),
        AFFINE,
        Field("bias", boolean, True, "the trained shift, where there is a trained factor"),
    )
    axis: str
    eps: float
    affine: bool
    bias: bool

    def axis_of(self, x: TensorType) -> int | None:
        """Where the axis stands in `x.dims`; None for all of them."""
        return None if self.axis == "all" else find_axis(self, self.axis, x)

    def normalized(self, x: TensorType) -> tuple[int, ...]:
        """Sizes of what is normalized together."""
        at = self.axis_of(x)
        return x.dims if at is None else (x.dims[at],)

    def infer(self, inputs: tuple[TensorType, ...]) -> tuple[TensorType, ...]:
        """What came in; raises BadAxis."""
        need_numbers(self, inputs[0])
        self.axis_of(inputs[0])
        return inputs

    def weights(self, inputs: tuple[TensorType, ...]) -> tuple[Weight, ...]:
        """Factor and shift, of the sizes that are normalized together."""
        if not self.affine:
            return ()
        shape = self.normalized(inputs[0])
        shift = (Weight("bias", shape),) if self.bias else ()
        return (Weight("weight", shape), *shift)


class RMSNorm(Norm):
    """Root mean square normalization over the channels (Zhang and Sennrich 2019)."""

    names = ("rmsnorm",)
    fields = (eps(1e-6), Field("affine", boolean, True, "a trained factor for each channel"))
    eps: float
    affine: bool

    def weights(self, inputs: tuple[TensorType, ...]) -> tuple[Weight, ...]:
        """The factor (channels,)."""
        return (Weight("weight", (inputs[0].channels,)),) if self.affine else ()


class GroupNorm(Norm):
    """Group normalization: over each of `groups` equal parts of the channels (Wu and He 2018)."""

    names = ("gn", "groupnorm")
    fields = (
        Field("groups", integer(), 32, "parts that the channels are cut into"),
        eps(1e-5),
        AFFINE,
    )
    dash = "groups"
    positional = ("groups",)
    groups: int
    eps: float
    affine: bool

    def infer(self, inputs: tuple[TensorType, ...]) -> tuple[TensorType, ...]:
        """What came in; raises GroupsMismatch and OnePosition."""
        x = inputs[0]
        need_numbers(self, x)
        if x.channels % self.groups:
            left = x.channels % self.groups
            raise GroupsMismatch(
                f"`gn` cuts its channels into {self.groups} groups, and {x.channels} channels"
                " cannot be cut into equal parts",
                label=f"{self.groups} groups of {x.channels} channels",
                notes=(f"{x.channels} = {x.channels // self.groups}*{self.groups} + {left}",),
                help="choose groups that divide the channels: `gn(groups=8)`",
            )
        if x.numel == self.groups:
            raise OnePosition(
                f"`gn` with {self.groups} groups normalizes over one value each: its input is {x}",
                label="one value in a group",
                notes=(f"{x.numel} values in {self.groups} groups",),
                help="take fewer groups, put it before the pooling, or take `ln`",
            )
        return inputs

    def weights(self, inputs: tuple[TensorType, ...]) -> tuple[Weight, ...]:
        """Factor and shift, (channels,) each."""
        shape = (inputs[0].channels,)
        return (Weight("weight", shape), Weight("bias", shape)) if self.affine else ()


class InstanceNorm(Norm):
    """Instance normalization: each channel of each example over its positions (Ulyanov 2016).

    As in PyTorch there is no factor and no shift unless `affine=true`.
    """

    names = ("instancenorm",)
    fields = (eps(1e-5), Field("affine", boolean, False, AFFINE.doc))
    eps: float
    affine: bool

    def infer(self, inputs: tuple[TensorType, ...]) -> tuple[TensorType, ...]:
        """What came in; raises OnePosition."""
        x = inputs[0]
        need_map(self, x)
        if x.numel == x.channels:
            raise OnePosition(
                f"`instancenorm` normalizes over positions, and its input {x} has one",
                label="one position",
                help="put it before the pooling, or take `ln`",
            )
        return inputs

    def weights(self, inputs: tuple[TensorType, ...]) -> tuple[Weight, ...]:
        """Factor and shift, (channels,) each."""
        shape = (inputs[0].channels,)
        return (Weight("weight", shape), Weight("bias", shape)) if self.affine else ()


class LocalResponseNorm(Norm):
    """Local response normalization across channels (Krizhevsky et al. 2012), as PyTorch has it.

    x / (k + alpha/size * sum of squares)^beta over `size` neighbouring channels. The paper's
    alpha is not divided by the size: its 1e-4 with 5 channels is 5e-4 here.
    """

    names = ("lrn",)
    fields = (
        Field("size", integer(), 5, "neighbouring channels"),
        Field("alpha", NUMBER, 1e-4, "factor of the mean of squares"),
        Field("beta", NUMBER, 0.75, "exponent"),
        Field("k", NUMBER, 1.0, "what is added to the sum"),
    )
    digits = "size"
    positional = ("size",)
    size: int
    alpha: float
    beta: float
    k: float

    def infer(self, inputs: tuple[TensorType, ...]) -> tuple[TensorType, ...]:
        """What came in."""
        need_map(self, inputs[0])
        return inputs
