"""`archdsl check --fix`: what it writes, what it only shows, what it leaves alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from archdsl.cli import main
from archdsl.elaborate.suggest import is_slip

SLIPS = "input 3x32x32\nstem: covn3-8 relu  # two slips\nconv3-16(strides=2)\ngap, FC-10\n"
MENDED = "input 3x32x32\nstem: conv3-8, relu  # two slips\nconv3-16(stride=2)\ngap, FC-10\n"


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A spec with three slips."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "slips.arch"
    path.write_text(SLIPS, encoding="utf-8")
    return path


def test_fix(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All three are mended, one of them in a second round, and each is told."""
    assert main(["check", "--fix", "slips.arch"]) == 0
    out, err = capsys.readouterr()
    assert spec.read_text(encoding="utf-8") == MENDED
    assert out.splitlines()[:3] == [
        "slips.arch:2:15: fixed[syntax]: write a comma",
        "slips.arch:3:10: fixed[unknown-argument]: write `stride`",
        "slips.arch:2:7: fixed[unknown-layer]: write `conv3`",
    ]
    assert ": OK slips: " in out
    assert err == ""
    assert [p.name for p in spec.parent.iterdir()] == ["slips.arch"]  # nothing is left over


def test_diff(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--diff` shows the change and what is wrong now, and writes nothing."""
    assert main(["check", "--diff", "slips.arch"]) == 1
    out, err = capsys.readouterr()
    assert spec.read_text(encoding="utf-8") == SLIPS
    assert "-stem: covn3-8 relu  # two slips\n-conv3-16(strides=2)\n+stem: conv3-8, relu" in out
    assert "error[syntax]" in err
    assert main(["check", "--fix", "--diff", "slips.arch"]) == 1
    assert capsys.readouterr().out == out
    assert spec.read_text(encoding="utf-8") == SLIPS


def test_claims(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A false claim is stated anew only where that is asked for."""
    text = "input 3x32x32\nconv3-8\nexpect params == 100\nexpect macs ~ 1.0M\n"
    spec.write_text(text, encoding="utf-8")
    assert main(["check", "--fix", "slips.arch"]) == 1
    assert spec.read_text(encoding="utf-8") == text
    assert main(["check", "--fix", "--claims", "slips.arch"]) == 0
    assert "expect params == 224\nexpect macs ~ 0.2M\n" in spec.read_text(encoding="utf-8")
    capsys.readouterr()
    assert main(["check", "--claims", "slips.arch"]) == 2
    assert "go with --fix or --diff" in capsys.readouterr().err


def test_text_is_kept(spec: Path) -> None:
    """A byte order mark, line ends of Windows, tabs and comments stay as they are."""
    data = b"\xef\xbb\xbfinput 3x32x32\r\n\tcovn3-8 # caf\xc3\xa9\r\n"
    spec.write_bytes(data)
    assert main(["check", "--fix", "slips.arch"]) == 0
    assert spec.read_bytes() == data.replace(b"covn", b"conv")


def test_what_is_not_sure_stays(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A cure among several is shown in the message, and not made."""
    text = "input 3x32x32\nresidual[ conv3-8 ]\n"
    spec.write_text(text, encoding="utf-8")
    assert main(["check", "--fix", "slips.arch"]) == 1
    assert spec.read_text(encoding="utf-8") == text
    assert "2 + residual(shortcut=conv)[ conv3-8 ]" in capsys.readouterr().err


def test_json(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Programs get what was mended, with its edits."""
    assert main(["check", "--fix", "--json", "slips.arch"]) == 0
    (answer,) = json.loads(capsys.readouterr().out)
    assert answer["ok"]
    assert [d["fix"]["safety"] for d in answer["fixed"]] == ["sure"] * 3
    edit = answer["fixed"][0]["fix"]["edits"][0]
    assert (edit["line"], edit["column"], edit["text"]) == (2, 14, ",")


def test_standard_input(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Standard input cannot be written."""
    assert main(["check", "--fix", "-"]) == 2
    assert "standard input" in capsys.readouterr().err


def test_a_name_in_use_and_below(spec: Path) -> None:
    """A block misspelled where it is brought in is mended where it is called too."""
    spec.write_text("use std/resnet: basik\ninput 3x8x8\nbasik(16)  # basik\n", encoding="utf-8")
    assert main(["check", "--fix", "slips.arch"]) == 0
    text = "use std/resnet: basic\ninput 3x8x8\nbasic(16)  # basik\n"
    assert spec.read_text(encoding="utf-8") == text


def test_unwritable(
    spec: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the file cannot be written it stays as it is: exit 2."""

    def refuse(source: str, target: str) -> None:
        raise PermissionError(13, "Permission denied", target)

    monkeypatch.setattr("archdsl.cli.output.os.replace", refuse)
    assert main(["check", "--fix", "slips.arch"]) == 2
    assert "cannot write" in capsys.readouterr().err
    assert spec.read_text(encoding="utf-8") == SLIPS
    assert [p.name for p in spec.parent.iterdir()] == ["slips.arch"]


def test_guesses(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A fix that is a guess is made only where that is asked for, and the command says so."""
    text = "input 3x32x32\nresidual[ conv3-8/2 ]\n"
    spec.write_text(text, encoding="utf-8")
    assert main(["check", "--fix", "slips.arch"]) == 1
    assert spec.read_text(encoding="utf-8") == text
    assert capsys.readouterr().err.endswith(
        "1 of them with a fix that is a guess: --guesses makes it too\n"
    )
    assert main(["check", "--fix", "--guesses", "slips.arch"]) == 0
    assert "residual(shortcut=conv)[ conv3-8/2 ]" in spec.read_text(encoding="utf-8")
    assert main(["check", "--guesses", "slips.arch"]) == 2


@pytest.mark.parametrize(
    ("word", "meant", "slip"),
    [
        ("pda", "pad", True),  # two swapped
        ("maxpol", "maxpool", True),
        ("maxpoool", "maxpool", True),
        ("maxpoll", "maxpool", True),
        ("maxpool", "maxpool", False),
        ("mxapol", "maxpool", False),  # two slips
        ("pd", "pad", True),
        ("bm", "bn", False),  # a word of two letters is nothing to go by
        ("apd", "pad", True),
        ("dap", "pad", False),
    ],
)
def test_one_slip(word: str, meant: str, slip: bool) -> None:
    assert is_slip(word, meant) is slip
