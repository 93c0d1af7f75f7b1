"""A module on the table: its nodes are changed, taken out and put in, and it is sewn up again."""

from __future__ import annotations

from archdsl.ir.model import Module
from archdsl.passes.nodes import redirect, rewire, sharing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from archdsl.ir.model import Output, Port, Value
    from archdsl.passes.moves import Move
    from archdsl.passes.nodes import AnyNode


class Edit:
    """A module under change. Nodes keep their numbers until `finish`; new ones get new numbers.

    `nodes` holds them by number, `order` says how they run. `uses` counts who reads a tensor,
    outputs of the module included. `moves` are what happens to the weights of its own layers.
    """

    __slots__ = (
        "_labels",
        "_names",
        "_next",
        "_swaps",
        "module",
        "moves",
        "nodes",
        "order",
        "outputs",
        "uses",
    )

    def __init__(self, module: Module) -> None:
        self.module = module
        self.nodes: dict[int, AnyNode] = dict(enumerate(module.nodes))
        self.order = list(range(len(module.nodes)))
        self._next = len(self.order)
        self.outputs = list(module.outputs)
        self._labels: dict[Value, list[str]] = {}
        for label, value in module.labels.items():
            self._labels.setdefault(value, []).append(label)
        self.moves: list[Move] = []
        self.uses: dict[Value, int] = {}
        self._swaps: dict[Value, Value] = {}
        self._names = {node.name for node in module.nodes}
        for node in module.nodes:
            self._count(node, 1)
        for output in module.outputs:
            self.uses[output.value] = self.uses.get(output.value, 0) + 1

    def each(self) -> Iterator[tuple[int, AnyNode]]:
        """The nodes that are there when it is their turn, in order; inputs are up to date."""
        for index in list(self.order):
            node = self.nodes.get(index)
            if node is not None:
                yield index, self._current(index, node)

    def shared(self) -> frozenset[int]:
        """Numbers of the nodes of the module that share weights, with whomever."""
        return sharing(self.module.nodes)

    def resolve(self, value: Value) -> Value:
        """The tensor that stands for this one now."""
        while value in self._swaps:
            value = self._swaps[value]
        return value

    def put(self, index: int, node: AnyNode) -> None:
        """Another node in the place of one, with as many outputs or more."""
        self._count(self.nodes[index], -1)
        self.nodes[index] = node
        self._count(node, 1)

    def insert(self, before: int, node: AnyNode) -> int:
        """Puts a node in before another; gives its number."""
        index = self._next
        self._next += 1
        self.order.insert(self.order.index(before), index)
        self.nodes[index] = node
        self._count(node, 1)
        return index

    def remove(self, index: int, *instead: Value) -> None:
        """Takes a node out; who reads its outputs reads these tensors, one for each."""
        node = self.nodes.pop(index)
        self._count(node, -1)
        for port, value in enumerate(instead):
            old, new = (index, port), self.resolve(value)
            self._swaps[old] = new
            self.uses[new] = self.uses.get(new, 0) + self.uses.pop(old, 0)
            if old in self._labels:
                self._labels.setdefault(new, []).extend(self._labels.pop(old))

    def send(self, k: int, value: Value) -> None:
        """Makes another tensor the output number `k`."""
        old = self.resolve(self.outputs[k].value)
        self.uses[old] -= 1
        self.outputs[k] = redirect(self.outputs[k], value)
        self.uses[value] = self.uses.get(value, 0) + 1

    def forget(self, value: Value) -> None:
        """Drops the labels of a tensor: it no longer is what they named."""
        self._labels.pop(value, None)

    def free_name(self, wanted: str) -> str:
        """The name, or with the lowest number that makes it free."""
        name, number = wanted, 1
        while name in self._names:
            number += 1
            name = f"{wanted}_{number}"
        self._names.add(name)
        return name

    def finish(self) -> Module:
        """The module as it is now; the one that came where nothing was changed."""
        order = [i for i in self.order if i in self.nodes]
        place = {index: k for k, index in enumerate(order)} | {-1: -1}
        labels = self._placed_labels(place)
        nodes = tuple(self._renumbered(self.nodes[index], place) for index in order)
        outputs = tuple(redirect(o, self._placed(o.value, place)) for o in self.outputs)
        old = self.module
        if nodes == old.nodes and [o.value for o in outputs] == [o.value for o in old.outputs]:
            return old
        return remade(old, nodes, outputs, labels)

    def _placed_labels(self, place: dict[int, int]) -> dict[str, Value]:
        """The labels in their old order, without those whose tensors are gone."""
        found: dict[str, Value] = {}
        for (index, port), names in self._labels.items():
            if index in place:
                found |= dict.fromkeys(names, (place[index], port))
        return {name: found[name] for name in self.module.labels if name in found}

    def _placed(self, value: Value, place: dict[int, int]) -> Value:
        index, port = self.resolve(value)
        return place[index], port

    def _renumbered(self, node: AnyNode, place: dict[int, int]) -> AnyNode:
        inputs = tuple(self._placed(value, place) for value in node.inputs)
        return rewire(node, inputs, None if node.shares is None else place[node.shares])

    def _current(self, index: int, node: AnyNode) -> AnyNode:
        inputs = tuple(self.resolve(value) for value in node.inputs)
        if inputs != node.inputs:
            node = self.nodes[index] = rewire(node, inputs, node.shares)
        return node

    def _count(self, node: AnyNode, by: int) -> None:
        for value in map(self.resolve, node.inputs):
            self.uses[value] = self.uses.get(value, 0) + by


def remade(
    module: Module,
    nodes: tuple[AnyNode, ...],
    outputs: tuple[Output, ...],
    labels: dict[str, Value],
    inputs: tuple[Port, ...] | None = None,
) -> Module:
    """A module of the same name, origin and text, with another graph."""
    return Module(
        module.name,
        module.kind,
        module.origin,
        module.params,
        module.inputs if inputs is None else inputs,
        nodes,
        outputs,
        labels,
        module.span,
        module.doc,
    )
