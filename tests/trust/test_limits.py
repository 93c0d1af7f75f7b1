"""Every limit: what lies just beyond it is its error, what lies within is fine."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

import archdsl
from archdsl.backends.torch.errors import ModuleTooLarge
from archdsl.cli import main
from archdsl.pipeline import Limits, compile_text
from archdsl.source import SourceFile

START = "input 3x8x8\n"
TABLE = "network V {{\n    input 3x8x8\n    | {} |\n    | {} |\n}}\n"
DEEP = "archdsl: 1\nbody:\n- input: 3x8x8\n- "


def table(columns: int) -> str:
    """A table of so many columns."""
    names = " | ".join(f"A{i}" for i in range(columns))
    return TABLE.format(names, " | ".join(["relu"] * columns))


# constant: (error, a text just beyond, a text just within)
TEXTS = {
    "archdsl.syntax.lexer.MAX_DEPTH": (
        "nesting-too-deep",
        START + "{" * 65 + "relu" + "}" * 65,
        START + "{" * 63 + "relu" + "}" * 63,
    ),
    "archdsl.syntax.build_expressions.MAX_EXPRESSION_DEPTH": (
        "nesting-too-deep",
        START + "conv3-(" + "-" * 101 + "1)",
        START + "conv3-(" + "-" * 98 + "1)",
    ),
    "archdsl.syntax.build_base.MAX_DIGITS": (
        "number-too-large",
        f"{START}relu\nlet n = {'1' * 19}",
        f"{START}relu\nlet n = {'1' * 18}",
    ),
    "archdsl.elaborate.operators.MAX_BITS": (
        "limit",
        f"let n = 2**2100\nlet m = n*n\n{START}relu",
        f"let n = 2**2000\nlet m = n*n\n{START}relu",
    ),
    "archdsl.elaborate.functions.MAX_LIST": (
        "limit",
        f"let m = [1]*100001\n{START}relu",
        f"let m = [1]*100000\n{START}relu",
    ),
    "archdsl.elaborate.context.WORK": (
        "limit",
        f"let a = [1]*100000\n{START}relu\nfor i in 0..25 {{ if a != a {{ relu }} }}",
        f"let a = [1]*100000\n{START}relu\nfor i in 0..23 {{ if a != a {{ relu }} }}",
    ),
    "archdsl.elaborate.words.MAX_NAME": (
        "bad-name",
        START + "a" * 65 + ": relu",
        START + "a" * 64 + ": relu",
    ),
    "archdsl.elaborate.inputs.MAX_SIZE": (
        "bad-input",
        "input 2147483648\nrelu",
        "input 2147483647\nrelu",
    ),
    "archdsl.elaborate.repeats.MAX_COUNT": (
        "bad-repeat",
        START + "relu x(2**62)",
        START + "relu x(2**62 - 1)",
    ),
    "archdsl.syntax.tables.MAX_CELLS": ("bad-table", table(65), table(64)),
    "archdsl.ops.recurrent.MAX_LAYERS": (
        "bad-argument",
        "input seq 4x8\nlstm(8, layers=101)",
        "input seq 4x8\nlstm(8, layers=100)",
    ),
    "archdsl.ops.sequence.MAX_PARTS": (
        "bad-argument",
        "input 1001x8x8\ns: split(1001)\nconcat[ @s[*] ]",
        "input 1000x8x8\ns: split(1000)\nconcat[ @s[*] ]",
    ),
}
OTHERS = {
    "archdsl.files.MAX_BYTES": "limit",
    "archdsl.syntax.yaml.compose.MAX_DEPTH": "nesting-too-deep",
    "archdsl.elaborate.context.Limits.steps": "limit",
    "archdsl.elaborate.context.Limits.modules": "limit",
    "archdsl.elaborate.context.Limits.depth": "limit",
    "archdsl.elaborate.repeats.MAX_RUNS": "limit",
    "archdsl.elaborate.use.MAX_FILES": "bad-use",
    "archdsl.elaborate.use.MAX_DEPTH": "bad-use",
    "archdsl.elaborate.use.MAX_PATH": "bad-use",
    "archdsl.backends.torch.plan.MAX_NODES": "source-too-large",
    "archdsl.backends.torch.live.MAX_SUBMODULES": "module-too-large",
    "archdsl.backends.torch.live.MAX_BYTES": "module-too-large",
    "archdsl.backends.report.model.MAX_ROWS": "report-too-large",
    "archdsl.cli.compile.MAX_BYTES": "exit 2",
    "archdsl.importers.table.model.MAX_COLUMNS": "table-limit",
    "archdsl.importers.table.model.MAX_ROWS": "table-limit",
}
BEYOND = {path: error for path, (error, _, _) in TEXTS.items()} | OTHERS
"""The error behind each limit, for the page that lists them."""


def ids(text: str, limits: Limits | None = None, name: str = "m.arch") -> list[str]:
    """Ids of what is wrong with a text."""
    return [d.id for d in compile_text(SourceFile(name, text), None, limits)[1]]


@pytest.mark.parametrize("path", TEXTS)
def test_text(path: str) -> None:
    """One error beyond the limit, none within."""
    error, beyond, within = TEXTS[path]
    assert ids(beyond + "\n") == [error]
    assert ids(within + "\n") == []


def test_bytes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file of 1 MiB is read, one byte more is an error."""
    path = tmp_path / "m.arch"
    text = START + "relu\n#"
    path.write_text(text + "x" * ((1 << 20) - len(text)), encoding="utf-8")
    assert main(["check", str(path)]) == 0
    path.write_text(text + "x" * ((1 << 20) - len(text) + 1), encoding="utf-8")
    assert main(["check", str(path)]) == 1
    assert "error[limit]" in capsys.readouterr().err


def test_depth_of_yaml() -> None:
    """Groups, of a mapping and a list each; two collections are around them."""
    for deep, wanted in ((30, []), (32, ["nesting-too-deep"])):
        text = DEEP + "{group: [" * deep + "relu" + "]}" * deep + "\n"
        assert ids(text, name="m.yaml") == wanted


def test_steps_modules_and_depth() -> None:
    """The three limits that flags raise: just within is fine, one less is an error."""
    text = "block b(w) { conv3-w }\n" + START + "b(4), b(5), { { relu } }\n"

    def limits(**changes: int) -> Limits:
        made = Limits()
        for name, value in changes.items():
            setattr(made, name, value)
        return made

    for name in ("steps", "modules", "depth"):
        least = next(n for n in range(1, 50) if ids(text, limits(**{name: n})) == [])
        assert least > 1
        assert ids(text, limits(**{name: least - 1})) == ["limit"]


def test_repetitions_that_change_the_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small number for the large one, which takes its time."""
    monkeypatch.setattr("archdsl.elaborate.repeats.MAX_RUNS", 50)
    assert ids("input 1x1x1\n{ conv1-(c+1) } x51\n") == ["limit"]
    assert ids("input 1x1x1\n{ conv1-(c+1) } x50\n") == []
    assert ids("input 1x1x1\nconv1-1, { conv1-1 } x5000000\n") == []


def test_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """257 files, a chain of 17, and a path of 1,001 letters."""
    for i in range(257):
        (tmp_path / f"f{i}.arch").write_text(f"block b{i} {{ relu }}\n", encoding="utf-8")
        more = f'use "c{i + 1}.arch": c{i + 1}\nblock c{i} {{ c{i + 1} }}\n'
        (tmp_path / f"c{i}.arch").write_text(
            more if i < 17 else f"block c{i} {{ relu }}\n", encoding="utf-8"
        )
    uses = [f'use "f{i}.arch": b{i}\n' for i in range(257)]
    path = tmp_path / "m.arch"
    for text, code in (
        ("".join(uses) + START + "b0\n", 1),
        ("".join(uses[:200]) + START + "b0\n", 0),
        ('use "c0.arch": c0\n' + START + "c0\n", 1),
        ('use "c5.arch": c5\n' + START + "c5\n", 0),
        (f'use "{"./" * 496}f0.arch": b0\n' + START + "b0\n", 0),
        (f'use "{"./" * 497}f0.arch": b0\n' + START + "b0\n", 1),
    ):
        path.write_text(text, encoding="utf-8")
        assert main(["check", str(path)]) == code
    assert capsys.readouterr().err.count("error[bad-use]") == 3


def test_source_and_module(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """10,001 layers are not spelled out; 100,001 submodules and 64 GiB are not built."""
    path = tmp_path / "m.arch"
    path.write_text(START + "relu, tanh\n" * 5001, encoding="utf-8")
    out = tmp_path / "out"
    assert main(["compile", str(path), "--emit", "torch", "-o", str(out)]) == 2
    assert "more than 10,000 layers" in capsys.readouterr().err
    assert not out.exists()
    with pytest.raises(ModuleTooLarge, match="100,000 are the limit"):
        archdsl.loads(START + "{ conv3-3, relu } x50000\n").module()
    with pytest.raises(ModuleTooLarge, match="68,719,476,736 are the limit"):
        archdsl.loads("input 131072\nFC-131072\n").module()


def test_written_bytes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All files of one spec together; nothing is written where they are too many."""
    path, out = tmp_path / "m.arch", tmp_path / "out"
    one = "network N{} {{ input 3x8x8\nconv3-8 }}\n"
    path.write_text("".join(one.format(i) for i in range(8)), encoding="utf-8")
    words = ["compile", str(path), "--emit", "html", "-o", str(out)]
    monkeypatch.setattr("archdsl.cli.compile.MAX_BYTES", 4 << 20)
    assert main(words) == 2
    assert "would take more than 4 MiB: choose with --network" in capsys.readouterr().err
    assert not out.exists()
    assert main([*words, "--network", "N3"]) == 0


def test_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A report and an imported table."""
    path = tmp_path / "m.arch"
    path.write_text(START + "for i in 0..100001 { relu }\n", encoding="utf-8")
    assert main(["report", str(path), "--by", "layer"]) in (1, 2)
    for text in (
        "|" + " a |" * 65 + "\n|" + "---|" * 65 + "\n|" + " relu |" * 65 + "\n",
        "| layer |\n|---|\n" + "| conv3-64 |\n" * 2001,
    ):
        sheet = tmp_path / "t.md"
        sheet.write_text(text, encoding="utf-8")
        assert main(["import", "table", str(sheet)]) == 1
        assert "error[table-limit]" in capsys.readouterr().err


def test_exponential_blocks_are_instant() -> None:
    """A block that calls the one before twice, 60 times over, is 60 modules."""
    blocks = "".join(f"block b{i} {{ b{i - 1}, b{i - 1} }}\n" for i in range(1, 61))
    begin = time.process_time()
    assert ids("block b0 { relu }\n" + blocks + START + "b60\n") == []
    assert ids("block b0 { conv3-3 }\n" + blocks + START + "b60\n") == ["limit"]  # 2**60 layers
    assert time.process_time() - begin < 5
