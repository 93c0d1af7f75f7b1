"""Which submodules FSDP shards on their own: the blocks of the specification."""

from __future__ import annotations

from archdsl.analysis.cost import Cost, cost, node_cost
from archdsl.ir.model import CallNode, Module, OpNode, RepeatNode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.ir.model import Node

LARGE = 10  # a plain layer with one part in 10 of all parameters is sharded on its own


def wrapped(module: Module) -> list[str]:
    """Expressions over `net`, in execution order: `net.i3a`, `*net.conv2_x`, `net.fc1`.

    They are the calls and the repetitions in the network's own body that have parameters, and
    plain layers that hold a tenth of all. Where the body is one call, its block's. What shares
    weights is left to the whole network, which gathers them once.
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
        if i in shared or node.shares is not None or not params:
            continue
        if isinstance(node, OpNode) and LARGE * params < total:
            continue
        found.append("*" * _is_many(node) + f"{prefix}.{node.name}")
    return found


def _is_many(node: Node) -> bool:
    return isinstance(node, RepeatNode) and not node.tied
