"""The names of a file: what each place in the text stands for, and where else that is said."""

from __future__ import annotations

from archdsl.lsp.scopes import BLOCK, NETWORK, Definition, Occurrence, Scope
from archdsl.syntax import ast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from archdsl.source import SourceFile

    Load = Callable[[ast.Use, SourceFile], "Index | None"]


class Index:
    """All definitions of a file, their places, and the role that each word plays.

    `roles` gives a word for every name's offset: "kind", "block", "attribute", "label" …;
    `callees` what a step, a call or a `network A = B` calls, by the identity of its node.
    """

    __slots__ = ("callees", "networks", "occurrences", "roles", "scopes", "source", "top", "tree")

    def __init__(self, tree: ast.File) -> None:
        self.tree = tree
        self.source = tree.source
        self.top = Scope(None, 0, len(tree.source.text), True, True)
        self.scopes: list[Scope] = [self.top]
        self.networks: dict[str, Definition] = {}
        self.occurrences: list[Occurrence] = []
        self.roles: dict[int, str] = {}
        self.callees: dict[int, Definition] = {}

    def at(self, offset: int) -> Occurrence | None:
        """The occurrence that holds an offset or ends at it; the narrower where there are two."""
        found: Occurrence | None = None
        for o in self.occurrences:
            if o.span.start > offset:
                break
            if offset <= o.span.end and (found is None or found.span.end <= o.span.start):
                found = o
        return found

    def places(self, definition: Definition) -> list[Occurrence]:
        """Where the file speaks of a definition, in the order of the text."""
        return [o for o in self.occurrences if o.definition is definition]

    def scope_at(self, offset: int) -> Scope:
        """The innermost body around an offset."""
        best = self.top
        for scope in self.scopes:
            if scope.start < offset <= scope.end and scope.start >= best.start:
                best = scope
        return best

    def usable(self) -> dict[str, Definition]:
        """The blocks and networks that other files can `use`."""
        named = {n: d for n, d in self.top.names.items() if d.kind in (BLOCK, NETWORK)}
        return {**{n: d for n, d in self.networks.items() if "-" not in n}, **named}


def make_index(tree: ast.File, load: Load) -> Index:
    """The index of a tree; `load` gives those of the files that it uses."""
    from archdsl.lsp.binder import Binder

    index = Index(tree)
    Binder(index, load).run()
    index.occurrences.sort(key=lambda o: (o.span.start, o.span.end))
    return index
