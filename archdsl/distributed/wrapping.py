"""Which submodules FSDP shards on their own: the blocks of the specification."""

from __future__ import annotations

from itertools import islice

from archdsl.analysis.cost import Cost, cost, node_cost
from archdsl.analysis.walk import layers
from archdsl.ir.model import CallNode, Module, OpNode, RepeatNode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.ir.model import Node

LARGE = 10  # a plain layer with one part in 10 of all parameters is sharded on its own


def wrapped(module: Module) -> list[str]:
    """Expressions over `net`, in execution order: `net.i3a`, `*net.conv2_x`, `net.fc1`.

    They are the calls and the repetitions in the network's own body that have several layers with
    parameters, and what else holds a tenth of all. Where the body is one call, its block's. What
    shares weights is left to the whole network, which gathers them once.
    """
    memo: dict[Module, Cost] = {}
    total = cost(module, memo).params
    prefix = "net"
    while len(module.nodes) == 1 and isinstance(module.nodes[0], CallNode):
        prefix += "." + module.nodes[0].name
        module = module.nodes[0].module
    shared = {node.shares for node in module.nodes}
    found = []
    for i, node in enumerate(module.nodes):
        params = node_cost(node, memo).params
        if i in shared or node.shares is not None or _is_tied(node) or not params:
            continue
        if LARGE * params >= total or _is_block(node):
            found.append("*" * isinstance(node, RepeatNode) + f"{prefix}.{node.name}")
    return found


def _is_block(node: Node) -> bool:
    """Whether several layers with parameters are called, or repeated, as one."""
    if isinstance(node, OpNode):
        return False
    modules = [node.module] if isinstance(node, CallNode) else _bodies(node)
    held = (layer for module in modules for layer in layers(module, fold=True) if layer.params)
    return len(list(islice(held, 2))) > 1


def _bodies(node: Node) -> list[Module]:
    assert isinstance(node, RepeatNode)
    return [node.runs[0][0]]


def _is_tied(node: Node) -> bool:
    """Whether repetitions use one set of weights."""
    return isinstance(node, RepeatNode) and node.tied
