"""Thousands of mutated texts on every push; the whole number is `make trust`'s."""

from __future__ import annotations

import os

import pytest

from tests.fuzz.cases import make_case
from tests.fuzz.forks import run_case, run_cases
from tests.fuzz.judge import FAILING, judge
from tests.fuzz.mutate import MUTATORS
from tests.fuzz.run import fuzz, signature
from tests.fuzz.seeds import seeds

CASES = int(os.environ.get("FUZZ_CASES", "3000"))
FIRST = int(os.environ.get("FUZZ_FIRST", "0"))


@pytest.mark.slow
def test_mutated_texts() -> None:
    """None ends in a traceback, a hang, half a file, or without a place."""
    summary = fuzz(0, FIRST, CASES, jobs=2)
    assert summary.cases == CASES
    assert [signature(r) + f" (--case {r.number})" for r in summary.failures] == []
    assert summary.kinds["ok"] > CASES // 50  # mutants that are right reach the back ends


def test_a_case_is_a_function_of_its_number() -> None:
    """The same number gives the same text and command, and no two numbers do."""
    texts = {make_case(3, i).text for i in range(300)}
    assert texts == {make_case(3, i).text for i in range(300)}
    assert len(texts) > 290
    assert {make_case(3, i).command for i in range(600)} >= {"check", "fmt", "compile", "draw"}


def test_every_form_and_mutator_is_used() -> None:
    """All forms have seeds, and a few thousand cases try every mutator."""
    assert all(len(of_form) >= 10 for of_form in seeds().values())
    used = {name for i in range(1500) for name in make_case(4, i).used}
    assert used == set(MUTATORS)


def test_failures_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted in the compiler: a crash, a hang, hunger, a killed process, a payload that runs."""
    case = make_case(0, 0)
    assert run_case(case).kind not in FAILING

    def end_with(action: str) -> str:
        monkeypatch.setattr("archdsl.cli.main", PLANTED[action])
        (result,) = run_cases(0, [0], None, "check")
        return result.kind

    assert {action: end_with(action) for action in PLANTED} == {
        "traceback": "traceback",
        "hang": "hang",
        "memory": "memory",
        "crash": "crash",
        "exit": "exit",
        "partial": "partial",
        "injected": "injected",
        "unlocated": "unlocated",
        "flood": "flood",
    }


def spin(words: list[str]) -> int:
    """Never ends."""
    while True:
        len(words)


def eat(words: list[str]) -> int:
    """Holds 700 MB."""
    return len(bytearray(700 << 20)) and 1


def write(path: str) -> int:
    """A file that should not be there."""
    with open(path, "w", encoding="utf-8") as file:
        file.write("x")
    return 1


PLANTED = {
    "traceback": lambda words: 70,
    "hang": spin,
    "memory": eat,
    "crash": lambda words: os.abort(),
    "exit": lambda words: 3,
    "partial": lambda words: write("out/half"),
    "injected": lambda words: write("PWNED_CANARY"),
    "unlocated": lambda words: 1,
    "flood": lambda words: print("x" * 300_000) or 1,
}


def test_a_place_outside_of_the_file_is_none() -> None:
    """A line or a column that the file does not have counts as no place."""
    case = make_case(0, 0)
    case.text, case.path, case.command = b"a\nbc\n", "m.arch", "check"

    def kind(said: str, code: int = 1) -> str:
        return judge_in_empty_folder(case, code, said)

    assert kind("m.arch:2:3: error[syntax]: x") == "clean"
    assert kind("m.arch:2:4: error[syntax]: x") == "unlocated"
    assert kind("m.arch:4:1: error[syntax]: x") == "unlocated"
    assert kind("other.arch:1:1: error[syntax]: x") == "unlocated"
    assert kind("archdsl: no", 2) == "unlocated"


def judge_in_empty_folder(case: object, code: int, said: str) -> str:
    """The class of what was said, where nothing was written."""
    import tempfile

    before = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            os.mkdir("out")
            return judge(case, code, said, 10.0)  # type: ignore[arg-type]
        finally:
            os.chdir(before)


@pytest.mark.parametrize("form", [".arch", ".yaml"])
def test_atheris_targets(form: str) -> None:
    """The targets of the coverage-guided runs hold for the seeds and for built texts."""
    import random

    from tests.fuzz.atheris_parse import try_text
    from tests.fuzz.atheris_yaml import try_yaml

    target = try_text if form == ".arch" else try_yaml
    for seed in seeds()[form][:12]:
        target(b"\x01" + seed.text)
    rng = random.Random(7)
    for _ in range(150):
        target(b"\x00" + rng.randbytes(rng.randrange(60)))
