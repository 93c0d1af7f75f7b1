"""More bad inputs, for every command: each ends with its exit code, and harms nothing."""

from __future__ import annotations

import base64
import io
import json
import os
import re
import sys
import time
from pathlib import Path

import pytest

from archdsl.cli import main
from tests.bad.test_bad import HEAD, check_module

Case = dict[str, object]
CASES: list[Case] = json.loads((Path(__file__).parent / "more.json").read_text("utf-8"))["cases"]
NAMES = [f"{case['category']}: {case['intent']}" for case in CASES]
LONGEST = 64 * 1024  # of what is said on standard error


def prepare(case: Case, folder: Path) -> None:
    """The files, links and pipes that the case finds."""
    files = case["files"]
    assert isinstance(files, dict)
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = base64.b64decode(text["b64"]) if isinstance(text, dict) else text.encode("utf-8")
        path.write_bytes(data)
    links = case.get("links", {})
    assert isinstance(links, dict)
    for name, target in links.items():
        (folder / name).symlink_to(target)
    for name in list(case.get("fifos", [])):  # type: ignore[call-overload]
        os.mkfifo(folder / name)


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_bad_input(
    case: Case,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Exit code and errors as written down; no traceback, no escape, nothing half written."""
    monkeypatch.chdir(tmp_path)
    prepare(case, tmp_path)
    stdin = io.TextIOWrapper(io.BytesIO(str(case.get("stdin", "")).encode()))
    monkeypatch.setattr(sys, "stdin", stdin)
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir() if p.is_file()}
    there = {p.name for p in tmp_path.iterdir()}
    words = [str(word) for word in list(case["words"])]  # type: ignore[call-overload]
    code = main(words)
    out, err = capsys.readouterr()
    heads = HEAD.findall(err)
    assert (code, sorted({head[3] for head in heads})) == (case["code"], case["ids"]), err[:500]
    assert "Traceback" not in out + err
    assert "\x1b" not in out + err
    assert len(err) < LONGEST
    assert sorted({p.name for p in tmp_path.iterdir()} - there) == case["made"]
    for name in list(case.get("intact", [])):  # type: ignore[call-overload]
        assert (tmp_path / name).read_bytes() == before[name]
    if code == 2:
        assert re.fullmatch(r"archdsl: .+\n", err)
    assert not (tmp_path / "PWNED_CANARY").exists()
    for path in tmp_path.glob("out/*.py"):
        check_module(path)


def test_each_says_something_else() -> None:
    """No intent stands there twice, and every command has its cases."""
    assert len(set(NAMES)) == len(CASES) >= 200
    commands = {str(next(iter(case["words"]))) for case in CASES}  # type: ignore[call-overload]
    assert commands >= {
        *("check", "compile", "draw", "report", "fmt", "lint", "convert", "import", "diff"),
        *("explain", "kinds", "list", "weights", "completion"),
    }


def test_links_stay_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is written to a link is written to the file that it leads to."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "real.arch").write_text("input 3x8x8\nrelu,   relu\n", encoding="utf-8")
    (tmp_path / "link.arch").symlink_to("real.arch")
    assert main(["fmt", "link.arch"]) == 0
    assert (tmp_path / "link.arch").is_symlink()
    assert (tmp_path / "real.arch").read_text(encoding="utf-8") == "input 3x8x8\nrelu, relu\n"


def test_devices_stay_devices() -> None:
    """A device is no place for a file: it would be replaced, where the user may do that."""
    before = os.stat(os.devnull).st_rdev
    assert main(["kinds", "conv"]) == 0
    spec = Path(__file__).parents[2] / "specs" / "vgg_e.arch"
    assert main(["report", str(spec), "-o", os.devnull]) == 2
    assert os.stat(os.devnull).st_rdev == before != 0


@pytest.mark.parametrize("part", ["`8`", "'8' ", "conv3-2^3, ", "@x1 | ", "5,000, ", "a ^ ≤ "])
def test_a_line_of_slips_takes_no_time(part: str, tmp_path: Path) -> None:
    """Many signs in one line that each have their fix: the time goes with the text."""
    path = tmp_path / "m.arch"
    took = []
    for times in (1, 4):
        path.write_text(f"input 3x3x3\nx1: relu\n{part * (3000 * times)}\n", encoding="utf-8")
        begin = time.process_time()
        assert main(["check", os.fspath(path)]) == 1
        took.append(time.process_time() - begin)
    assert took[1] < 8 * took[0] + 0.3
