"""Flattening to a vector."""

from __future__ import annotations

from archdsl.ops.axis import need_numbers
from archdsl.ops.base import Kind
from archdsl.tensor import TensorType, vector


class Flatten(Kind):
    """All elements as one vector, the last axis running fastest (channels slowest in a map)."""

    names = ("flatten",)
    family = "shape"
    transparent = True

    def infer(self, inputs: tuple[TensorType, ...]) -> tuple[TensorType, ...]:
        """A vector of as many elements."""
        need_numbers(self, inputs[0])
        return (vector(inputs[0].numel),)
