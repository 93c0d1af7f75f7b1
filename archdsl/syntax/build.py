"""Builds the tree: one method per alias of the grammar, given the values of its symbols."""

from __future__ import annotations

from archdsl.source import Span
from archdsl.syntax import ast
from archdsl.syntax.build_base import SyntaxProblem
from archdsl.syntax.build_expressions import Expressions
from archdsl.syntax.build_layers import Layers
from archdsl.syntax.build_statements import Statements
from archdsl.syntax.tables import gather_tables

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["Builder", "SyntaxProblem"]


class Builder(Layers, Statements, Expressions):
    """The reductions. `v` is the list of children: tokens and built values."""

    __slots__ = ()

    def file(self, v: list[Any]) -> ast.File:
        """The whole file."""
        text = self.source.text
        spans = [Span(self.source, a, b) for a, b in self.comments]
        tree = ast.File(Span(self.source, 0, len(text)), self.source, v[0], spans)
        tree.written = True
        attach_docs(tree)
        return tree

    def body_empty(self, v: list[Any]) -> tuple[ast.Stmt, ...]:
        """No statements."""
        return ()

    def body(self, v: list[Any]) -> tuple[ast.Stmt, ...]:
        """Statements; rows that follow each other become a table."""
        return gather_tables(v[0], self.source, self.parse_cell, self.diagnostics, self.lost)


def attach_docs(tree: ast.File) -> None:
    """Gives `##` comments to the network or block that they stand above."""
    docs = [c for c in tree.comments if c.text.startswith("##") and has_its_line(c)]
    if not docs:
        return
    by_line = {c.line: c.text[2:].strip() for c in docs}
    stack: list[ast.Stmt] = list(tree.body)
    while stack:
        node = stack.pop()
        if isinstance(node, (ast.Block, ast.Network, ast.NetworkOf)):
            line = node.span.line - 1
            found: list[str] = []
            while line in by_line:
                found.append(by_line[line])
                line -= 1
            node.doc = "\n".join(reversed(found))
            if not isinstance(node, ast.NetworkOf):
                stack.extend(node.body)


def has_its_line(comment: Span) -> bool:
    """Whether nothing stands before a comment in its line."""
    text = comment.file.text
    return not text[text.rfind("\n", 0, comment.start) + 1 : comment.start].strip(" \t\r\f\ufeff")
