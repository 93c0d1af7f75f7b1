"""Which edges show their shape: each tensor's once, where it differs from what went in."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from archdsl.backends.dot.model import Edge


def mark_labels(edges: Sequence[Edge]) -> None:
    """Sets `shown` of every edge.

    A shape is written on one of the edges that leave a box, where no edge that enters the box
    has it: on the first that is no skip connection.
    """
    into: dict[str, set[str]] = {}
    for edge in edges:
        into.setdefault(edge.target, set()).add(edge.label)
    chosen: dict[tuple[str, str], Edge] = {}
    for edge in edges:
        edge.shown = False
        made = (edge.source, edge.label)
        if edge.label not in into.get(edge.source, ()) and (
            made not in chosen or (chosen[made].skip and not edge.skip)
        ):
            chosen[made] = edge
    for edge in chosen.values():
        edge.shown = True
