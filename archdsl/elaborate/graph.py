"""A module in the making: nodes, their names, who uses what, and tensors taken from outside."""

from __future__ import annotations

from archdsl.elaborate.values import Labelled, Tensor
from archdsl.ir.model import CallNode, Module, Node, OpNode, Output, Port, RepeatNode, Value
from archdsl.ir.names import is_attribute_name
from archdsl.ops.base import Kind
from archdsl.source import Span
from archdsl.tensor import TensorType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.elaborate.context import Context
    from archdsl.syntax import ast


class Graph:
    """Collects a module. `outer` is the graph around a repeated group."""

    __slots__ = (
        "again",
        "broken",
        "captured",
        "claims",
        "counters",
        "inputs",
        "labels",
        "nodes",
        "outer",
        "outputs",
        "promised",
        "step",
        "taken",
        "used",
    )

    def __init__(self, outer: Graph | None = None) -> None:
        self.outer = outer
        self.inputs: list[Port] = []
        self.nodes: list[OpNode | CallNode | RepeatNode] = []
        self.outputs: list[Output] = []
        self.promised: set[str] = set()  # names of the outputs that `output` statements make
        self.labels: dict[str, tuple[Labelled, object]] = {}  # name: (tensor, who named it)
        self.used: set[Value] = set()
        self.taken: set[str] = set()
        self.counters: dict[str, int] = {}
        self.again: dict[str, int] = {}
        self.captured: dict[tuple[int, Value], tuple[Tensor, Tensor]] = {}
        self.step = 0
        self.claims: list[tuple[ast.Expect, Context]] = []  # and where each stands
        self.broken = False  # an error was reported: say nothing about unused tensors

    def add_input(self, name: str, type: TensorType, span: Span) -> Tensor:
        """One more input."""
        self.inputs.append(Port(name, type, span))
        return Tensor(self, (-1, len(self.inputs) - 1), type, span)

    def bring(self, tensor: Tensor) -> Tensor:
        """The tensor as one of this graph: one from outside becomes an input."""
        if tensor.graph is self:
            return tensor
        if self.outer is None:
            raise AssertionError("a tensor of another module")
        outer = self.outer.bring(tensor)
        key = (id(outer.graph), outer.value)
        if key not in self.captured:
            name = f"captured{len(self.captured)}"
            self.captured[key] = (outer, self.add_input(name, tensor.type, tensor.span))
        return self.captured[key][1]

    def take(self, tensor: Tensor) -> Value:
        """The tensor as an operand."""
        value = (tensor if tensor.graph is self else self.bring(tensor)).value
        self.used.add(value)
        return value

    def pick_name(self, stem: str, numbered: bool) -> str:
        """A free attribute name: `stem`, or `stem` with the next number."""
        if stem.startswith("__") or stem == "_":  # also `_[0]`, and the second `_`
            stem = stem.lstrip("_")
            stem = stem if stem[:1].isalpha() else f"layer{stem}"
        if numbered:
            n = self.counters.get(stem, 0) + 1
            name = f"{stem}{n}"
            while name in self.taken:
                n += 1
                name = f"{stem}{n}"
            self.counters[stem] = n
        else:
            while not is_attribute_name(stem):
                stem += "_"
            n = self.again.get(stem, 1)  # the numbers before it are taken
            name = stem if n == 1 else f"{stem}_{n}"
            while name in self.taken:
                n += 1
                name = f"{stem}_{n}"
            self.again[stem] = n
        self.taken.add(name)
        return name

    def add_op(
        self,
        op: Kind,
        inputs: tuple[Tensor, ...],
        name: str,
        span: Span,
        outputs: tuple[TensorType, ...],
        shares: int | None = None,
    ) -> tuple[Tensor, ...]:
        """A layer."""
        values = tuple([self.take(t) for t in inputs])
        types = tuple([t.type for t in inputs])
        node = OpNode(op, types, name, values, outputs, span, self.step, shares)
        return self.add(node)

    def add(self, node: OpNode | CallNode | RepeatNode) -> tuple[Tensor, ...]:
        """A node; gives its outputs."""
        at = len(self.nodes)
        self.nodes.append(node)
        if len(node.outputs) == 1:
            return (Tensor(self, (at, 0), node.outputs[0], node.span),)
        return tuple(Tensor(self, (at, i), t, node.span) for i, t in enumerate(node.outputs))

    def finish(
        self,
        name: str,
        kind: str,
        origin: int,
        params: tuple[tuple[str, object], ...],
        span: Span,
        doc: str = "",
    ) -> Module:
        """The module."""
        labels = {
            label: self.bring(t).value
            for label, (t, _) in self.labels.items()
            if isinstance(t, Tensor) and t.graph is self
        }
        return Module(
            name,
            kind,
            origin,
            params,
            tuple(self.inputs),
            tuple(self.nodes),
            tuple(self.outputs),
            labels,
            span,
            doc,
        )

    def unused(self) -> list[Node]:
        """Nodes none of whose outputs is used, and layers with an unused one among several."""
        out: list[Node] = []
        for i, node in enumerate(self.nodes):
            hit = [(i, k) in self.used for k in range(len(node.outputs))]
            if not any(hit) or (isinstance(node, OpNode) and not all(hit)):
                out.append(node)
        return out
