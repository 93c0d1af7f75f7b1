"""Walks over pieces of the tree: all references in a body, whether a `then` stands in a call."""

from __future__ import annotations

from archdsl.syntax import ast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

AXIS_LETTERS = frozenset("chwlt")
_SLOTS: dict[type, tuple[str, ...]] = {}


def slots(kind: type) -> tuple[str, ...]:
    """Names of a node's parts."""
    if kind not in _SLOTS:
        names = [n for c in kind.__mro__ for n in getattr(c, "__slots__", ())]
        _SLOTS[kind] = tuple(n for n in names if n not in ("span", "head", "depth"))
    return _SLOTS[kind]


def nodes(root: object) -> Iterator[ast.Node]:
    """Every node below `root` (a node, or a tuple or list of them)."""
    stack = [root]
    while stack:
        item = stack.pop()
        if isinstance(item, ast.Node):
            yield item
            stack.extend(getattr(item, name, None) for name in slots(type(item)))
        elif isinstance(item, (tuple, list)):
            stack.extend(item)


def has_then(layer: ast.Layer) -> bool:
    """Whether an argument of the call says `a then b`."""
    return any(isinstance(n, ast.Then) for arg in layer.args for n in nodes(arg))


def reached(body: tuple[ast.Stmt, ...]) -> dict[str, tuple[tuple[str, ...], ...]]:
    """For each label what `@label.name` reaches for in it: paths of names."""
    found: dict[str, dict[tuple[str, ...], None]] = {}
    for node in nodes(body):
        if isinstance(node, ast.Ref) and node.trail:
            path = tuple(str(p) for what, p in node.trail if what == "attr")
            if path and path[-1] in AXIS_LETTERS:
                path = path[:-1]
            if path:
                found.setdefault(node.name, {})[path] = None
    return {name: tuple(sorted(paths)) for name, paths in found.items()}
