"""Patterns of regular expressions that could take exponential time on a text made for it."""

from __future__ import annotations

import ast
import re
import warnings
from pathlib import Path
from typing import Any

import pytest

from archdsl.pipeline import compile_text
from archdsl.source import SourceFile

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # it reads patterns with sre_parse
    from regexploit.ast.sre import SreOpParser
    from regexploit.redos import find

ROOT = Path(__file__).resolve().parents[2]
FLAGS = {"M": re.M, "I": re.I, "S": re.S, "X": re.X, "A": re.A}
BOUNDED = {r"\s*\(\s*([^():]+?)\s*\)\s*:"}  # of 200 letters
MOST = 2  # stars that can take the same letters: the square of a line's length is bearable


class Reader(SreOpParser):  # type: ignore[misc]
    """A possessive repeat takes what it takes once: nothing is tried again inside of it."""

    def from_POSSESSIVE_REPEAT(self, data: tuple[int, int, Any]) -> Any:
        _, _, inner = data
        return self.sequence_or_singleton(inner)


def patterns() -> dict[str, tuple[str, int]]:
    """The constant patterns of the package by their places, and their flags."""
    found: dict[str, tuple[str, int]] = {}
    for path in sorted((ROOT / "archdsl").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            if ast.unparse(node.func).split(".")[0] != "re":
                continue
            text = text_of(node.args[0])
            if text is not None:
                rest = [*node.args[1:], *(k.value for k in node.keywords)]
                words = " ".join(map(ast.unparse, rest))
                flags = sum(FLAGS[m] for m in set(re.findall(r"\bre\.([MISXA])\b", words)))
                found[f"{path.relative_to(ROOT)}:{node.lineno}"] = text, flags
    return found


def text_of(node: ast.expr) -> str | None:
    """A constant text; what is filled in stands for a word."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        parts = [n.value if isinstance(n, ast.Constant) else "WORD" for n in node.values]
        return "".join(map(str, parts))
    return None


def stars(pattern: str, flags: int = 0) -> int:
    """How many stars can share the letters that are repeated; 10 and more are exponential.

    What a text must end with is to the judge a letter that it may lack; any pattern may be one
    that a text is to match as a whole.
    """
    ended = re.sub(r"\\Z|(?<!\\)\$(?=\)*$)", "\0", pattern)
    m = re.match(r"\(\?[a-z]+\)", ended)  # flags stand first
    begin = m.end() if m else 0
    tree = Reader().parse_sre(f"{ended[:begin]}(?:{ended[begin:]})\0", flags)
    return max((found.starriness for found in find(tree)), default=0)


def test_no_pattern_takes_the_cube_of_a_text() -> None:
    all_of_them = patterns()
    slow = {
        place: pattern
        for place, (pattern, flags) in all_of_them.items()
        if pattern not in BOUNDED and stars(pattern, flags) > MOST
    }
    assert slow == {}
    assert len(all_of_them) > 250


def test_the_judge_sees_what_was_found() -> None:
    """Both took minutes: comments below a heading, and blanks in a chain of comparisons."""
    assert stars(r"^network\s+\w+\n(?:\s|#.*)*\Z", re.M) >= 10
    assert stars(r"expect[ \t]+([^<>#]+?)[ \t]*<[ \t]*([^<>#]+?)[ \t]*<") > MOST
    assert stars(r"(?:\s|#[^\n]*)*+,") <= MOST


TEXTS = {
    "comments below a heading": f"network A\n{'#' * 50} x\n{{ input 3x8x8\nconv3-8 conv3-8 }}\n",
    "blanks in a chain": f"input 8\nFC-2\nexpect{' ' * 300}a{' ' * 300}<{' ' * 300}b < c < d\n",
    "blanks in a comment": f"input 3x8x8\nconv3-8 /*{' ' * 980}x\n",
}


@pytest.mark.parametrize("name", TEXTS)
def test_texts_that_took_minutes(name: str) -> None:
    """One mistake each, told in no time."""
    assert len(compile_text(SourceFile("slow.arch", TEXTS[name]))[1]) == 1
