"""`python -m tests.trust`: every part reads its command's words; a small run goes through."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.trust.__main__ import main
from tests.trust.parts import PARTS

GOOD = {
    "networks": "20,000 networks, 0 mismatches, 90 of 90 kinds, 800 networks a minute",
    "negative": "20,000 networks, 0 mismatches, 90 of 90 kinds, 800 networks a minute",
    "mutated": "20,000 cases in 36 s (3,000 a minute), slowest 0.3 s: {'clean': 20000}",
    "faults": "57 of 57 planted faults caught in 900 s",
    "kills": "9 passed in 75.00s",
    "coverage": "TOTAL   19000   500   6000   200   97.4%",
    "times": "VGG-E 2.1 ms; 100,000 layers 4.0 s, 300 MB; 4 times the layers take 4.0 times",
}
BAD = {
    "networks": "20,000 networks, 1 mismatches, 90 of 90 kinds",
    "negative": "19,000 networks, 0 mismatches, 90 of 90 kinds",
    "mutated": "19,999 cases in 36 s (3,000 a minute), slowest 0.3 s: {'clean': 19999}",
    "faults": "56 of 57 planted faults caught in 900 s",
    "kills": "killed",
    "coverage": "TOTAL   19000   500   6000   200   94.9%",
    "times": "",
}


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_what_is_read(part: object) -> None:
    """Right words with exit 0 pass; wrong words, no words, or another exit code do not."""
    read, name = part.read, part.name  # type: ignore[attr-defined]
    assert read(GOOD[name], 0, 20_000)[1]
    assert not read(GOOD[name], 1, 20_000)[1]
    assert not read(BAD[name], 0, 20_000)[1]
    assert not read("Traceback (most recent call last):", 1, 20_000)[1]


def test_a_failing_part_fails_all(capsys: pytest.CaptureFixture[str], root: Path) -> None:
    """The table says which, and the exit code is 1."""
    from tests.trust.parts import Part, read_tests

    def part(name: str, word: str) -> Part:
        code = f"print('1 {word} in 1s'); raise SystemExit({int(word != 'passed')})"
        return Part(name, "{n}", 5, lambda n: [sys.executable, "-c", code], read_tests)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.trust.__main__.PARTS", [part("one", "passed"), part("two", "failed")])
        assert main([]) == 1
        assert "1 of 2 parts pass" in capsys.readouterr().out
        assert main(["--only", "one"]) == 0


def test_a_small_run(root: Path) -> None:
    """Networks, right and broken, and mutated texts through the whole frame."""
    words = [sys.executable, "-m", "tests.trust", "--scale", "0.001", "--jobs", "1"]
    words += ["--only", "networks", "--only", "negative", "--only", "mutated", "--mutated", "60"]
    done = subprocess.run(words, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    assert "20, 0 wrong" in done.stdout
    assert "3 of 3 parts pass" in done.stdout


def test_the_least_covered_are_named() -> None:
    """Files, least first, beside the total."""
    rows = (
        "archdsl/a.py   20   5   6   2   71.4%   4-9\narchdsl/b/c.py   9   1   2   0   90.9%   3\n"
    )
    read = next(part.read for part in PARTS if part.name == "coverage")
    assert read(rows + GOOD["coverage"], 0, 1) == ("97.4 %, a.py 71.4, b/c.py 90.9", True)
