"""Bad inputs: each is refused with its own error at its place, or accepted, quickly and cleanly."""

from __future__ import annotations

import ast
import base64
import json
import os
import re
import time
from pathlib import Path

import pytest

from archdsl.cli import main

CORPUS = json.loads((Path(__file__).parent / "corpus.json").read_text(encoding="utf-8"))
CASES: dict[str, dict[str, object]] = {case["id"]: case for case in CORPUS["cases"]}
HEAD = re.compile(r"^([^\n]+?):(\d+):(\d+): error\[([a-z-]+)\]: \S", re.M)
SECONDS = 20.0  # on shared cores; what matters is that nothing grows without bound
DOUBLED = ("0430", "0431", "0432", "0435", "0436", "0437", "0440", "0441", "0442")


def build(case: dict[str, object], times: int = 1) -> bytes:
    """The text of a case; `times` multiplies how often its repeated part stands there."""
    if "b64" in case:
        return base64.b64decode(str(case["b64"]))
    numbered = case.get("numbered")
    if isinstance(numbered, dict):
        each = str(numbered["each"])
        lines = [
            each.replace("{i}", str(i)).replace("{p}", str(i - 1))
            for i in range(numbered["from"], numbered["to"])
        ]
        return (numbered["head"] + "".join(lines) + numbered["tail"]).encode()
    parts = case["parts"]
    assert isinstance(parts, list)
    text = "".join(part * (n * times if n > 1 else n) for part, n in parts)
    return text.encode("utf-8", "surrogateescape")


def write(case: dict[str, object], folder: Path) -> str:
    """Writes the files of a case; gives the name of the one to compile."""
    files = case.get("files")
    if not isinstance(files, dict):
        name = str(case.get("file", "m.arch"))
        (folder / name).write_bytes(build(case))
        return name
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    links = case["links"]
    assert isinstance(links, dict)
    for name, target in links.items():
        (folder / name).symlink_to(target)
    return str(case["entry"])


def command(case: dict[str, object], name: str) -> list[str]:
    """The command that the case is for."""
    stage = case.get("stage")
    if stage == "compile":
        return ["compile", "--emit", "torch", "-o", "out", "--", name]
    if stage == "diagram":
        return ["draw", "-o", "out/m.dot", "--", name]
    return ["check", "--", name]


@pytest.mark.parametrize("id", CASES)
def test_bad_input(
    id: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    slower: float,
) -> None:
    """Exit code, errors in the file, no traceback, no partial file, no payload that ran."""
    case = CASES[id]
    monkeypatch.chdir(tmp_path)
    name = write(case, tmp_path)
    before = {p.name for p in tmp_path.iterdir()}
    begin = time.monotonic()
    code = main(command(case, name))
    took = time.monotonic() - begin
    out, err = capsys.readouterr()
    assert took < SECONDS * slower
    assert len(out) + len(err) < 256 * 1024
    assert "Traceback" not in out + err
    heads = HEAD.findall(err)
    assert (code, sorted({head[3] for head in heads})) == (case["code"], case["ids"])
    assert code in ({"ok": (0,), "error": (1,)}.get(str(case["outcome"]), (0, 1)))
    for file, line, column, _ in heads:
        lines = (tmp_path / file).read_bytes().decode("utf-8", "replace").split("\n")
        assert 1 <= int(line) <= len(lines)
        assert 1 <= int(column) <= len(lines[int(line) - 1]) + 1
    after = {p.name for p in tmp_path.iterdir()} - before
    assert after == ({"out"} if code == 0 and "stage" in case else set())
    if code == 0 and case.get("stage") == "compile":
        for path in (tmp_path / "out").iterdir():
            check_module(path)
    if code == 0 and case.get("stage") == "diagram":
        drawn = (tmp_path / "out" / "m.dot").read_text(encoding="utf-8")
        assert not re.search(r"\b(URL|href|image)\s*=", drawn, re.I)
    assert not (tmp_path / "PWNED_CANARY").exists()


def check_module(path: Path) -> None:
    """The module is Python whose only free-standing values are docstrings, and opens no file."""
    tree = ast.parse(path.read_bytes())
    values = [node for node in ast.walk(tree) if isinstance(node, ast.Expr)]
    loose = [v for v in values if not isinstance(v.value, (ast.Constant, ast.Call))]
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert loose == []
    assert not names & {"open", "exec", "eval", "__import__", "os"}


@pytest.mark.parametrize("id", DOUBLED)
def test_time_is_linear(id: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Four times the text takes not much more than four times the time."""
    took = []
    for times in (1, 4):
        path = tmp_path / f"{times}.arch"
        path.write_bytes(build(CASES[id], times)[: 1 << 20])
        begin = time.process_time()
        assert main(["check", os.fspath(path)]) == 1
        took.append(time.process_time() - begin)
    assert took[1] < 10 * took[0] + 0.5
    assert "Traceback" not in capsys.readouterr().err


def test_what_is_tested_elsewhere(root: Path) -> None:
    """Every intent that is no case here names the test that it is."""
    assert not {entry[0] for entry in CORPUS["left"]} & set(CASES)
    assert len(CASES) + len(CORPUS["left"]) == 291
    for _, intent, where in CORPUS["left"]:
        path, name = where.split("::")
        assert f"def {name}(" in (root / path).read_text(encoding="utf-8"), intent
