"""Steps of a module: the layers that one step of the text made, taken together."""

from __future__ import annotations

from archdsl.ir.model import Module, OpNode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.ops.base import Kind

MINOR = frozenset({"norm", "activation", "shape", "dropout"})
"""Families that only accompany another layer of their step."""


class Step:
    """A chain of layers shown as one box; `main` is the index of the one that names it."""

    __slots__ = ("main", "nodes")

    def __init__(self, nodes: tuple[OpNode, ...]) -> None:
        self.nodes = nodes
        self.main = next((i for i, n in enumerate(nodes) if is_major(n)), 0)

    @property
    def op(self) -> Kind:
        """The layer that names the step."""
        return self.nodes[self.main].op

    @property
    def above(self) -> str:
        """What comes before the main layer: `bn, relu` in a pre-activation block."""
        return ", ".join(n.op.name for n in self.nodes[: self.main])

    @property
    def below(self) -> str:
        """What comes after the main layer: `bn, relu`."""
        return ", ".join(n.op.name for n in self.nodes[self.main + 1 :])


def is_major(node: OpNode) -> bool:
    """Whether the layer names its step."""
    return node.op.family not in MINOR


def group_steps(module: Module, split: bool = False) -> dict[int, Step]:
    """Steps of a module by the index of their last node; calls and repeats belong to none.

    Layers are one step where the text made them in one, each reads only the one before it,
    nothing else reads what is between them, and at most one is of a major family. With `split`
    every layer is a step of its own.
    """
    uses = _count_uses(module)
    steps: dict[int, Step] = {}
    for i, node in enumerate(module.nodes):
        if not isinstance(node, OpNode):
            continue
        before = node.inputs[0][0] if len(node.inputs) == 1 else -1
        step = steps.get(before)
        if step is None or split or uses[before] > 1 or not _continues(step, node):
            steps[i] = Step((node,))
        else:
            del steps[before]
            steps[i] = Step((*step.nodes, node))
    return steps


def _continues(step: Step, node: OpNode) -> bool:
    has_major = is_major(step.nodes[step.main])
    return step.nodes[-1].step == node.step and not (has_major and is_major(node))


def _count_uses(module: Module) -> list[int]:
    """How often each node's outputs are read, the module's own outputs included."""
    uses = [0] * (len(module.nodes) + 1)  # the last one counts uses of the input, node -1
    for node in module.nodes:
        for source, _ in node.inputs:
            uses[source] += 1
    for output in module.outputs:
        uses[output.value[0]] += 1
    return uses


def needed_nodes(module: Module) -> set[int]:
    """Nodes that some output needs outside of training too."""
    needed: set[int] = set()
    stack = [o.value[0] for o in module.outputs if not o.train_only]
    while stack:
        node = stack.pop()
        if node >= 0 and node not in needed:
            needed.add(node)
            stack.extend(source for source, _ in module.nodes[node].inputs)
    return needed
