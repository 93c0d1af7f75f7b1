"""Texts built of the language's own words, so that coverage-guided bytes get past the parser."""

from __future__ import annotations

from archdsl.ops.base import Kind
from tests.fuzz.pieces import WORDS

KINDS = sorted(Kind.registry)
SIGNS = [
    "\n",
    ", ",
    " ",
    "(",
    ")",
    "[",
    "]",
    "{ ",
    " }",
    " | ",
    ": ",
    "=",
    "-",
    "/",
    "@",
    ".",
    " x",
]
NUMBERS = ["0", "1", "2", "3", "8", "16", "3x8x8", "16x8", "0.5", "2**31", "-1", "999999999999"]
STARTS = ["conv3-8", "relu", "add[ identity | relu ]", "a: relu", "{ relu } x2", "FC-4", "gap"]
TEXTS = [*SIGNS, *SIGNS, *NUMBERS, *STARTS, *STARTS, *KINDS, *(w.decode() for w in WORDS)]
KEYS = [
    *("input", "network", "block", "body", "params", "args", "default", "let", "expect", "use"),
    *("label", "branches", "repeat", "shared", "if", "then", "else", "for", "in", "do", "group"),
    *("steps", "output", "of", "name", "train", "conv", "add", "residual", "concat", "names"),
]


def build_text(data: bytes) -> str:
    """A spec: an input, then a piece for each byte."""
    return "input 3x8x8\n" + "".join(TEXTS[byte % len(TEXTS)] for byte in data[:400])


def build_yaml(data: bytes) -> str:
    """A document of the YAML form: pairs of bytes are lines of a depth, a key, a value."""
    lines = ["archdsl: 1", "body:", "- input: 3x8x8"]
    for at in range(0, min(len(data) - 2, 600), 3):
        depth, key, value = data[at] % 4, KEYS[data[at + 1] % len(KEYS)], data[at + 2]
        said = TEXTS[value % len(TEXTS)].strip() if value % 4 else ""
        start = "  " * depth + ("- " if data[at] & 64 else "")
        lines.append(f"{start}{key}: {said}" if data[at] & 128 else f"{start}{said or key}")
    return "\n".join(lines) + "\n"
