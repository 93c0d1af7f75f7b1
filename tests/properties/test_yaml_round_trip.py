"""Random specs in the YAML form: the same text, tree and network come back."""

from __future__ import annotations

import os
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from archdsl.ir.text import render as ir_text
from archdsl.pipeline import compile_text
from archdsl.source import SourceFile
from archdsl.syntax.format import render
from archdsl.syntax.format.render import same
from archdsl.syntax.forms import read
from archdsl.syntax.parse import parse
from archdsl.syntax.yaml.convert import convert
from tests.differential.texts import any_text

EXAMPLES = int(os.environ.get("YAML_EXAMPLES", "60"))
COMMENTS = st.lists(st.tuples(st.integers(0, 400), st.sampled_from(["# a", "## b", "#", "\n"])))

ROOT = Path(__file__).resolve().parents[2]
TABLED = [
    text
    for folder in ("specs", "archdsl/std", "tests/golden/language")
    for path in sorted((ROOT / folder).rglob("*.arch"))
    if "|--" in (text := path.read_text(encoding="utf-8")) and len(text) < 6_000
]
"""Texts with tables, which random networks have none of."""


def strew(text: str, comments: list[tuple[int, str]]) -> str:
    """Comments and empty lines between the lines of a text, and beside them."""
    lines = text.split("\n")
    for at, comment in comments:
        place = at % len(lines)
        if at % 3 == 0 and comment != "\n":
            lines[place] += "  " + comment
        else:
            lines.insert(place, comment.strip("\n"))
    return "\n".join(lines)


@given(st.integers(0, 10**9), COMMENTS)
@settings(max_examples=EXAMPLES)
def test_there_and_back(seed: int, comments: list[tuple[int, str]]) -> None:
    """Formatted text, tree and IR are equal, with comments anywhere."""
    file = SourceFile("spec.arch", strew(any_text(seed), comments))
    tree, problems = parse(file)
    if problems:
        return
    text = render(tree)
    data, problems = convert(file, "yaml")
    assert problems == []
    again = SourceFile("spec.yaml", data)
    assert convert(again, "arch") == (text, [])
    assert convert(again, "yaml") == (data, [])
    assert same(read(again)[0], tree)
    from_json = SourceFile("spec.json", convert(file, "json")[0])
    assert same(read(from_json)[0], tree)
    design, wrong = compile_text(file)
    other, also = compile_text(again)
    assert [d.id for d in wrong] == [d.id for d in also]
    if design is not None and other is not None:
        assert ir_text(design) == ir_text(other)


@given(st.sampled_from(TABLED), COMMENTS)
@settings(max_examples=EXAMPLES)
def test_tables_there_and_back(whole: str, comments: list[tuple[int, str]]) -> None:
    """Comments between and beside the rows of tables come back too."""
    file = SourceFile("spec.arch", strew(whole, comments))
    tree, problems = parse(file)
    if problems:
        return
    text = render(tree)
    data, problems = convert(file, "yaml")
    assert problems == []
    again = SourceFile("spec.yaml", data)
    assert convert(again, "arch") == (text, [])
    assert convert(again, "yaml") == (data, [])
    assert same(read(again)[0], tree)
