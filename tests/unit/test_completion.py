"""Completion: what is offered at each place of a line, and the scripts in the shells themselves."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from archdsl.cli import main
from archdsl.cli.arguments import COMMANDS
from archdsl.cli.candidates import candidates, split
from archdsl.ops.base import Kind

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def words(line: str) -> list[str]:
    """What is offered."""
    return [word for word, _ in candidates(line)]


def test_commands() -> None:
    assert words("archdsl ") == list(COMMANDS)
    assert words("archdsl che") == ["check"]
    assert words("archdsl --v") == ["--version"]
    assert candidates("archdsl dif")[0][1] == COMMANDS["diff"]


def test_options_and_their_values() -> None:
    assert "--format" in words("archdsl report --")
    assert "--debug" not in words("archdsl report --")
    assert "--format" not in words("archdsl report --format text --")
    assert "--set" in words("archdsl report --set a=1 --")
    assert words("archdsl report --format ma") == ["markdown"]
    assert words("archdsl report --format=ma") == ["--format=markdown"]
    assert words("archdsl compile --emit torch,sv") == ["torch,svg"]
    assert "torch,torch" not in words("archdsl compile --emit torch,t")
    assert words("archdsl weights ") == ["port", "warm", "open"]
    assert words("archdsl weights port --to specs/vgg_") == [
        "specs/vgg_bn.arch",
        "specs/vgg_e.arch",
    ]
    assert words("archdsl completion ") == ["bash", "zsh", "fish"]


def test_files_and_networks(tmp_path: Path) -> None:
    assert "specs/" in words("archdsl check ")
    assert words("archdsl check specs/lenet") == ["specs/lenet.arch"]
    assert "specs/README.md" in words("archdsl check specs/R")
    assert words("archdsl check specs/vgg.arch:VGG-A") == [
        "specs/vgg.arch:VGG-A",
        "specs/vgg.arch:VGG-A-LRN",
    ]
    assert words("archdsl diff specs/vgg.arch:VGG-D specs/vgg.arch:VGG-E") == [
        "specs/vgg.arch:VGG-E"
    ]
    assert words("archdsl diff a.arch b.arch ") == []
    assert words("archdsl draw specs/vgg.arch --network VGG-B") == ["VGG-B"]
    assert words("archdsl check none/") == []
    broken = tmp_path / "broken.arch"
    broken.write_text("conv[", encoding="utf-8")
    assert words(f"archdsl check {broken}:") == []
    (tmp_path / "a\nb.arch").touch()
    (tmp_path / "a b.arch").touch()
    assert words(f"archdsl check {tmp_path}/a") == [f"{tmp_path}/a b.arch"]


def test_kinds_and_errors() -> None:
    assert set(words("archdsl kinds ")) == {kind.name for kind in Kind.registry.values()}
    assert words("archdsl explain residual-m") == ["residual-mismatch"]


def test_lines_that_are_not_finished() -> None:
    assert split("archdsl check 'a b") == ["archdsl", "check", "a b"]
    assert split("archdsl check a\\ b ") == ["archdsl", "check", "a b", ""]
    assert split("") == [""]
    assert words("") == list(COMMANDS)
    for line in ("archdsl nothing x", "archdsl check --nothing ", "archdsl check \0", "archdsl \\"):
        assert isinstance(words(line), list)


def test_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion"]) == 2
    assert "bash, zsh or fish" in capsys.readouterr().err
    assert main(["completion", "--line", "archdsl che"]) == 0
    assert capsys.readouterr().out.startswith("check\t")


# --- in the shells -----------------------------------------------------------------------------


@pytest.fixture
def shell_env(tmp_path: Path) -> dict[str, str]:
    """An environment in which `archdsl` is this checkout's."""
    command = tmp_path / "bin" / "archdsl"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m archdsl "$@"\n')
    command.chmod(0o755)
    path = f"{command.parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)}


def in_shell(shell: str, script: str, env: dict[str, str]) -> list[str]:
    """Lines that a script prints in a shell; skips where there is no such shell."""
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed")
    done = subprocess.run(
        [program, "-c", script], env=env, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("archdsl dr", ["draw"]),
        ("archdsl report --format l", ["latex"]),
        ("archdsl report --format=l", ["latex"]),
        ("archdsl check specs/lene", ["specs/lenet.arch"]),
        ("archdsl check specs/vgg.arch:VGG-A", ["VGG-A", "VGG-A-LRN"]),
        ("archdsl kinds maxp", ["maxpool"]),
    ],
)
def test_bash(line: str, wanted: list[str], shell_env: dict[str, str]) -> None:
    quoted = shlex.quote(line)
    script = (
        "source <(archdsl completion bash)\n"
        f"COMP_LINE={quoted} COMP_POINT=${{#COMP_LINE}}\n"
        "complete -p archdsl >/dev/null && _archdsl archdsl\n"
        'printf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    assert in_shell("bash", script, shell_env) == wanted


def test_zsh(shell_env: dict[str, str]) -> None:
    script = (
        "compdef() { print registered $@ }\n"
        "source <(archdsl completion zsh)\n"
        "compadd() { print -l -- ${(P)@[-1]} }\n"
        "words=(archdsl)\n"
        "LBUFFER='archdsl check specs/vgg.arch:VGG-A' _archdsl\n"
        "LBUFFER='archdsl check spec' _archdsl\n"
    )
    assert in_shell("zsh", script, shell_env) == [
        "registered _archdsl archdsl",
        "specs/vgg.arch:VGG-A",
        "specs/vgg.arch:VGG-A-LRN",
        "specs/",
    ]


def test_fish(shell_env: dict[str, str]) -> None:
    script = "archdsl completion fish | source\ncomplete -C 'archdsl report --format=la'"
    assert in_shell("fish", script, shell_env) == ["--format=latex"]
