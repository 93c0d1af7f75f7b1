"""The transcripts of docs/mistakes.md: a shell runs them, and says what is written there.

`BLESS=1` writes the outputs anew; read them before they are committed.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "mistakes.md"
FENCE = re.compile(r"^```console session=(\w+)\n(.*?)^```$", re.M | re.S)
COMMAND = re.compile(r"^\$ (.*?<<'(\w+)'.*?^\2$|[^\n]*)\n", re.M | re.S)
SESSIONS = {m[1]: m[2] for m in FENCE.finditer(PAGE.read_text(encoding="utf-8"))}


def run(session: str, folder: Path) -> str:
    """The session with what its commands print now."""
    bin = folder / "bin"
    bin.mkdir()
    (bin / "archdsl").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m archdsl "$@"\n')
    (bin / "archdsl").chmod(0o755)
    work = folder / "work"
    work.mkdir()
    environment = {
        "PATH": f"{bin}:{os.environ['PATH']}",
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "NO_COLOR": "1",
        "COLUMNS": "100",
    }
    out = []
    for command in COMMAND.finditer(session):
        done = subprocess.run(
            ["sh", "-c", command[1]],
            cwd=work,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        shown = done.stdout.decode()
        out.append(f"$ {command[1]}\n{shown}" + ("" if shown.endswith("\n") or not shown else "\n"))
    return "".join(out)


@pytest.mark.parametrize("name", SESSIONS)
def test_transcript(name: str, tmp_path: Path) -> None:
    now = run(SESSIONS[name], tmp_path)
    if os.environ.get("BLESS"):
        text = PAGE.read_text(encoding="utf-8")
        old = f"```console session={name}\n{SESSIONS[name]}```"
        assert text.count(old) == 1
        PAGE.write_text(text.replace(old, f"```console session={name}\n{now}```"), "utf-8")
        return
    assert now == SESSIONS[name]


def test_each_is_a_mistake_made_and_mended() -> None:
    """Five at least; each shows an error or a warning first, and in the end that all is right."""
    assert len(SESSIONS) >= 5
    for text in SESSIONS.values():
        assert re.search(r": (error|warning)\[[a-z-]+\]: ", text)
        last = COMMAND.split(text)[-1]
        assert ": OK " in last or "nothing found" in last, last
