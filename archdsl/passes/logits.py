"""Leaves out a final softmax: a network that gives logits."""

from __future__ import annotations

from archdsl.ir.model import CallNode, Module, Network, OpNode
from archdsl.passes.edit import Edit
from archdsl.passes.nodes import with_module

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
    edit = Edit(module)
    shared = edit.shared()
    for k in sorted(wanted):
        at, port = edit.outputs[k].value
        node = edit.nodes.get(at)
        if isinstance(node, OpNode) and node.op.name in _SOFTMAX:
            edit.send(k, node.inputs[0])
            if not edit.uses[at, port]:
                edit.remove(at)
        elif isinstance(node, CallNode) and edit.uses[at, port] == 1 and at not in shared:
            # A block whose weights another call uses must stay the block of that call.
            block = _drop(node.module, frozenset({port}))
            if block is not node.module:
                edit.put(at, with_module(node, block))
    return edit.finish()
