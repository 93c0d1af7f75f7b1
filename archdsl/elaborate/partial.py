"""Networks as far as they go: what was elaborated before a mistake."""

from __future__ import annotations

from archdsl.ir.model import Network, Output

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.elaborate.graph import Graph
    from archdsl.ir.model import Value
    from archdsl.source import Span

OPEN = "…"
"""The name of an output that stands for a tensor with nothing behind it; no text can give it."""


def partial_network(name: str, graph: Graph, span: Span) -> Network | None:
    """The network that a graph has become, its loose ends as outputs; None if it is empty."""
    if not graph.inputs:
        return None
    used = graph.used | {o.value for o in graph.outputs}
    made: list[Value] = [(-1, i) for i in range(len(graph.inputs))]
    made += [(i, k) for i, node in enumerate(graph.nodes) for k in range(len(node.outputs))]
    graph.outputs += [Output(OPEN, value) for value in made if value not in used]
    return Network(name, graph.finish(name, "network", 0, (), span))


def is_whole(network: Network) -> bool:
    """Whether nothing in it is left open: the mistake is a claim, or a fact of training."""
    return all(o.name != OPEN for o in network.module.outputs)
