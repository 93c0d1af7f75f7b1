"""What stands between the pieces of a tree and is not in it: comments, line ends, empty lines."""

from __future__ import annotations

import re

from archdsl.source import SourceFile, Span

BLANKS = re.compile(r"(?:[ \t\r\f\n]+|\\\r?\n|#[^\n]*)*+")
FAR = 1000  # so far behind a line's start only blanks are not looked for


class Comment:
    """A comment; `own` where it has its line to itself, `blank` with an empty line above it."""

    __slots__ = ("blank", "own", "text")

    def __init__(self, text: str, own: bool, blank: bool) -> None:
        self.text = text
        self.own = own
        self.blank = blank


class Lead:
    """What stands before a piece: comments, whether a line ended there, whether one is empty."""

    __slots__ = ("blank", "comments", "newline")

    def __init__(self, comments: tuple[Comment, ...], newline: bool, blank: bool) -> None:
        self.comments = comments
        self.newline = newline
        self.blank = blank


NOTHING = Lead((), False, False)


class Gaps:
    """Goes through a source beside the tree, in its order, and gives back what lies between.

    `written` says that the source is text of the language itself: only then do line ends tell how
    the author broke a line, and signs can be found between the pieces.
    """

    __slots__ = ("at", "comments", "file", "next", "pending", "text", "written")

    def __init__(self, file: SourceFile, comments: list[Span], written: bool) -> None:
        self.file = file
        self.text = file.text
        self.comments = [c for c in comments if c.file is file]
        self.written = written
        self.at = 0
        self.next = 0  # the first comment that is not yet passed
        self.pending: list[Comment] = []

    def pass_comments(self, end: int) -> None:
        """Comments that begin before `end` wait for the next piece."""
        while self.next < len(self.comments) and self.comments[self.next].start < end:
            self.add(self.comments[self.next])
            self.next += 1

    def add(self, span: Span) -> None:
        """One more comment waits."""
        above = line_start(self.text, span.start)
        own = not self.text[above : span.start].strip()
        self.pending.append(
            Comment(span.text.rstrip(), own, own and is_blank_above(self.text, above))
        )

    def lead(self, span: Span) -> Lead:
        """What stands before a piece; the place is then at its start."""
        if span.file is not self.file:
            return NOTHING
        return self.lead_at(span.start)

    def lead_at(self, start: int) -> Lead:
        """What stands before an offset."""
        newline = self.written and self.text.find("\n", self.at, start) >= 0
        self.pass_comments(start)
        self.at = max(self.at, start)
        if not newline and not self.pending and self.written:
            return NOTHING
        above = line_start(self.text, start)
        blank = not self.text[above:start].strip() and is_blank_above(self.text, above)
        return Lead(self.take(), newline, blank)

    def take(self) -> tuple[Comment, ...]:
        """The comments that wait."""
        taken, self.pending = tuple(self.pending), []
        return taken

    def lead_sign(self, sign: str, end: Span) -> Lead:
        """What stands before a closing sign; `end` is the span of what it closes."""
        at = self.find(sign)
        if at < 0:
            if end.file is self.file and not self.written:
                self.pass_comments(end.end)
            return Lead(self.take(), False, False) if self.pending else NOTHING
        lead = self.lead_at(at)
        self.at = at + len(sign)
        return lead

    def skip(self, sign: str) -> None:
        """Goes past a sign, if it stands next; comments before it wait for what comes after it."""
        at = self.find(sign)
        if at >= 0:
            self.pass_comments(at)
            self.at = at + len(sign)

    def move(self, span: Span) -> None:
        """Goes to the end of a piece; comments in it wait."""
        if span.file is self.file:
            self.pass_comments(span.end)
            self.at = max(self.at, span.end)

    def drop(self, start: int) -> None:
        """Goes on to an offset; comments before it are said elsewhere."""
        while self.next < len(self.comments) and self.comments[self.next].start < start:
            self.next += 1
        self.at = max(self.at, start)

    def find(self, sign: str) -> int:
        """Where a sign stands next, past blanks, comments, a last comma and idle brackets."""
        if not self.written:
            return -1
        text, at = self.text, self.at
        while True:
            m = BLANKS.match(text, at)
            at = m.end() if m else at
            if text.startswith(sign, at) or (sign == "x" and text.startswith("×", at)):
                return at
            if at >= len(text) or text[at] not in ",()":
                return -1
            at += 1


def line_start(text: str, at: int) -> int:
    """Where the line of an offset starts; for one far inside its line, some place in it."""
    near = max(0, at - FAR)
    found = text.rfind("\n", near, at)
    return near if found < 0 else found + 1


def is_blank_above(text: str, start: int) -> bool:
    """Whether the line above the one that starts here is empty."""
    return start > 0 and not text[line_start(text, start - 1) : start].strip(" \t\r\f\n\\\ufeff")
