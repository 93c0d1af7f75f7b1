"""What `archdsl check` says of wrong YAML, whole and byte by byte (BLESS=1 writes it anew)."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from archdsl.cli import main

FOLDER = Path(__file__).resolve().parent.parent / "golden" / "yaml"
CASES = sorted(path.stem for path in FOLDER.glob("*.yaml"))
HEADS = re.compile(r"^[^\s:]+\.yaml:(\d+):(\d+): error\[([a-z-]+)\]: \S", re.M)


@pytest.mark.parametrize("name", CASES)
def test_message(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole of standard error is the golden file, and every error stands inside its file."""
    monkeypatch.chdir(FOLDER)
    assert main(["check", f"{name}.yaml"]) == 1
    out, said = capsys.readouterr()
    assert out == ""
    golden = FOLDER / f"{name}.stderr"
    if os.environ.get("BLESS"):
        golden.write_text(said, encoding="utf-8")
    assert said == golden.read_text(encoding="utf-8")
    lines = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8").split("\n")
    heads = HEADS.findall(said)
    assert len(heads) == said.count("error[") >= 1
    for line, column, _ in heads:
        assert 1 <= int(line) <= len(lines)
        assert 1 <= int(column) <= len(lines[int(line) - 1]) + 1


def test_every_id_of_the_form_has_a_case() -> None:
    """The ids that only YAML has, and no message without its case."""
    shown = {
        id
        for path in FOLDER.glob("*.stderr")
        for _, _, id in HEADS.findall(path.read_text(encoding="utf-8"))
    }
    assert {"bad-yaml", "yaml-key", "yaml-type", "yaml-version"} <= shown
    assert {p.stem for p in FOLDER.glob("*.stderr")} == set(CASES)
