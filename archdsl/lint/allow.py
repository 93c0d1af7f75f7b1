"""Silence in the text: `# lint: allow ID`, and what is wrong with it.

Behind code it is for that line, alone on a line for the statement that follows (its body too),
and `# lint: allow-file ID` is for the file. A reason may follow the ids after a colon.
"""

from __future__ import annotations

import re

from archdsl.diagnostics.model import Diagnostic, Label
from archdsl.lint.rule import Rule
from archdsl.source import Span
from archdsl.syntax import ast
from archdsl.syntax.walk import nodes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

MARK = re.compile(r"#\s*lint\s*:\s*")
FORM = re.compile(r"(allow-file|allow)\s+([a-z0-9-]+(?:\s*,\s*[a-z0-9-]+)*)\s*(?::.*)?")
WORD = re.compile(r"[a-z0-9-]+")
STATEMENTS = (ast.Line, ast.Row, ast.Input, ast.Default, ast.Let, ast.Use, ast.Block, ast.Network)
MORE = (ast.NetworkOf, ast.Expect, ast.Output, ast.Train, ast.Table, ast.Param, ast.Arg)


class Allowance:
    """One id that a comment allows, from `start` to `end` of the text."""

    __slots__ = ("end", "id", "span", "start", "used")

    def __init__(self, id: str, span: Span, start: int, end: int) -> None:
        self.id = id
        self.span = span
        self.start = start
        self.end = end
        self.used = False

    def covers(self, d: Diagnostic) -> bool:
        """Whether it is meant for a finding."""
        at = d.primary.span
        same = at.file.name == self.span.file.name
        return same and d.id == self.id and self.start <= at.start < max(self.end, self.start + 1)


def read_allowances(tree: ast.File) -> tuple[list[Allowance], list[Diagnostic]]:
    """The allowances of a file, and the comments that look like one and are none."""
    allowances: list[Allowance] = []
    wrong: list[Diagnostic] = []
    for comment in tree.comments:
        mark = MARK.match(comment.text)
        if mark is None:
            continue
        form = FORM.fullmatch(comment.text.rstrip(), mark.end())
        if form is None:
            wrong.append(unread(comment))
            continue
        start, end = reach(tree, comment, form[1] == "allow-file")
        for word in WORD.finditer(comment.text, form.start(2), form.end(2)):
            at = comment.start + word.start()
            span = Span(comment.file, at, at + len(word.group()))
            if word.group() in Rule.registry:
                allowances.append(Allowance(word.group(), span, start, end))
            else:
                wrong.append(unknown(word.group(), span))
    return allowances, wrong


def reach(tree: ast.File, comment: Span, whole: bool) -> tuple[int, int]:
    """From where to where a comment allows."""
    text = tree.source.text
    if whole:
        return 0, len(text) + 1
    start = text.rfind("\n", 0, comment.start) + 1
    if text[start : comment.start].strip():
        return start, comment.start
    following = [
        n.span
        for n in nodes(tree.body)
        if isinstance(n, (*STATEMENTS, *MORE)) and n.span.start >= comment.end
    ]
    first = min(following, key=lambda s: (s.start, -s.end), default=None)
    return (first.start, first.end) if first is not None else (comment.end, comment.end)


def unread(comment: Span) -> Diagnostic:
    """A comment that begins as an allowance and goes on otherwise."""
    return Diagnostic(
        UnknownAllowance.id,
        "this comment allows nothing",
        Label(comment, "not understood"),
        help="write `# lint: allow ID`, `# lint: allow ID, ID` or `# lint: allow-file ID`; a reason"
        " may follow after a colon",
        severity="warning",
    )


def unknown(word: str, span: Span) -> Diagnostic:
    """An id of no rule."""
    from archdsl.elaborate.suggest import did_you_mean

    return Diagnostic(
        UnknownAllowance.id,
        f"no rule is called `{word[:64]}`",
        Label(span, "unknown"),
        help=did_you_mean(word, Rule.registry) or "`archdsl explain` lists the rules",
        severity="warning",
    )


def unused(allowances: list[Allowance], judged: Collection[str]) -> Iterator[Diagnostic]:
    """Allowances that silence nothing, of the rules that ran (`judged`)."""
    for a in allowances:
        if not a.used and a.id in judged:
            yield Diagnostic(
                UnusedAllowance.id,
                f"`{a.id}` is allowed here, and nothing of it is found",
                Label(a.span, "silences nothing"),
                help="take it away; what was wrong is mended, or stands elsewhere",
                severity="warning",
            )


class UnknownAllowance(Rule):
    """A `# lint:` comment names no rule, or cannot be read.

    It would silence nothing, without a word. `# lint: allow ID` behind code is for that line,
    alone on a line for the statement that follows with all of its body, and
    `# lint: allow-file ID` for the file. Several ids are separated by commas, and a reason may
    follow after a colon.

    Wrong:

        input 1x13x13
        conv3-8, relu
        maxpool(ceil=true)    # lint: allow dropped-row
        FC-10

    Right:

        input 1x13x13
        conv3-8, relu
        maxpool    # lint: allow dropped-rows: the last row is a margin
        FC-10
    """

    id = "unknown-allowance"


class UnusedAllowance(Rule):
    """A `# lint: allow` silences nothing.

    What it once silenced is mended or has moved, and it would hide the next mistake of that kind.

    Wrong:

        input 1x12x12
        conv3-8, relu
        maxpool    # lint: allow dropped-rows
        FC-10

    Right:

        input 1x12x12
        conv3-8, relu
        maxpool
        FC-10
    """

    id = "unused-allowance"
