"""What `archdsl lint` says: whole, of each rule; its pages, silences, fixes and exit codes."""

from __future__ import annotations

import inspect
import json
import os
import re
import textwrap
from pathlib import Path

import pytest

from archdsl.cli import main
from archdsl.diagnostics.mend import apply_fixes
from archdsl.lint.rule import Rule
from archdsl.lint.run import Choice
from archdsl.pipeline import lint_text
from archdsl.source import SourceFile

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "tests" / "golden" / "lint"
CASES = sorted(path.stem for path in FOLDER.glob("*.arch"))
IDS = sorted(Rule.registry)
Capture = pytest.CaptureFixture[str]


def choice_for(id: str) -> Choice:
    """What runs for a page: every rule, advice where the rule is such."""
    return Choice(all=id in Rule.registry and Rule.registry[id].severity == "note")


def lint(text: str, choice: Choice | None = None) -> list[str]:
    """Ids of what is found in a text that is right."""
    wrong, found = lint_text(SourceFile("m.arch", text), choice)
    assert [d.message for d in wrong] == []
    return [d.id for d in found]


def page(id: str) -> str:
    return inspect.getdoc(Rule.registry[id]) or ""


def example(id: str, word: str) -> str:
    """The spec below `Wrong:` or `Right:`."""
    found = re.search(rf"^{word}:\n\n((?:    .*\n|\n)+)", page(id) + "\n", re.M)
    assert found is not None
    return textwrap.dedent(found[1]).rstrip() + "\n"


# --- pages ------------------------------------------------------------------------------------


@pytest.mark.parametrize("id", IDS)
def test_page(id: str, capsys: Capture) -> None:
    """`archdsl explain` shows the page; its wrong example has this finding, its right one none."""
    assert main(["explain", id]) == 0
    assert capsys.readouterr().out == f"{id}\n\n{page(id)}\n"
    assert re.match(r"[A-Z`].*[^\s]", page(id))
    assert lint(example(id, "Wrong"), choice_for(id)) == [id]
    assert lint(example(id, "Right"), choice_for(id)) == []


# --- golden cases -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", CASES)
def test_message(name: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole of standard error is the golden file (BLESS=1 writes it anew)."""
    monkeypatch.chdir(FOLDER)
    only = ["--only", name] if name in IDS and Rule.registry[name].severity == "note" else []
    assert main(["lint", f"{name}.arch", *only]) == 1
    said = capsys.readouterr().err
    golden = FOLDER / f"{name}.stderr"
    if os.environ.get("BLESS"):
        golden.write_text(said, encoding="utf-8")
    assert said == golden.read_text(encoding="utf-8")


def test_every_rule_has_a_case() -> None:
    """Each rule is found in the case of its name; no golden file is left over."""
    assert set(IDS) <= set(CASES)
    assert {p.stem for p in FOLDER.glob("*.stderr")} == set(CASES)
    for id in IDS:
        said = (FOLDER / f"{id}.stderr").read_text(encoding="utf-8")
        assert re.search(rf"^[^\s:]+:\d+:\d+: (?:warning|note)\[{id}\]: \S", said, re.M), id


@pytest.mark.parametrize("name", CASES)
def test_fixes(name: str) -> None:
    """With a fix the finding is gone, the text is right, and nothing else is found anew."""
    file = SourceFile(f"{name}.arch", (FOLDER / f"{name}.arch").read_text(encoding="utf-8"))
    _, found = lint_text(file, Choice(all=True))
    for d in found:
        if d.fix is None:
            continue
        text = apply_fixes(file.text, [d.fix])
        wrong, after = lint_text(SourceFile(file.name, text), Choice(all=True))
        assert wrong == []
        before = [f.message for f in found]
        assert len(after) < len(found), d.id
        for message in (f.message for f in after):
            assert message in before, (d.id, message)


def test_some_rules_have_fixes() -> None:
    """Fixes that do not work are left out, so these say which do."""
    fixable = set()
    for name in CASES:
        file = SourceFile(name, (FOLDER / f"{name}.arch").read_text(encoding="utf-8"))
        fixable |= {d.id for d in lint_text(file, Choice(all=True))[1] if d.fix is not None}
    assert fixable == {
        "activated-logits",
        "bias-before-norm",
        "channels-last",
        "dead-activation",
        "dropout-on-output",
        "inverted-momentum",
        "kept-activation",
        "no-op-layer",
        "norm-twice",
        "softmax-before-loss",
        "softmax-twice",
        "swapped-sizes",
        "unused-block",
        "unused-default",
        "unused-let",
        "unused-use",
    }


# --- published networks and libraries ---------------------------------------------------------


@pytest.mark.parametrize("path", sorted((ROOT / "specs").glob("*.arch")), ids=lambda p: p.stem)
def test_published_networks_are_clean(path: Path) -> None:
    """Each spec is silent, or says in the text why it does what a rule warns of."""
    assert lint(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "path", sorted((ROOT / "archdsl" / "std").glob("*.arch")), ids=lambda p: p.stem
)
def test_standard_library_is_clean(path: Path) -> None:
    assert lint(path.read_text(encoding="utf-8")) == []


# --- what is no finding -----------------------------------------------------------------------

FINE = {
    "bias that something else reads": "input 3x8x8\na: conv3-8\nb: bn\nadd[ @a | @b ], gap, FC-10",
    "bias of another layer": (
        "input 6x8x8\na: conv1-6\nrelu\nb: conv1-6(share=a)\nbn, relu, gap, FC-3"
    ),
    "bias before a layer norm": "input 784\nFC-64, ln, relu, FC-10",
    "bias before a norm in one of two calls": (
        "block u(n) { conv3-n }\ninput 3x8x8\nu(8), bn, relu, u(4), relu, gap, FC-10"
    ),
    "relu behind what may be negative": "input 3x8x8\nconv3-8, tanh, relu, gap, FC-9, relu, FC-10",
    "relu of a sum": "input 8x8x8\na: relu\nb: @a, conv3-8\nadd[ @a | @b ], relu, gap, FC-10",
    "softmax over another axis": (
        "input 2x8x8\nsoftmax, softmax(axis=h), conv3-8, relu, gap, FC-10"
    ),
    "strided shortcut": (
        "input 8x16x16\nresidual(act=relu, shortcut=conv)[ conv3-16/2, relu, conv3-16 ]\ngap, FC-10"
    ),
    "padding takes the rest": "input 3x224x224\nconv7-8/2, relu, maxpool3/2(pad=1), gap, FC-10",
    "low rank": "input 784\nFC-16, FC-128, relu, FC-10",
    "expansion before a depthwise": (
        "input 8x8x8\nconv1-48(act=relu), dwconv3(act=relu), conv1-8, gap, FC-10"
    ),
    "written activation": "input 8x8x8\nresidual[ conv3-8, relu, conv3-8(act=relu) ], gap, FC-10",
    "dropout before the last layer": "input 784\nFC-64(norm=bn, act=relu), dropout-0.5, FC-10",
    "dropout of a parameter": "network N(p=0) {\ninput 784\nFC-64, relu, dropout(p), FC-10\n}",
    "attention by hand": (
        "input seq 8x16\nq: FC-16\nw: @q, softmax\nmul[ @w | @q ], FC-16, at(0), FC-10"
    ),
    "kind in a parameter": (
        "block u(k) { default conv (act=relu)\nk(3, 8) }\nnetwork N { input 3x8x8\nu(conv), gap }"
    ),
    "network of a family": (
        "network A(n) { input 784\nFC-n, relu, FC-10 }\nnetwork B = A(n=5)\nlet k = 9\n"
        "network C-2 { input 784\nFC-k, relu }\nnetwork D { input 784\nC-2, FC-10 }"
    ),
    "normal even kernel": "input 3x32x32\nconv4-8/2(pad=1), relu, gap, FC-10",
    "loss of probabilities": "input 784\nFC-10, sigmoid\ntrain { loss = binary_cross_entropy }",
    "deconvolution of large kernel by name": (
        "input 8x8x8\ndeconv(kernel=16, out=3, stride=8, pad=4), conv(7, 7), gap"
    ),
    "audio": "input signal 1x16000\nconv80-64/4, relu, conv(3, 64), relu, gap, FC-10",
    "last batch": "input 3x8x8\nconv3-8(norm=bn(momentum=1)), relu, bn(momentum=0.5), gap",
    "large batch": "input 784\nFC-64(norm=bn, act=relu), FC-10\ntrain { batch = 64 }",
    "no norm's batch": "input 784\nFC-64(act=relu), FC-10\ntrain { batch = 1 }",
}


@pytest.mark.parametrize("name", FINE)
def test_no_false_alarm(name: str) -> None:
    assert lint(FINE[name] + "\n") == []


# --- silence ----------------------------------------------------------------------------------


def test_a_line_is_silenced_alone() -> None:
    """An allowance behind code is for its line, one above a statement for its whole body."""
    twice = "input 784\nFC-9, relu, relu{0}\nFC-8, relu, relu\nFC-7\n"
    assert lint(twice.format("")) == ["dead-activation"] * 2
    assert lint(twice.format(" # lint: allow dead-activation")) == ["dead-activation"]
    above = "{0}\nnetwork N {{\n" + twice.format("") + "}}\n"
    assert lint(above.format("# lint: allow dead-activation: why not")) == []
    assert lint(above.format("# lint: allow-file dead-activation")) == []
    assert lint(above.format("#lint:allow dead-activation")) == []


def test_choices() -> None:
    """`--only`, `--allow` and `--all` choose the rules; an allowance of those left out is quiet."""
    text = "input 784\nh: FC-8, relu, relu    # lint: allow norm-twice\nFC-7, dropout-0.5\n"
    everything = ["unused-label", "dead-activation", "unused-allowance", "dropout-on-output"]
    assert lint(text, Choice(all=True)) == everything
    assert lint(text) == everything[1:]
    assert lint(text, Choice(only=frozenset({"dead-activation"}))) == ["dead-activation"]
    assert lint(text, Choice(allow=frozenset({"norm-twice", "dead-activation"}))) == [
        "dropout-on-output"
    ]
    assert lint(text, Choice(only=frozenset({"unused-label"}))) == ["unused-label"]


def test_library_allowances_are_not_judged() -> None:
    """In a file of blocks the rules that look at networks see nothing: no allowance is unused."""
    text = "block u(n) {\n    conv3-n, bn    # lint: allow bias-before-norm\n}\n"
    assert lint(text) == []


# --- the command ------------------------------------------------------------------------------


def test_exit_codes(tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """0 for nothing found, 1 for findings and for wrong specs, 2 for unknown rules."""
    monkeypatch.chdir(tmp_path)
    Path("good.arch").write_text("input 784\nFC-10\n")
    Path("bad.arch").write_text("input 784\nFC-9, relu, relu, FC-10\n")
    Path("wrong.arch").write_text("input 784\nFCC-10\n")
    assert main(["lint", "good.arch"]) == 0
    assert capsys.readouterr().out == "good.arch: nothing found\n"
    assert main(["lint", "good.arch", "bad.arch"]) == 1
    shown = capsys.readouterr()
    assert shown.out == "good.arch: nothing found\n"
    assert shown.err.startswith("bad.arch:2:13: warning[dead-activation]: ")
    assert shown.err.endswith("\n1 warning\n")
    assert main(["check", "wrong.arch"]) == main(["lint", "wrong.arch"]) == 1
    first, second = capsys.readouterr().err.split("1 error\n")[:2]
    assert first == second
    assert main(["lint", "bad.arch", "--only", "dead-activations"]) == 2
    assert "did you mean `dead-activation`?" in capsys.readouterr().err
    assert main(["lint", "none.arch"]) == 2
    assert main(["lint", "bad.arch", "--allow", "dead-activation,norm-twice"]) == 0


def test_json(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "bad.arch"
    path.write_text("input 784\nFC-9, relu, relu, FC-10\n")
    assert main(["lint", str(path), "--json"]) == 1
    (answer,) = json.loads(capsys.readouterr().out)
    (found,) = answer["diagnostics"]
    assert (found["id"], found["severity"], found["line"]) == ("dead-activation", "warning", 2)
    assert not answer["ok"]
    assert "fix" in found


def test_sarif(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "bad.arch"
    path.write_text("input 784\nFC-9, relu, relu, FC-10\n")
    assert main(["lint", str(path), "--format", "sarif"]) == 1
    (log,) = json.loads(capsys.readouterr().out)["runs"]
    assert [(r["ruleId"], r["level"]) for r in log["results"]] == [("dead-activation", "warning")]
    assert page("dead-activation") == log["tool"]["driver"]["rules"][0]["help"]["text"]


def test_data_has_findings_without_fixes(tmp_path: Path, capsys: Capture) -> None:
    """The YAML form of a spec is linted at its own lines; edits are those of the language."""
    data = tmp_path / "bad.yaml"
    data.write_text("archdsl: 1\nbody:\n  - input: 784\n  - FC-9, relu, relu, FC-10\n")
    assert main(["lint", str(data), "--json"]) == 1
    (answer,) = json.loads(capsys.readouterr().out)
    assert [d["id"] for d in answer["diagnostics"]] == ["dead-activation"]
    assert "fix" not in answer["diagnostics"][0]


def test_used_files(tmp_path: Path, capsys: Capture) -> None:
    """Findings in a file that is used are shown there, unless that file allows them."""
    blocks = tmp_path / "blocks.arch"
    net = tmp_path / "net.arch"
    net.write_text('use "blocks.arch": u\nnetwork N {\n    input 3x8x8\n    u(8), gap, FC-10\n}\n')
    blocks.write_text("block u(n) {\n    conv3-n, bn\n}\n")
    assert main(["lint", str(blocks)]) == 0
    assert main(["lint", str(net)]) == 1
    assert f"{blocks}:2:5: warning[bias-before-norm]" in capsys.readouterr().err
    blocks.write_text("block u(n) {\n    conv3-n, bn    # lint: allow bias-before-norm\n}\n")
    assert main(["lint", str(blocks)]) == 0
    assert main(["lint", str(net)]) == 0


def test_fix_and_diff(tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--diff` shows, `--fix` writes; a second time there is nothing to do."""
    monkeypatch.chdir(tmp_path)
    path = Path("net.arch")
    before = "input 3x8x8 # rgb\r\nlet k = 3\r\nconv3-8, bn, relu, relu # end\r\ngap, FC-10\r\n"
    path.write_bytes(before.encode())
    assert main(["lint", "net.arch", "--diff"]) == 1
    assert "+conv3-8(bias=false), bn, relu # end" in capsys.readouterr().out
    assert path.read_bytes() == before.encode()
    assert main(["lint", "net.arch", "--fix"]) == 0
    assert capsys.readouterr().out == (
        "net.arch:2:5: fixed[unused-let]: take `let k = 3` away\n"
        "net.arch:3:1: fixed[bias-before-norm]: write `bias=false`\n"
        "net.arch:3:20: fixed[dead-activation]: take `relu` away\n"
        "net.arch: nothing found\n"
    )
    mended = b"input 3x8x8 # rgb\r\nconv3-8(bias=false), bn, relu # end\r\ngap, FC-10\r\n"
    assert path.read_bytes() == mended
    assert main(["lint", "net.arch", "--fix"]) == 0
    assert path.read_bytes() == mended


def test_fix_breaks_no_claim(tmp_path: Path, capsys: Capture) -> None:
    """A fix that makes a claim false is not offered and not made; others are."""
    path = tmp_path / "net.arch"
    text = "input 3x8x8\nconv3-8, bn{}\ngap, FC-10\nexpect params == 330\n"
    path.write_text(text.format(", relu, relu"))
    assert main(["lint", str(path), "--fix"]) == 1
    assert path.read_text() == text.format(", relu")
    assert "write `bias=false`" in capsys.readouterr().err


def test_fix_of_standard_input(capsys: Capture) -> None:
    assert main(["lint", "-", "--fix"]) == 2
    assert "standard input" in capsys.readouterr().err
