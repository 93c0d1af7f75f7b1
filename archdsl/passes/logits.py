"""Leaves out a final softmax: a network that gives logits."""

from __future__ import annotations

from archdsl.ir.model import CallNode, Module, Network, OpNode, Output, RepeatNode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.ir.model import Value

    AnyNode = OpNode | CallNode | RepeatNode

_SOFTMAX = frozenset({"softmax", "logsoftmax"})


def drop_final_softmax(network: Network) -> Network:
    """The network with every output that a softmax or a logsoftmax makes replaced by its input.

    A softmax at the end of a block that makes an output goes too; one whose result something
    else reads stays for that reader. The network itself where there is none.
    """
    module = _drop(network.module, frozenset(range(len(network.module.outputs))))
    if module is network.module:
        return network
    return Network(network.name, module, network.doc, network.claims, network.train)


def _drop(module: Module, wanted: frozenset[int]) -> Module:
    """The module with the outputs of these numbers before their softmax."""
    nodes = list(module.nodes)
    outputs = list(module.outputs)
    for k in sorted(wanted):
        at, port = outputs[k].value
        node = nodes[at] if at >= 0 else None
        if isinstance(node, OpNode) and node.op.name in _SOFTMAX:
            outputs[k] = _redirect(outputs[k], node.inputs[0])
        elif isinstance(node, CallNode) and _reads(nodes, outputs, (at, port)) == 1:
            nodes[at] = _call_without(node, port, _is_shared(nodes, at))
    if outputs == list(module.outputs) and nodes == list(module.nodes):
        return module
    return _sweep(module, nodes, outputs)


def _call_without(node: CallNode, port: int, shared: bool) -> CallNode:
    """A call whose block gives that output before its softmax."""
    # A block whose weights another call uses must stay the block of that call.
    module = node.module if shared else _drop(node.module, frozenset({port}))
    if module is node.module:
        return node
    return CallNode(module, node.name, node.inputs, node.outputs, node.span, node.step, node.shares)


def _is_shared(nodes: list[AnyNode], at: int) -> bool:
    return nodes[at].shares is not None or any(node.shares == at for node in nodes)


def _redirect(output: Output, value: Value) -> Output:
    return Output(output.name, value, output.train_only, output.weight)


def _reads(nodes: list[AnyNode], outputs: list[Output], value: Value) -> int:
    inside = sum(node.inputs.count(value) for node in nodes)
    return inside + sum(output.value == value for output in outputs)


def _sweep(module: Module, nodes: list[AnyNode], outputs: list[Output]) -> Module:
    """The module with these outputs, without the softmaxes that nothing reads any more."""
    dead = {
        i
        for i, node in enumerate(nodes)
        if isinstance(node, OpNode)
        and node.op.name in _SOFTMAX
        and any(o.value == (i, 0) for o in module.outputs)
        and _reads(nodes, outputs, (i, 0)) == 0
        and not any(other.shares == i for other in nodes)
    }
    kept = [i for i in range(len(nodes)) if i not in dead]
    place = {i: k for k, i in enumerate(kept)} | {-1: -1}
    labels = {name: (place[at], port) for name, (at, port) in module.labels.items() if at in place}
    return Module(
        module.name,
        module.kind,
        module.origin,
        module.params,
        module.inputs,
        tuple(_renumber(nodes[i], place) for i in kept),
        tuple(_redirect(o, (place[o.value[0]], o.value[1])) for o in outputs),
        labels,
        module.span,
        module.doc,
    )


def _renumber(node: AnyNode, place: dict[int, int]) -> AnyNode:
    inputs = tuple((place[at], port) for at, port in node.inputs)
    shares = None if node.shares is None else place[node.shares]
    common = (node.name, inputs, node.outputs, node.span, node.step, shares)
    if isinstance(node, OpNode):
        return OpNode(node.op, node.in_types, *common, node.init)
    if isinstance(node, CallNode):
        return CallNode(node.module, *common)
    return RepeatNode(node.runs, node.tied, *common)
