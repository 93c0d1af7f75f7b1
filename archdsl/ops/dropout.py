"""Dropout and stochastic depth."""

from __future__ import annotations

from archdsl.ops.axis import need_numbers
from archdsl.ops.base import Field, Kind, boolean, need_map, real
from archdsl.tensor import TensorType

PROBABILITY = real(0, 1, "a probability from 0 to 1")


class Dropout(Kind):
    """Sets elements to zero in training, each with the probability p (Srivastava et al. 2014)."""

    names = ("dropout",)
    family = "dropout"
    fields = (
        Field("p", PROBABILITY, 0.5, "probability of a zero"),
        Field("channels", boolean, False, "drop whole channels of a map (Tompson et al. 2015)"),
    )
    dash = "p"
    positional = ("p",)
    transparent = True
    p: float
    channels: bool

    def infer(self, inputs: tuple[TensorType, ...]) -> tuple[TensorType, ...]:
        """What came in."""
        if self.channels:
            need_map(self, inputs[0])
        need_numbers(self, inputs[0])
        return inputs


class DropPath(Kind):
    """Stochastic depth: drops the whole tensor of an example in training (Huang et al. 2016)."""

    names = ("droppath",)
    family = "dropout"
    fields = (Field("p", PROBABILITY, 0.1, "probability that an example's tensor is dropped"),)
    dash = "p"
    positional = ("p",)
    p: float

    def infer(self, inputs: tuple[TensorType, ...]) -> tuple[TensorType, ...]:
        """What came in."""
        need_numbers(self, inputs[0])
        return inputs
