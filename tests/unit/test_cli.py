"""The command line: exit codes, answers for programs, streams that fail, files that are whole."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from archdsl.cli import main

PYTHON = shlex.quote(sys.executable)

SPEC = """\
## A net of one width.
network Net(width=8) {
    input 3x32x32
    stem: conv3-width, relu
    gap, FC-10
    expect params == 314
}
network Two {
    input 3x32x32
    conv3-4
}
"""
WRONG = "input 3x32x32\nconv3-8, maxpol\n"
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with `net.arch`, which is right, and `wrong.arch`; it is the working folder."""
    (tmp_path / "net.arch").write_text(SPEC)
    (tmp_path / "wrong.arch").write_text(WRONG)
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def start(*args: str | bytes, **options: object) -> subprocess.CompletedProcess[bytes]:
    """The program as a process of its own."""
    options.setdefault("stdin", subprocess.DEVNULL)
    options.setdefault("stderr", subprocess.PIPE)
    options.setdefault("stdout", subprocess.PIPE)
    command = [sys.executable, "-m", "archdsl", *args]
    return subprocess.run(command, check=False, timeout=60, **options)  # type: ignore[call-overload]


def env(**changes: str) -> dict[str, str]:
    """The environment with changes; the checkout stays importable from any folder."""
    root = str(Path(__file__).resolve().parent.parent.parent)
    return {**os.environ, "PYTHONPATH": root, **changes}


# --- exit codes -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["check", "net.arch"], 0),
        (["--version"], 0),
        (["--help"], 0),
        (["check", "--help"], 0),
        (["check", "wrong.arch"], 1),
        (["check", "net.arch", "wrong.arch"], 1),
        (["report", "wrong.arch"], 1),
        (["compile", "wrong.arch"], 1),
        (["draw", "wrong.arch", "-o", "x.dot"], 1),
        (["list", "wrong.arch"], 1),
        ([], 2),
        (["no-such-command"], 2),
        (["check"], 2),
        (["check", "nothing.arch"], 2),
        (["check", "."], 2),
        (["check", "a\0b"], 2),
        (["check", "/dev/zero"], 2),
        (["compile", "net.arch", "-o"], 2),
        (["compile", "net.arch", "--emit", "fortran"], 2),
        (["draw", "net.arch:Net", "-o", "x.bmp"], 2),
        (["report", "net.arch", "--batch", "0"], 2),
        (["report", "net.arch", "--dtype", "float7"], 2),
        (["check", "net.arch", "--set", "width"], 2),
        (["check", "net.arch", "--set", "width=)"], 2),
        (["check", "net.arch", "--set", "width=4", "--set", "width=8"], 2),
        (["check", "net.arch", "--input", "3x"], 2),
        (["check", "net.arch", "--input", "3x0x32"], 2),
        (["check", "net.arch", "--limit", "wishes=3"], 2),
        (["check", "net.arch", "--limit", "depth=9999"], 2),
        (["kinds", "konv"], 2),
        (["explain", "nothing"], 2),
    ],
)
def test_exit_code(args: list[str], code: int, spec: Path, capsys: Capture) -> None:
    """0 fine, 1 a wrong spec, 2 a wrong command; a wrong command says why in one line."""
    before = sorted(spec.iterdir())
    assert main(args) == code
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    assert bool(err) == (code != 0 and args != [])
    assert sorted(spec.iterdir()) == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("reprot", "no command is called `reprot`, did you mean `report`?; see `archdsl --help`"),
        ("qqq", "no command is called `qqq`; see `archdsl --help`"),
        (
            "report --formt json net.arch",
            "unrecognized arguments: --formt, did you mean `--format`?;"
            " see `archdsl report --help`",
        ),
        (
            "report --frobnicate net.arch",
            "unrecognized arguments: --frobnicate; see `archdsl report --help`",
        ),
        (
            "import tabel net.txt",
            "table: invalid choice: 'tabel' (choose from 'table'), did you mean `table`?;"
            " see `archdsl import --help`",
        ),
    ],
)
def test_what_was_probably_meant(words: str, said: str, capsys: Capture) -> None:
    assert main(words.split()) == 2
    assert capsys.readouterr().err == f"archdsl: {said}\n"


def test_a_bug_of_ours(spec: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    """Exit 70 with one line; the traceback only for those who ask."""

    def fail(*_: object) -> None:
        raise RuntimeError("of ours")

    monkeypatch.setattr("archdsl.cli.check.read_all", fail)
    assert main(["check", "net.arch"]) == 70
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("archdsl: internal error: RuntimeError: of ours. This is a bug")
    assert err.count("\n") == 1
    assert main(["check", "net.arch", "--debug"]) == 70
    assert "Traceback" in capsys.readouterr().err


# --- what is asked for ------------------------------------------------------------------------


def test_one_network(spec: Path, capsys: Capture) -> None:
    """`FILE:NETWORK` and `--network` name one of several."""
    for args in (["check", "net.arch:Two"], ["check", "net.arch", "--network", "Two"]):
        assert main(args) == 0
        out = capsys.readouterr().out
        assert "OK Two: 3x32x32 -> 4x32x32, 112 parameters" in out
        assert "Net" not in out
    assert main(["check", "net.arch:Twoo"]) == 1
    assert "did you mean `Two`?" in capsys.readouterr().err


def test_set_and_input(spec: Path, capsys: Capture) -> None:
    """Parameters and input sizes of the command line; claims are those of the text alone."""
    assert main(["check", "net.arch:Net", "--set", "width=16", "--input", "3x64x48"]) == 0
    assert "OK Net: 3x64x48 -> 10, 618 parameters" in capsys.readouterr().out
    assert main(["check", "net.arch:Net", "--set", "widht=16"]) == 1
    assert "did you mean `width`?" in capsys.readouterr().err


def test_families_only(spec: Path, capsys: Capture) -> None:
    (spec / "family.arch").write_text(
        "network A(w) {\n    input 3x8x8\n    conv3-w\n}\n"
        "network B(w, d) {\n    input 3x8x8\n    conv3-w x(d)\n}\n"
    )
    assert main(["check", "family.arch"]) == 0
    assert capsys.readouterr().out == ("family.arch: OK, families only: `--set w=…` builds `A`\n")
    assert main(["report", "family.arch"]) == 2
    assert "`--set w=…` builds `A`" in capsys.readouterr().err
    assert main(["check", "family.arch", "--network", "A", "--set", "w=7"]) == 0
    assert "OK A: 3x8x8 -> 7x8x8, 196 parameters" in capsys.readouterr().out
    assert main(["check", "family.arch", "--set", "w=7"]) == 0
    assert capsys.readouterr().out.count("OK") == 1
    assert main(["check", "family.arch", "--set", "w=7", "--set", "d=2"]) == 1
    assert "`A` has no parameter `d`" in capsys.readouterr().err


def test_standard_input(spec: Path) -> None:
    """`-` reads the spec from standard input; behind `--` it may name a network of it."""
    done = start("check", "--", "-:Two", input=SPEC.encode(), stdin=None, env=env())
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"OK Two:" in done.stdout
    done = start("check", "-", input=WRONG.encode(), stdin=None, env=env())
    assert done.returncode == 1
    assert done.stderr.startswith(b"<stdin>:2:10: error[unknown-layer]: ")
    done = start("check", "-", env=env())
    assert done.returncode == 1
    assert done.stderr.startswith(b"<stdin>:1:1: error[empty-network]: ")


# --- answers for programs ---------------------------------------------------------------------


def answer(args: list[str], capsys: Capture, code: int = 0) -> Any:
    """What a command says as JSON; nothing else is on either stream."""
    assert main(args) == code
    out, err = capsys.readouterr()
    assert err == ""
    return json.loads(out)


def test_check_json(spec: Path, capsys: Capture) -> None:
    """A list with an object for every file: its diagnostics and its networks."""
    right, wrong = answer(["check", "net.arch", "wrong.arch", "--json"], capsys, 1)
    assert right == {"file": "net.arch", "ok": True, "diagnostics": [], "networks": ["Net", "Two"]}
    assert (wrong["ok"], wrong["networks"]) == (False, [])
    (found,) = wrong["diagnostics"]
    assert (found["id"], found["severity"]) == ("unknown-layer", "error")
    place = [found[k] for k in ("file", "line", "column", "end_line", "end_column")]
    assert place == ["wrong.arch", 2, 10, 2, 16]
    assert found["help"] == "did you mean `maxpool`?"
    assert found["fix"]["text"] == "maxpool"
    assert (found["secondary"], found["notes"]) == ([], [])


@pytest.mark.parametrize("command", ["report", "compile", "list"])
def test_problems_as_json(command: str, spec: Path, capsys: Capture) -> None:
    """The other commands give the same diagnostics."""
    (wrong,) = answer([command, "wrong.arch", "--json"], capsys, 1)
    assert [d["id"] for d in wrong["diagnostics"]] == ["unknown-layer"]


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("r.html", "<!doctype html>"),
        ("r.md", "## Net"),
        ("r.csv", "network,path"),
        ("r.json", "["),
        ("r.tex", "% "),
        ("r.txt", "Net "),
        ("r", "Net "),
    ],
)
def test_a_report_has_the_format_of_its_name(
    name: str, begins: str, spec: Path, capsys: Capture
) -> None:
    assert main(["report", "net.arch:Net", "-o", name]) == 0
    assert Path(name).read_text("utf-8").lower().startswith(begins.lower())
    assert main(["report", "net.arch:Net", "-o", name, "--format", "csv"]) == 0
    assert Path(name).read_text("utf-8").startswith("network,path")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["compile", "net.arch", "--parallel", ""], "--parallel takes some of pipeline, ddp"),
        (["compile", "net.arch", "--device", "nope"], "--device takes a device such as cpu"),
        (["compile", "net.arch", "--device", 'cuda:"'], "--device takes a device such as cpu"),
        (["lint", "net.arch", "--only", ","], "--only takes ids of rules, and none is given"),
    ],
)
def test_options_that_name_nothing(args: list[str], said: str, spec: Path, capsys: Capture) -> None:
    before = sorted(os.listdir())
    assert main(args) == 2
    out, err = capsys.readouterr()
    assert said in err
    assert (out, err.count("\n")) == ("", 1)
    assert sorted(os.listdir()) == before


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--scale", "log"], "--scale is for --view volumes, not graph"),
        (["--title", "X"], "--title is for --view columns or table or volumes, not graph"),
        (["--wrap", "2", "--view", "volumes"], "--wrap is for --view graph, not volumes"),
        (["--direction", "LR", "--view", "columns"], "--direction is for --view graph"),
        (["--detail", "3", "--view", "table"], "not table"),
        (["--theme", "dark", "-o", "x.html"], "--theme is not for a page"),
    ],
)
def test_options_that_a_picture_knows_nothing_of(
    args: list[str], said: str, spec: Path, capsys: Capture
) -> None:
    before = sorted(os.listdir())
    assert main(["draw", "net.arch:Net", *args]) == 2
    out, err = capsys.readouterr()
    assert said in err
    assert (out, err.count("\n")) == ("", 1)
    assert sorted(os.listdir()) == before


def test_what_cannot_be_written_is_called_by_its_name(
    spec: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = os.open

    def refuse(path: str, flags: int, mode: int = 0o777) -> int:
        if flags & os.O_CREAT:
            raise PermissionError(13, "Permission denied", path)
        return opened(path, flags, mode)

    monkeypatch.setattr(os, "open", refuse)
    assert main(["report", "net.arch:Net", "-o", "r.txt"]) == 2
    assert capsys.readouterr().err == "archdsl: cannot write 'r.txt': Permission denied\n"


def test_report_json(spec: Path, capsys: Capture) -> None:
    """The documented keys; layers in order with the counts of the whole."""
    (net,) = answer(["report", "net.arch:Net", "--format", "json"], capsys)
    assert {k: net[k] for k in ("network", "params", "trainable", "buffers")} == {
        "network": "Net",
        "params": 314,
        "trainable": 314,
        "buffers": 0,
    }
    assert list(net["inputs"].values()) == [[3, 32, 32]]
    assert list(net["outputs"].values()) == [[10]]
    assert net["macs"] == 3 * 9 * 8 * 1024 + 80
    assert net["activations"] > 0
    layers = net["layers"]
    assert all({"path", "kind", "in", "out", "params", "macs"} <= set(row) for row in layers)
    assert [row["kind"] for row in layers] == ["conv", "relu", "gap", "flatten", "FC"]
    shapes = [[8, 32, 32], [8, 32, 32], [8, 1, 1], [8], [10]]
    assert [row["out"] for row in layers] == shapes
    assert sum(row["params"] for row in layers) == 314


def test_list_json(spec: Path, capsys: Capture) -> None:
    """Networks with their shapes and counts."""
    net, two = answer(["list", "net.arch", "--json"], capsys)
    assert set(net) >= {"network", "doc", "inputs", "outputs", "params"}
    assert (net["network"], net["doc"], net["params"]) == ("Net", "A net of one width.", 314)
    assert (two["network"], two["params"]) == ("Two", 112)


def test_kinds_json(spec: Path, capsys: Capture) -> None:
    """Every kind with its fields; one kind is the object that the list has."""
    kinds = answer(["kinds", "--json"], capsys)
    assert isinstance(kinds, list)
    conv = next(kind for kind in kinds if kind["name"] == "conv")
    assert answer(["kinds", "Conv", "--json"], capsys) == conv
    assert {"name", "names", "family", "doc", "written", "positional", "fields"} <= set(conv)
    assert {f["name"] for f in conv["fields"]} >= {"kernel", "out", "stride", "pad", "groups"}


def test_explain_json(spec: Path, capsys: Capture) -> None:
    """The list of ids, and a page."""
    ids = answer(["explain", "--json"], capsys)
    assert isinstance(ids, list)
    assert {"unknown-layer", "syntax", "false-claim"} <= set(ids)
    found = answer(["explain", "false-claim", "--json"], capsys)
    assert isinstance(found, dict)
    assert found["id"] == "false-claim"
    assert "Wrong:" in found["page"]


# --- output files -----------------------------------------------------------------------------


def test_compile_writes_whole_files(spec: Path, capsys: Capture) -> None:
    """The named files, no temporary ones; the same bytes again."""
    args = ["compile", "net.arch", "--emit", "torch,dot,report,ir", "-o", "made/here"]
    assert main(args) == 0
    made = {p.name: p.read_bytes() for p in (spec / "made" / "here").iterdir()}
    assert sorted(made) == sorted(
        ["Net.py", "Net.dot", "Net.md", "Two.py", "Two.dot", "Two.md", "net.ir"]
    )
    assert main(args) == 0
    assert {p.name: p.read_bytes() for p in (spec / "made" / "here").iterdir()} == made
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("link", [None, os.symlink, os.link])
def test_output_is_the_input(link: object, spec: Path, capsys: Capture) -> None:
    """A report is never written over the spec, by whatever name."""
    out = "net.arch"
    if link is not None:
        out = "other.md"
        link("net.arch", out)  # type: ignore[operator]
    assert main(["report", "net.arch", "-o", out]) == 2
    assert "is read here, so it is not written over" in capsys.readouterr().err
    assert (spec / "net.arch").read_text() == SPEC


def test_unwritable_output(spec: Path, capsys: Capture) -> None:
    """A folder that cannot be made, a file that is a folder: exit 2, and nothing left behind."""
    (spec / "file").write_text("mine")
    (spec / "folder").mkdir()
    before = sorted(spec.rglob("*"))
    assert main(["compile", "net.arch", "-o", "file/below"]) == 2
    assert main(["report", "net.arch", "-o", "folder"]) == 2
    assert main(["report", "net.arch", "-o", "/proc/nothing/x.md"]) == 2
    assert capsys.readouterr().err.count("archdsl: ") == 3
    assert sorted(spec.rglob("*")) == before


def test_read_only_folder(spec: Path) -> None:
    """A folder without the right to write (which does not bind the superuser)."""
    if os.geteuid() == 0:
        pytest.skip("the superuser may write everywhere")
    (spec / "locked").mkdir(mode=0o555)
    done = start("compile", "net.arch", "-o", "locked", env=env())
    assert done.returncode == 2
    assert list((spec / "locked").iterdir()) == []


# --- streams ----------------------------------------------------------------------------------


def test_closed_pipe(spec: Path) -> None:
    """A reader that goes away is no error, and nothing is said of it."""
    command = f"{PYTHON} -m archdsl kinds; echo $? >code"
    shell = ["bash", "-c", f"({command}) | head -1"]
    done = subprocess.run(shell, check=False, capture_output=True, env=env(), timeout=60)
    assert done.stderr == b""
    assert (spec / "code").read_text().strip() == "0"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
@pytest.mark.parametrize("args", [["check", "net.arch"], ["kinds"], ["report", "net.arch"]])
def test_full_disk(args: list[str], spec: Path) -> None:
    """Output that is lost is exit 2, with one line."""
    with open("/dev/full", "wb") as full:
        done = start(*args, stdout=full, env=env())
    assert done.returncode == 2
    assert done.stderr.startswith(b"archdsl: cannot write: ")
    assert done.stderr.count(b"\n") == 1


def test_closed_streams(spec: Path) -> None:
    """Without standard output or error there is still an exit code and no traceback."""
    for redirect, code in ((">&-", 2), ("2>&-", 0), ("<&-", 0)):
        line = f"{PYTHON} -m archdsl check net.arch {redirect}"
        done = subprocess.run(
            ["bash", "-c", line], check=False, capture_output=True, env=env(), timeout=60
        )
        assert done.returncode == code, redirect
        assert b"Traceback" not in done.stderr + done.stdout


def test_ascii_locale(spec: Path) -> None:
    """Signs that the terminal cannot show are escaped, not lost and no crash."""
    (spec / "dash.arch").write_text("input 3x32x32\nconv3—8\n", encoding="utf-8")
    plain = env(LC_ALL="C", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    done = start("check", "dash.arch", env=plain)
    assert done.returncode == 1
    assert rb"dash.arch:2:6: error[bad-character]: `\u2014` (U+2014)" in done.stderr
    assert done.stderr.isascii()


def test_color(spec: Path) -> None:
    """A pipe has no colour unless it is forced; NO_COLOR is stronger."""
    assert b"\x1b" not in start("check", "wrong.arch", env=env()).stderr
    forced = start("check", "wrong.arch", env=env(FORCE_COLOR="1", TERM="xterm")).stderr
    assert b"\x1b[1;31m" in forced
    both = env(FORCE_COLOR="1", NO_COLOR="1", TERM="xterm")
    assert b"\x1b" not in start("check", "wrong.arch", env=both).stderr


def test_hostile_names(spec: Path) -> None:
    """Control characters and bytes that are no UTF-8 in a file's name are escaped."""
    (spec / "a\x1b[2Jb.arch").write_text(WRONG)
    said = start("check", "a\x1b[2Jb.arch", env=env()).stderr
    assert b"\x1b" not in said
    assert b"<U+001B>" in said
    (spec / "a\x1b[2Jb.arch").write_text("input 3x8x8\nrelu,  relu\n")
    for words in (["check"], ["lint", "--only", "norm-twice"], ["fmt", "--diff"], ["fmt"]):
        done = start(*words, "a\x1b[2Jb.arch", env=env())
        assert b"\x1b" not in done.stdout
        assert b"a<U+001B>[2Jb.arch" in done.stdout
    done = start("compile", "a\x1b[2Jb.arch", "-o", "new\nline", env=env())
    assert b"wrote new<U+000A>line/" in done.stdout
    done = start(b"check", b"\xff.arch", env=env())
    assert done.returncode == 2
    assert done.stderr.startswith(b"archdsl: cannot read")


def test_fifo_without_writer(spec: Path) -> None:
    """A pipe in the file system is refused, not waited for."""
    os.mkfifo("pipe.arch")
    done = start("check", "pipe.arch", env=env())
    assert done.returncode == 2
    assert b"not a regular file" in done.stderr


def test_poor_environment(spec: Path) -> None:
    """No HOME, no PATH; and a working folder that is gone."""
    bare = {"PYTHONPATH": env()["PYTHONPATH"]}
    assert start("check", "net.arch", env=bare).returncode == 0
    line = f"mkdir gone; cd gone; rmdir ../gone; {PYTHON} -m archdsl check net.arch"
    done = subprocess.run(
        ["bash", "-c", line], check=False, capture_output=True, env=env(), timeout=60
    )
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, -15)])
def test_interrupted(number: signal.Signals, code: int, spec: Path) -> None:
    """Ctrl-C is exit 130; no traceback, no file half written."""
    steps = "".join(f"conv3-{i % 50 + 1}\n" for i in range(70_000))  # seconds of work
    (spec / "long.arch").write_text("input 3x32x32\n" + steps)
    before = sorted(spec.iterdir())
    command = [sys.executable, "-m", "archdsl", "compile", "long.arch", "-o", "made"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env()
    ) as running:
        time.sleep(1.0)
        running.send_signal(number)
        out, err = running.communicate(timeout=60)
    assert running.returncode == code
    assert b"Traceback" not in out + err
    assert sorted(spec.iterdir()) == before


@pytest.mark.parametrize("command", ["report", "diff"])
def test_a_false_claim_hides_no_figures(command: str, spec: Path, capsys: Capture) -> None:
    """What helps to find the wrong layer is shown too; programs get the error alone."""
    text = (spec / "net.arch").read_text(encoding="utf-8")
    (spec / "false.arch").write_text(text.replace("FC-10", "FC-11"), encoding="utf-8")
    words = ["net.arch", "false.arch"] if command == "diff" else ["false.arch"]
    assert main([command, *words]) == 1
    out, err = capsys.readouterr()
    assert "error[false-claim]: `params` is " in err
    assert "Net" in out
    assert main([command, *words, "--json"]) == 1
    out, err = capsys.readouterr()
    assert json.loads(out)[0]["diagnostics"][0]["id"] == "false-claim"
    assert err == ""
