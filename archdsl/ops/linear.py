"""Linear layers, and what multiplies or shifts each channel."""

from __future__ import annotations

from archdsl.ops.axis import need_features, need_numbers
from archdsl.ops.base import Field, Kind, Weight, boolean, integer, real
from archdsl.ops.flatten import Flatten
from archdsl.tensor import TensorType


class Linear(Kind):
    """A fully connected layer; it flattens a map first, and acts on each position of a sequence."""

    names = ("FC", "linear")
    family = "linear"
    fields = (
        Field("out", integer(), doc="output features"),
        Field("bias", boolean, True, "a bias for each output feature; none before a norm"),
    )
    dash = "out"
    positional = ("out",)
    hidden = True
    out: int
    bias: bool

    def before(self, inputs: tuple[TensorType, ...]) -> tuple[Kind, ...]:
        """`flatten` on a map."""
        return (Flatten({}),) if inputs[0].is_map else ()

    def infer(self, inputs: tuple[TensorType, ...]) -> tuple[TensorType, ...]:
        """As many features as written; the length of a sequence stays."""
        need_features(self, inputs[0])
        return (inputs[0].with_channels(self.out),)

    def weights(self, inputs: tuple[TensorType, ...]) -> tuple[Weight, ...]:
        """The matrix (out, in) and the bias (out,)."""
        fan_in = inputs[0].channels
        matrix = Weight("weight", (self.out, fan_in), "param", fan_in, self.out)
        if not self.bias:
            return (matrix,)
        return matrix, Weight("bias", (self.out,), "param", fan_in, self.out)

    def form(self, inputs: tuple[TensorType, ...]) -> tuple[object, ...]:
        """Nothing: it acts on each position alike."""
        return ()

    def macs(self, inputs: tuple[TensorType, ...]) -> int:
        """Input elements times output features."""
        return inputs[0].numel * self.out


class Affine(Kind):
    """A trained factor and a trained shift for each channel (ResMLP's Aff)."""

    names = ("affine",)
    family = "norm"

    def infer(self, inputs: tuple[TensorType, ...]) -> tuple[TensorType, ...]:
        """What came in."""
        need_numbers(self, inputs[0])
        return inputs

    def weights(self, inputs: tuple[TensorType, ...]) -> tuple[Weight, ...]:
        """The factors and the shifts, (channels,) each."""
        shape = (inputs[0].channels,)
        return Weight("weight", shape), Weight("bias", shape)


class LayerScale(Kind):
    """A trained factor for each channel that starts near zero (CaiT, ConvNeXt)."""

    names = ("layerscale",)
    family = "norm"
    fields = (Field("init", real(-1e300, 1e300, "a number"), 1e-5, "what all factors start from"),)
    positional = ("init",)
    init: float

    def infer(self, inputs: tuple[TensorType, ...]) -> tuple[TensorType, ...]:
        """What came in."""
        need_numbers(self, inputs[0])
        return inputs

    def weights(self, inputs: tuple[TensorType, ...]) -> tuple[Weight, ...]:
        """The factors (channels,)."""
        return (Weight("weight", (inputs[0].channels,)),)


class Scale(Kind):
    """A multiplication by a constant."""

    names = ("scale",)
    family = "norm"
    fields = (Field("value", real(-1e300, 1e300, "a number"), doc="the factor"),)
    dash = "value"
    positional = ("value",)
    value: float

    def infer(self, inputs: tuple[TensorType, ...]) -> tuple[TensorType, ...]:
        """What came in."""
        need_numbers(self, inputs[0])
        return inputs
