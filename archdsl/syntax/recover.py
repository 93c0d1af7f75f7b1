"""Where a text goes on behind a mistake: lines that begin statements, brackets, headers."""

from __future__ import annotations

import re

from archdsl.syntax.lexer import Token

STATEMENT_WORDS = frozenset(
    ("network", "block", "input", "default", "let", "use", "expect", "output")
)
FOREIGN = {
    "def": "block",
    "func": "block",
    "function": "block",
    "module": "block",
    "class": "network",
    "net": "network",
    "model": "network",
    "arch": "network",
    "architecture": "network",
}
"""What others begin a definition with, and the statement that it is here."""
BLANK = re.compile(r"(?:\s|#[^\n]*)*+")
SEPARATOR = re.compile(r"[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)++(?=\n|\Z)")
ROW = re.compile(r"[^|\n]*\|[^\n]*")
BRACKET = re.compile(r"[()\[\]{}]|#[^\n]*")
HEADER = re.compile(
    r"(?P<word>[A-Za-z]++)[ \t]++(?P<name>[A-Za-z_][\w-]*+)?+(?P<rest>[^\n{}#]*+)\{"
)


def meant_statement(word: str) -> str:
    """The statement that a word stands for that is none: `Block`, `netwrok`, `def`."""
    from difflib import get_close_matches

    small = word.lower()
    if small in FOREIGN or small in STATEMENT_WORDS or len(word) < 3 or len(word) > 16:
        return FOREIGN.get(small, small if small != word and small in STATEMENT_WORDS else "")
    likely = [w for w in STATEMENT_WORDS if w[0] == small[0] and len(w) > 4]
    return next(iter(get_close_matches(small, likely, n=1, cutoff=0.75)), "")


def begins_statement(token: Token, text: str) -> bool:
    """Whether a token is a statement's first word, at the start of its line."""
    return token.text in STATEMENT_WORDS and starts_line(text, token.start)


def starts_line(text: str, at: int) -> bool:
    """Whether nothing but blanks stands between the line's start and `at`."""
    return not text[text.rfind("\n", 0, at) + 1 : at].strip()


def strip_comment(line: str) -> str:
    """A line without its comment."""
    at = line.find("#")
    return line if at < 0 else line[:at]


def find_close(text: str, at: int, end: int, depth: int) -> int:
    """Offset of the closing bracket that takes `depth` below zero."""
    for m in BRACKET.finditer(text, at, end):
        sign = m.group()
        depth += (sign in "([{") - (sign in ")]}")
        if depth < 0:
            return m.start()
    return end


def end_of_bracket(text: str, at: int, limit: int) -> int:
    """Where a bracket that opens at `at` was most likely to close: behind the last line that goes
    on with what it began, being indented deeper or beginning with a branch's `|`.
    """
    begin = text.rfind("\n", 0, at) + 1
    indent = indent_of(text[begin:at])
    end = -1
    while begin < limit:
        stop = text.find("\n", begin, limit)
        stop = limit if stop < 0 else stop
        line = strip_comment(text[begin:stop]).rstrip()
        deeper = indent_of(line) > indent or line.lstrip().startswith("|")
        if end >= 0 and line and not deeper:
            break
        if line:
            end = begin + len(line)
        begin = stop + 1
    return min(max(end, at + 1), limit)


def end_of_rows(text: str, at: int) -> int:
    """Where a table of no outer `|` ends whose heading `at` is in; `at` itself where none is."""
    stop = text.find("\n", at)
    m = SEPARATOR.match(text, stop + 1) if stop >= 0 else None
    if m is None:
        return at
    while m is not None:
        stop = m.end()
        m = ROW.match(text, stop + 1)
    return stop


def is_closed_below(text: str, at: int) -> bool:
    """Whether a `}` stands below, where the line of `at` began: what ends it has a body."""
    begin = text.rfind("\n", 0, at) + 1
    stop = text.find("\n", at)
    if stop < 0 or strip_comment(text[at:stop]).strip():
        return False
    indent = indent_of(text[begin:at])
    for line in text[stop + 1 : stop + 4000].split("\n"):
        if line.strip() and indent_of(line) <= indent:
            return indent_of(line) == indent and line.strip()[0] == "}"
    return False


def indent_of(line: str) -> int:
    """Blanks that a line begins with."""
    return len(line) - len(line.lstrip())


def skip_blank(text: str, at: int, end: int) -> int:
    """The first place behind an offset that is neither blank nor in a comment."""
    m = BLANK.match(text, at, end)
    return m.end() if m else at


def first_word(text: str, at: int) -> str:
    """The word that a line begins with."""
    end = text.find("\n", at)
    line = text[at : end if end >= 0 else len(text)].split(None, 1)
    return line[0] if line else ""
