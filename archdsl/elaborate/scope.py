"""Scopes: names of values, and the defaults that hold at a place."""

from __future__ import annotations

from archdsl.source import Span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from archdsl.syntax import ast

Defaults = dict[str, dict[str, object]]
"""For each kind's name the attributes that layers of it take unless they say otherwise. A
`default` makes a new one, so what holds at a place can be kept by reference."""


class Deferred:
    """An expression to be computed later, when more is known (`init` needs the fan-in)."""

    __slots__ = ("expr", "scope")

    def __init__(self, expr: ast.Expr, scope: Scope) -> None:
        self.expr = expr
        self.scope = scope


class Scope:
    """Names and values of a block, a network or a file; `parent` is what lies around it."""

    __slots__ = ("defaults", "names", "parent", "spans")

    def __init__(self, parent: Scope | None, defaults: Defaults) -> None:
        self.parent = parent
        self.defaults = defaults
        self.names: dict[str, object] = {}
        self.spans: dict[str, Span] = {}

    def define(self, name: str, value: object, span: Span) -> None:
        """Gives a name its value."""
        self.names[name] = value
        self.spans[name] = span

    def find(self, name: str) -> Scope | None:
        """The innermost scope that knows a name."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope
            scope = scope.parent
        return None

    def visible(self) -> Iterator[str]:
        """All names in sight, for did-you-mean."""
        scope: Scope | None = self
        while scope is not None:
            yield from scope.names
            scope = scope.parent


def merge_defaults(old: Defaults, kinds: tuple[str, ...], attrs: dict[str, object]) -> Defaults:
    """The defaults with `attrs` laid over those of `kinds`, attribute by attribute."""
    new = dict(old)
    for kind in kinds:
        new[kind] = {**new.get(kind, {}), **attrs}
    return new
