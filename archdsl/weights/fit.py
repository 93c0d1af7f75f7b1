"""Whether a stored layer can be a layer of a network, and how its axes have to turn."""

from __future__ import annotations

import math

from archdsl.weights.conventions import LAST

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.weights.layers import Layer, Stored

SAME, RESHAPE, HWIO, DEPTHWISE = "", "reshape", "HWIO", "depthwise HWIO"
TURN, TURN_RESHAPE = "(in, out)", "(in, out), reshape"


def fits(theirs: Layer, ours: Layer) -> bool:
    """Whether every tensor of one has its place in the other."""
    return theirs.tensors.keys() == ours.tensors.keys() and all(
        turn(stored, ours.tensors[role].shape) is not None
        for role, stored in theirs.tensors.items()
    )


def turn(stored: Stored, wanted: tuple[int, ...]) -> str | None:
    """How the axes of a stored tensor turn into those wanted, or None where they cannot.

    A 1x1 convolution is a linear layer, and so is a convolution over the whole map.
    """
    shape = stored.shape
    if stored.layout != LAST or len(shape) < 2:
        return _reshaped(shape, wanted, SAME, RESHAPE)
    if len(shape) == 2:
        return _reshaped((shape[1], shape[0]), wanted, TURN, TURN_RESHAPE)
    window, (inputs, outputs) = shape[:-2], shape[-2:]
    if _reshaped((outputs, inputs, *window), wanted, SAME, RESHAPE) is not None:
        return HWIO
    return DEPTHWISE if (inputs * outputs, 1, *window) == wanted else None


def _reshaped(
    shape: tuple[int, ...], wanted: tuple[int, ...], same: str, reshaped: str
) -> str | None:
    if shape == wanted:
        return same
    if _significant(shape) == _significant(wanted):
        return reshaped
    whole = 2 in (len(shape), len(wanted)) and min(len(shape), len(wanted)) > 1
    if whole and shape[0] == wanted[0] and math.prod(shape) == math.prod(wanted):
        return reshaped
    return None


def _significant(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(n for n in shape if n != 1)
