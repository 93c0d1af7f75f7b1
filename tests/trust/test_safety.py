"""Untrusted text: what it says stays text in every output, and what it names stays in its root."""

from __future__ import annotations

import ast
import csv
import html
import io
import json
import os
import re
from pathlib import Path

import pytest
import yaml

import archdsl
from archdsl.backends.torch import source
from archdsl.backends.torch.classes import class_lines
from archdsl.backends.torch.plan import plan
from archdsl.backends.torch.safety import UnsafeSource
from archdsl.backends.torch.unify import unify
from archdsl.cli import main
from archdsl.pipeline import compile_text
from archdsl.source import SourceFile

Capture = pytest.CaptureFixture[str]
DOC = (
    """## " onload="alert(1) <script>alert(1)</script> ]]> --> =cmd|' /C calc'!A0 """
    """| [x](javascript:alert(1)) \\input{/etc/passwd} $x^2$ %s {0} `x` \\\n"""
)
SPEC = DOC + "network Net {\n    input 3x8x8\n    a: conv3-4\n    FC-2\n}\n"
FILE = """=a"b<script>alert(1)<|[x](javascript:1)&.arch"""


# --- Python -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "planted",
    [
        "import os",
        "x = __import__('os').system('id')",
        "torch.load('x')",
        "x = getattr(torch, 'load')",
        "x = (lambda: 1)()",
        "global x",
        "x = nn.Module.__subclasses__()",
        "print(open('/etc/passwd'))",
    ],
)
def test_planted_injections_are_caught(planted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Code that a part of the emitter would let through, in a class or in the fixed prelude."""
    net = archdsl.loads(SPEC)
    real = class_lines
    monkeypatch.setattr(source, "class_lines", lambda one: [*real(one), planted])
    with pytest.raises(UnsafeSource):
        net.source()
    monkeypatch.setattr(source, "class_lines", real)
    assert net.source()


def test_the_prelude_is_fixed_text() -> None:
    """The classes that are written without a look are constants, letter by letter."""
    from archdsl.backends.torch import prelude, prelude_conv, prelude_seq

    fixed = {
        value
        for module in (prelude, prelude_conv, prelude_seq)
        for value in vars(module).values()
        if isinstance(value, str)
    }
    specs = ["conv3-4/2(pad=tf-same)", "lrn", "droppath-0.1", "maxpool3/2(pad=tf-same)"]
    seen = set()
    for step in specs:
        net = archdsl.loads(DOC + f"network Net {{\n    input 3x8x8\n    {step}\n}}\n")
        classes = plan(net.ir, source._row)
        for one in classes:
            unify(one)
        for text in source._prelude(classes):
            assert any(text.strip() == constant.strip() for constant in fixed), text[:80]
            seen.add(text)
    assert seen


def test_names_of_python_and_torch() -> None:
    """Layers, blocks and parameters by the names that code already has: the module works."""
    import torch

    words = ["eval", "half", "type", "training", "forward", "lambda_", "weight", "parameters"]
    labels = "".join(f"{word}: conv3-4\n" for word in words)
    blocks = "".join(
        f"block {name}(self) {{ conv3-self }}\n" for name in ("nn", "torch", "Tensor", "F", "super")
    )
    calls = "nn(4), torch(4), Tensor(4), F(4), super(4)\n"
    module = archdsl.loads(blocks + "input 3x8x8\n" + labels + calls).module()
    module.eval()
    assert module.training is False
    assert module.half().eval()(torch.zeros(2, 3, 8, 8).half()).shape == (2, 4, 8, 8)
    assert len(list(module.parameters())) == 2 * (len(words) + 5)


# --- every other format -----------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with a spec whose file and whose words are hostile."""
    (tmp_path / FILE).write_text(SPEC, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


REPORTS = ("text", "markdown", "csv", "json", "html", "latex")


def test_hostile_texts_in_every_format(folder: Path, capsys: Capture) -> None:
    """Reports, pictures and forms hold the words as words."""
    said = {}
    for form in REPORTS:
        assert main(["report", "--format", form, "-o", f"out/m.{form}", "--", FILE]) == 0
        said[form] = (folder / f"out/m.{form}").read_text(encoding="utf-8")
    emits = "torch,dot,svg,report,ir,yaml"
    assert main(["compile", "--emit", emits, "-o", "made", "--", FILE]) == 0
    for path in (folder / "made").iterdir():
        said[path.suffix] = path.read_text(encoding="utf-8")
    assert {".py", ".dot", ".svg", ".md", ".ir", ".yaml"} <= set(said)
    for form in ("html", ".svg"):
        assert not re.search(
            r"<script>alert|=.?javascript:|<[^>]* on\w+=.alert|<image|<iframe", said[form]
        )
    assert not re.search(r"\b(URL|href|image|tooltip)\s*=", said[".dot"], re.I)
    for line in said["latex"].splitlines():
        assert r"\input{/etc" not in line
    for row in csv.reader(io.StringIO(said["csv"])):
        assert not any(cell[:1] in ("=", "+", "@") for cell in row)
    assert json.loads(said["json"])
    assert yaml.safe_load(said[".yaml"])
    assert ast.parse(said[".py"])
    assert "[x](javascript" not in said["markdown"] + said[".md"]
    assert html.escape("<script>") in said["html"] or "script" not in said["html"]


def test_sarif_and_json(folder: Path, capsys: Capture) -> None:
    """Diagnostics for programs are sound JSON, whatever the text and its file are called."""
    (folder / FILE).write_text('input 3x8x8\n"</script>\x7f\x1b[2J": conv\n', encoding="utf-8")
    for words in (["--json"], ["--format", "sarif"]):
        assert main(["check", *words, "--", FILE]) == 1
        out = capsys.readouterr().out
        assert json.loads(out)
        assert "\x1b" not in out


# --- characters -------------------------------------------------------------------------------


@pytest.mark.parametrize("sign", [*"\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u202c\u2069"])
@pytest.mark.parametrize("place", ["conv3-4 # {}", "## {}\nconv3-4", "co{}nv3-4", "a{}: conv3-4"])
def test_characters_that_deceive(sign: str, place: str, capsys: Capture) -> None:
    """The nine signs that turn the reading direction are refused, in comments too."""
    found = compile_text(SourceFile("m.arch", f"input 3x8x8\n{place.format(sign)}\n"))[1]
    assert {d.id for d in found} == {"bad-character"}
    assert f"U+{ord(sign):04X}" in found[0].message


@pytest.mark.parametrize("sign", [*"\u200b\u200d\u00a0\u3000\ufeff\u0441\uff43\ufb01\u0301"])
def test_characters_that_look_alike(sign: str) -> None:
    """Invisible and confusable letters are no part of a word."""
    found = compile_text(SourceFile("m.arch", f"input 3x8x8\na{sign}b: conv3-4\n"))[1]
    assert [d.id for d in found][:1] == ["bad-character"]


# --- files ------------------------------------------------------------------------------------


def test_use_stays_below_its_root(tmp_path: Path, capsys: Capture) -> None:
    """Above the root, through links, devices, pipes, folders, cycles: one error, no byte shown."""
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "secret.arch").write_text("block secretblock { relu }\nTOPSECRET\n")
    (root / "out.arch").symlink_to("../secret.arch")
    (root / "up").symlink_to("..")
    (root / "zero.arch").symlink_to("/dev/zero")
    (root / "round.arch").symlink_to("round.arch")
    (root / "folder.arch").mkdir()
    os.mkfifo(root / "pipe.arch")
    (root / "a.arch").write_text('use "m.arch": b\nblock a { relu }\n')
    paths = [
        *("../secret.arch", str(tmp_path / "secret.arch"), "out.arch", "up/secret.arch"),
        *("zero.arch", "round.arch", "folder.arch", "pipe.arch", "a.arch", "/dev/stdin", "none"),
        *("..", ".", "./../secret.arch", "a/../../secret.arch", "/proc/self/environ"),
    ]
    for path in paths:
        spec = f'use "{path}": a\ninput 3x8x8\na\n'
        (root / "m.arch").write_text(spec, encoding="utf-8")
        assert main(["check", str(root / "m.arch")]) == 1, path
        err = capsys.readouterr().err
        assert err.count("error[") == 1 + (path == "a.arch"), (path, err)  # and a lacks a block
        assert "error[bad-use]" in err
        assert "TOPSECRET" not in err
        assert "secretblock" not in err
