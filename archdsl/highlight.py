"""Pygments lexer for `.arch` files: the compiler's own scanner and words, coloured."""

from __future__ import annotations

import re

from pygments.lexer import Lexer
from pygments.token import (
    Comment,
    Error,
    Keyword,
    Name,
    Number,
    Operator,
    Punctuation,
    String,
    Text,
    Whitespace,
)

import archdsl.ops  # noqa: F401  (fills the registry of kinds)
from archdsl.elaborate.functions import FUNCTIONS
from archdsl.ops.base import Kind
from archdsl.syntax._tables import KEYWORDS, PATTERNS
from archdsl.syntax.lexer import SCANNER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pygments.token import _TokenType

    Found = Iterator[tuple[int, _TokenType, str]]

NETWORK_NAME = re.compile(PATTERNS["NETNAME"])
BLOCK = re.compile(PATTERNS["BLOCK"])
LABEL = re.compile(PATTERNS["LABEL"])
ARGUMENT = re.compile(r"[ \t]*=(?!=)")
CONSTANTS = ("true", "false", "none")
NAMED = {"block": Name.Class, "network": Name.Class, "use": Name.Namespace, "let": Name.Variable}
PLAIN = {
    "BLANK": Whitespace,
    "DIMS": Number,
    "INT": Number.Integer,
    "REAL": Number.Float,
    "XDIMS": Number,
    "X": Keyword,
    "REF": Name.Variable,
    "STRING": String,
    "ESCAPED": Punctuation,
}


class ArchLexer(Lexer):
    """Networks as their papers' tables: https://pygments.org knows it as `arch`."""

    name = "archdsl"
    aliases = ["arch", "archdsl"]
    filenames = ["*.arch"]
    mimetypes = ["text/x-arch"]
    url = "https://pypi.org/project/archdsl/"

    def get_tokens_unprocessed(self, text: str) -> Found:
        """(offset, kind, text) of each token; what the language does not know is an Error."""
        at = 0
        before = ""
        while at < len(text):
            match = SCANNER.match(text, at)
            if match is None:
                yield at, Error, text[at]
                at += 1
                continue
            kind, word = match.lastgroup or "", match.group()
            if kind == "END":
                yield from _line_end(at, word)
                before = ""
            elif kind == "WORD":
                word, colour = _word(text, at, word, before)
                yield at, colour, word
            else:
                yield at, PLAIN.get(kind) or _sign(word), word
            if kind not in ("BLANK", "END"):
                before = word
            at += len(word)


def _line_end(at: int, text: str) -> Found:
    comment = text.rstrip("\n")
    if comment:
        yield at, String.Doc if comment.startswith("##") else Comment.Single, comment
    if len(comment) < len(text):
        yield at + len(comment), Whitespace, "\n"


def _sign(word: str) -> _TokenType:
    return Punctuation if word in "()[]{}|,:" else Operator


def _word(text: str, at: int, word: str, before: str) -> tuple[str, _TokenType]:
    """A word, with its hyphens where they belong to it, and its colour."""
    if before in NAMED:
        match = NETWORK_NAME.match(text, at) if before == "network" else None
        return (match.group() if match else word), NAMED[before]
    if word in CONSTANTS:
        return word, Keyword.Constant
    if LABEL.match(text, at) and before in ("", "output"):
        return word, Name.Label
    if ARGUMENT.match(text, at + len(word)) and before in ("(", ","):
        return word, Name.Attribute
    if word in KEYWORDS or BLOCK.match(text, at) or (word == "train" and not before):
        return word, Keyword
    kind = _kind(text, at, word)
    if kind:
        return kind, Name.Builtin
    called = text[at + len(word) : at + len(word) + 1] == "("
    if called and word in FUNCTIONS:
        return word, Name.Function
    return word, Name.Function if called else Name if word.isidentifier() else Text


def _kind(text: str, at: int, word: str) -> str:
    """The kind's name at a place: with its hyphen (`soft-max`), its digits (`conv3`), or none."""
    whole = NETWORK_NAME.match(text, at)
    if whole and Kind.lookup(whole.group()):
        return whole.group()
    known = Kind.lookup(word) or Kind.lookup(re.sub(r"[0-9]+(x[0-9]+)*$", "", word))
    return word if known else ""
