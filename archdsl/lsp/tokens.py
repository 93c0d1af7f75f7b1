"""Semantic tokens: what every word of a text is, seen through the names it has."""

from __future__ import annotations

from archdsl.lsp.scopes import (
    BLOCK,
    INPUT,
    LABEL,
    LET,
    LOOP,
    NETWORK,
    OUTPUT,
    PARAM,
    TENSOR,
    USED,
)
from archdsl.syntax._tables import KEYWORDS
from archdsl.syntax.lexer import SCANNER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from archdsl.lsp.document import Document

TYPES = (
    "comment",
    "keyword",
    "string",
    "number",
    "type",
    "function",
    "class",
    "variable",
    "parameter",
    "property",
    "enumMember",
)
OF_ROLE = {
    "kind": "type",
    "layout": "type",
    "function": "function",
    "attribute": "property",
    "axis": "property",
    "word": "enumMember",
    "path": "string",
    BLOCK: "function",
    USED: "function",
    NETWORK: "class",
    LET: "variable",
    LOOP: "variable",
    LABEL: "variable",
    INPUT: "variable",
    OUTPUT: "variable",
    TENSOR: "parameter",
    PARAM: "parameter",
}
SIGN_OF = {"DIMS": "number", "REAL": "number", "INT": "number", "XDIMS": "number", "X": "keyword"}
LATE_KEYWORDS = ("block", "train")  # words of a statement, names elsewhere


def tokens(
    document: Document, start: int = 0, end: int | None = None
) -> list[tuple[int, int, str]]:
    """(start, end, type) of the words, numbers, strings and comments from `start` to `end`."""
    last = len(document.text) if end is None else end
    if document.form != "arch":
        return []
    return [t for t in scan(document) if t[1] > start and t[0] < last]


def scan(document: Document) -> Iterator[tuple[int, int, str]]:
    """All of a text, in order."""
    text, roles = document.text, document.index.roles
    spans = {o.span.start: o.span.end for o in document.index.occurrences}
    at = 1 if text.startswith("\ufeff") else 0
    while at < len(text):
        m = SCANNER.match(text, at)
        if m is None:
            at += 1
            continue
        kind, begin, at = m.lastgroup or "", m.start(), m.end()
        if kind == "END":
            stop = len(m.group().rstrip("\r\n"))
            if stop:
                yield begin, begin + stop, "comment"
        elif kind == "STRING":
            yield begin, at, "string"
        elif kind == "REF":
            yield begin, at, OF_ROLE.get(roles.get(begin + 1, LABEL), "variable")
        elif kind == "WORD":
            role = roles.get(begin)
            if role in (NETWORK, "path"):
                at = max(at, spans.get(begin, at))
            word = word_type(m.group(), role, text, begin)
            if word:
                yield begin, at, word
        elif kind in SIGN_OF:
            yield begin, at, SIGN_OF[kind]


def word_type(word: str, role: str | None, text: str, at: int) -> str:
    """The type of a word; "" where nothing is known of it."""
    if role is not None:
        return OF_ROLE.get(role, "")
    if word in KEYWORDS:
        return "keyword"
    line = text.rfind("\n", 0, at) + 1
    return "keyword" if word in LATE_KEYWORDS and not text[line:at].strip() else ""
