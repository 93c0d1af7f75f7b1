"""What `archdsl check` says of wrong specs, whole and byte by byte (BLESS=1 writes it anew)."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from archdsl.cli import main
from archdsl.diagnostics.errors import ArchError

FOLDER = Path(__file__).resolve().parent.parent / "golden" / "errors"
CASES = sorted(path.stem for path in FOLDER.glob("*.arch"))
HEADS = re.compile(r"^[^\s:]+\.arch:(\d+):(\d+): error\[([a-z-]+)\]: \S", re.M)
# Ids that no file of a few lines can have: see tests/bad for the large ones.
ELSEWHERE = {
    "broken-bundle": "a weight file that brings its spec along",
    "module-too-large": "the limits of a live module are those of the torch back end",
    "not-deployable": "an engine that refuses a layer",
    "not-dense": "a refusal of --dense: tests/golden/dense",
    "not-distributable": "a refusal of --parallel",
    "not-emittable": "a refusal of the torch back end",
    "other-sizes": "a refusal of --dense: tests/golden/dense",
    "no-arch-block": "about a Markdown page: test_literate.py",
    "report-too-large": "a limit of the reports",
    "source-too-large": "a limit of the torch back end",
    "table-cell": "an error of `import table`: tests/golden/import",
    "table-claim": "an error of `import table`: tests/golden/import",
    "table-column": "an error of `import table`: tests/golden/import",
    "table-limit": "an error of `import table`: tests/golden/import",
    "table-open": "an error of `import table`: tests/golden/import",
    "table-shape": "an error of `import table`: tests/golden/import",
    "unreadable": "what a live page says: tests/browser",
    "bad-yaml": "of the YAML form: tests/golden/yaml",
    "yaml-key": "of the YAML form: tests/golden/yaml",
    "yaml-type": "of the YAML form: tests/golden/yaml",
    "yaml-version": "of the YAML form: tests/golden/yaml",
    "tool-missing": "an environment without a package or a compiler",
    "torch-missing": "an environment without torch",
}


def check(name: str, capsys: pytest.CaptureFixture[str]) -> str:
    """What the command says of a case; it runs in the case's folder, so that paths are short."""
    before = os.getcwd()
    os.chdir(FOLDER)
    try:
        code = main(["check", f"{name}.arch"])
    finally:
        os.chdir(before)
    out, err = capsys.readouterr()
    assert (code, out) == (1, "")
    return err


@pytest.mark.parametrize("name", CASES)
def test_message(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The whole of standard error is the golden file."""
    said = check(name, capsys)
    golden = FOLDER / f"{name}.stderr"
    if os.environ.get("BLESS"):
        golden.write_text(said, encoding="utf-8")
    assert said == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", CASES)
def test_place(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Every error stands inside its file, and its caret below the line that is shown."""
    said = check(name, capsys)
    lines = (FOLDER / f"{name}.arch").read_bytes().decode("utf-8", "replace").split("\n")
    heads = HEADS.findall(said)
    assert len(heads) == said.count("error[") >= 1
    for line, column, _ in heads:
        assert 1 <= int(line) <= len(lines)
        assert 1 <= int(column) <= len(lines[int(line) - 1]) + 1
    assert said.count("^") >= len(heads)


@pytest.mark.parametrize("name", [n for n in CASES if n.startswith("ten_")])
def test_one_mistake_is_one_error(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The ten mistakes that everybody makes: one error each, with what to do about it."""
    said = check(name, capsys)
    assert said.endswith("\n1 error\n")
    assert "= help: " in said or "= the difference is " in said


@pytest.mark.parametrize("name", [n for n in CASES if n.startswith("five_")])
def test_five_mistakes_are_five_errors(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Independent mistakes are all told at once, in the order of the text."""
    said = check(name, capsys)
    heads = HEADS.findall(said)
    assert len(heads) >= 5
    places = [(int(line), int(column)) for line, column, _ in heads]
    assert name != "five_mistakes" or places == sorted(places)


def test_every_error_has_a_case() -> None:
    """Each id of the registry stands in a golden file, or is listed with a reason."""
    import archdsl.cli.pages  # noqa: F401  (fills the registry)

    shown = {
        id
        for path in FOLDER.glob("*.stderr")
        for _, _, id in HEADS.findall(path.read_text(encoding="utf-8"))
    }
    assert set(ArchError.registry) - shown == set(ELSEWHERE)


def test_no_golden_file_without_a_case() -> None:
    """A message whose spec is gone is deleted."""
    assert {p.stem for p in FOLDER.glob("*.stderr")} == set(CASES)
