"""Which of several open braces was forgotten: the one that the indentation closes."""

from __future__ import annotations

import re

MAX_BODY = 50_000  # characters: each of many open braces looks at its body
PYTHON = re.compile(r"(?:else|elif\b.*)\s*:$")  # goes on with a statement of theirs
TOKEN = re.compile(r"#[^\n]*|\"[^\"\n]*\"|[{}]")


class Forgotten:
    """A brace that is open where the indentation ends its body."""

    __slots__ = ("at", "indent", "line")

    def __init__(self, at: int, indent: str, line: int) -> None:
        self.at = at
        self.indent = indent  # of the line that opens it
        self.line = line  # where the first line behind its body begins


def find_forgotten(text: str, start: int, end: int) -> Forgotten | None:
    """The brace from an open one at `start` on to `end` whose body ends without `}`.

    None where the lines stand as the braces say, are not indented, or are too many.
    """
    if end - start > MAX_BODY:
        return None
    first = text.rfind("\n", 0, start) + 1
    outer = width(indent_of(text, first))
    open_ones: list[tuple[int, str]] = []
    deeper = False  # the body of the first brace is indented
    line = first
    while line < end:
        stop = min(end, find_end(text, line))
        words = re.sub(r"#.*", "", text[line:stop]).strip()
        indent = indent_of(text, line)
        if words and open_ones and line > first:
            at, opened = open_ones[-1]
            left = width(indent) < width(opened)
            beside = width(indent) == width(opened) and words[0] not in "}|]"
            if (deeper or width(opened) > outer) and (left or beside):
                return Forgotten(at, opened, line)
            deeper = deeper or width(indent) > outer
        for m in TOKEN.finditer(text, max(line, start), stop):
            if m.group() == "{":
                open_ones.append((m.start(), indent))
            elif m.group() == "}" and open_ones:
                open_ones.pop()
        line = stop + 1
    return None


def end_of_body(text: str, at: int, end: int) -> int:
    """Where a body ends that a `:` at the end of its line began, with each `else:` behind it.

    `at` itself where nothing deeper stands below, or more stands on the line.
    """
    first = text.rfind("\n", 0, at) + 1
    outer = width(indent_of(text, first))
    stop = find_end(text, at)
    if re.sub(r"#.*", "", text[at:stop]).strip():
        return at
    body = at  # where the last line of it ends
    line = stop + 1
    while line < end:
        stop = min(end, find_end(text, line))
        words = re.sub(r"#.*", "", text[line:stop]).strip()
        within = width(indent_of(text, line)) > outer
        if words and not within and (body == at or not PYTHON.match(words)):
            break
        body = stop if words else body
        line = stop + 1
    return body


def find_end(text: str, at: int) -> int:
    """Where a line ends."""
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def indent_of(text: str, line: int) -> str:
    """The blanks at the start of a line."""
    m = re.compile(r"[ \t]*").match(text, line)
    return m.group() if m else ""


def width(indent: str) -> int:
    """How far right a line stands."""
    return len(indent.expandtabs(4))
