"""Branches of a network that could change places unnoticed, as far as shapes can tell."""

from __future__ import annotations

from archdsl.ir.model import CallNode, OpNode, RepeatNode
from archdsl.ir.order import postorder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.ir.model import Module, Network, Node, Value

    Shapes = tuple[tuple[int, ...], ...]


def interchangeable(network: Network) -> list[tuple[str, str]]:
    """Pairs of parallel branches whose weights have the same shapes in the same order.

    Each branch is named by its first layer with weights. A library may register such branches in
    another order than the spec writes them, and no shape would tell.
    """
    shapes: dict[Module, Shapes] = {}
    found = []
    for module in postorder(network.module):
        each = [_shapes(node, shapes) for node in module.nodes]
        shapes[module] = tuple(shape for part in each for shape in part)
        found += _pairs(module, each)
    return list(dict.fromkeys(found))


def _shapes(node: Node, shapes: dict[Module, Shapes]) -> Shapes:
    """Shapes of the parameters that a node holds itself."""
    if node.shares is not None:
        return ()
    if isinstance(node, OpNode):
        weights = node.op.weights(node.in_types)
        return tuple(w.shape for w in weights if w.role == "param")
    if isinstance(node, CallNode):
        return shapes[node.module]
    assert isinstance(node, RepeatNode)
    if node.tied:
        return shapes[node.runs[0][0]]
    return tuple(shape for module, times in node.runs for shape in shapes[module] * times)


def _pairs(module: Module, each: list[Shapes]) -> list[tuple[str, str]]:
    above = _ancestors(module)
    found = []
    joins = [node.inputs for node in module.nodes if len(node.inputs) > 1]
    joins += [tuple(output.value for output in module.outputs)] if len(module.outputs) > 1 else []
    for values in joins:
        sets = [_up_to(above, value) for value in dict.fromkeys(values)]
        branches = []
        for i, own in enumerate(sets):
            shared = 0
            for other in sets[:i] + sets[i + 1 :]:
                shared |= other
            members = [n for n in range(len(each)) if (own & ~shared) >> n & 1 and each[n]]
            if members:
                inside = tuple(shape for n in members for shape in each[n])
                branches.append((module.nodes[members[0]].name, inside))
        for i, (name, inside) in enumerate(branches):
            found += [(name, other) for other, o in branches[:i] if inside + o == o + inside]
    return [(f"{module.name}.{b}", f"{module.name}.{a}") for a, b in found]


def _ancestors(module: Module) -> list[int]:
    """For each node, the nodes that feed it, itself included, as bits."""
    above: list[int] = []
    for i, node in enumerate(module.nodes):
        bits = 1 << i
        for value in node.inputs:
            bits |= _up_to(above, value)
        above.append(bits)
    return above


def _up_to(above: list[int], value: Value) -> int:
    return above[value[0]] if value[0] >= 0 else 0
