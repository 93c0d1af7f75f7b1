"""Names that a piece of the tree mentions: words, labels, what is reached for in a call."""

from __future__ import annotations

from archdsl.syntax import ast
from archdsl.syntax.walk import nodes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def words(root: object) -> Iterator[str]:
    """Every word that stands for something defined elsewhere, with repetitions.

    Names that are given (of blocks, lets, loops, labels, outputs, in a `use`) are none of these; a
    hyphen joins what follows, as `soft` and `max`, so both are given and their union.
    """
    given = {id(name) for name in given_names(root)}
    for node in nodes(root):
        if isinstance(node, ast.Name) and id(node) not in given:
            yield node.name
        elif isinstance(node, ast.Layer):
            text = node.name.name
            for sign, e in node.tails:
                if sign != "-" or not isinstance(e, ast.Name):
                    break
                text += e.name
                yield text
            if node.tails:  # a network's name may have hyphens and digits
                yield node.name.span.file.text[node.name.span.start : node.tails[-1][1].span.end]


def given_names(root: object) -> Iterator[ast.Name]:
    """Names that are given, not used."""
    for node in nodes(root):
        if isinstance(node, (ast.Let, ast.Block, ast.Network, ast.NetworkOf, ast.For, ast.Output)):
            yield node.name
        elif isinstance(node, ast.Line) and node.label is not None:
            yield node.label
        elif isinstance(node, ast.Use):
            yield from node.names or ()
        elif isinstance(node, ast.Default):
            yield from node.kinds


def labels(root: object) -> Iterator[str]:
    """Names behind `@`, and those that are reached for in them: `up` and `e3` of `@up.e3`."""
    for node in nodes(root):
        if isinstance(node, ast.Ref):
            yield node.name
            yield from (str(part) for what, part in node.trail if what == "attr")


def bodies(tree: ast.File) -> Iterator[tuple[ast.Stmt, ...]]:
    """The file's statements, and those of every block, network and group."""
    yield tree.body
    for node in nodes(tree.body):
        if isinstance(node, (ast.Block, ast.Network, ast.Group)):
            yield node.body
