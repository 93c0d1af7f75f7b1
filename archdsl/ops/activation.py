"""Activations, and what acts on each element."""

from __future__ import annotations

from archdsl.diagnostics.errors import ArchError
from archdsl.ops.axis import axis_field, find_axis, need_numbers
from archdsl.ops.base import Field, Kind, Weight, boolean, choice, real
from archdsl.tensor import TensorType

NUMBER = real(-1e300, 1e300, "a number")
POSITIVE = real(1e-300, 1e300, "a positive number")


class OddAxis(ArchError):
    """A gated linear unit cuts an axis into halves, and its size is odd.

    One half is multiplied by the sigmoid of the other, so `glu` halves the channels.

    Wrong:

        input 7x8x8
        glu

    Right:

        input 8x8x8
        glu
    """

    id = "odd-axis"


class Activation(Kind):
    """What all activations have in common: the type stays."""

    family = "activation"

    def infer(self, inputs: tuple[TensorType, ...]) -> tuple[TensorType, ...]:
        """What came in."""
        need_numbers(self, inputs[0])
        return inputs

    def form(self, inputs: tuple[TensorType, ...]) -> tuple[object, ...]:
        """Nothing: it does the same to each element."""
        return ()


class ReLU(Activation):
    """max(x, 0) (Nair and Hinton 2010)."""

    names = ("relu",)


class ReLU6(Activation):
    """min(max(x, 0), 6) (Howard et al. 2017)."""

    names = ("relu6",)


class LeakyReLU(Activation):
    """x, and slope*x below zero (Maas et al. 2013)."""

    names = ("leakyrelu",)
    fields = (Field("slope", NUMBER, 0.01, "slope below zero"),)
    positional = ("slope",)
    slope: float


class PReLU(Activation):
    """x, and a trained slope for each channel times x below zero (He et al. 2015)."""

    names = ("prelu",)
    fields = (
        Field("slope", NUMBER, 0.25, "what the slopes start from"),
        Field("single", boolean, False, "one slope for all channels"),
    )
    slope: float
    single: bool

    def form(self, inputs: tuple[TensorType, ...]) -> tuple[object, ...]:
        """The layout, which says where the channels are."""
        return (inputs[0].layout,)

    def weights(self, inputs: tuple[TensorType, ...]) -> tuple[Weight, ...]:
        """The slopes (channels,), or (1,) where there is a single one."""
        return (Weight("weight", (1 if self.single else inputs[0].channels,)),)


class ELU(Activation):
    """x, and alpha*(exp(x) - 1) below zero (Clevert et al. 2015)."""

    names = ("elu",)
    fields = (Field("alpha", NUMBER, 1.0, "what it goes to at minus infinity, negated"),)
    positional = ("alpha",)
    alpha: float


class SELU(Activation):
    """The scaled ELU that keeps mean 0 and variance 1 (Klambauer et al. 2017)."""

    names = ("selu",)


class GELU(Activation):
    """x times the normal distribution function of x (Hendrycks and Gimpel 2016)."""

    names = ("gelu",)
    fields = (
        Field(
            "approx",
            # `none` comes as the language's none
            lambda value: "none" if value is None else choice("none", "tanh")(value),
            "none",
            "`tanh`: the approximation of BERT and GPT-2",
            ("none", "tanh"),
        ),
    )
    approx: str


class SiLU(Activation):
    """x*sigmoid(x), also called swish (Ramachandran et al. 2017)."""

    names = ("silu", "swish")


class HardSwish(Activation):
    """x*relu6(x + 3)/6 (Howard et al. 2019)."""

    names = ("hardswish", "h-swish")


class HardSigmoid(Activation):
    """relu6(x + 3)/6 (Howard et al. 2019)."""

    names = ("hardsigmoid", "h-sigmoid")


class Sigmoid(Activation):
    """1/(1 + exp(-x))."""

    names = ("sigmoid",)


class Tanh(Activation):
    """The hyperbolic tangent."""

    names = ("tanh",)


class ScaledTanh(Activation):
    """1.7159*tanh(2*x/3), which maps 1 to 1 and -1 to -1 (LeCun et al. 1998)."""

    names = ("scaledtanh",)


class Mish(Activation):
    """x*tanh(softplus(x)) (Misra 2019)."""

    names = ("mish",)


class Softplus(Activation):
    """log(1 + exp(beta*x))/beta, a smooth ReLU."""

    names = ("softplus",)
    fields = (Field("beta", POSITIVE, 1.0, "sharpness of the bend"),)
    positional = ("beta",)
    beta: float


class Abs(Activation):
    """The absolute value."""

    names = ("abs",)


class OverAxis(Activation):
    """What the activations that look along an axis have in common."""

    axis: str

    def axis_of(self, x: TensorType) -> int:
        """Where the axis stands in `x.dims`."""
        return find_axis(self, self.axis, x)

    def infer(self, inputs: tuple[TensorType, ...]) -> tuple[TensorType, ...]:
        """What came in; raises BadAxis."""
        need_numbers(self, inputs[0])
        self.axis_of(inputs[0])
        return inputs

    def form(self, inputs: tuple[TensorType, ...]) -> tuple[object, ...]:
        """Where the axis stands."""
        return (self.axis_of(inputs[0]),)


class Softmax(OverAxis):
    """exp(x) divided by its sum along the axis."""

    names = ("softmax",)
    fields = (axis_field("the axis that sums to 1"),)
    transparent = True


class LogSoftmax(OverAxis):
    """The logarithm of softmax."""

    names = ("logsoftmax",)
    fields = (axis_field("the axis whose exponentials sum to 1"),)
    transparent = True


class GLU(OverAxis):
    """The first half of the axis times the sigmoid of the second (Dauphin et al. 2016)."""

    names = ("glu",)
    fields = (axis_field("the axis that is cut into halves"),)

    def infer(self, inputs: tuple[TensorType, ...]) -> tuple[TensorType, ...]:
        """Half the size on the axis; raises BadAxis and OddAxis."""
        x = inputs[0]
        need_numbers(self, x)
        at = self.axis_of(x)
        n = x.dims[at]
        if n % 2:
            raise OddAxis(
                f"`glu` cuts the axis {x.axes[at]} into halves, and its size is {n}",
                label=f"{n} is odd",
                help=f"let the layer before it give {n + 1}, twice what `glu` is to give",
            )
        return (TensorType(x.layout, (*x.dims[:at], n // 2, *x.dims[at + 1 :])),)


class Identity(Activation):
    """What comes in, unchanged."""

    names = ("identity",)
    family = "shape"

    def infer(self, inputs: tuple[TensorType, ...]) -> tuple[TensorType, ...]:
        """What came in."""
        return inputs


class Zero(Activation):
    """Zeros of the shape that comes in (NAS cells' `none`)."""

    names = ("zero",)
    family = "shape"
