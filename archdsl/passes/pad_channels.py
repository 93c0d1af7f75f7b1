"""Pads channels inside of modules to multiples that tensor cores like."""

from __future__ import annotations

from archdsl.ir.model import OpNode
from archdsl.ops.activation import Activation, OverAxis, PReLU
from archdsl.ops.conv import Conv, DepthwiseConv, SeparableConv
from archdsl.ops.dropout import Dropout, DropPath
from archdsl.ops.flatten import Flatten
from archdsl.ops.join import Concat, Join
from archdsl.ops.linear import Linear, Scale
from archdsl.ops.norm import BatchNorm
from archdsl.ops.pool import AdaptivePool, AvgPool, GlobalPool, MaxPool
from archdsl.passes.modules import rewrite_modules
from archdsl.passes.moves import Move
from archdsl.passes.nodes import with_op
from archdsl.passes.rewritten import Pass, Rewritten

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.ir.model import Network, Value
    from archdsl.passes.edit import Edit

_SAME = (
    Activation,
    Dropout,
    DropPath,
    Scale,
    BatchNorm,
    MaxPool,
    AvgPool,
    GlobalPool,
    AdaptivePool,
    Flatten,
)


class PadChannels(Pass):
    """Channels between convolutions and FC layers of one module grow to the next multiple.

    The new kernels are zero on both sides, so the outputs in evaluation are the same numbers.
    What goes into a module or comes out of it, and what a concat, softmax, layer norm or shared
    weight sees, keeps its size. Off unless asked for: it pays where tensor cores wait for it.
    """

    name = "pad-channels"
    summary = "channels inside of blocks to a multiple (of 8), with zeros"
    options = {"multiple": 8}

    def run(self, network: Network) -> Rewritten:
        """The network with such channels padded."""
        return rewrite_modules(network, lambda edit: pad(edit, self.values["multiple"]))


def pad(edit: Edit, multiple: int) -> None:
    """Pads the channels of a module."""
    groups = _Groups(edit)
    made: dict[int, OpNode] = {}
    for index, node in edit.each():
        if not isinstance(node, OpNode):
            continue
        types = tuple(
            made[at].outputs[port] if at in made else edit.module.type_of((at, port))
            for at, port in node.inputs
        )
        op = node.op
        out = node.outputs[0].channels if node.outputs[0].layout != "tokens" else 0
        if isinstance(op, _MAKERS) and out % multiple and groups.is_free((index, 0)):
            fields = {f.name: op.__dict__[f.name] for f in op.fields}
            op = type(op)({**fields, "out": out + -out % multiple})
        if op is node.op and types == node.in_types:
            continue
        made[index] = with_op(node, op, types, op.infer(types))
        edit.put(index, made[index])
        _move(edit, node, made[index])


_MAKERS = (Conv, Linear, SeparableConv)


def _move(edit: Edit, old: OpNode, new: OpNode) -> None:
    before = old.op.weights(old.in_types)
    after = new.op.weights(new.in_types)
    for one, other in zip(before, after, strict=True):
        if one.shape != other.shape:
            ones = one.name == "running_var" or (
                isinstance(old.op, BatchNorm) and one.name == "weight"
            )
            role = (("all", f"{old.name}.{one.name}"),)
            sizes = (("before", one.shape), ("after", other.shape), ("fill", float(ones)))
            edit.moves.append(Move("pad", role, role, sizes))


class _Groups:
    """Which tensors of a module have the same channels, and which of them may have more."""

    __slots__ = ("fixed", "flattened", "parent", "vectors")

    def __init__(self, edit: Edit) -> None:
        self.parent: dict[Value, Value] = {}
        self.fixed: set[Value] = set()
        self.flattened: set[Value] = set()  # what grows by a channel's positions for each channel
        self.vectors: set[Value] = set()  # what joins vectors, of which others grow by one
        module = edit.module
        shared = edit.shared()
        for port in range(len(module.inputs)):
            self.fixed.add((-1, port))
        for output in module.outputs:
            self.fixed.add(output.value)
        for index, node in enumerate(module.nodes):
            outputs = [(index, port) for port in range(len(node.outputs))]
            if index in shared or not isinstance(node, OpNode):
                self.fixed.update(node.inputs, outputs)
            else:
                self._relate(node, outputs)
        self.fixed = {self.find(value) for value in self.fixed}
        self.fixed |= {self.find(v) for v in self.flattened} & {self.find(v) for v in self.vectors}

    def is_free(self, value: Value) -> bool:
        """Whether the channels of a tensor may grow, with those of all that have the same."""
        return self.find(value) not in self.fixed

    def find(self, value: Value) -> Value:
        """The tensor that stands for its group."""
        while value in self.parent:
            above = self.parent[value]
            self.parent[value] = self.parent.get(above, above)
            value = above
        return value

    def _relate(self, node: OpNode, outputs: list[Value]) -> None:
        """What a layer says of the tensors around it."""
        op, x = node.op, node.in_types[0]
        if isinstance(op, Linear | SeparableConv):
            return
        if isinstance(op, Conv) and op.groups == 1 and op.connect is None:
            return
        same = isinstance(op, _SAME) and not isinstance(op, OverAxis | PReLU)
        if isinstance(op, BatchNorm):
            same = op.axis_of(x) == x.channel_axis
        elif isinstance(op, DepthwiseConv):
            same = op.out is None
        elif isinstance(op, Flatten):  # of features that come last, zeros would stand in between
            same = x.channel_axis == 0
        elif isinstance(op, Join) and not isinstance(op, Concat):
            same = len({type.channels for type in node.in_types}) == 1
        if x.layout == "tokens" or not same:
            self.fixed.update(node.inputs, outputs)
            return
        if isinstance(op, Flatten) and x.numel != x.channels:
            self.flattened.add(outputs[0])
        elif isinstance(op, Join) and not x.is_map:
            self.vectors.add(outputs[0])
        for value in node.inputs:
            self._join(value, outputs[0])

    def _join(self, one: Value, other: Value) -> None:
        first, second = self.find(one), self.find(other)
        if first != second:
            self.parent[first] = second
