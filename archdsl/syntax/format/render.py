"""From a tree to text in the canonical layout, and from text to the same text laid out."""

from __future__ import annotations

import re

from archdsl.diagnostics.model import Diagnostic
from archdsl.source import SourceFile
from archdsl.syntax import ast
from archdsl.syntax.format.brackets import write_lines
from archdsl.syntax.format.gaps import Gaps
from archdsl.syntax.format.page import Page
from archdsl.syntax.format.statements import Statements
from archdsl.syntax.parse import parse
from archdsl.syntax.walk import slots

PARTS: dict[type, tuple[str, ...]] = {}
COMMENT = re.compile(r'"[^"\n]*"|(#[^\n|]*)')  # one in a table's cell ends with the cell


def render(tree: ast.File) -> str:
    """The text of a tree, in the canonical layout; it ends with a line end unless it is empty.

    A tree that was parsed from the language (`tree.written`) keeps its comments, empty lines and
    the author's line ends. In one of another form comments stand where their spans say, and what
    documents a definition comes from its `doc`. Raises TypeError for a broken statement, and
    ValueError for a table's cell that takes several lines.
    """
    gaps = Gaps(tree.source, tree.comments, tree.written)
    items = Statements(gaps).statements(tree.body)
    tail = gaps.lead_at(len(tree.source.text))
    page = Page()
    write_lines(items, tail, page, 0)
    return page.text()


def lay_out(file: SourceFile, limit: int = 0) -> tuple[str, list[Diagnostic]]:
    """The text of a file in the canonical layout; with what is wrong, if it cannot be read.

    Raises AssertionError where the new text would not mean the same: a mistake of this printer.
    One of more than `limit` characters is not looked at, since its caller refuses it.
    """
    tree, diagnostics = parse(file)
    if diagnostics:
        return file.text, diagnostics
    text = render(tree)
    if limit and len(text) > limit:
        return text, []
    again, problems = parse(SourceFile(file.name, text))
    if problems or not same(tree, again):
        raise AssertionError("the layout of this file would change what it means")
    if find_comments(file.text) != find_comments(text):
        raise AssertionError("the layout of this file would lose a comment")
    return text, []


def find_comments(text: str) -> list[str]:
    """The comments of a text, in order, without the blanks behind them."""
    return [m[1].rstrip() for m in COMMENT.finditer(text) if m[1]]


def same(a: object, b: object) -> bool:
    """Whether two trees say the same, wherever they stand in their texts."""
    stack = [(a, b)]
    while stack:
        a, b = stack.pop()
        if type(a) is not type(b):
            return False
        if isinstance(a, ast.Node):
            for name in parts_of(type(a)):
                stack.append((getattr(a, name), getattr(b, name)))
        elif isinstance(a, (tuple, list)) and isinstance(b, (tuple, list)):
            if len(a) != len(b):
                return False
            stack.extend(zip(a, b, strict=True))
        elif a != b:
            return False
    return True


def parts_of(kind: type) -> tuple[str, ...]:
    """Names of a node's parts that say something."""
    if kind not in PARTS:
        names = ("body",) if kind is ast.File else slots(kind)
        PARTS[kind] = tuple(n for n in names if n != "path_span")
    return PARTS[kind]
