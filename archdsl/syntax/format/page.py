"""The page that is written on: lines with their indentation, comments beside and between them."""

from __future__ import annotations

from archdsl.syntax.format.gaps import Comment, Lead

LIMIT = 100  # columns of a line
GAP = 4  # blanks before a comment at the end of a line
STEP = 4  # blanks of indentation


class Page:
    """Lines, the last of them still open at column `col`."""

    __slots__ = ("col", "comment", "full", "lines", "parts")

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []  # what is said, and the comment beside it
        self.parts: list[str] = []
        self.col = 0
        self.comment = ""
        self.full = False  # the open line is a comment

    def put(self, text: str) -> None:
        """Text on the open line."""
        if self.comment or self.full:
            self.newline(STEP)
        self.parts.append(text)
        self.col += len(text)

    def newline(self, indent: int, blank: bool = False) -> None:
        """Ends the open line and begins another; `blank` leaves an empty one between them."""
        if self.parts or self.lines:
            self.lines.append(("".join(self.parts).rstrip(), self.comment))
            if blank:
                self.lines.append(("", ""))
        self.parts = [" " * indent]
        self.col = indent
        self.comment = ""
        self.full = False

    def say(self, comments: tuple[Comment, ...], indent: int, first: bool = False) -> None:
        """Comments, each beside the open line or on a line of its own, as they were.

        `first` says that nothing stands above them in their brackets: no empty line comes there.
        """
        for c in comments:
            beside = not c.own and not self.comment and not self.full
            if beside and "".join(self.parts).strip():
                self.comment = c.text
            else:
                self.newline(indent, c.blank and not first)
                self.parts.append(c.text)
                self.full = True
            first = False

    def begin(self, lead: Lead, indent: int, first: bool = False) -> None:
        """Comments and the start of a line for a piece that has one to itself."""
        self.say(lead.comments, indent, first)
        # Behind a comment an empty line stays, else a `##` could come to document what follows.
        self.newline(indent, lead.blank and not (first and not lead.comments))

    def text(self) -> str:
        """All of it, with a line end behind it."""
        self.newline(0)
        lines = align(self.lines)
        while lines and not lines[-1]:
            lines.pop()
        return "".join(line + "\n" for line in lines)


def align(lines: list[tuple[str, str]]) -> list[str]:
    """The lines with their comments.

    Those beside lines that follow each other with one indentation begin in one column.
    """
    out: list[str] = []
    run: list[tuple[str, str]] = []
    for line in lines:
        if run and (not line[1] or indent_of(line[0]) != indent_of(run[-1][0])):
            out += align_run(run)
            run = []
        if line[1]:
            run.append(line)
        else:
            out.append(line[0])
    return out + align_run(run)


def indent_of(line: str) -> int:
    """Blanks that a line starts with."""
    return len(line) - len(line.lstrip(" "))


def align_run(run: list[tuple[str, str]]) -> list[str]:
    """Lines that all have comments; where one column would be too far right, each has its own."""
    column = max((len(code) for code, _ in run), default=0) + GAP
    fits = all(column + len(comment) <= LIMIT for _, comment in run)
    return [code.ljust(column if fits else len(code) + GAP) + comment for code, comment in run]
