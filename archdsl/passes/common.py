"""Computes equal things once: layers of one kind on the same tensors."""

from __future__ import annotations

from archdsl.ir.model import OpNode
from archdsl.ops.dropout import Dropout, DropPath
from archdsl.passes.modules import rewrite_modules
from archdsl.passes.rewritten import Pass, Rewritten

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.ir.model import Network
    from archdsl.ops.base import Kind
    from archdsl.passes.edit import Edit


class CommonSubexpressions(Pass):
    """Layers without weights, or with the same weights, that read the same tensors become one.

    Neither random ones nor those with running statistics, so training is the same too.
    """

    name = "common-subexpressions"
    summary = "equal layers on the same tensors, computed once"
    keeps = "training"

    def run(self, network: Network) -> Rewritten:
        """The network with such layers once."""
        return rewrite_modules(network, merge_equal)


def merge_equal(edit: Edit) -> None:
    """Merges the equal layers of a module, the first stays."""
    first: dict[object, int] = {}
    for index, node in edit.each():
        if not isinstance(node, OpNode) or _is_random(node.op):
            continue
        weights = node.op.weights(node.in_types)
        if any(w.role == "buffer" for w in weights):
            continue
        owner = index if node.shares is None else node.shares
        key = (node.op, node.in_types, node.inputs, owner if weights else None)
        same = first.setdefault(key, index)
        if same != index:
            edit.remove(index, *((same, port) for port in range(len(node.outputs))))


def _is_random(op: Kind) -> bool:
    """Whether it draws numbers in training; attention and recurrent layers may, inside of them."""
    return isinstance(op, Dropout | DropPath) or bool(op.__dict__.get("dropout"))
