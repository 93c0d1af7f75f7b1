"""Layers of LeNet-5 that nobody uses any more, as LeCun et al. (1998) define them."""

from __future__ import annotations

from archdsl.ops.axis import need_features
from archdsl.ops.base import Dims, Field, Kind, Weight, integer, need_map, optional, sizes
from archdsl.ops.flatten import Flatten
from archdsl.ops.window import Window, make_windows, slide_windows, volume
from archdsl.tensor import TensorType


class Subsample(Kind):
    """Trained subsampling: the sum over a window times a weight, plus a bias, for each channel.

    As LeNet-5 puts an activation behind it, it takes one like a convolution does (`act=`).
    """

    names = ("subsample",)
    family = "pool"
    hidden = True
    fields = (
        Field("kernel", sizes(), 2, "size of the window"),
        Field("stride", optional(sizes()), None, "step of the window, by default its size"),
    )
    digits = "kernel"
    slash = "stride"
    positional = ("kernel", "stride")
    kernel: int | Dims
    stride: int | Dims | None

    def geometry(self, x: TensorType) -> tuple[Window, ...]:
        """The window on each spatial axis."""
        stride = self.kernel if self.stride is None else self.stride
        return make_windows(x, self.kernel, stride, 0, 1)

    def infer(self, inputs: tuple[TensorType, ...]) -> tuple[TensorType, ...]:
        """The places where the window fits; channels stay."""
        x = inputs[0]
        need_map(self, x)
        return (x.with_spatial(slide_windows(self, x, self.geometry(x))),)

    def weights(self, inputs: tuple[TensorType, ...]) -> tuple[Weight, ...]:
        """A weight and a bias for each channel, (channels,) each."""
        x = inputs[0]
        fan_in = volume(self.geometry(x))
        shape = (x.channels,)
        return Weight("weight", shape, "param", fan_in, 1), Weight(
            "bias", shape, "param", fan_in, 1
        )


class RBF(Kind):
    """Squared distances of a vector to `out` fixed vectors: y_j = sum_i (x_i - w_ij)^2."""

    names = ("rbf", "rbf-out")
    family = "linear"
    fields = (Field("out", integer(), doc="number of fixed vectors (classes)"),)
    dash = "out"
    positional = ("out",)
    out: int

    def before(self, inputs: tuple[TensorType, ...]) -> tuple[Kind, ...]:
        """`flatten` on a map."""
        return (Flatten({}),) if inputs[0].is_map else ()

    def infer(self, inputs: tuple[TensorType, ...]) -> tuple[TensorType, ...]:
        """`out` distances, at each position of a sequence."""
        need_features(self, inputs[0])
        return (inputs[0].with_channels(self.out),)

    def weights(self, inputs: tuple[TensorType, ...]) -> tuple[Weight, ...]:
        """The fixed vectors (out, in), not trained."""
        return (Weight("weight", (self.out, inputs[0].channels), "frozen"),)
