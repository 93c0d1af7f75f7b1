"""Comments and empty lines of a YAML file, handed out in the order of the text."""

from __future__ import annotations

from bisect import bisect_left

from archdsl.source import SourceFile, Span
from archdsl.syntax.yaml.nodes import Collection, Node


class Note:
    """A comment; `own` where it has its line to itself, `blank` with an empty line above it."""

    __slots__ = ("blank", "own", "text")

    def __init__(self, text: str, own: bool, blank: bool) -> None:
        self.text = text
        self.own = own
        self.blank = blank


class Notes:
    """The comments that are not yet handed out.

    `version` is the offset of the key `archdsl`: an empty line above it stands for one above
    the first statement, because what the file begins with comes before the key.
    """

    __slots__ = ("comments", "file", "first", "next", "scalars", "version")

    def __init__(self, file: SourceFile, comments: list[Span], scalars: list[int]) -> None:
        self.file = file
        self.comments = comments
        self.scalars = scalars
        self.next = 0
        self.version = -1
        self.first = True  # nothing came yet behind the key

    def take(self, before: int) -> list[Note]:
        """The comments that begin before an offset."""
        found = []
        while self.next < len(self.comments) and self.comments[self.next].start < before:
            found.append(self.note(self.comments[self.next]))
            self.next += 1
        return found

    def note(self, span: Span) -> Note:
        """A comment with what stands around it."""
        text = self.file.text
        own = not text[text.rfind("\n", 0, span.start) + 1 : span.start].strip(" \t\ufeff")
        blank = own and self.is_blank_above(span.start)
        return Note(span.text.rstrip(), own, blank)

    def is_blank_above(self, at: int) -> bool:
        """Whether the line above that of an offset is empty."""
        if self.first and at > self.version >= 0:
            self.first = False
            at = self.version if self.version > 0 else at
        text = self.file.text
        start = text.rfind("\n", 0, at) + 1
        above = text.rfind("\n", 0, max(0, start - 1)) + 1
        return start > 0 and not text[above : start - 1].strip() and above < start

    def end_of(self, node: Node) -> int:
        """The offset up to which comments belong to a list: those as far right as its items.

        A comment beside its last line belongs to it as well.
        """
        assert isinstance(node, Collection)
        if node.flow:
            return node.start
        text, comments = self.file.text, self.comments
        behind = bisect_left(self.scalars, node.end)
        limit = self.scalars[behind] if behind < len(self.scalars) else len(text)
        column = self.column(node.start)
        at = self.next
        while at < len(comments) and comments[at].start < limit:
            comment = comments[at]
            start = text.rfind("\n", 0, comment.start) + 1
            own = not text[start : comment.start].strip()
            if own and self.column(comment.start) < column:
                break
            if not own and text.find("\n", node.end, comment.start) >= 0:
                break
            at += 1
        return comments[at - 1].end if at > self.next else node.start

    def column(self, at: int) -> int:
        """How far right an offset stands in its line."""
        return at - self.file.text.rfind("\n", 0, at) - 1
