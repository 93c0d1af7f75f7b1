"""Definitions, where they are seen, and the places that speak of them."""

from __future__ import annotations

from archdsl.source import SourceFile, Span
from archdsl.syntax import ast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

LABEL, INPUT, TENSOR, OUTPUT = "label", "input", "tensor parameter", "output"
LET, PARAM, LOOP, BLOCK, NETWORK, USED = "let", "parameter", "loop", "block", "network", "used"
TENSORS = frozenset((LABEL, INPUT, TENSOR, OUTPUT))


class Definition:
    """What a name stands for. A label in both arms of an `if`, or `y[0]` and `y[i]`, has several
    `sites`; all are of one file. `inner` is the scope of a block's or a network's body.
    """

    __slots__ = ("inner", "kind", "name", "node", "scope", "sites")

    def __init__(self, kind: str, name: str, site: Span, node: ast.Node, scope: Scope) -> None:
        self.kind = kind
        self.name = name
        self.sites = [site]
        self.node = node
        self.scope = scope
        self.inner: Scope | None = None

    @property
    def span(self) -> Span:
        """The first place that defines it."""
        return self.sites[0]

    @property
    def file(self) -> SourceFile:
        """Where it is written."""
        return self.sites[0].file

    @property
    def params(self) -> tuple[ast.Param, ...]:
        """The parameters of a block or a network."""
        node = self.node
        return node.params if isinstance(node, (ast.Block, ast.Network)) else ()


class Scope:
    """A body. `names` are its values and blocks; labels belong to the graph of the body, and a
    graph that is `closed` (a block's, a network's) does not see those of the graphs around it.
    """

    __slots__ = (
        "closed",
        "end",
        "graph",
        "hoists",
        "labels",
        "names",
        "outputs",
        "parent",
        "start",
    )

    def __init__(
        self, parent: Scope | None, start: int, end: int, own_graph: bool, closed: bool
    ) -> None:
        self.parent = parent
        self.start = start
        self.end = end
        self.closed = closed
        self.hoists = False  # a body with blocks declares its `let`s first
        self.names: dict[str, Definition] = {}
        self.labels: dict[str, Definition] = {}
        self.outputs: dict[str, Definition] = {}
        self.graph: Scope = self if own_graph or parent is None else parent.graph

    def find(self, name: str, at: int | None = None) -> Definition | None:
        """What a name of a value or a block means here; `at` is where it is said."""
        scope: Scope | None = self
        later: Definition | None = None
        while scope is not None:
            found = scope.names.get(name)
            if found is not None:
                early = at is not None and found.kind == LET and not scope.hoists
                if not early or at is None or found.span.start <= at:
                    return found
                later = later or found
            scope = scope.parent
        return later

    def find_label(self, name: str) -> Definition | None:
        """The tensor of that label."""
        for graph in self.graphs():
            if name in graph.labels:
                return graph.labels[name]
        return None

    def graphs(self) -> Iterator[Scope]:
        """The graphs whose labels are seen here, the nearest first."""
        graph: Scope | None = self.graph
        while graph is not None:
            yield graph
            graph = None if graph.closed or graph.parent is None else graph.parent.graph

    def visible(self) -> dict[str, Definition]:
        """All values and blocks in sight."""
        found: dict[str, Definition] = {}
        scope: Scope | None = self
        while scope is not None:
            for name, d in scope.names.items():
                found.setdefault(name, d)
            scope = scope.parent
        return found

    def visible_labels(self) -> dict[str, Definition]:
        """All tensors in sight."""
        found: dict[str, Definition] = {}
        for graph in self.graphs():
            for name, d in graph.labels.items():
                found.setdefault(name, d)
        return found


class Occurrence:
    """A place that names a definition; `defines` where it is the definition itself."""

    __slots__ = ("defines", "definition", "span")

    def __init__(self, span: Span, definition: Definition, defines: bool) -> None:
        self.span = span
        self.definition = definition
        self.defines = defines
