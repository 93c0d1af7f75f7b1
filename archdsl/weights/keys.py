"""The keys of a network's `state_dict` and what they stand for, from the IR."""

from __future__ import annotations

from archdsl.ir.model import CallNode, RepeatNode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from archdsl.ir.model import Module
    from archdsl.ops.base import Weight


def state_weights(module: Module, prefix: str = "") -> Iterator[tuple[str, Weight]]:
    """The live module's `state_dict` in its order, by key; shared weights come once."""
    for node in module.nodes:
        if node.shares is not None:
            continue
        path = prefix + node.name
        if isinstance(node, CallNode):
            yield from state_weights(node.module, f"{path}.")
        elif isinstance(node, RepeatNode):
            bodies = [body for body, times in node.runs for _ in range(times)]
            for number, body in enumerate(bodies[:1] if node.tied else bodies):
                yield from state_weights(body, f"{path}.{number}.")
        else:
            yield from ((f"{path}.{w.name}", w) for w in node.op.weights(node.in_types))
