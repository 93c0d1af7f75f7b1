"""What the surroundings do to a command: files that cannot be read, few handles, huge networks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import archdsl
from archdsl.backends.torch.errors import ModuleTooLarge
from archdsl.cli import main

SPEC = "input 3x32x32\nconv3-16\nmaxpool\nFC-10\n"
DATA = "archdsl: 1\nbody:\n- input: 3x32x32\n- conv3-16, maxpool, FC-10\n"
Capture = pytest.CaptureFixture[str]


def test_unreadable_input(tmp_path: Path, capsys: Capture) -> None:
    """A file without the right to read it is exit 2 in one line (the superuser reads it)."""
    path = tmp_path / "m.arch"
    path.write_text(SPEC, encoding="utf-8")
    path.chmod(0)
    assert main(["check", str(path)]) == (0 if os.geteuid() == 0 else 2)
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("m.txt", SPEC, 0),
        ("m", SPEC, 0),
        ("m.YAML", DATA, 0),
        ("m.yaml", SPEC, 1),
        ("m.arch", DATA, 1),
        ("m.md", SPEC, 1),
        ("m.json", DATA, 0),  # JSON is a part of YAML, and one reader reads both
    ],
)
def test_suffix(name: str, text: str, code: int, tmp_path: Path, capsys: Capture) -> None:
    """The suffix says which form a file has; what has another one is an error at its place."""
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    assert main(["check", str(path)]) == code
    err = capsys.readouterr().err
    assert err.startswith(f"{path}:" if code else "")
    assert "Traceback" not in err


@pytest.mark.parametrize("handles", [4, 5, 6, 8])
def test_few_file_handles(handles: int, tmp_path: Path) -> None:
    """With hardly a file handle left a command works or says so, and leaves nothing half."""
    (tmp_path / "m.arch").write_text(SPEC, encoding="utf-8")
    code = (
        "import resource, sys; from archdsl.cli import main;"
        "import archdsl.cli.compile, archdsl.backends.torch.source, archdsl.ops;"
        f"resource.setrlimit(resource.RLIMIT_NOFILE, ({handles}, {handles}));"
        "sys.exit(main(['compile', 'm.arch', '--emit', 'torch', '-o', 'out']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, timeout=60, check=False
    )
    assert done.returncode in (0, 1, 2), done.stderr
    assert b"Traceback" not in done.stderr
    made = [p.name for p in tmp_path.glob("out/*")]
    assert made == (["m.py"] if done.returncode == 0 else [])


def test_a_hundred_terabytes(capsys: Capture) -> None:
    """A live module that is too large is refused before anything is allocated."""
    net = archdsl.loads("input 1000000\nFC-25000000\n")
    with pytest.raises(ModuleTooLarge, match="100,000,100,000,000 bytes"):
        net.module()
    with pytest.raises(ModuleTooLarge, match="and 1,000 are the limit"):
        archdsl.loads(SPEC).module(max_bytes=1000)
    assert archdsl.loads(SPEC).module(max_bytes=1 << 20) is not None
    on_meta = net.module(device="meta")
    assert sum(p.numel() for p in on_meta.parameters()) == net.params
