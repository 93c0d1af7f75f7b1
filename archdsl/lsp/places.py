"""Which pieces of the tree hold an offset."""

from __future__ import annotations

from archdsl.syntax import ast
from archdsl.syntax.walk import slots


def path_at(tree: ast.File, offset: int) -> list[ast.Node]:
    """The nodes around an offset, the outermost first; of two that meet there, the later one."""
    path: list[ast.Node] = [tree]
    while True:
        inner = [n for n in children(path[-1]) if n.span.start <= offset <= n.span.end]
        inner = [n for n in inner if n.span.file is tree.source]
        if not inner:
            return path
        path.append(max(inner, key=lambda n: (n.span.start, n.span.start - n.span.end)))


def children(node: ast.Node) -> list[ast.Node]:
    """The nodes right below a node."""
    if isinstance(node, ast.Cell) and node.line is not None:
        return [node.line]  # one text, read both ways; what it is the index knows
    found: list[ast.Node] = []
    stack: list[object] = [getattr(node, name, None) for name in reversed(slots(type(node)))]
    while stack:
        item = stack.pop()
        if isinstance(item, ast.Node):
            found.append(item)
        elif isinstance(item, (tuple, list)):
            stack.extend(reversed(item))
    return found


def step_at(path: list[ast.Node], offset: int) -> ast.Layer | None:
    """The innermost layer whose word or signs hold the offset (not its arguments or branches)."""
    for node in reversed(path):
        if isinstance(node, ast.Layer) and offset <= node.head.end:
            first = min((a.span.start for a in node.args), default=node.head.end + 1)
            return node if offset < first else None
        if isinstance(node, (ast.Arg, ast.Branch)):
            return None
    return None
