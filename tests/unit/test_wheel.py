"""The wheel: what it carries, and that it checks a spec where nothing else is installed."""

from __future__ import annotations

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

SPEC = """\
use std/resnet: basic

input 3x32x32
default conv (norm=bn, act=relu)
conv3-16
basic(16) x3
gap, FC-10
"""


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built by the environment's own hatchling: no network."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "-o",
        str(folder),
        str(root),
    ]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def archdsl(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program, installed without its dependencies into an empty environment."""
    env = tmp_path_factory.mktemp("env") / "empty env"
    venv.create(env, symlinks=True, with_pip=True)
    python = env / "bin" / "python"
    install = [
        str(python),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        str(wheel),
    ]
    done = subprocess.run(install, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return env / "bin" / "archdsl"


def test_wheel_carries_the_library_and_the_tables(root: Path, wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    library = {str(f.relative_to(root)) for f in (root / "archdsl" / "std").glob("*.arch")}
    assert library
    assert library <= names
    assert {"archdsl/py.typed", "archdsl/syntax/_tables.py"} <= names


def test_wheel_carries_nothing_but_the_package(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"archdsl"}


def test_check_needs_no_dependency(archdsl: Path, tmp_path: Path) -> None:
    spec = tmp_path / "small.arch"
    spec.write_text(SPEC + "expect shape == 10\n")
    done = call(archdsl, "check", str(spec), cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_check_refuses_a_wrong_claim(archdsl: Path, tmp_path: Path) -> None:
    spec = tmp_path / "small.arch"
    spec.write_text(SPEC + "expect shape == 11\n")
    done = call(archdsl, "check", str(spec), cwd=tmp_path)
    assert done.returncode == 1
    assert f"{spec}:8:" in done.stderr or "small.arch:8:" in done.stderr


def test_kinds_are_listed(archdsl: Path, tmp_path: Path) -> None:
    done = call(archdsl, "kinds", cwd=tmp_path)
    assert done.returncode == 0
    assert "conv" in done.stdout


def test_live_module_without_torch_says_what_is_missing(archdsl: Path, tmp_path: Path) -> None:
    code = "import archdsl; archdsl.loads('input 4\\nFC-2').module()"
    done = subprocess.run(
        [archdsl.parent / "python", "-c", code],
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    assert "needs torch, which is not installed" in done.stderr.splitlines()[-1]


def call(program: Path, *args: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Runs the program away from the checkout, so that only what is installed can be found."""
    return subprocess.run(
        [program, *args], cwd=cwd, check=False, capture_output=True, text=True, timeout=60
    )
