"""Takes out what does something in training only: outputs, dropout, stochastic depth."""

from __future__ import annotations

from archdsl.ir.model import CallNode, OpNode, RepeatNode
from archdsl.ops.dropout import Dropout, DropPath
from archdsl.passes.modules import rewrite_modules
from archdsl.passes.prune import prune
from archdsl.passes.rewritten import Pass, Rewritten

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.ir.model import Module, Network
    from archdsl.passes.edit import Edit


class DropTraining(Pass):
    """What runs in training only goes: `output(train)` and all that only it needs, dropouts.

    The weights of layers that go are left behind.
    """

    name = "drop-training"
    summary = "outputs of training with all that only they need, dropout, stochastic depth"

    def run(self, network: Network) -> Rewritten:
        """The network as it is in evaluation."""
        quiet = rewrite_modules(network, drop_noise)
        kept = [i for i, o in enumerate(network.module.outputs) if not o.train_only]
        pruned = prune(quiet.network, frozenset(kept))
        return Rewritten(pruned.network, quiet.moves + pruned.moves)


def drop_noise(edit: Edit) -> None:
    """Takes out dropouts, and calls and repeats of what is then empty."""
    for index, node in edit.each():
        if isinstance(node, OpNode):
            if isinstance(node.op, Dropout | DropPath):
                edit.remove(index, node.inputs[0])
        elif node.shares is None and index not in edit.shared() and _is_empty(node):
            first = node.runs[0][0] if isinstance(node, RepeatNode) else node.module
            edit.remove(index, *(node.inputs[o.value[1]] for o in first.outputs))


def _is_empty(node: CallNode | RepeatNode) -> bool:
    """Whether it hands on what comes in."""
    if isinstance(node, CallNode):
        return not node.module.nodes
    return all(_hands_on(module) for module, _ in node.runs)


def _hands_on(module: Module) -> bool:
    return not module.nodes and len(module.outputs) == 1 and module.outputs[0].value == (-1, 0)
