"""Depth: how many layers with weights lie on the longest path, as papers count (VGG-19 has 19)."""

from __future__ import annotations

from archdsl.ir.model import CallNode, Module, OpNode, RepeatNode
from archdsl.ir.order import postorder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.ir.model import Node

Paths = dict[int, int]
"""Longest path to a tensor from each input of the module that reaches it; -1 is no input."""


def depth(module: Module) -> int:
    """Layers that multiply and accumulate on the longest path to any output that is not train-only.

    Convolutions, linear layers and attentions count, norms and activations do not. A repeat
    costs what one repetition costs: longest paths add up (max-plus algebra).
    """
    known: dict[Module, tuple[Paths, ...]] = {}
    for part in postorder(module):
        known[part] = _outputs(part, known)
    lengths = [
        length
        for output, paths in zip(module.outputs, known[module], strict=True)
        if not output.train_only
        for length in paths.values()
    ]
    return max(lengths, default=0)


def _outputs(module: Module, known: dict[Module, tuple[Paths, ...]]) -> tuple[Paths, ...]:
    values: list[tuple[Paths, ...]] = []
    for node in module.nodes:
        inputs = [{p: 0} if n < 0 else values[n][p] for n, p in node.inputs]
        values.append(_node(node, inputs, known))
    return tuple({p: 0} if n < 0 else values[n][p] for n, p in (o.value for o in module.outputs))


def _node(
    node: Node, inputs: list[Paths], known: dict[Module, tuple[Paths, ...]]
) -> tuple[Paths, ...]:
    if isinstance(node, OpNode):
        own = int(bool(node.op.macs(node.in_types) or node.op.matmul_macs(node.in_types)))
        paths = _join([(paths, own) for paths in inputs] or [({-1: 0}, own)])
        return (paths,) * len(node.outputs)
    if isinstance(node, CallNode):
        return tuple(_through(paths, inputs) for paths in known[node.module])
    if isinstance(node, RepeatNode):
        outputs: tuple[Paths, ...] = ()
        for module, times in node.runs:
            outputs = _repeat(known[module], times, inputs)
            inputs = [outputs[0], *inputs[1:]]
        return outputs
    raise TypeError(node)


def _repeat(body: tuple[Paths, ...], times: int, inputs: list[Paths]) -> tuple[Paths, ...]:
    """`times` repetitions: after the first, each adds the length of the way round."""
    around = body[0].get(0)
    carried, others = inputs[0], inputs[1:]
    if times > 1:
        first = _through(body[0], inputs)
        # The longest path runs through all later repetitions, or begins in the last but one
        # where nothing goes round.
        carried = first if around is None else _join([(first, around * (times - 2))])
    return tuple(_through(paths, [carried, *others]) for paths in body)


def _through(body: Paths, inputs: list[Paths]) -> Paths:
    return _join([({-1: 0} if i < 0 else inputs[i], length) for i, length in body.items()])


def _join(parts: list[tuple[Paths, int]]) -> Paths:
    longest: Paths = {}
    for paths, extra in parts:
        for source, length in paths.items():
            longest[source] = max(longest.get(source, 0), length + extra)
    return longest
