"""`archdsl fmt`: what is written, what is left alone, what scripts are told."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from archdsl.cli import main

Capture = pytest.CaptureFixture[str]
UGLY = "input 3x8x8\nconv3 - 8 ,relu   # why\n"
NEAT = "input 3x8x8\nconv3-8, relu    # why\n"


@pytest.fixture
def ugly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file to lay out, in the folder where the command runs."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "a.arch"
    path.write_text(UGLY, encoding="utf-8")
    return path


def test_writes_what_changes(ugly: Path, capsys: Capture) -> None:
    ugly.chmod(0o640)
    assert main(["fmt", "a.arch"]) == 0
    assert capsys.readouterr().out == "a.arch: laid out anew\n"
    assert ugly.read_text(encoding="utf-8") == NEAT
    assert ugly.stat().st_mode & 0o777 == 0o640
    before = ugly.stat()
    assert main(["fmt", "a.arch"]) == 0
    assert capsys.readouterr().out == ""
    assert (ugly.stat().st_ino, ugly.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert [p.name for p in ugly.parent.iterdir()] == ["a.arch"]


def test_check_and_diff_write_nothing(ugly: Path, capsys: Capture) -> None:
    (ugly.parent / "b.arch").write_text(NEAT, encoding="utf-8")
    assert main(["fmt", "--check", "a.arch", "b.arch"]) == 1
    assert capsys.readouterr().out == "a.arch: would be laid out anew\n"
    assert main(["fmt", "--diff", "a.arch", "b.arch"]) == 0
    diff = capsys.readouterr().out
    assert diff.startswith("--- a/a.arch\n+++ b/a.arch\n")
    assert "\n-conv3 - 8 ,relu   # why\n+conv3-8, relu    # why\n" in diff
    assert "b.arch" not in diff
    assert main(["fmt", "--check", "--diff", "a.arch"]) == 1
    assert main(["fmt", "--check", "b.arch"]) == 0
    assert ugly.read_text(encoding="utf-8") == UGLY


def test_wrong_text_is_left_alone(ugly: Path, capsys: Capture) -> None:
    """Its mistakes are told; the other files are laid out."""
    wrong = ugly.parent / "w.arch"
    wrong.write_text("conv3-8 )\n", encoding="utf-8")
    assert main(["fmt", "w.arch", "a.arch"]) == 1
    assert "w.arch:1:9: error[unmatched-bracket]" in capsys.readouterr().err
    assert wrong.read_text(encoding="utf-8") == "conv3-8 )\n"
    assert ugly.read_text(encoding="utf-8") == NEAT


def test_what_only_check_refuses_is_laid_out(ugly: Path) -> None:
    """Shapes that do not fit keep nobody from a layout."""
    ugly.write_text("conv3-8 ,nosuchlayer\n", encoding="utf-8")
    assert main(["fmt", "a.arch"]) == 0
    assert ugly.read_text(encoding="utf-8") == "conv3-8, nosuchlayer\n"


def test_folders_and_links(ugly: Path, capsys: Capture) -> None:
    folder = ugly.parent / "deep" / "er"
    folder.mkdir(parents=True)
    (folder / "c.arch").write_text(UGLY, encoding="utf-8")
    (folder / "c.txt").write_text(UGLY, encoding="utf-8")
    link = ugly.parent / "link.arch"
    link.symlink_to("a.arch")
    assert main(["fmt", "deep", "link.arch", "a.arch"]) == 0
    told = capsys.readouterr().out
    assert told == f"{Path('deep', 'er', 'c.arch')}: laid out anew\nlink.arch: laid out anew\n"
    assert link.is_symlink()
    assert ugly.read_text(encoding="utf-8") == NEAT
    assert (folder / "c.txt").read_text(encoding="utf-8") == UGLY


def test_line_ends_and_marks(ugly: Path, capsys: Capture) -> None:
    ugly.write_bytes(b"\xef\xbb\xbf" + NEAT.replace("\n", "\r\n").encode())
    assert main(["fmt", "--check", "a.arch"]) == 1
    assert main(["fmt", "a.arch"]) == 0
    assert ugly.read_bytes() == NEAT.encode()


def say_on_stdin(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts a text on standard input."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))


def test_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    for text, code, said in ((UGLY, 0, NEAT), (NEAT, 0, NEAT), ("", 0, ""), ("relu )", 1, "")):
        say_on_stdin(text, monkeypatch)
        assert main(["fmt", "-"]) == code
        assert capsys.readouterr().out == said
    say_on_stdin(UGLY, monkeypatch)
    assert main(["fmt", "--check", "-"]) == 1


def test_answers_for_programs(ugly: Path, capsys: Capture) -> None:
    (ugly.parent / "w.arch").write_text("conv3-8 )\n", encoding="utf-8")
    assert main(["fmt", "--check", "--json", "a.arch", "w.arch"]) == 1
    right, wrong = json.loads(capsys.readouterr().out)
    assert (right["file"], right["ok"], right["changed"]) == ("a.arch", True, True)
    assert (wrong["ok"], wrong["changed"]) == (False, False)
    assert wrong["diagnostics"][0]["id"] == "unmatched-bracket"


@pytest.mark.parametrize("name", ["none.arch", "a.yaml", "a.json", "notes.md"])
def test_usage(name: str, ugly: Path, capsys: Capture) -> None:
    (ugly.parent / "a.yaml").write_text("archdsl: 1\n", encoding="utf-8")
    assert main(["fmt", "a.arch", name]) == 2
    assert capsys.readouterr().err.startswith("archdsl: ")
    assert ugly.read_text(encoding="utf-8") == UGLY


def test_a_text_that_grows_too_large(
    ugly: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What could not be read again is not written."""
    monkeypatch.setattr("archdsl.cli.fmt.MAX_BYTES", 1_000)
    text = "{\n" * 20 + "a\n" * 100 + "}" * 20
    ugly.write_text(text, encoding="utf-8")
    assert main(["fmt", "a.arch"]) == 1
    assert "error[limit]" in capsys.readouterr().err
    assert ugly.read_text(encoding="utf-8") == text
