"""Files written beside what killed writers left, streams that are closed or cannot show a text."""

from __future__ import annotations

import errno
import fcntl
import io
import os
import sys
from pathlib import Path

import pytest

import archdsl
from archdsl import writing
from archdsl.backends.dot.quote import LONGEST, quote
from archdsl.cli import main
from archdsl.cli.output import say
from archdsl.files import FileProblem, read_bytes
from archdsl.live.playground import answer
from archdsl.writing import write_files

SPEC = "input 3x8x8\nconv3-8, gap, FC-10\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_what_a_killed_writer_left_goes_with_the_next_write(folder: Path) -> None:
    left = folder / ".net.py.0123456789ab.tmp"
    left.write_bytes(b"half")
    other = folder / ".other.py.0123456789ab.tmp"
    other.write_bytes(b"of another file")
    write_files({"net.py": b"whole"})
    assert sorted(os.listdir(folder)) == [other.name, "net.py"]


def test_what_a_living_writer_holds_stays(folder: Path) -> None:
    held = folder / ".net.py.0123456789ab.tmp"
    with held.open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        write_files({"net.py": b"whole"})
        assert held.exists()


def test_a_link_with_the_name_of_a_left_over_is_not_followed(folder: Path) -> None:
    mine = folder / "mine"
    mine.write_bytes(b"kept")
    (folder / ".net.py.0123456789ab.tmp").symlink_to(mine)
    write_files({"net.py": b"whole"})
    assert mine.read_bytes() == b"kept"


def test_a_left_over_that_goes_meanwhile_is_no_error(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = folder / ".net.py.0123456789ab.tmp"
    left.write_bytes(b"half")
    real = writing.lock

    def lock(handle: int) -> bool | None:
        """Another writer removes the file between the lock and the removal."""
        if left.exists() and os.path.samestat(os.fstat(handle), left.stat()):
            left.unlink()
        return real(handle)

    monkeypatch.setattr(writing, "lock", lock)
    write_files({"net.py": b"whole"})
    assert os.listdir(folder) == ["net.py"]


def test_a_file_that_another_took_for_left_over_is_made_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([False, True])
    monkeypatch.setattr(writing, "lock", lambda handle: next(answers, True))
    write_files({"net.py": b"whole"})
    assert (folder / "net.py").read_bytes() == b"whole"


def test_a_system_without_locks_writes_all_the_same(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = folder / ".net.py.0123456789ab.tmp"
    left.write_bytes(b"half")
    monkeypatch.setitem(sys.modules, "fcntl", None)
    write_files({"net.py": b"whole"})
    assert (folder / "net.py").read_bytes() == b"whole"
    assert left.exists()  # it may be in use


def test_a_full_disk_leaves_the_old_file_and_nothing_else(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "net.py").write_bytes(b"old")

    def refuse(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", refuse)
    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(writing.OutputProblem, match="No space left"):
        write_files({"net.py": b"new"})
    assert os.listdir(folder) == ["net.py"]
    assert (folder / "net.py").read_bytes() == b"old"


def test_a_disk_that_fails_while_it_is_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "net.arch").write_text(SPEC)

    def refuse(*_: object) -> bytes:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "read", refuse)
    with pytest.raises(FileProblem, match=r"cannot read 'net\.arch': Input/output error"):
        read_bytes("net.arch")


def test_closed_standard_output_is_an_error(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "net.arch").write_text(SPEC)
    monkeypatch.setattr(sys, "stdout", None)
    assert main(["check", "net.arch"]) == 2
    assert "standard output is closed" in capsys.readouterr().err


def test_closed_standard_error_loses_the_message_only(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "net.arch").write_text("inptu 3\n")
    monkeypatch.setattr(sys, "stderr", None)
    assert main(["check", "net.arch"]) == 1


def test_what_a_stream_cannot_show_is_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    say("3×3")
    sys.stdout.flush()
    assert raw.getvalue() == b"3\\xd73\n"


def test_a_used_file_that_is_no_text(folder: Path) -> None:
    (folder / "blocks.arch").write_bytes(b"block b { conv3-8 } # \xff\n")
    (folder / "net.arch").write_text('use "blocks.arch": b\n' + SPEC)
    with pytest.raises(archdsl.SpecError) as caught:
        archdsl.load("net.arch")
    assert "cannot read `blocks.arch`: it is no UTF-8 text" in str(caught.value)


def test_a_text_without_a_file_uses_the_standard_library_only() -> None:
    with pytest.raises(archdsl.SpecError) as caught:
        archdsl.loads('use "blocks.arch": b\n' + SPEC)
    assert "comes from no file" in str(caught.value)


def test_a_label_of_any_length_is_one_that_dot_takes() -> None:
    long = quote("\\" * LONGEST * 2)
    assert long == '"' + "\\\\" * (LONGEST - 1) + '…"'
    assert quote('"\n\x00&') == '"\\"\\n\ufffd&amp;"'


def test_the_playground_answers_with_source_problems_or_a_refusal() -> None:
    assert '"source":"' in answer(SPEC, "").replace(" ", "")
    wrong = answer("input 3x8x8\nconv3-8, maxpol\n", "")
    assert '"source"' not in wrong
    assert "maxpool" in wrong
    with pytest.raises(ValueError, match="1,048,576 characters"):
        answer("#" * (1 << 21), "")


def test_folders_made_for_files_that_cannot_be_written_go_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "kept").mkdir()

    def refuse(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as full:
        full.setattr(os, "fsync", refuse)
        with pytest.raises(writing.OutputProblem, match="No space left"):
            write_files({"new/deep/a": b"1", "new/b": b"2", "kept/c": b"3"})
    assert os.listdir(folder) == ["kept"]
    write_files({"new/deep/a": b"1", "new/b": b"2"})
    assert (folder / "new" / "deep" / "a").read_bytes() == b"1"
