"""docs/modules.md is run: its Python in order, its commands, its table beside the interfaces."""

from __future__ import annotations

import inspect
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

import archdsl
from archdsl.cli import main

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "modules.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^archdsl compile .*$", PAGE, re.M)
TABLE = [row.split("|")[1:-1] for row in re.findall(r"^\| `.*$", PAGE, re.M)]


def test_its_python_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    torch.manual_seed(0)
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE, re.M | re.S)
    assert len(blocks) == 6
    assert sum(block.count("assert") for block in blocks) >= 8
    space: dict[str, Any] = {}
    for block in blocks:
        exec(compile(block, "modules.md", "exec"), space)


def test_its_commands_write_files_that_check_themselves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    assert len(COMMANDS) == 4
    for command in COMMANDS:
        assert main([*shlex.split(command)[1:], "--emit", "torch", "-o", str(tmp_path)]) == 0
    files = sorted(tmp_path.iterdir())
    assert len(files) == len(COMMANDS)
    for file in files:
        space: dict[str, Any] = {"__name__": "written"}
        exec(compile(file.read_text(), file.name, "exec"), space)
        space["self_check"]()
    assert capsys.readouterr().out.count("OK: ") == len(COMMANDS)
    for tool in (["check"], ["format", "--diff"]):
        ruff = [sys.executable, "-m", "ruff", tool[0], "--isolated", *tool[1:], str(tmp_path)]
        assert subprocess.run(ruff, capture_output=True, check=False).returncode == 0


def test_its_table_has_every_argument(capsys: pytest.CaptureFixture[str]) -> None:
    told = [set(re.findall(r"`([a-z_]+)`", row[0])) for row in TABLE]
    arguments = set(inspect.signature(archdsl.Net.module).parameters) - {"self", "max_bytes"}
    assert set().union(*told) == arguments
    space: dict[str, Any] = {"__name__": "written"}
    exec(archdsl.loads("input 4\nFC-2\n").source(), space)
    of_build = {n for names, row in zip(told, TABLE, strict=True) if row[2].strip() for n in names}
    assert of_build == set(inspect.signature(space["build"]).parameters)
    assert main(["compile", "--help"]) == 0
    shown = capsys.readouterr().out
    flags = {flag for row in TABLE for flag in re.findall(r"--[a-z-]+", row[3])}
    assert len(flags) == 10
    assert all(f"{flag} " in shown or f"{flag}\n" in shown for flag in flags)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--dtype", "bfloat16", "--emit", "svg"], "--dtype is for --emit torch"),
        (["--batch", "4"], "--batch says for how many examples --memory-budget is"),
        (["--memory-budget", "1GB", "--batch", "0"], "--batch is at least 1, not 0"),
        (["--memory-budget", "much"], "not 'much'"),
        (["--memory-budget", "1KB"], "are the least"),
        (["--memory-budget", "1GB", "--optimize", "inference"], "inference keeps no activations"),
        (["--cuda-graphs", "1,,2"], "--cuda-graphs takes sizes of batches such as 1,8,32"),
        (["--cuda-graphs", "0"], "--cuda-graphs takes sizes of batches"),
        (["--cuda-graphs", "4", "--compile", "reduce-overhead"], "captures CUDA graphs itself"),
        (["--memory-format", "channels_last_3d"], "has no volumes"),
    ],
)
def test_options_that_say_nothing(
    options: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = tmp_path / "net.arch"
    spec.write_text("input 3x8x8\nconv3-8(norm=bn), gap, FC-4\n")
    out = tmp_path / "out"
    assert main(["compile", str(spec), "-o", str(out), *options]) == 2
    shown = capsys.readouterr()
    assert message in shown.err
    assert "Traceback" not in shown.err
    assert not out.exists()
