"""Linear layers that read a flattened map: their inputs are ordered as the map's axes are."""

from __future__ import annotations

from archdsl.analysis.walk import layers
from archdsl.ir.model import OpNode
from archdsl.ir.order import postorder
from archdsl.weights.errors import PortError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.ir.model import Module, Network


def flattened(network: Network) -> dict[str, tuple[int, ...]]:
    """Paths of linear layers with the sizes CxHxW of the map that they read.

    Raises PortError where a flattened map goes elsewhere: how its weights would have to be
    ordered is not known then.
    """
    sizes: dict[OpNode, tuple[int, ...]] = {}
    for module in postorder(network.module):
        for i, node in enumerate(module.nodes):
            if isinstance(node, OpNode) and node.op.name == "flatten":
                source = node.in_types[0]
                if source.is_map and source.numel > source.channels:
                    for reader in _readers(module, i):
                        sizes[reader] = source.dims
    if not sizes:
        return {}
    return {
        layer.path: sizes[layer.node] for layer in layers(network.module) if layer.node in sizes
    }


def _readers(module: Module, start: int) -> list[OpNode]:
    """Linear layers that read what a node gives, through layers that act on each element."""
    found, todo = [], [start]
    while todo:
        at = todo.pop()
        outside = any(output.value[0] == at for output in module.outputs)
        for i, node in enumerate(module.nodes):
            if all(value[0] != at for value in node.inputs):
                continue
            op = node.op if isinstance(node, OpNode) else None
            if op is not None and op.name == "FC":
                assert isinstance(node, OpNode)
                found.append(node)
            elif (
                op is not None and op.family in ("dropout", "activation") and len(node.inputs) == 1
            ):
                todo.append(i)
            else:
                outside = True
        if outside:
            raise PortError(
                f"`{module.nodes[start].name}` flattens a map that does not go into an FC layer:"
                " the order of weights that are stored channels last is not known there"
            )
    return found
