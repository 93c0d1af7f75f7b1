"""What each layer has to do: operations and bytes that no implementation can avoid."""

from __future__ import annotations

from archdsl.analysis.kept import kept_besides
from archdsl.analysis.memory import BYTES, DROPOUTS, VIEWS, bytes_of, needed
from archdsl.analysis.walk import layers
from archdsl.ops.attention import Attention
from archdsl.ops.recurrent import Recurrent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from archdsl.analysis.walk import Layer
    from archdsl.ir.model import Module
    from archdsl.ops.base import Kind
    from archdsl.tensor import TensorType

BACKWARD = 2
"""A backward pass does twice the work: gradients of what came in, and of the weights."""

ATTENTION_KERNELS = 3  # the projections in, the fused product, the projection out


class Work:
    """Operations of one run of a layer: `flops` (two for each multiply-accumulate), `bytes`
    moved to and from memory if nothing stays in a cache, and how many `kernels` do it."""

    __slots__ = ("bytes", "flops", "kernels")

    def __init__(self, flops: float, bytes: float, kernels: int) -> None:
        self.flops = flops
        self.bytes = bytes
        self.kernels = kernels

    @property
    def intensity(self) -> float:
        """FLOPs for each byte; 0 where nothing is moved."""
        return self.flops / self.bytes if self.bytes else 0.0

    def trained(self) -> Work:
        """The work of a training step: forwards and backwards."""
        all = 1 + BACKWARD
        return Work(all * self.flops, all * self.bytes, all * self.kernels)


def layer_works(
    module: Module, batch: int, dtype: str, train: bool = False
) -> Iterator[tuple[Layer, Work]]:
    """Every layer with the work of one of its runs; equal repetitions are one row.

    Layers that only training has are left out where `train` is not set.
    """
    known: dict[object, Work] = {}
    for layer in run_layers(module, train):
        key = (layer.op, layer.in_types)
        found = known.get(key)
        if found is None:
            found = known[key] = work(
                layer.op, layer.in_types, layer.out_types, batch, dtype, train
            )
        yield layer, found


def run_layers(module: Module, train: bool) -> Iterator[Layer]:
    """The layers that run: those that only outputs for training need, in training only."""
    run = range(len(module.nodes)) if train else needed(module)
    names = {module.nodes[index].name for index in run}
    return (layer for layer in layers(module, fold=True) if layer.path.partition(".")[0] in names)


def work(
    op: Kind,
    inputs: tuple[TensorType, ...],
    outputs: tuple[TensorType, ...],
    batch: int,
    dtype: str,
    train: bool,
) -> Work:
    """The work of a layer on a batch. Views move nothing, nor does dropout in evaluation."""
    if op.name in VIEWS or (op.name in DROPOUTS and not train):
        return Work(0, 0, 0)
    size = BYTES[dtype]
    flops = 2 * batch * (op.macs(inputs) + op.matmul_macs(inputs))
    moved = batch * (_bytes(inputs, size) + _bytes(outputs, size))
    weights = sum(weight.numel for weight in op.weights(inputs)) * size
    if op.name == "embed":  # only the rows of the tokens that are there
        weights = batch * _bytes(outputs, size)
    kernels = 1
    if isinstance(op, Attention):  # queries, keys, values and products are written and read again
        moved += 2 * batch * kept_besides(op, inputs, outputs, size)
        kernels = ATTENTION_KERNELS
    if op.name == "sepconv":
        kernels = 2
    if isinstance(op, Recurrent):  # a step waits for the one before it
        kernels = inputs[0].dims[0] * op.layers * op.directions
    one = Work(flops, moved + weights, kernels)
    return one.trained() if train else one


def _bytes(types: Iterable[TensorType], size: int) -> int:
    return sum(bytes_of(type, size) for type in types)
