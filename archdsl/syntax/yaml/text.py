"""A scalar as text of the language: parsed where it stands, so that errors point into the YAML."""

from __future__ import annotations

import re

from archdsl.diagnostics.model import Diagnostic, Label
from archdsl.source import SourceFile, Span
from archdsl.syntax import ast
from archdsl.syntax.hidden import HIDDEN
from archdsl.syntax.parse import parse_piece
from archdsl.syntax.walk import nodes
from archdsl.syntax.yaml.nodes import Scalar, Wrong, wrong

BLANKS = " \t\r\n"
ESCAPE = re.compile(r"\\(?:x(..)|u(.{4})|U(.{8})|\r?\n|(.))", re.S)
COMMA = re.compile(r"(?:\s|#[^\n]*)*+,")
MARK = re.compile(r'"[^"\n]*"|[([{]|[)\]}]|~|\bthen\b')


class Text:
    """What a scalar says, and where in the file each character of it stands."""

    __slots__ = ("base", "comma", "comments", "file", "places", "said", "scalar")

    def __init__(self, scalar: Scalar) -> None:
        self.scalar = scalar
        self.comments: list[Span] = []
        self.comma: Span | None = None  # the one behind which nothing stands
        raw = scalar.span.text
        body = raw.find("\n") + 1 if scalar.style == "|" else 0
        quotes = 1 if scalar.style in ("'", '"') else 0
        inner = raw[body + quotes : len(raw) - quotes]
        self.places: list[tuple[int, int]] | None = None
        if scalar.style == "|" or inner == scalar.value:
            self.said = inner
            self.file = scalar.file
            self.base = scalar.start + body + quotes
        else:
            self.said = scalar.value
            self.file = SourceFile(scalar.file.name, scalar.value)
            self.base = 0
            self.places = find_places(scalar)
            self.refuse_hidden()

    def refuse_hidden(self) -> None:
        """Characters that hide or reorder the text, written as escapes."""
        m = HIDDEN.search(self.said)
        if m is not None:
            shown = f"U+{ord(m.group()[0]):04X}"
            raise wrong("bad-character", f"{shown} is no text", self.span(m.start(), m.end()))

    def span(self, start: int, end: int) -> Span:
        """Where a piece of the text stands in the file."""
        return self.moved(Span(self.file, self.base + start, self.base + end))

    def parse(self, symbol: str, start: int = 0, end: int | None = None) -> ast.Node:
        """A piece as a `line` or an `expr`. Raises Wrong."""
        if not self.said[start:end].strip():
            raise wrong("yaml-type", f"nothing stands here: {MISSING[symbol]}", self.scalar.span)
        tree, problems = self.read(symbol, start, end, told=True)
        if tree is None:
            raise Wrong(*(self.moved_diagnostic(d) for d in problems))
        return tree

    def attempt(self, symbol: str) -> ast.Node | None:
        """The whole text as a `line` or an `expr`; None, and no word on it, where it is none."""
        return self.read(symbol, 0, None, told=False)[0]

    def read(
        self, symbol: str, start: int, end: int | None, told: bool
    ) -> tuple[ast.Node | None, list[Diagnostic]]:
        """A piece with its places and comments; None where it is none, and why if that is told."""
        stop = self.base + (len(self.said) if end is None else end)
        comments: list[tuple[int, int]] = []
        tree, problems = parse_piece(self.file, self.base + start, stop, symbol, comments, told)
        if problems or not isinstance(tree, ast.Node):
            return None, problems
        self.comments += [self.moved(Span(self.file, a, b)) for a, b in comments]
        self.comma = self.find_comma(tree, stop)
        if self.places is not None:
            self.move(tree)
        return tree, []

    def find_comma(self, tree: ast.Node, stop: int) -> Span | None:
        """The comma behind the last step: it says that the line goes on, and here it cannot."""
        last = tree.body[-1] if isinstance(tree, ast.File) and tree.body else tree
        if not isinstance(last, (ast.Line, ast.Output)):
            return None
        m = COMMA.match(self.file.text, last.span.end, stop)
        return self.moved(Span(self.file, m.end() - 1, m.end())) if m is not None else None

    def split(self, word: str) -> tuple[int, int] | None:
        """Where `word` (`then` or `~`) stands outside of brackets and strings."""
        depth = 0
        for m in MARK.finditer(self.said):
            sign = m.group()
            depth += (sign in "([{") - (sign in ")]}")
            if sign == word and depth == 0:
                return m.span()
        return None

    # --- from the text to its places in the file --------------------------------------------

    def moved(self, span: Span) -> Span:
        """A span of the text as one of the YAML file; never outside of the scalar."""
        scalar = self.scalar
        if self.places is None:
            start = min(max(span.start, scalar.start), scalar.end)
            return Span(scalar.file, start, max(start, min(span.end, scalar.end)))
        places = self.places
        start = places[span.start][0] if span.start < len(places) else scalar.end
        end = places[min(span.end, len(places)) - 1][1] if span.end > span.start else start
        return Span(scalar.file, start, max(start, end))

    def move(self, tree: ast.Node) -> None:
        """Moves every span of a tree."""
        for node in list(nodes(tree)):
            node.span = self.moved(node.span)
            if isinstance(node, ast.Layer):
                node.head = self.moved(node.head)
            elif isinstance(node, ast.Use):
                node.path_span = self.moved(node.path_span)

    def moved_diagnostic(self, d: Diagnostic) -> Diagnostic:
        """A diagnostic in its place; a fix would have to be written as YAML, so it has none."""
        labels = tuple(Label(self.moved(s.span), s.text) for s in d.secondary)
        primary = Label(self.moved(d.primary.span), d.primary.text)
        return Diagnostic(d.id, d.message, primary, labels, d.notes, d.help, None, d.severity)


MISSING = {
    "file": "a statement is meant",
    "line": "steps are meant, such as `conv3-64, relu`",
    "expr": "a value is meant",
}


def find_places(scalar: Scalar) -> list[tuple[int, int]]:
    """For each character of the value the range of the file that says it.

    Quotes, folds and escapes change blanks or stand for one character, so the n-th character
    that is no blank is said by the n-th such piece of the file; a blank belongs to the next.
    """
    pieces = list(find_pieces(scalar))
    if len(pieces) != sum(c not in BLANKS for c in scalar.value):
        return [(scalar.start, scalar.end)] * len(scalar.value)
    places = []
    at = 0
    for char in scalar.value:
        if char in BLANKS:
            start = pieces[at][0] if at < len(pieces) else scalar.end
            places.append((start, start))
        else:
            places.append(pieces[at])
            at += 1
    return places


def find_pieces(scalar: Scalar) -> list[tuple[int, int]]:
    """The ranges of a scalar's text that each say one character, blanks left out."""
    text, at, end = scalar.file.text, scalar.start, scalar.end
    if scalar.style == ">":
        at = text.find("\n", at, end) + 1 or end
    elif scalar.style:
        at, end = at + 1, end - 1
    pieces = []
    while at < end:
        stop, blank = at + 1, text[at] in BLANKS
        if scalar.style == "'" and text[at] == "'":
            stop = at + 2
        elif scalar.style == '"' and text[at] == "\\":
            m = ESCAPE.match(text, at)
            stop = m.end() if m else stop
            blank = m is None or says_blank(m)
        if not blank:
            pieces.append((at, stop))
        at = stop
    return pieces


def says_blank(escape: re.Match[str]) -> bool:
    """Whether an escape of double quotes says a blank, or nothing."""
    code = escape[1] or escape[2] or escape[3]
    if code is not None:
        return chr(int(code, 16)) in BLANKS
    return escape[4] is None or escape[4] in " tnr\t"
