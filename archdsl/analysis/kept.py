"""What a layer keeps for its backward pass, kind by kind, as PyTorch's autograd does."""

from __future__ import annotations

from archdsl.ops.attention import Attention, positions
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

KEEPS_OUTPUT = frozenset(("relu", "sigmoid", "tanh", "softmax", "logsoftmax", "scaledtanh"))
"""Activations whose backward pass needs what went out."""

_JOINS = "add sub concat mean cls posembed"
_MOVES = "pad upsample pixelshuffle pixelunshuffle shuffle tokens untokens"
_SCALES = "gap dropout droppath scale zero"
KEEPS_NOTHING = frozenset(f"{_JOINS} {_MOVES} {_SCALES}".split())
"""Kinds whose backward pass needs neither what came in nor what went out."""


def kept_besides(
    op: Kind, inputs: tuple[TensorType, ...], outputs: tuple[TensorType, ...], size: int
) -> int:
    """Bytes for one example that are neither the layer's input nor its output.

    `size` is that of a number in bytes.
    """
    elements = sum(type.numel for type in outputs)
    if op.name in ("maxpool", "gmp"):
        return elements * INDEX_BYTES
    if op.name == "dropout":
        return elements  # a mask of one byte
    if op.name == "lrn":
        # the sums of squares, and those to a power; a pool keeps the squares as well
        return (2 if op.__dict__["size"] <= SLICES else 3) * elements * size
    if isinstance(op, Recurrent):
        return _recurrent(op, inputs[0], size)
    return _attention(op, inputs, size) if isinstance(op, Attention) else 0


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
