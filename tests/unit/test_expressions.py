"""Expressions as `--set` and specs take them: their values, and what is said of wrong ones."""

from __future__ import annotations

import pytest

from archdsl.pipeline import read_value

VALUES = [
    ("7 // 2", 3),
    ("-7 % 3", 2),
    ("2 ** 10", 1024),
    ("6 / 3", 2),
    ("1.5 * 2", 3.0),
    ("abs(-3)", 3),
    ("ceil(2.1)", 3),
    ("floor(2.9)", 2),
    ("round(2.5)", 2),
    ("sqrt(16)", 4.0),
    ("log2(8)", 3.0),
    ("max(3, 7, 5)", 7),
    ("min([3, 7, 5])", 3),
    ("sum([1, 2, 3])", 6),
    ("len([4, 5])", 2),
    ("reversed([1, 2])", (2, 1)),
    ("range(3)", (0, 1, 2)),
    ("range(2, 4)", (2, 3)),
    ("range(6, 0, -2)", (6, 4, 2)),
    ("divisible(37, 8)", 40),
    ("divisible(9, 8, 16)", 16),
    ("divisible(11, 8)", 16),  # 8 would be below 90 % of it
    ("[1, 2] + [3]", (1, 2, 3)),
    ("[1, 2, 3][1]", 2),
    ("1 < 2 and 2 < 3", True),
    ("not (1 == 2)", True),
    ("3 if 1 > 2 else 4", 4),
]

WRONG = [
    ("abs([1])", "a number"),
    ("range(1.5)", "an integer"),
    ("divisible(8, 0)", "a positive divisor"),
    ("range(1, 5, 0)", "a step other than 0"),
    ("range(1000000)", "at most 100,000 numbers"),
    ("len(3)", "a list"),
    ("reversed(3)", "a list"),
    ("sqrt(-1)", "a number of at least 0"),
    ("log2(0)", "a positive number"),
    ("max([])", "at least one number"),
    ("1 +", "expected a value"),
    ("[1, 2][5]", "5"),
    ("1 // 0", "zero"),
    ("nobody", "nobody"),
]


@pytest.mark.parametrize(("text", "value"), VALUES, ids=[text for text, _ in VALUES])
def test_value(text: str, value: object) -> None:
    """The value, of its own type: 4.0 is no 4."""
    found, problem = read_value(text)
    assert problem == ""
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(("text", "said"), WRONG, ids=[text for text, _ in WRONG])
def test_wrong(text: str, said: str) -> None:
    """No value, and a message that names what is wanted."""
    found, problem = read_value(text)
    assert found is None
    assert said in problem
