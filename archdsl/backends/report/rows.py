"""Rows of a report's table: layers, stages and blocks with their costs and their memory."""

from __future__ import annotations

from archdsl.analysis.memory import BYTES, Memory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.analysis.cost import Cost
    from archdsl.analysis.parts import Part
    from archdsl.analysis.receptive import Field
    from archdsl.analysis.walk import Layer
    from archdsl.ops.base import Kind
    from archdsl.tensor import TensorType

    # The receptive field, and bytes for one example: alive at once, and kept by training.
    Found = tuple[Field | None, int, int]


class Row:
    """A line of a table: a layer, a stage or a block, for `times` runs of it together.

    `kind` is the layer's kind, empty for stages and blocks; `text` says what it is. `macs`
    include attention products. `field` is the receptive field of what it puts out where it has
    one; `op` is the layer itself, None for stages and blocks. `memory` has its share of weights
    and of what training keeps, which add up to the network's, and as `forward` the most that is
    alive at once while it runs: of that the network's is the largest.
    """

    __slots__ = (
        "activations",
        "field",
        "inputs",
        "kind",
        "level",
        "macs",
        "memory",
        "op",
        "outputs",
        "params",
        "path",
        "text",
        "times",
        "trainable",
    )

    def __init__(
        self,
        path: str,
        kind: str,
        text: str,
        inputs: tuple[TensorType, ...],
        outputs: tuple[TensorType, ...],
        params: int,
        macs: int,
        *,
        trainable: int,
        activations: int,
        memory: Memory,
        times: int = 1,
        level: int = 0,
        field: Field | None = None,
        op: Kind | None = None,
    ) -> None:
        self.path = path
        self.kind = kind
        self.text = text
        self.inputs = inputs
        self.outputs = outputs
        self.params = params
        self.macs = macs
        self.trainable = trainable
        self.activations = activations
        self.memory = memory
        self.times = times
        self.level = level
        self.field = field
        self.op = op

    def amount(self, what: str) -> int:
        """How much it has of what rows are sorted by: `params`, `macs`, `forward` and so on."""
        if what == "forward":
            return self.memory.forward
        amount: int = self.memory.training() if what == "training" else getattr(self, what)
        return amount


def layer_row(whole: Memory, layer: Layer, found: Found) -> Row:
    """The row of a layer; `whole` is the network's memory."""
    return Row(
        layer.path,
        layer.op.name,
        layer.op.text(),
        layer.in_types,
        layer.out_types,
        layer.params,
        layer.macs,
        trainable=layer.each.trainable * layer.copies,
        activations=layer.each.activations * layer.times,
        memory=_memory(whole, layer.each, layer.copies, found),
        times=layer.times,
        field=found[0],
        op=layer.op,
    )


def part_row(whole: Memory, part: Part) -> Row:
    """The row of a stage or a block; `whole` is the network's memory."""
    return Row(
        part.path,
        "",
        part.title,
        (part.in_type,),
        (part.out_type,),
        part.params,
        part.macs,
        trainable=part.each.trainable * part.copies,
        activations=part.each.activations * part.times,
        memory=_memory(whole, part.each, part.copies, part.found),
        times=part.times,
        level=part.level,
        field=part.found[0],
    )


def _memory(whole: Memory, each: Cost, copies: int, found: Found) -> Memory:
    """Memory of a row with so many sets of weights."""
    _, forward, saved = found
    size = BYTES[whole.dtype] * copies
    return Memory(
        whole.batch,
        whole.dtype,
        weights=(each.params + each.buffers) * size,
        gradients=each.trainable * size,
        forward=forward * whole.batch,
        saved=saved * whole.batch,
        states=whole.states,
    )
