"""Who makes a tensor and who reads it, through calls, repeats and module borders."""

from __future__ import annotations

from archdsl.ir.model import CallNode, Module, OpNode, Output, RepeatNode, Value
from archdsl.ir.order import postorder
from archdsl.source import Span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeVar

    from archdsl.ir.model import Design, Node, Port
    from archdsl.ops.base import Kind
    from archdsl.tensor import TensorType

    End = TypeVar("End")


class Site:
    """A layer of a module: the node `at`. Two of the same module and node are equal."""

    __slots__ = ("at", "module", "node")

    def __init__(self, module: Module, at: int, node: OpNode) -> None:
        self.module = module
        self.at = at
        self.node = node

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Site) and (self.module, self.at) == (other.module, other.at)

    def __hash__(self) -> int:
        return hash((self.module, self.at))

    @property
    def op(self) -> Kind:
        """The kind with its attributes."""
        return self.node.op

    @property
    def span(self) -> Span:
        """Where the text has it."""
        return self.node.span

    @property
    def x(self) -> TensorType:
        """Type of its first input."""
        return self.node.in_types[0]

    @property
    def y(self) -> TensorType:
        """Type of its first output."""
        return self.node.outputs[0]


class Links:
    """All distinct modules of a design, and how their tensors are linked.

    A module is called from many places: what `readers` and `makers` give is the union over all.
    """

    __slots__ = ("_callers", "_ends", "_reads", "modules", "sites")

    def __init__(self, design: Design) -> None:
        self.modules: dict[Module, None] = {}
        self._reads: dict[Module, dict[Value, list[tuple[int, int]]]] = {}
        self._ends: dict[Module, list[Output]] = {}
        self._callers: dict[Module, list[tuple[Module, int, int]]] = {}
        self.sites: list[Site] = []
        for network in design.networks:
            for module in postorder(network.module):
                if module not in self.modules:
                    self.modules[module] = None
                    self._enter(module)
            self._ends.setdefault(network.module, list(network.module.outputs))

    def _enter(self, module: Module) -> None:
        reads: dict[Value, list[tuple[int, int]]] = {}
        for at, node in enumerate(module.nodes):
            for position, value in enumerate(node.inputs):
                reads.setdefault(value, []).append((at, position))
            if isinstance(node, OpNode):
                self.sites.append(Site(module, at, node))
            elif isinstance(node, CallNode):
                self._callers.setdefault(node.module, []).append((module, at, 0))
            elif isinstance(node, RepeatNode):
                for run, (body, _) in enumerate(node.runs):
                    self._callers.setdefault(body, []).append((module, at, run))
        self._reads[module] = reads

    def readers(self, site: Site, port: int = 0) -> list[Site | Output]:
        """The layers that read what a layer gives, and the outputs of networks that it becomes."""
        return follow(self._forward, site.module, (site.at, port))

    def _forward(
        self, module: Module, value: Value
    ) -> Iterator[Site | Output | tuple[Module, Value]]:
        for at, position in self._reads[module].get(value, ()):
            node = module.nodes[at]
            if isinstance(node, OpNode):
                yield Site(module, at, node)
            elif isinstance(node, CallNode):
                yield node.module, (-1, position)
            else:
                bodies = node.runs[:1] if position == 0 else node.runs
                yield from ((body, (-1, position)) for body, _ in bodies)
        yield from (o for o in self._ends.get(module, ()) if o.value == value)
        for k, output in enumerate(module.outputs):
            if output.value == value:
                yield from self._leave(module, k)

    def _leave(self, module: Module, k: int) -> Iterator[tuple[Module, Value]]:
        """Where the k-th output of a module goes in those that call it."""
        for outer, at, run in self._callers.get(module, ()):
            node = outer.nodes[at]
            if isinstance(node, RepeatNode):
                if k == 0 and node.runs[run][1] > 1:
                    yield module, (-1, 0)
                if run + 1 < len(node.runs):
                    if k == 0:
                        yield node.runs[run + 1][0], (-1, 0)
                    continue
            yield outer, (at, k)

    def makers(self, site: Site, position: int = 0) -> list[Site | Port]:
        """The layers that make an input of a layer, and the inputs of networks that it is."""
        return follow(self._back, site.module, site.node.inputs[position])

    def _back(self, module: Module, value: Value) -> Iterator[Site | Port | tuple[Module, Value]]:
        at, port = value
        if at < 0:
            yield from self._enter_from(module, port)
            return
        node = module.nodes[at]
        if isinstance(node, OpNode):
            yield Site(module, at, node)
            return
        body = node.module if isinstance(node, CallNode) else last_body(node)
        yield body, body.outputs[port].value

    def _enter_from(self, module: Module, port: int) -> Iterator[Port | tuple[Module, Value]]:
        """What an input of a module is in those that call it."""
        if module in self._ends:
            yield module.inputs[port]
        for outer, at, run in self._callers.get(module, ()):
            node = outer.nodes[at]
            if isinstance(node, RepeatNode) and port == 0:
                if node.runs[run][1] > 1:
                    yield module, module.outputs[0].value
                if run > 0:
                    before = node.runs[run - 1][0]
                    yield before, before.outputs[0].value
                    continue
            yield outer, node.inputs[port]

    def beside(self, site: Site) -> list[Site | Output]:
        """All that reads the tensor which a layer reads first, the layer itself too."""
        found: dict[Site | Output, None] = {}
        for maker in self.makers(site):
            readers = (
                self.readers(maker) if isinstance(maker, Site) else self._readers_of_port(maker)
            )
            found.update(dict.fromkeys(readers))
        return list(found)

    def _readers_of_port(self, port: Port) -> list[Site | Output]:
        for module in self._ends:
            for i, own in enumerate(module.inputs):
                if own is port:
                    return follow(self._forward, module, (-1, i))
        return []

    def last_layer(self, module: Module, output: Output) -> Site | None:
        """The layer whose tensor an output is; None where it is an input."""
        value: Value = output.value
        while value[0] >= 0:
            node: Node = module.nodes[value[0]]
            if isinstance(node, OpNode):
                return Site(module, value[0], node)
            assert isinstance(node, (CallNode, RepeatNode))
            body = node.module if isinstance(node, CallNode) else last_body(node)
            module, value = body, body.outputs[value[1]].value
        return None


def last_body(node: Node) -> Module:
    """The module whose outputs a repeat gives."""
    assert isinstance(node, RepeatNode)
    return node.runs[-1][0]


def follow(
    steps: Callable[[Module, Value], Iterator[End | tuple[Module, Value]]],
    module: Module,
    value: Value,
) -> list[End]:
    """The ends that steps from one tensor to the next come to, each once."""
    found: dict[End, None] = {}
    stack = [(module, value)]
    seen = set(stack)
    while stack:
        module, value = stack.pop()
        for step in steps(module, value):
            if isinstance(step, tuple):
                if step not in seen:
                    seen.add(step)
                    stack.append(step)
            else:
                found[step] = None
    return list(found)
