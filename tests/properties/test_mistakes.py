"""Mistakes are planted in right specs: N independent ones give N errors, each at its place."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archdsl.diagnostics.mend import apply_fixes, mend
from archdsl.diagnostics.model import Diagnostic
from archdsl.files import EncodingProblem, read_spec
from archdsl.pipeline import compile_text
from archdsl.source import SourceFile

ROOT = Path(__file__).resolve().parents[2]
LONG = int(os.environ.get("ARCHDSL_LONG", "0"))

PARTS = [
    """\
block stage{i}(width, stride=1) {{
    residual(act=relu, shortcut=conv)[ conv3-width/stride, conv3-width ]
    maxpool2/2
}}
network Stage-{i} {{
    input 3x64x64
    default conv (norm=bn, act=relu)
    conv3-16, conv3-32
    stage{i}(width=32) x2
    gap, FC-10
}}
""",
    """\
network Plain-{i} {{
    input 3x64x64
    let width = 16
    let depths = [2, 3]
    stem: conv3-width, relu
    conv3-(2*width) x(depths[0]), maxpool3/2
    for w in [8, 16] {{ conv3-w(pad=1) }}
    concat[ conv1-8
          | conv3-16, relu
          | maxpool3/1(pad=1) ]
    if width > 8 {{ conv3-8 }} else {{ relu }}
    gap, FC-10
    expect shape == 10
}}
""",
    """\
network Table-{i} {{
    input 3x64x64
    | A        | B                  |
    |----------|--------------------|
    | conv3-16 | conv3-16, conv3-16 |
    | maxpool                       |
    | conv3-32 | conv3-32           |
    gap, FC-10
}}
""",
    """\
network Family-{i}(width, classes=10) {{
    input 3x64x64
    a: conv3-width, relu
    b: @a, conv3-width
    add[ @b | @a ]
    gap, FC-classes
}}
network Small-{i} = Family-{i}(width=8)
network Large-{i} = Family-{i}(width=16, classes=100)
expect Small-{i}: shape == 10
""",
]
"""Parts of a file, each right by itself; `{i}` makes their names differ."""

Edit = tuple[str, str]

PLANTS: list[list[Edit]] = [
    [
        ("block stage{i}(width, stride=1) {{", "block stage{i}(width stride=1) {{"),
        ("block stage{i}(width, stride=1) {{", "block stage{i}(width, stride=1 {{"),
        ("shortcut=conv", "shortcut=covn"),
        ("act=relu, s", "act=rleu, s"),
        ("act=relu, shortcut=conv)", "shortcut=conv)"),  # no mistake: see NONE
        ("conv3-width/stride,", "conv3-width/strde,"),
        ("maxpool2/2", "maxpol2/2"),
        ("network Stage-{i} {{", "network Stage-{i} ( {{"),
        ("network Stage-{i} {{", "network 3 {{"),
        ("conv3-16, conv3-32", "conv3-16 conv3-32"),
        ("conv3-16, conv3-32", "conv3-16, covn3-32"),
        ("conv3-16, conv3-32", "conv3–16, conv3-32"),
        ("stage{i}(width=32) x2", "stage{i}(widht=32) x2"),
        ("stage{i}(width=32) x2", "stage{i}() x2"),
        ("stage{i}(width=32) x2", "stge{i}(width=32) x2"),
        ("norm=bn", "norm=bm"),
        ("default conv (", "default covn ("),
        ("FC-10", "FC-10, conv3-8"),
        ("    gap, FC-10\n}}", "    gap, FC-10\n"),
    ],
    [
        ("let width = 16", "let width == 16"),
        ("let width = 16", "let width: 16"),
        ("let width = 16", "let width ="),
        ("let depths = [2, 3]", "let depths = [2, 3"),
        ("depths[0]", "depths[2]"),
        ("depths[0]", "dephts[0]"),
        ("(2*width)", "(2*widht)"),
        ("stem: conv3-width", "stem = conv3-width"),
        ("stem: conv3-width, relu", "conv3-width, stem: relu"),
        ("maxpool3/2", "maxpool3/2("),
        ("maxpool3/2", "maxpool3/2(strides=2)"),
        ("conv3-w(pad=1)", "conv3-w(pad=1"),
        ("conv3-w(pad=1)", "conv3-w(pad=1,)"),  # no mistake
        ("conv3-w(pad=1)", "conv3-w(pda=1)"),
        ("for w in [8, 16]", "for w in 8"),
        ("for w in [8, 16]", "for w of [8, 16]"),
        ("| conv3-16, relu", "| conv3-16, relu |"),
        ("maxpool3/1(pad=1) ]", "maxpool3/1(pad=1)"),
        ("maxpool3/1(pad=1)", "maxpool3/2(pad=1)"),
        ("concat[ conv1-8", "concta[ conv1-8"),
        ("if width > 8", "if width = 8"),
        ("if width > 8", "if 1 < width < 20"),
        ("expect shape == 10", "expect shape = 10"),
        ("expect shape == 10", "expect shape == 11"),
        ("expect shape == 10", "expect 1 < params < 3000000000"),
        ("expect shape == 10", "expect shpae == 10"),
        ("input 3x64x64", "input 3x64"),
        ("gap, FC-10", "gap; FC-10"),
        ("gap, FC-10", "gap, FC-10x"),
        ("gap, FC-10", "gap, FC-10)"),
        ("gap, FC-10", "gap, FC 10"),
        ("gap, FC-10", "gap, FC"),
        ("gap, FC-10", "(gap, FC-10)"),
    ],
    [
        ("| A        | B ", "| A        | A "),
        ("| A        | B ", "|          | B "),
        ("| A        | B ", "| A        | B? "),
        ("| conv3-16 | conv3-16, conv3-16 |", "| conv3-16 | conv3-16 | conv3-16 |"),
        ("| conv3-16 | conv3-16, conv3-16 |", "| conv3-16 | conv3-16 conv3-16 |"),
        ("| maxpool                       |", "| maxpol                        |"),
        ("| conv3-32 | conv3-32           |", "| conv3-32 | conv3-32(pad=)     |"),
        ("gap, FC-10", "gap, FC-widht"),
    ],
    [
        ("network Family-{i}(width, classes=10) {{", "network Family-{i}(width classes=10) {{"),
        ("network Family-{i}(width, classes=10) {{", "network Family-{i}(width, width) {{"),
        ("a: conv3-width, relu", "a: conv3-widt, relu"),
        ("b: @a, conv3-width", "b: @aa, conv3-width"),
        ("    gap, FC-classes", "    b: gap, FC-classes"),
        ("b: @a, conv3-width", "b: @a, conv3-width/2"),
        ("add[ @b | @a ]", "add[ @b | @a | ]"),
        ("add[ @b | @a ]", "add[ @b | @a"),
        ("add[ @b | @a ]", "add( @b | @a )"),
        ("FC-classes", "FC-clases"),
        ("Small-{i} = Family-{i}(width=8)", "Small-{i} = Famly-{i}(width=8)"),
        ("Small-{i} = Family-{i}(width=8)", "Small-{i} = Family-{i}(wdth=8)"),
        ("Small-{i} = Family-{i}(width=8)", "Small-{i} = Family-{i}(width=8"),
        ("expect Small-{i}: shape == 10", "expect Smal-{i}: shape == 10"),
        ("expect Small-{i}: shape == 10", "expect Small-{i}: shape == 11"),
    ],
]
"""For each part: what is written, and what is written instead. One error each."""
NONE = {("act=relu, shortcut=conv)", "shortcut=conv)"), ("conv3-w(pad=1)", "conv3-w(pad=1,)")}


def plant(part: str, edit: Edit, i: int) -> tuple[str, int]:
    """The part with the mistake in it, and the offset of the line that it stands on."""
    old, new = (text.format(i=i) for text in edit)
    text = part.format(i=i)
    assert text.count(old) >= 1, (old, text)
    at = text.index(old)
    return text.replace(old, new, 1), text.rfind("\n", 0, at) + 1


def errors(text: str) -> list[Diagnostic]:
    """What is wrong with a text."""
    return compile_text(SourceFile("mistakes.arch", text))[1]


def told(found: list[Diagnostic]) -> list[tuple[int, str, str]]:
    """Diagnostics in short, for the message of a failing test."""
    return [(d.primary.span.line, d.id, d.message) for d in found]


def test_the_parts_are_right() -> None:
    """Without mistakes there are no errors."""
    assert told(errors("".join(part.format(i=i) for i, part in enumerate(PARTS)))) == []


def written(value: object) -> str:
    """A parameter in the name of a test: what is planted."""
    return str(value[1]) if isinstance(value, tuple) else str(value)


EVERY = [(p, e) for p, edits in enumerate(PLANTS) for e in edits]


@pytest.mark.parametrize(("p", "edit"), EVERY, ids=written)
def test_one_mistake(p: int, edit: Edit) -> None:
    """Each mistake alone, between two parts that are right: one error, near its line."""
    before, after = PARTS[0].format(i=7), PARTS[1].format(i=8)
    text, at = plant(PARTS[p], edit, 1)
    whole = before + text + after
    found = errors(whole)
    if edit in NONE:
        assert told(found) == []
        return
    assert len(found) == 1, told(found)
    line = whole.count("\n", 0, len(before) + at) + 1
    places = [label.span.line for d in found for label in (d.primary, *d.secondary)]
    last = line + edit[1].count("\n") + 12
    assert any(line <= n <= last for n in places), (line, told(found))


@st.composite
def mistaken(draw: st.DrawFn) -> tuple[str, list[tuple[int, int, Edit]]]:
    """A file of parts, of which one to five have a mistake: the text, and where each stands."""
    count = draw(st.integers(1, 5))
    text = ""
    places: list[tuple[int, int, Edit]] = []
    for i in range(count + draw(st.integers(0, 2))):
        p = draw(st.integers(0, len(PARTS) - 1))
        part = PARTS[p].format(i=i)
        if len(places) < count:
            edit = draw(st.sampled_from([e for e in PLANTS[p] if e not in NONE]))
            part, _ = plant(PARTS[p], edit, i)
            first = text.count("\n") + 1
            places.append((first, first + part.count("\n"), edit))
        text += part
    return text, places


@settings(
    max_examples=2000 if LONG else 120,
    deadline=None,
    derandomize=not LONG,
    suppress_health_check=list(HealthCheck),
)
@given(mistaken())
def test_as_many_errors_as_mistakes(made: tuple[str, list[tuple[int, int, Edit]]]) -> None:
    """Independent mistakes are all told, and nothing else is."""
    text, places = made
    found = errors(text)
    assert len(found) == len(places), (places, told(found), text)
    for d, (first, last, _) in zip(found, places, strict=True):
        assert first <= d.primary.span.line <= last, (places, told(found), text)


# --- fixes ------------------------------------------------------------------------------------

GOLDEN = ROOT / "tests" / "golden" / "errors"


def golden_cases() -> Iterator[SourceFile]:
    """The wrong specs of the golden files that are text at all."""
    for path in sorted(GOLDEN.glob("*.arch")):
        try:
            yield SourceFile(str(path), read_spec(str(path)).text)
        except EncodingProblem:
            continue  # no text at all


FIXED = [(f, k) for f in golden_cases() for k, d in enumerate(compile_text(f)[1]) if d.fix]


REVEALING = {
    "bad-string.arch": "the file that the string names is not there",
    "unclosed_string.arch": "the same",
    "capital_headings.arch": "with `conv3x3` as one word, its missing output channels are told",
    "sizes_of_others.arch": "with its brackets mended, `MaxPooling2D` is told",
    "five_headings.arch": "with the `use` mended, the names that it does not bring are told",
}
"""Cases where mending one mistake brings another to light."""


@pytest.mark.parametrize(("file", "k"), FIXED, ids=lambda v: getattr(v, "name", str(v))[-30:])
def test_a_fix_mends(file: SourceFile, k: int) -> None:
    """The text with a fix has fewer errors, or that one gone and another brought to light."""
    before = compile_text(file)[1]
    fix = before[k].fix
    assert fix is not None
    after = compile_text(SourceFile(file.name, apply_fixes(file.text, [fix])))[1]
    same = [d for d in after if (d.id, d.message) == (before[k].id, before[k].message)]
    assert len(after) <= len(before), told(after)
    assert len(same) < sum((d.id, d.message) == (before[k].id, before[k].message) for d in before)
    if fix.safety == "sure" and file.name.rsplit("/", 1)[-1] not in REVEALING:
        assert len(after) < len(before), told(after)


@pytest.mark.parametrize("file", list(golden_cases()), ids=lambda f: Path(f.name).stem)
def test_mending_never_makes_worse(file: SourceFile) -> None:
    """All fixes together: never more errors, what is left is what the text has, and it ends."""

    def check(f: SourceFile) -> list[Diagnostic]:
        return compile_text(f)[1]

    mended = mend(file, check, ("sure", "claim"))
    assert len(mended.left) <= len(check(file))
    assert told(check(mended.file)) == told(mended.left)
    assert (mended.file.text != file.text) == bool(mended.done)
    again = mend(mended.file, check, ("sure", "claim"))
    assert again.done == []


@settings(max_examples=600 if LONG else 40, deadline=None, derandomize=not LONG)
@given(mistaken())
def test_fixes_have_fewer_errors(made: tuple[str, list[tuple[int, int, Edit]]]) -> None:
    """What `--fix` gives has fewer errors for every mistake that has a sure fix."""
    text, _ = made
    before = errors(text)
    mended = mend(SourceFile("mistakes.arch", text), lambda f: compile_text(f)[1])
    sure = [d for d in before if d.fix is not None and d.fix.safety == "sure"]
    assert len(mended.left) <= len(before) - len(sure), (told(before), told(mended.left), text)
    comments = re.compile(r"#.*")
    assert comments.findall(mended.file.text) == comments.findall(text)
