"""The front end's work grows with the length of a text, whatever it is long in.

Work is counted as calls of functions, which no neighbour on the machine disturbs.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable

import pytest
from hard import HARD, fill

from archdsl.diagnostics.model import Diagnostic
from archdsl.elaborate.context import MAX_ERRORS, Limits
from archdsl.ir.model import Design
from archdsl.pipeline import Request, compile_text, lint_text
from archdsl.source import SourceFile
from archdsl.syntax.forms import is_data

SMALL = 150
GROWTH = 2.5  # of twice the text; the square would be 4
WIDE = Limits(steps=10**7, modules=10**6)


MORE = {
    "blocks in a block, not indented": lambda n: (
        "block b() {\nrelu\n"
        + "".join(f"block c{i}() {{ relu }}\n" for i in range(n))
        + "}\ninput 8x8x8\nb\n"
    ),
    "claims that count": lambda n: (
        "input 8x8x8\n" + "conv3-8\n" * n + f"expect count(conv) == {n}\n" * n
    ),
}


@pytest.mark.parametrize("name", MORE)
def test_twice_more_of_it_is_twice_the_work(name: str) -> None:
    small, large = (count_checking(MORE[name](n)) for n in (SMALL, 2 * SMALL))
    assert large < GROWTH * small, f"{small:,} calls, then {large:,}"


# Each unknown name is compared with up to 500 known ones: its work is bounded, and long to count.
@pytest.mark.parametrize("name", [n for n in HARD if n != "unknown names"])
def test_twice_the_text_is_twice_the_work(name: str) -> None:
    make = HARD[name]
    small, large = (count_checking(make(n)) for n in (SMALL, 2 * SMALL))
    assert large < GROWTH * small, f"{name}: {small:,} calls, then {large:,}"


@pytest.mark.parametrize("name", ["unknown layers", "one label, again and again"])
def test_beyond_the_errors_that_are_told_nothing_is_searched(name: str) -> None:
    """Ten times as many mistakes cost what the text itself costs to read and walk."""
    make = HARD[name]
    few, many = (count_checking(make(n)) for n in (300, 3000))
    assert many < 10 * few
    assert len(check(make(3000))[1]) <= MAX_ERRORS


def test_merging_chains_takes_time_in_their_length() -> None:
    from archdsl.backends.dot import view

    def draw(n: int) -> int:
        design, _ = check("input 8x32x32\n" + "".join(f"conv3-{i + 8}\n" for i in range(n)))
        assert design is not None
        return count_calls(lambda: view(design.networks[0]))

    small, large = draw(600), draw(1200)
    assert large < GROWTH * small


def test_a_repeat_costs_what_one_layer_costs() -> None:
    text = "input 64x56x56\nresidual[ conv3-64, relu, conv3-64 ] x{}\n"
    once, often = (count_checking(text.format(n)) for n in (2, 1_000_000))
    assert often < 1.05 * once


def test_nothing_of_a_megabyte_is_beyond_the_limit() -> None:
    text = fill(HARD["empty lines"])
    assert 900_000 < len(text) < 1 << 20
    assert check(text)[0] is not None


def test_a_loop_that_stays_wrong_ends() -> None:
    """Where a body is wrong for many values in a row, the others are not looked at."""
    text = "input 8x8x8\nfor i in 0..{} {{ y[i]: relu, add[ identity | @z[i] ] }}\n@y[70], relu\n"
    few, many = (count_checking(text.format(n)) for n in (100, 100_000))
    assert many < 1.05 * few + 100_000  # the values themselves
    assert [str(d.primary.span) for d in check(text.format(100_000))[1]] == ["a.arch:2:50"]


def test_a_loop_goes_on_past_single_mistakes() -> None:
    text = (
        "input 8x8x8\nfor i in 0..300 {{ if i % 2 == 0 {{ relu }} else if i < {} {{ FC-(-1) }} }}\n"
    )
    assert len(check(text.format(300))[1]) == 1
    late = text.format(0) + "for i in 0..300 { if i == 299 { convv } else { relu } }\n"
    assert [d.id for d in check(late)[1]] == ["unknown-layer"]


def test_no_message_is_made_for_a_cell_that_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cell is tried as layers and as a value; that it is not the one is no mistake."""

    def describe(*_: object) -> object:
        raise AssertionError("a message for a right table")

    monkeypatch.setattr("archdsl.syntax.expected.describe", describe)
    block = "block b(w, act, stride=1) { conv3-w/stride(act=act) }\n"
    table = "| b | w | act | stride | output |\n" + "| y | 8 | relu | 1 | 8x32x32 |\n"
    assert check("input 8x32x32\n" + block + table)[1] == []


def test_a_wrong_text_is_linted_once() -> None:
    text = "input 8x32x32\n" + "conv3-8\n" * 300 + "convv3-8\n"
    checked = count_checking(text)
    assert count_calls(lambda: lint_text(SourceFile("a.arch", text))) < 1.1 * checked


LONG = {
    "a heading that is not closed": "network A-"
    + "9" * 200_000
    + "\n"
    + "network B "
    + "x" * 200_000,
    "references to a label that cannot be read": (
        "input 8x8x8\na: conv3 conv3\nb: @a" + ", @a" * 60_000 + "\n" + "relu\n" * 1000
    ),
    "blanks before a heading's end": "network " + "a " * 100_000 + "\nblock b" + " " * 200_000,
}


@pytest.mark.parametrize("name", LONG)
def test_patterns_take_time_in_the_length_of_a_line(name: str, slower: float) -> None:
    """The square of these lengths would take minutes."""
    begin = time.process_time()
    assert check(LONG[name])[1]
    assert time.process_time() - begin < 5 * slower


def test_lines_before_the_first_word_of_data(slower: float) -> None:
    begin = time.process_time()
    assert not is_data(SourceFile("<stdin>", "\n" * 200_000 + " " * 200_000 + "relu"))
    assert is_data(SourceFile("<stdin>", "# why\n---\n\n  archdsl: 1\n"))
    assert is_data(SourceFile("<stdin>", '\n{"archdsl": 1}'))
    assert time.process_time() - begin < 5 * slower


def check(text: str) -> tuple[Design | None, list[Diagnostic]]:
    """A text, compiled."""
    design, found = compile_text(SourceFile("a.arch", text), Request(), WIDE)
    return design, found


def count_checking(text: str) -> int:
    """Functions called while a text is compiled."""
    return count_calls(lambda: check(text))


def count_calls(call: Callable[[], object]) -> int:
    """Functions called, those of C as well."""
    count = 0

    def note(_frame: object, event: str, _arg: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    call()  # what is made once is made
    gc.disable()
    sys.setprofile(note)
    try:
        call()
    finally:
        sys.setprofile(None)
        gc.enable()
    return count
