"""The function with which a network keeps fewer activations for its backward pass."""

from __future__ import annotations

from archdsl.ir.model import CallNode, OpNode, RepeatNode
from archdsl.ir.order import postorder
from archdsl.ops.norm import BatchNorm

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.backends.torch.plan import ClassPlan
    from archdsl.ir.model import Module

PLAIN = '''
def recompute(block, *inputs):
    """Runs a block and keeps its inputs only: the backward pass runs it once more."""
    return checkpoint(block, *inputs, use_reentrant=False)
'''

WITH_NORMS = '''
class Uncounted:
    """While a block runs once more, its BatchNorms do not count the batch again."""

    def __init__(self, block):
        kind = nn.modules.batchnorm._BatchNorm
        self.norms = [m for m in block.modules() if isinstance(m, kind)]

    def __enter__(self):
        self.kept = [(m.momentum, m.num_batches_tracked.clone()) for m in self.norms]
        for norm in self.norms:
            norm.momentum = 0.0

    def __exit__(self, *error):
        for norm, (momentum, count) in zip(self.norms, self.kept):
            norm.momentum = momentum
            norm.num_batches_tracked.copy_(count)


def recompute(block, *inputs):
    """Runs a block and keeps its inputs only: the backward pass runs it once more."""
    if torch.compiler.is_compiling():  # what is compiled counts once
        return checkpoint(block, *inputs, use_reentrant=False)

    def contexts():
        return nullcontext(), Uncounted(block)

    return checkpoint(block, *inputs, use_reentrant=False, context_fn=contexts)
'''


def recomputing(root: ClassPlan) -> list[str]:
    """Source of what the nodes of the network's class that are computed again need."""
    if not root.again:
        return []
    nodes = [node for node in root.module.nodes if node.name in root.again]
    return [(WITH_NORMS if any(map(_counts, nodes)) else PLAIN).strip("\n")]


def _counts(node: OpNode | CallNode | RepeatNode) -> bool:
    """Whether something in it keeps statistics of the batches that it has seen."""
    modules: list[Module] = []
    if isinstance(node, CallNode):
        modules = [node.module]
    elif isinstance(node, RepeatNode):
        modules = [module for module, _ in node.runs]
    return any(
        isinstance(inner, OpNode) and isinstance(inner.op, BatchNorm)
        for module in modules
        for each in postorder(module)
        for inner in each.nodes
    )
