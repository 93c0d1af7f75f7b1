"""What each box, frame and line says to those who point at it or cannot see it."""

from __future__ import annotations

import re

from archdsl.backends.dot.quote import printable
from archdsl.backends.dot.wrap import sources

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from archdsl.backends.dot.model import Box, Cluster, View

LINE = re.compile(r"// ([\w]+(?:->\w+)?): (.*)")


def tip_lines(view: View) -> Iterator[str]:
    """Comment lines of a DOT text: the id of a box, a cluster or an edge, and its words."""
    for box in view.boxes():
        yield f"// {box.id}: {printable(box_tip(box))}"
    for cluster in view.clusters():
        yield f"// {cluster.id}: {printable(cluster_tip(cluster))}"
    shapes: dict[str, list[str]] = {}
    for edge, source in zip(view.edges, sources(view), strict=True):
        found = shapes.setdefault(f"{source}->{edge.target}", [])
        if edge.label not in found:
            found.append(edge.label)
    for ends, words in shapes.items():
        yield f"// {ends}: {printable(', '.join(words))}"


def read_tips(dot_text: str) -> dict[str, str]:
    """The words by id, from the comment lines behind the first two."""
    tips: dict[str, str] = {}
    for line in dot_text.split("\n")[2:]:
        found = LINE.fullmatch(line)
        if found is None:
            break
        tips[found[1]] = found[2]
    return tips


def box_tip(box: Box) -> str:
    """`conv3-64: bn, relu; out 64×56×56; 36,992 parameters; 115,605,504 MACs`."""
    title = ", ".join(filter(None, (box.above, box.title)))
    return "; ".join(
        filter(
            None,
            (
                f"{title}: {box.below}" if box.below else title,
                f"out {box.out}" if box.out else "",
                f"{box.params:,} parameters" if box.params else "",
                f"{box.macs:,} MACs" if box.macs else "",
                "contents not shown" if box.folded else "",
                "training only" if box.training and box.below != "training only" else "",
            ),
        )
    )


def cluster_tip(cluster: Cluster) -> str:
    """`stage1: basic ×3; 221,952 parameters`."""
    counts = f"; {cluster.params:,} parameters" if cluster.params else ""
    return cluster.title + counts + ("; training only" if cluster.training else "")
