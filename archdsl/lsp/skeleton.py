"""What a design computes, without its names: equal where two texts differ in names alone."""

from __future__ import annotations

from archdsl.ir.model import CallNode, Design, Module, OpNode, RepeatNode
from archdsl.ir.order import postorder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.ir.model import Node


def skeleton(design: Design) -> list[object]:
    """The networks as nested tuples of operations, wiring and types."""
    return [of_network(n.module, len(n.claims), len(n.train)) for n in design.networks]


def of_network(module: Module, claims: int, facts: int) -> object:
    """One network: its modules in order, each referring to others by number."""
    numbers: dict[Module, int] = {}
    parts = []
    for part in postorder(module):
        parts.append(of_module(part, numbers))
        numbers[part] = len(numbers)
    return (tuple(parts), claims, facts)


def of_module(module: Module, numbers: dict[Module, int]) -> object:
    """A module without names."""
    return (
        module.kind,
        tuple(p.type for p in module.inputs),
        tuple(of_node(n, numbers) for n in module.nodes),
        tuple((o.value, o.train_only, o.weight) for o in module.outputs),
    )


def of_node(node: Node, numbers: dict[Module, int]) -> object:
    """A node without its name."""
    what: object = None
    if isinstance(node, OpNode):
        what = (node.op.key, node.init)
    elif isinstance(node, CallNode):
        what = numbers[node.module]
    elif isinstance(node, RepeatNode):
        what = (tuple((numbers[m], n) for m, n in node.runs), node.tied)
    return (what, node.inputs, node.outputs, node.shares)
