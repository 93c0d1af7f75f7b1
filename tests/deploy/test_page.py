"""docs/deploy.md: its Python runs, and its refusal is what is said."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from archdsl.cli import main

PAGE = Path(__file__).resolve().parents[2] / "docs" / "deploy.md"
TEXT = PAGE.read_text(encoding="utf-8")


def fences(language: str) -> list[str]:
    return re.findall(rf"^```{language}[^\n]*\n(.*?)^```$", TEXT, re.M | re.S)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.arch").write_text(fences("arch")[0])
    return tmp_path


@pytest.mark.parametrize("code", fences("python"))
def test_its_python_runs(code: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(code, str(PAGE), "exec"), {})
    if "print(" in code:
        assert capsys.readouterr().out == "torch.Size([7, 5])\n"


def test_its_refusal(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compile", "net.arch", "--emit", "onnx"]) == 2
    start, _, end = fences("text")[0].strip().partition("…")
    said = capsys.readouterr().err
    assert said.startswith(start)
    assert end == ""
