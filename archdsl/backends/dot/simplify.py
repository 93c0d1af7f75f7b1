"""Passes over a view's boxes and edges: chains merged, skip connections found."""

from __future__ import annotations

from collections import Counter

from archdsl.backends.dot.model import Box, Cluster, Edge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

APART = frozenset({"input", "output", "block", "join"})
"""Roles that no chain takes in."""

NAMED = 2
"""A chain with more steps than this names the first and the last only."""


def mark_skips(edges: Sequence[Edge]) -> tuple[Edge, ...]:
    """The edges, those marked `skip` whose source reaches the target by a longer way too."""
    after = _targets(edges)
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


def total_span(edges: Sequence[Edge]) -> int:
    """How many ranks the edges cross, all together: what routing them costs."""
    rank = ranks(edges)
    return sum(rank[edge.target] - rank[edge.source] for edge in edges)


def longest_way(edges: Sequence[Edge]) -> int:
    """How many edges stand one after the other at most: how long the picture is."""
    return max(ranks(edges).values(), default=0)


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
    whole = {id(chain): chain for chain in chains.values()}.values()  # each box has its chain
    kept = {chain[-1].id: _merge(chain) for chain in whole}
    heads = {box.id: chain[-1].id for chain in whole for box in chain}
    merged: list[Box | Cluster] = [kept[b.id] for b in boxes if b.id in kept]
    between = [e for e in edges if heads[e.source] != heads[e.target]]
    for edge in between:
        edge.target = heads[edge.target]
    return merged, between


def merge_knots(
    children: list[Box | Cluster], edges: list[Edge]
) -> tuple[list[Box | Cluster], list[Edge]]:
    """Parts with one box before them whose lines run criss-cross, as one box each.

    A part ends where all lines that go on come from one box; lines to the network's outputs do
    not count. A tensor that several boxes of a part read enters the merged box once.
    """
    boxes = [child for child in children if isinstance(child, Box)]
    part_of: dict[str, str] = {}
    merged: list[Box | Cluster] = []
    for part in _parts(boxes, edges):
        box = part[0] if len(part) == 1 else _merge(part)
        if len(part) > 1:
            box.role = "block"
        merged.append(box)
        part_of.update((member.id, box.id) for member in part)
    between: dict[tuple[str, str, str], Edge] = {}
    for edge in edges:
        edge.source, edge.target = part_of[edge.source], part_of[edge.target]
        if edge.source != edge.target:
            between.setdefault((edge.source, edge.target, edge.label), edge)
    return merged, list(between.values())


def _parts(boxes: list[Box], edges: list[Edge]) -> list[list[Box]]:
    """The boxes in order, cut after each one behind which the lines of one box only go on."""
    outputs = {box.id for box in boxes if box.role == "output"}
    place = {box.id: i for i, box in enumerate(boxes)}
    last = dict.fromkeys(place, -1)
    for edge in edges:
        if edge.target not in outputs:
            last[edge.source] = max(last[edge.source], place[edge.target])
    ending = Counter(last.values())
    parts: list[list[Box]] = [[]]
    going_on = 0
    for i, box in enumerate(boxes):
        if box.role in ("input", "output") and parts[-1]:
            parts.append([])
        parts[-1].append(box)
        going_on += (last[box.id] > i) - ending[i]
        if going_on <= 1 or box.role in ("input", "output"):
            parts.append([])
    return [part for part in parts if part]


def _takes(last: Box, box: Box) -> bool:
    return last.role not in APART and last.role != "pool" and last.training == box.training


def _merge(chain: list[Box]) -> Box:
    """One box for a chain; a chain of one is itself."""
    if len(chain) == 1:
        return chain[0]
    first, last = chain[0], chain[-1]
    short = len(chain) <= NAMED
    return Box(
        last.id,
        first.path,
        "chain",
        ", ".join(box.title for box in chain) if short else f"{first.title} … {last.title}",
        below="" if short else f"{len(chain):,} steps",
        params=sum(box.params for box in chain),
        macs=sum(box.macs for box in chain),
        out=last.out,
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


def _targets(edges: Sequence[Edge]) -> dict[str, set[str]]:
    after: dict[str, set[str]] = {}
    for edge in edges:
        after.setdefault(edge.source, set()).add(edge.target)
        after.setdefault(edge.target, set())
    return after


def ranks(edges: Sequence[Edge]) -> dict[str, int]:
    """The length of the longest way to each box."""
    after = _targets(edges)
    rank = dict.fromkeys(after, 0)
    for box in _in_order(after):
        for target in after[box]:
            rank[target] = max(rank[target], rank[box] + 1)
    return rank


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
