"""The layout of any spec, however it was laid out before: it says the same, and stays as it is."""

from __future__ import annotations

import os
import re
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archdsl.ir.text import render as render_ir
from archdsl.pipeline import compile_text
from archdsl.source import SourceFile
from archdsl.syntax.format.render import lay_out, same
from archdsl.syntax.lexer import SCANNER
from archdsl.syntax.parse import parse
from tests.differential.texts import any_text

ROOT = Path(__file__).resolve().parents[2]
FILES = [
    *sorted((ROOT / "specs").glob("*.arch")),
    *sorted((ROOT / "archdsl" / "std").glob("*.arch")),
    *sorted((ROOT / "tests" / "golden" / "language").glob("*.arch")),
]
FENCE = re.compile(r"^```arch[^\n]*\n(.*?)^```$", re.M | re.S)
EXAMPLES = [
    text
    for page in [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md"]
    for text in FENCE.findall(page.read_text(encoding="utf-8"))
]
SHORT = [text for f in FILES if len(text := f.read_text(encoding="utf-8")) < 1500] + [
    text for text in EXAMPLES if not parse(SourceFile("e.arch", text))[1]
]
MANY = 10 if os.environ.get("FORMAT") == "long" else 1
JOINING = {"and", "else", "if", "in", "or", "shared", "then"}
USE = re.compile(r"\s*use\b|std")  # a path is one word: what stands in it moves behind it
COMMENT = re.compile(r'"[^"\n]*"|#[^\n]*')


def lay(text: str) -> str:
    """A text that is right, laid out; what `lay_out` itself proves, and that twice is once."""
    laid, problems = lay_out(SourceFile("a.arch", text))
    assert problems == []
    assert lay_out(SourceFile("a.arch", laid))[0] == laid
    return laid


def comments(text: str) -> list[tuple[str, int, bool]]:
    """Each comment: its text, how much of the spec stands before it, whether it has its own line.

    A comment may move past signs and words that join, such as the `+` or `then` in `a # … \\n + b`.
    """
    found = []
    said = end = 0
    for m in COMMENT.finditer(text):
        words = re.findall(r"[A-Za-z0-9_@]+", text[end : m.start()].replace("×", "x"))
        said += sum(len(w.replace("x", "")) for w in words if w not in JOINING)
        end = m.end()
        if m[0].startswith('"'):
            said += 1
            continue
        line = text[text.rfind("\n", 0, m.start()) + 1 : m.start()]
        found.append((m[0].rstrip(), said, not line.strip("\ufeff \t\r")))
    return found


def compile_ir(file: SourceFile) -> str:
    """The IR as text."""
    design, problems = compile_text(file)
    assert design is not None, problems
    return render_ir(design)


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_published(path: Path) -> None:
    """Specs, standard library and golden networks: comments in place, and the IR to the letter."""
    text = path.read_text(encoding="utf-8")
    laid = lay(text)
    assert comments(laid) == comments(text)
    assert compile_ir(SourceFile(str(path), laid)) == compile_ir(SourceFile(str(path), text))


@pytest.mark.parametrize("text", EXAMPLES)
def test_example(text: str) -> None:
    """Every example of the documentation, those apart whose syntax is wrong."""
    if parse(SourceFile("a.arch", text))[1]:
        assert lay_out(SourceFile("a.arch", text))[0] == text
    else:
        assert comments(lay(text)) == comments(text)


class Mess:
    """Lays a text out anew at random, so that its tree stays the same."""

    def __init__(self, text: str, seed: int) -> None:
        self.text = text
        self.tree = parse(SourceFile("a.arch", text))[0]
        self.random = Random(seed)
        self.count = 0

    def make(self, edits: int) -> str:
        """The text after some edits that were allowed."""
        for _ in range(edits):
            changed = self.edit()
            tree, problems = parse(SourceFile("a.arch", changed))
            if not problems and same(tree, self.tree):
                self.text = changed
        return self.text

    def edit(self) -> str:
        """The text with one gap between two tokens changed."""
        text, r = self.text, self.random
        tokens = [m for m in SCANNER.finditer(text) if m.lastgroup not in ("BLANK", "END")]
        tokens = [m for m in tokens if not USE.match(text, text.rfind("\n", 0, m.start()) + 1)]
        if not tokens:
            return text
        token = r.choice(tokens)
        at = token.start() if r.random() < 0.5 else token.end()
        blanks = re.compile(r"[ \t]*").match(text, at)
        end = blanks.end() if blanks and r.random() < 0.5 else at
        self.count += 1
        gap = r.choice(
            ["", " ", "  ", "\t", "\n", "\n\n", "\n\n\n   ", "\r\n", "\\\n", ", ", "(", ")"]
            + [f" # c{self.count}\n", f"\n# c{self.count}\n", f"# c{self.count}  \n\n"] * 3
            + [f'\n\n\n\t# c{self.count} | ( " \n', f"## c{self.count}\n"]
        )
        return text[:at] + gap + text[end:]


def check_mess(text: str, seed: int, edits: int) -> None:
    """What must hold of any layout: comments stay where they are, the tree is the same."""
    before = Mess(text, seed).make(edits)
    laid = lay(before)
    was, now = comments(before), comments(laid)
    assert [c[0] for c in now] == [c[0] for c in was]
    assert [c[1] for c in now] == [c[1] for c in was]
    assert all(not line.endswith(" ") for line in laid.split("\n"))
    assert "\n\n\n" not in laid
    assert "{\n\n" not in laid
    assert not laid.startswith("\n")


@settings(max_examples=150 * MANY, deadline=None)
@given(st.sampled_from(SHORT), st.integers(0, 2**32), st.integers(1, 12))
def test_mess(text: str, seed: int, edits: int) -> None:
    check_mess(text, seed, edits)


@settings(max_examples=60 * MANY, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 12))
def test_random_spec(seed: int, edits: int) -> None:
    text = any_text(seed)
    if not parse(SourceFile("a.arch", text))[1]:
        check_mess(text, seed, edits)
