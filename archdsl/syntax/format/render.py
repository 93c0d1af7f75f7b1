"""From a tree to text in the canonical layout, and from text to the same text laid out."""

from __future__ import annotations

from archdsl.diagnostics.model import Diagnostic
from archdsl.source import SourceFile
from archdsl.syntax import ast
from archdsl.syntax.format.brackets import write_lines
from archdsl.syntax.format.gaps import Gaps
from archdsl.syntax.format.page import Page
from archdsl.syntax.format.statements import Statements
from archdsl.syntax.parse import parse
from archdsl.syntax.walk import slots


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


def lay_out(file: SourceFile) -> tuple[str, list[Diagnostic]]:
    """The text of a file in the canonical layout; with what is wrong, if it cannot be read.

    Raises AssertionError where the new text would not mean the same: a mistake of this printer.
    """
    tree, diagnostics = parse(file)
    if diagnostics:
        return file.text, diagnostics
    text = render(tree)
    again, problems = parse(SourceFile(file.name, text))
    if problems or not same(tree, again):
        raise AssertionError("the layout of this file would change what it means")
    if comments_of(tree) != comments_of(again):
        raise AssertionError("the layout of this file would lose a comment")
    return text, []


def comments_of(tree: ast.File) -> list[str]:
    """The comments of a tree, in order, without the blanks behind them."""
    return [c.text.rstrip() for c in tree.comments]


def same(a: object, b: object) -> bool:
    """Whether two trees say the same, wherever they stand in their texts."""
    stack = [(a, b)]
    while stack:
        a, b = stack.pop()
        if isinstance(a, ast.Node):
            if type(a) is not type(b):
                return False
            names = [n for n in slots(type(a)) if not (isinstance(a, ast.File) and n != "body")]
            stack += [(getattr(a, n), getattr(b, n)) for n in names if "span" not in n]
        elif isinstance(a, (tuple, list)):
            if type(a) is not type(b) or len(a) != len(b):
                return False
            stack += list(zip(a, b, strict=True))
        elif type(a) is not type(b) or a != b:
            return False
    return True
