"""The flat view of a module: its layers in execution order, one at a time, never all in memory."""

from __future__ import annotations

from archdsl.analysis.cost import Cost, copies, op_cost
from archdsl.ir.model import CallNode, Module, OpNode, RepeatNode
from archdsl.ir.order import postorder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from archdsl.ir.model import Node
    from archdsl.ops.base import Kind
    from archdsl.tensor import TensorType


class Layer:
    """One row of the flat view.

    `path` joins node names by dots, with the index of the repetition behind a repeat's name
    (`stage3.2.conv1`, and `stage3.1-2.conv1` for repetitions 1 and 2 folded into one row).
    The row stands for `times` runs of the layer; `copies` is how many sets of weights they
    have (0 where all the weights are another layer's). `each` is the cost of a single run.
    """

    __slots__ = ("copies", "each", "node", "path", "times")

    def __init__(self, path: str, node: OpNode, times: int, copies: int, each: Cost) -> None:
        self.path = path
        self.node = node
        self.times = times
        self.copies = copies
        self.each = each

    @property
    def op(self) -> Kind:
        """The kind with its attributes."""
        return self.node.op

    @property
    def in_types(self) -> tuple[TensorType, ...]:
        """Types of what comes in."""
        return self.node.in_types

    @property
    def out_types(self) -> tuple[TensorType, ...]:
        """Types of what goes out."""
        return self.node.outputs

    @property
    def params(self) -> int:
        """Parameters of all runs together, shared ones not counted again."""
        return self.each.params * self.copies

    @property
    def macs(self) -> int:
        """Multiply-accumulates of all runs, attention products included."""
        return self.each.total_macs * self.times


def layers(module: Module, fold: bool = False) -> Iterator[Layer]:
    """Layers in execution order; with `fold`, a run of equal repetitions is walked once.

    The repetitions of a tied repeat are all `name.0`, and only the first holds parameters.
    `cost(module).layers` is the number of rows, `folded_size(module)` that with `fold`.
    """
    costs: dict[OpNode, Cost] = {}
    stack = [_nodes(module, "", 1, 1)]
    while stack:
        step = next(stack[-1], None)
        if step is None:
            stack.pop()
            continue
        node, path, times, held = step
        if isinstance(node, OpNode):
            each = costs.get(node)
            if each is None:
                each = costs[node] = op_cost(node)
            yield Layer(path, node, times, held, each)
        else:
            stack.append(_unfold(node, path, times, held, fold))


def folded_size(module: Module) -> int:
    """Number of rows of `layers(module, fold=True)`."""
    size: dict[Module, int] = {}
    for part in postorder(module):
        below = sum(size[sub] for sub in part.submodules())
        size[part] = below + sum(isinstance(node, OpNode) for node in part.nodes)
    return size[module]


def repetitions(node: Node, fold: bool) -> Iterator[tuple[Module, str, int, int]]:
    """Modules that a call or a repeat runs: (module, end of its path, times, weight sets)."""
    if isinstance(node, CallNode):
        yield node.module, "", 1, int(node.shares is None)
    elif isinstance(node, RepeatNode):
        at = 0
        for i, (module, times) in enumerate(node.runs):
            held = copies(node, i)
            if fold:
                yield module, _index(node, at, times), times, held
            else:
                for k in range(times):
                    tail = ".0" if node.tied else f".{at + k}"
                    yield module, tail, 1, int(k < held)
            at += times
    else:
        raise TypeError(node)


Step = tuple["Node", str, int, int]


def _unfold(node: Node, path: str, times: int, held: int, fold: bool) -> Iterator[Step]:
    for module, tail, n, own in repetitions(node, fold):
        yield from _nodes(module, path + tail + ".", times * n, held * own)


def _nodes(module: Module, prefix: str, times: int, held: int) -> Iterator[Step]:
    for node in module.nodes:
        yield node, prefix + node.name, times, held


def _index(node: RepeatNode, at: int, times: int) -> str:
    if node.tied:
        return ".0"
    return f".{at}" if times == 1 else f".{at}-{at + times - 1}"
