"""Where an activation may overwrite its input."""

from __future__ import annotations

from archdsl.backends.torch.code import Expr, New
from archdsl.backends.torch.wiring import Wiring
from archdsl.ir.model import OpNode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.backends.torch.plan import ClassPlan

_ACTIVATIONS = frozenset({"nn.ReLU", "nn.ReLU6", "nn.SiLU", "nn.Hardswish"})
"""The last two keep a copy of their input where a backward pass will need it."""
_JOINS = frozenset({"add", "sub", "mul", "concat"})
_MAKERS = frozenset(
    f"nn.{name}{rank}"
    for rank in ("1d", "2d", "3d")
    for name in ("Conv", "ConvTranspose", "BatchNorm")
) | {"nn.Linear", "nn.GroupNorm"}
"""Layers that make a new tensor which their own backward pass does not need."""


def overwriting(plan: ClassPlan) -> frozenset[int]:
    """Nodes that may work in place: nobody else, autograd included, reads what they overwrite."""
    nodes = plan.module.nodes
    shared = {node.shares for node in nodes} | {
        i for i, node in enumerate(nodes) if node.shares is not None
    }
    wiring = Wiring(plan)
    found = set()
    for i, row in enumerate(plan.rows[0]):
        if not isinstance(row, New) or row.cls not in _ACTIVATIONS or i in shared:
            continue
        source = wiring.inputs[i][0]
        if source[0] >= 0 and wiring.readers[source] == 1 and _is_fresh(plan, source[0]):
            found.add(i)
    return frozenset(found)


def _is_fresh(plan: ClassPlan, i: int) -> bool:
    node, row = plan.module.nodes[i], plan.rows[0][i]
    if isinstance(row, New):
        return row.cls in _MAKERS
    # A join of one operand may be that operand.
    return (
        isinstance(row, Expr)
        and isinstance(node, OpNode)
        and node.op.name in _JOINS
        and len(node.inputs) > 1
    )
