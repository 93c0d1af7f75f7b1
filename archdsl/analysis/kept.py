"""What a layer keeps for its backward pass, kind by kind, as PyTorch's autograd does."""

from __future__ import annotations

from math import prod

from archdsl.ops.attention import Attention, positions
from archdsl.ops.conv import Conv, DepthwiseConv, SeparableConv
from archdsl.ops.recurrent import Recurrent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.ops.base import Kind
    from archdsl.tensor import TensorType

INDEX_BYTES = 8  # a max pool keeps int64 indices
SLICES = 9  # of channels that a local response norm adds up faster than a pool runs over them
SUM_BYTES = 4  # the log of a softmax's sum is a float32
STATES = {"lstm": 7, "gru": 7, "rnn": 1}
"""Vectors of the hidden size that a recurrent cell keeps for each step: gates, states and what
their products need. A fused kernel (cuDNN, oneDNN) keeps a workspace of its own instead."""

KEEPS_OUTPUT = frozenset(("relu", "sigmoid", "tanh", "softmax", "logsoftmax"))
"""Activations whose backward pass needs what went out."""

_JOINS = "add sub concat mean cls posembed"
_MOVES = "upsample pixelshuffle pixelunshuffle shuffle tokens untokens"
_SCALES = "gap dropout droppath scale zero"
_BETWEEN = "scaledtanh rbf"  # they keep what they compute on their way
KEEPS_NOTHING = frozenset(f"{_JOINS} {_MOVES} {_SCALES} {_BETWEEN}".split())
"""Kinds whose backward pass needs neither what came in nor what went out."""


_PADDING = (Conv, DepthwiseConv, SeparableConv)


def keeps_inputs(op: Kind, inputs: tuple[TensorType, ...]) -> bool:
    """Whether the backward pass needs what came in, and not only a copy of it."""
    if op.name == "pad":
        return bool(op.__dict__["mode"] != "zero")
    return op.name not in KEEPS_NOTHING and not _copied(op, inputs[0])


def kept_besides(
    op: Kind, inputs: tuple[TensorType, ...], outputs: tuple[TensorType, ...], size: int
) -> int:
    """Bytes for one example that are neither the layer's input nor its output.

    `size` is that of a number in bytes.
    """
    elements = sum(type.numel for type in outputs)
    if op.name in ("maxpool", "gmp", "adaptivemaxpool"):
        return elements * INDEX_BYTES
    if op.name in ("scaledtanh", "subsample"):  # the tanh, and the sums, before a factor
        return elements * size
    if op.name == "rbf":
        return elements * inputs[0].numel * size  # each difference
    if isinstance(op, _PADDING):
        return _inside(op, inputs[0], outputs[0]) * size
    if op.name == "dropout":
        return elements  # a mask of one byte
    if op.name == "lrn":
        # the sums of squares, and those to a power; a pool keeps the padded squares as well
        width, channels = op.__dict__["size"], inputs[0].channels
        padded = elements // channels * (channels + width - 1) if width > SLICES else 0
        return (2 * elements + padded) * size
    if isinstance(op, Recurrent):
        return _recurrent(op, inputs[0], size)
    return _attention(op, inputs, size) if isinstance(op, Attention) else 0


def _inside(op: Kind, x: TensorType, y: TensorType) -> int:
    """Elements of a copy that a convolution works on, and of what its two halves hand on."""
    between = x.channels * prod(y.spatial) if isinstance(op, SeparableConv) else 0
    return _copied(op, x) + between


def _copied(op: Kind, x: TensorType) -> int:
    """Elements of the copy of its input that a convolution works on; 0 where it makes none.

    PyTorch pads both sides alike by itself; channels that only some maps see are gathered.
    """
    if not isinstance(op, _PADDING):
        return 0
    windows = op.geometry(x)
    gathered = sum(map(len, op.connect or ())) if isinstance(op, Conv) else 0
    if not gathered and all(w.before == w.after for w in windows):
        return 0
    sides = (n + w.before + w.after for w, n in zip(windows, x.spatial, strict=True))
    return (gathered or x.channels) * prod(sides)


def _recurrent(op: Recurrent, x: TensorType, size: int) -> int:
    """States of every cell at every step, and what goes from one stacked layer to the next."""
    vectors = x.dims[0] * op.out * op.directions
    between = (op.layers - 1) * vectors
    masks = between if op.dropout else 0  # one byte each
    return (STATES[op.name] * op.layers * vectors + between) * size + masks


def _attention(op: Attention, inputs: tuple[TensorType, ...], size: int) -> int:
    """Queries, keys, values and what goes into the last projection; weights where they stand.

    The fused product keeps a sum for each row of the weights, not the weights themselves. With
    a relative bias, which learns, they are there in full.
    """
    x, source = inputs[0], inputs[-1]
    inner, rows = op.inner(x), positions(x)
    kept = (2 * rows + 2 * positions(source)) * inner * size
    if op.bias is not None:
        weights = op.matmul_macs(inputs) * op.heads // (2 * inner)
        return kept + weights * size
    return kept + rows * op.heads * SUM_BYTES
