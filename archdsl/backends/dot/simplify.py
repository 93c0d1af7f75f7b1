"""Passes over a view's boxes and edges: chains merged, skip connections found."""

from __future__ import annotations

from archdsl.backends.dot.model import Box, Cluster, Edge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

APART = frozenset({"input", "output", "block", "join"})
"""Roles that no chain takes in."""


def mark_skips(edges: Sequence[Edge]) -> tuple[Edge, ...]:
    """The edges, those marked `skip` whose source reaches the target by a longer way too.

    Edges must come in an order in which a box's incoming edges stand before its outgoing ones.
    """
    after: dict[str, set[str]] = {}
    for edge in edges:
        after.setdefault(edge.source, set()).add(edge.target)
        after.setdefault(edge.target, set())
    bit = {box: 1 << i for i, box in enumerate(after)}
    reach: dict[str, int] = {}
    for box in reversed(_in_order(after)):
        reach[box] = bit[box]
        for target in after[box]:
            reach[box] |= reach[target]
    for edge in edges:
        others = after[edge.source] - {edge.target}
        edge.skip = any(reach[other] & bit[edge.target] for other in others)
    return tuple(edges)


def merge_chains(
    children: list[Box | Cluster], edges: list[Edge]
) -> tuple[list[Box | Cluster], list[Edge]]:
    """Chains of plain layers as one box each; a chain ends at a pool, as a stage does."""
    chains: dict[str, list[Box]] = {}
    feeds = _sole(edges)
    boxes = [child for child in children if isinstance(child, Box)]
    for box in boxes:
        chain = chains.get(feeds.get(box.id, ""))
        if chain is None or box.role in APART or not _takes(chain[-1], box):
            chains[box.id] = [box]
        else:
            chain.append(box)
            chains[box.id] = chain
    kept = {chain[-1].id: _merge(chain) for chain in chains.values()}
    heads = {box.id: chain[-1].id for chain in chains.values() for box in chain}
    merged: list[Box | Cluster] = [kept[b.id] for b in boxes if b.id in kept]
    between = [e for e in edges if heads[e.source] != heads[e.target]]
    for edge in between:
        edge.target = heads[edge.target]
    return merged, between


def _takes(last: Box, box: Box) -> bool:
    return last.role not in APART and last.role != "pool" and last.training == box.training


def _merge(chain: list[Box]) -> Box:
    """One box for a chain; a chain of one is itself."""
    if len(chain) == 1:
        return chain[0]
    first, last = chain[0], chain[-1]
    return Box(
        last.id,
        first.path,
        "chain",
        f"{first.title} … {last.title}",
        below=f"{len(chain):,} layers",
        params=sum(box.params for box in chain),
        folded=True,
        training=last.training,
    )


def _sole(edges: list[Edge]) -> dict[str, str]:
    """Target to source, for edges that are the only one at both ends."""
    outgoing: dict[str, int] = {}
    incoming: dict[str, int] = {}
    for edge in edges:
        outgoing[edge.source] = outgoing.get(edge.source, 0) + 1
        incoming[edge.target] = incoming.get(edge.target, 0) + 1
    return {
        e.target: e.source for e in edges if outgoing[e.source] == 1 and incoming[e.target] == 1
    }


def _in_order(after: dict[str, set[str]]) -> list[str]:
    """The boxes with every edge going forward."""
    waiting = dict.fromkeys(after, 0)
    for targets in after.values():
        for target in targets:
            waiting[target] += 1
    order = [box for box, count in waiting.items() if not count]
    for box in order:
        for target in after[box]:
            waiting[target] -= 1
            if not waiting[target]:
                order.append(target)
    return order
