"""The front end on any text: it gives diagnostics inside the text, and raises nothing."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

import archdsl.cli.pages  # noqa: F401  (fills the registry)
from archdsl.diagnostics.errors import ArchError
from archdsl.diagnostics.model import Diagnostic
from archdsl.diagnostics.render import MAX_SHOWN, render_all, to_dict
from archdsl.pipeline import Limits, compile_text
from archdsl.source import SourceFile

ROOT = Path(__file__).resolve().parent.parent.parent
SPECS = [p.read_text(encoding="utf-8") for p in sorted((ROOT / "specs").glob("*.arch"))]
SHORT = [text for text in SPECS if len(text) < 3000]
LANGUAGE = r"""
input default let use block network expect output if else for in then shared or and
not true false train conv3-8 conv FC-10 maxpool relu gap bn concat add residual split
a b c x x2 x3 @a @b @in @a[0] @a[*] @a.c 3x8x8 seq 0 1 2 64 1.5 9999999999999999999
( ) [ ] { } , : = == ~ | + - * / // ** % < > .. . # \ "
"""
WORDS = (
    *LANGUAGE.split(),
    "\n",
    "\n\n",
    "input 3x8x8\n",
    "block a(n) {",
    "network N {",
    "stem: ",
    "\n| A | B |\n",
    "\n| conv3-8 | relu |\n",
    "é",
    "\u202e",
    "\x00",
    "–",
)
LIMITS = Limits()
LIMITS.steps = 5_000


def check(text: str) -> list[Diagnostic]:
    """Compiles; every diagnostic has a page, and a place inside its file."""
    file = SourceFile("m.arch", text)
    design, diagnostics = compile_text(file, None, LIMITS)
    assert (design is None) == bool(diagnostics)
    for d in diagnostics:
        assert d.message
        assert d.id in ArchError.registry
        for label in (d.primary, *d.secondary):
            span = label.span
            assert 0 <= span.start <= span.end <= len(span.file.text)
        line, column = d.primary.span.file.line_col(d.primary.span.start)
        assert column <= len(d.primary.span.file.line_text(line)) + 2
        assert to_dict(d)["line"] == line
    assert render_all(diagnostics).count("error[") >= min(len(diagnostics), MAX_SHOWN)
    return diagnostics


@settings(max_examples=200)
@given(st.lists(st.sampled_from(WORDS), max_size=60), st.sampled_from(["", " "]))
def test_token_soup(words: list[str], between: str) -> None:
    """Words of the language in any order."""
    check(between.join(words))


@settings(max_examples=100)
@given(st.text(max_size=80))
def test_any_text(text: str) -> None:
    """Characters of any kind."""
    check(text)


@settings(max_examples=100)
@given(
    st.sampled_from(SHORT),
    st.lists(
        st.tuples(st.floats(0, 1), st.integers(0, 12), st.sampled_from(WORDS)),
        min_size=1,
        max_size=4,
    ),
)
def test_mutated_spec(text: str, edits: list[tuple[float, int, str]]) -> None:
    """A published network with a few pieces cut out and others put in."""
    for where, length, word in edits:
        at = int(where * len(text))
        text = text[:at] + word + text[at + length :]
    check(text)


@settings(max_examples=30)
@given(st.sampled_from(SHORT), st.integers(0, 10_000))
def test_right_specs_survive_layout(text: str, at: int) -> None:
    """Comments, blank lines, CRLF and a byte order mark change nothing."""
    lines = text.split("\n")
    at %= len(lines)
    changed = "\ufeff" + text.replace("\n", "\r\n") + "\r\n\r\n# the end"
    assert [d.message for d in check(text)] == [d.message for d in check(changed)] == []
    lines.insert(0, "# " + "-" * (at % 80))
    assert check("\n".join(lines)) == []
