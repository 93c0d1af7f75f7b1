"""The compiled IR as layers in a row, to be compared with what the tree means."""

from __future__ import annotations

from archdsl.ir.model import CallNode, Module, Network, Node, OpNode, RepeatNode
from tests.differential.flat import Flat
from tests.differential.reference import Reference

Names = dict[int, str]  # where the weights of a node are kept


def flatten(network: Network) -> Reference:
    """All layers of a network; a layer's `weights` is the path that its tensors have."""
    made = Reference()
    module = network.module
    values = [made.add_tensor(port.type) for port in module.inputs]
    ends = walk(module, values, "", "", made)
    made.outputs = [
        (o.name, end, o.train_only) for o, end in zip(module.outputs, ends, strict=True)
    ]
    return made


def walk(module: Module, inputs: list[int], path: str, kept: str, made: Reference) -> list[int]:
    """The module's outputs; `path` is where it stands, `kept` where its weights are."""
    values: dict[tuple[int, int], int] = {(-1, i): v for i, v in enumerate(inputs)}
    for index, node in enumerate(module.nodes):
        owner: Node = node
        while owner.shares is not None:
            owner = module.nodes[owner.shares]
        given = [values[v] for v in node.inputs]
        here, there = path + node.name, kept + owner.name
        for port, value in enumerate(enter(node, given, here, there, made)):
            values[index, port] = value
    return [values[o.value] for o in module.outputs]


def enter(node: Node, given: list[int], here: str, there: str, made: Reference) -> list[int]:
    """What one node gives."""
    if isinstance(node, OpNode):
        held = there if node.op.weights(node.in_types) else None
        outputs = tuple(made.add_tensor(t) for t in node.outputs)
        layer = Flat(node.op, tuple(given), node.in_types, outputs, node.outputs, held, here, there)
        made.layers.append(layer)
        return list(outputs)
    if isinstance(node, CallNode):
        return walk(node.module, given, here + ".", there + ".", made)
    assert isinstance(node, RepeatNode)
    at = 0
    for module, times in node.runs:
        for _ in range(times):
            spot = f".{0 if node.tied else at}."
            given[:1] = walk(module, given, here + spot, there + spot, made)
            at += 1
    return given[:1]


def compare(ours: Reference, theirs: Reference) -> str:
    """The first difference between two layouts; empty where there is none."""
    owners: dict[object, object] = {}
    users: dict[object, object] = {}
    for i, (a, b) in enumerate(zip(ours.layers, theirs.layers, strict=False)):
        where = f"layer {i}, {b.path or a.path}"
        if a.op != b.op:
            return f"{where}: {a.op.text()} and {b.op.text()}"
        if a.inputs != b.inputs:
            return f"{where}: {a.op.text()} reads {a.inputs} and {b.inputs}"
        if a.in_types != b.in_types or a.out_types != b.out_types:
            return f"{where}: {a.op.text()} types differ"
        if (a.weights is None) != (b.weights is None):
            return f"{where}: {a.op.text()} holds weights in one only"
        if a.weights is not None:
            one = owners.setdefault(a.weights, b.weights)
            two = users.setdefault(b.weights, a.weights)
            if one != b.weights or two != a.weights:
                return f"{where}: {a.op.text()} shares weights in one only"
    if len(ours.layers) != len(theirs.layers):
        return f"{len(ours.layers)} layers and {len(theirs.layers)}"
    if ours.outputs != theirs.outputs:
        return f"outputs {ours.outputs} and {theirs.outputs}"
    return ""
