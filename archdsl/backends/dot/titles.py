"""Titles of clusters as nodes of their own, which no line crosses, and the order of branches."""

from __future__ import annotations

from archdsl.backends.dot.model import Box, Cluster, walk_boxes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from archdsl.backends.dot.model import View


def title_id(cluster: Cluster) -> str:
    """The id of the node that holds a cluster's title."""
    return "title_" + cluster.id


def rows(view: View) -> Iterator[list[str]]:
    """For each cluster the ids that stand in one row, in order: its title, then its heads.

    The heads are the parts of a cluster that nothing in it feeds, in the order of the text; the
    title of a cluster stands for it.
    """
    feeds: dict[str, list[str]] = {}
    for edge in view.edges:
        feeds.setdefault(edge.target, []).append(edge.source)
    for cluster in view.clusters():
        held = {box.id for box in walk_boxes(cluster.children)}
        yield [title_id(cluster), *_heads(cluster, held, feeds)]


def _heads(cluster: Cluster, held: set[str], feeds: dict[str, list[str]]) -> Iterator[str]:
    """Ids of the children that only boxes outside of the cluster feed."""
    for child in cluster.children:
        if isinstance(child, Box):
            if held.isdisjoint(feeds.get(child.id, ())):
                yield child.id
            continue
        own = {box.id for box in walk_boxes(child.children)}
        if not any(s in held and s not in own for box in own for s in feeds.get(box, ())):
            yield title_id(child)
