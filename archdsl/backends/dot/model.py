"""The diagram as plain data: boxes in clusters and the edges between them."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


class Box:
    """A rectangle: a small line above the title, the title, a small line and a count below it.

    `role` names its row in the style table. `path` is the attribute path of what it stands for.
    `folded` boxes have contents that are not shown; `training` ones exist in training only.
    `out` is the shape that comes out, in words; `macs` counts all repetitions.
    """

    __slots__ = (
        "above", "below", "folded", "id", "macs", "out", "params", "path", "role", "title",
        "training",
    )  # fmt: skip

    def __init__(
        self,
        id: str,
        path: str,
        role: str,
        title: str,
        *,
        above: str = "",
        below: str = "",
        params: int = 0,
        macs: int = 0,
        out: str = "",
        folded: bool = False,
        training: bool = False,
    ) -> None:
        self.id = id
        self.path = path
        self.role = role
        self.title = title
        self.above = above
        self.below = below
        self.params = params
        self.macs = macs
        self.out = out
        self.folded = folded
        self.training = training


class Cluster:
    """A frame around boxes and further clusters; `params` counts all that is in it."""

    __slots__ = ("children", "id", "params", "path", "title", "training")

    def __init__(
        self,
        id: str,
        path: str,
        title: str,
        children: tuple[Box | Cluster, ...],
        *,
        params: int = 0,
        training: bool = False,
    ) -> None:
        self.id = id
        self.path = path
        self.title = title
        self.children = children
        self.params = params
        self.training = training


class Edge:
    """A tensor on its way from one box to another, with its shape in words.

    `skip` says that the source reaches the target by a longer way too, `shown` that the shape
    is written on this edge: it stands once for each tensor that differs from what it is made of.
    """

    __slots__ = ("label", "shown", "skip", "source", "target", "training")

    def __init__(
        self, source: str, target: str, label: str, *, skip: bool = False, training: bool = False
    ) -> None:
        self.source = source
        self.target = target
        self.label = label
        self.shown = True
        self.skip = skip
        self.training = training


class View:
    """A picture to draw: title, caption and note, its boxes and clusters, and the edges.

    `direction` is `TB` (downwards) or `LR` (to the right); `detail` is the level shown, which
    is lower than the one asked for where the picture had to be folded. `starts` are the children
    that begin a further column.
    """

    __slots__ = ("caption", "children", "detail", "direction", "edges", "note", "starts", "title")

    def __init__(
        self,
        title: str,
        caption: str,
        children: tuple[Box | Cluster, ...],
        edges: tuple[Edge, ...],
        *,
        direction: str = "TB",
        detail: int = 0,
        note: str = "",
    ) -> None:
        self.title = title
        self.caption = caption
        self.children = children
        self.edges = edges
        self.direction = direction
        self.detail = detail
        self.note = note
        self.starts: tuple[int, ...] = ()

    def boxes(self) -> Iterator[Box]:
        """All boxes, those inside clusters included, in the order of execution."""
        yield from walk_boxes(self.children)

    def clusters(self) -> Iterator[Cluster]:
        """All clusters, outer ones before inner ones."""
        yield from walk_clusters(self.children)


def walk_boxes(children: tuple[Box | Cluster, ...]) -> Iterator[Box]:
    """Boxes among these and inside them, in order."""
    for child in children:
        if isinstance(child, Box):
            yield child
        else:
            yield from walk_boxes(child.children)


def walk_clusters(children: tuple[Box | Cluster, ...]) -> Iterator[Cluster]:
    """Clusters among these and inside them, outer ones first."""
    for child in children:
        if isinstance(child, Cluster):
            yield child
            yield from walk_clusters(child.children)
