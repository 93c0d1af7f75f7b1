"""Outputs are whole or not there: killed, interrupted, out of room, eight writers at once.

TRUST_KILLS=1000 is what `make trust` runs; the small number is for every push.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from archdsl.cli.output import OutputProblem, write_files

KILLS = int(os.environ.get("TRUST_KILLS", "60"))
ENVIRONMENT = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "FORCE_COLOR")}
LOOP = """
import sys
from archdsl.cli.output import write_files
size = 300_000
print("ready", flush=True)
while True:
    for letter in sys.argv[1].encode():
        data = bytes([letter]) * size
        write_files({"one.py": data, "two.svg": data[:777]})
"""
SPEC = "network small {\n    input 3x32x32\n    conv3-16\n    maxpool\n    FC-10\n}\n"


def start(code: str, folder: Path, *words: str) -> subprocess.Popen[bytes]:
    """A Python that runs a piece of code; it says a line when it is ready."""
    process = subprocess.Popen(
        [sys.executable, "-c", code, *words], cwd=folder, stdout=subprocess.PIPE, env=ENVIRONMENT
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return process


def is_whole(path: Path, size: int, letters: bytes) -> bool:
    """Whether a file is all of one letter and has its full size."""
    data = path.read_bytes()
    return (
        len(data) == size and data == data[:1] * size and data[:1] in [bytes([c]) for c in letters]
    )


def test_killed_while_writing(tmp_path: Path) -> None:
    """kill -9 leaves the old file or the new one; a later run removes what it left over."""
    rng = random.Random(5)
    write_files({str(tmp_path / "one.py"): b"a" * 300_000, str(tmp_path / "two.svg"): b"a" * 777})
    strays = 0
    for _ in range(KILLS):
        process = start(LOOP, tmp_path, "ab")
        time.sleep(rng.random() * 0.01)
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
        assert is_whole(tmp_path / "one.py", 300_000, b"ab")
        assert is_whole(tmp_path / "two.svg", 777, b"ab")
        strays += len(list(tmp_path.iterdir())) - 2
    assert strays > 0  # some were hit in the middle of a write
    write_files({str(tmp_path / "one.py"): b"c", str(tmp_path / "two.svg"): b"c"})
    assert sorted(p.name for p in tmp_path.iterdir()) == ["one.py", "two.svg"]


def test_eight_writers(tmp_path: Path) -> None:
    """Writers of the same files do not mix them, fail, or take each other's for left over."""
    writers = [start(LOOP, tmp_path, letter) for letter in "abcdefgh"]
    end = time.monotonic() + 1.5
    looks = 0
    while time.monotonic() < end:
        assert is_whole(tmp_path / "one.py", 300_000, b"abcdefgh")
        looks += 1
    assert [w.poll() for w in writers] == [None] * 8  # none has failed
    for writer in writers:
        writer.kill()
        writer.wait()
        assert writer.stdout is not None
        writer.stdout.close()
    assert looks > 10
    write_files({str(tmp_path / "one.py"): b"", str(tmp_path / "two.svg"): b""})
    assert sorted(p.name for p in tmp_path.iterdir()) == ["one.py", "two.svg"]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_stopped_at_any_moment(number: signal.Signals, tmp_path: Path) -> None:
    """`compile` is stopped at a random moment: no half file, no traceback, the right exit code."""
    rng = random.Random(6)
    (tmp_path / "small.arch").write_text(SPEC, encoding="utf-8")
    command = [sys.executable, "-m", "archdsl", "compile", "small.arch", "--emit", "torch,dot"]
    done = subprocess.run(command, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, check=True)
    out = tmp_path / "build"
    wanted = {p.name: p.read_bytes() for p in out.iterdir()}
    assert sorted(wanted) == ["small.dot", "small.py"]
    begin = time.monotonic()
    subprocess.run(command, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, check=True)
    whole = time.monotonic() - begin
    codes = set()
    for _ in range(max(10, KILLS // 6)):
        for name in wanted:
            (out / name).write_bytes(b"old")
        process = subprocess.Popen(
            command, cwd=tmp_path, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        # From when the interpreter itself is up: before that, Python prints tracebacks of its own.
        time.sleep(0.05 + rng.random() * whole)
        process.send_signal(number)
        _, said = process.communicate()
        codes.add(process.returncode)
        assert b"Traceback" not in said
        for name, data in wanted.items():
            assert (out / name).read_bytes() in (b"old", data)
    # -2 is 130 to a shell: Python gives it where its handler is not there yet, or no longer.
    assert codes <= {0, -number, *([130] if number == signal.SIGINT else [])}
    assert codes != {0}
    subprocess.run(command, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, check=True)
    assert {p.name: p.read_bytes() for p in out.iterdir()} == wanted
    assert done.stderr == b""


def test_an_interrupt_where_python_must_go_on() -> None:
    """In the end of an object Python prints a traceback and goes on: it is told once more."""
    program = """
import sys, time
from archdsl import cli
class Ends:
    def __del__(self):
        raise KeyboardInterrupt
def run(argv):
    Ends()
    time.sleep(60)
cli.run = run
sys.exit(cli.main())
"""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, check=False, timeout=30)
    assert (done.returncode, done.stderr) == (130, b"")


def test_no_room(tmp_path: Path) -> None:
    """Where the disk is full, the old files stay and nothing is left over (exit 2)."""
    (tmp_path / "small.arch").write_text(SPEC, encoding="utf-8")
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "small.py").write_bytes(b"old")
    code = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (700, 700));"
        "from archdsl.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    words = ["compile", "small.arch", "--emit", "torch,dot"]
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        cwd=tmp_path,
        env=ENVIRONMENT | {"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith(b"archdsl: cannot write ")
    assert done.stderr.count(b"\n") == 1
    assert [(p.name, p.read_bytes()) for p in (tmp_path / "build").iterdir()] == [
        ("small.py", b"old")
    ]


def test_permissions_stay(tmp_path: Path) -> None:
    """A file that is written anew keeps who may read and run it."""
    path = tmp_path / "net.py"
    path.write_text("old", encoding="utf-8")
    path.chmod(0o640)
    write_files({str(path): b"new"})
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o640


def test_another_writers_file_stays(tmp_path: Path) -> None:
    """A temporary file that is locked is not removed, and a name that is not ours stays."""
    ours = tmp_path / ".net.py.0123456789ab.tmp"
    other = tmp_path / ".net.py.bak.tmp"
    for path in (ours, other):
        path.write_bytes(b"x")
    code = (
        "import fcntl, os, sys, time; h = os.open(sys.argv[1], os.O_RDONLY);"
        "fcntl.flock(h, fcntl.LOCK_EX); print('ready', flush=True); time.sleep(60)"
    )
    holder = start(code, tmp_path, str(ours))
    write_files({str(tmp_path / "net.py"): b"1"})
    assert ours.exists()
    holder.kill()
    holder.wait()
    assert holder.stdout is not None
    holder.stdout.close()
    write_files({str(tmp_path / "net.py"): b"2"})
    assert sorted(p.name for p in tmp_path.iterdir()) == [".net.py.bak.tmp", "net.py"]


def test_a_folder_in_the_way(tmp_path: Path) -> None:
    """Nothing is written where one of the outputs cannot be."""
    (tmp_path / "b").mkdir()
    with pytest.raises(OutputProblem, match="is a folder"):
        write_files({str(tmp_path / "a"): b"1", str(tmp_path / "b"): b"2"})
    assert [p.name for p in tmp_path.iterdir()] == ["b"]


ENDING = """
import signal, sys, time
from archdsl import cli

class Held:
    def __del__(self):
        raise KeyboardInterrupt

def run(argv):
    Held()  # Python cannot raise it here: it tells the hook
    time.sleep(float(argv[0]))
    return 0

cli.run = run
code = cli.main()
left = signal.getitimer(signal.ITIMER_REAL)
Held()
print(code, left, signal.getitimer(signal.ITIMER_REAL))
time.sleep(0.05)
sys.exit(code)
"""


@pytest.mark.parametrize(("seconds", "code"), [("0", 0), ("5", 130)])
def test_interrupted_in_the_end_of_an_object(seconds: str, code: int) -> None:
    """Ctrl-C that Python cannot raise comes again, but no alarm outlives the command."""
    done = subprocess.run(
        [sys.executable, "-c", ENDING, seconds],
        check=False,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (code, "")
    assert done.stdout == f"{code} (0.0, 0.0) (0.0, 0.0)\n"
