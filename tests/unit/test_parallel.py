"""`--stages` and `--parallel` on the command line, and the page about them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from archdsl.cli import main

ROOT = Path(__file__).resolve().parents[2]
LENET = "specs/lenet.arch:LeNet-Caffe"
RESNET = "specs/resnet.arch:ResNet-50"
PAGE = (ROOT / "docs" / "distributed.md").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def _root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def test_programs_are_written_beside_the_module(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["compile", LENET, "--emit", "torch", "-o", str(tmp_path)]
    assert main([*command, "--parallel", "pipeline,ddp", "--parallel", "fsdp"]) == 0
    assert {path.name for path in tmp_path.iterdir()} == {
        "LeNet_Caffe.py",
        "LeNet_Caffe_stages.py",
        "LeNet_Caffe_ddp.py",
        "LeNet_Caffe_fsdp.py",
    }
    assert "LeNet_Caffe_stages.py" in capsys.readouterr().out


def test_logits_reach_the_loss(tmp_path: Path) -> None:
    command = ["compile", LENET, "--emit", "torch", "-o", str(tmp_path), "--stages", "3"]
    assert main(command) == 0
    text = (tmp_path / "LeNet_Caffe_stages.py").read_text("utf-8")
    assert "F.nll_loss(output.clamp_min(1e-12).log(), target)" in text
    assert main([*command, "--logits"]) == 0
    text = (tmp_path / "LeNet_Caffe_stages.py").read_text("utf-8")
    assert "F.cross_entropy(output, target)" in text
    assert "softmax" not in text


def test_what_a_program_leaves_out(tmp_path: Path) -> None:
    """Nothing of `train` is dropped in silence; stages have random numbers of their own."""
    facts = "optimizer = lamb(0.1), clip = 0.5, batch = 8, schedule = cosine, loss = focal"
    spec = f"input 4\nFC-4, relu, dropout\nFC-4, dropout\nFC-3\ntrain {{ {facts} }}\n"
    (tmp_path / "a.arch").write_text(spec)
    command = ["compile", str(tmp_path / "a.arch"), "--emit", "torch", "-o", str(tmp_path)]
    assert main([*command, "--parallel", "pipeline,ddp,fsdp"]) == 0
    for name in ("a_stages.py", "a_ddp.py", "a_fsdp.py"):
        text = (tmp_path / name).read_text("utf-8")
        left = (
            "Left to you of the specification's `train`: optimizer lamb (SGD in its place), clip,",
            "batch, schedule, loss focal (cross_entropy in its place).",
        )
        assert "\n    # " + "\n    # ".join(left) + "\n" in text
        _, loaded = text.split("net = build()")
        assert "torch.manual_seed(args.seed + rank)" in loaded


def test_report_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", RESNET, "--stages", "3", "--json"]) == 0
    (said,) = json.loads(capsys.readouterr().out)
    assert sum(stage["macs"] for stage in said["stages"]) == 4_089_184_256
    assert sum(stage["params"] for stage in said["stages"]) == 25_557_032
    assert said["bottleneck"] == max(stage["macs"] for stage in said["stages"])
    assert said["bottleneck"] <= 1.05 * said["best_bottleneck"]
    assert said["stages"][-1]["gives"] == [[1000]]


def test_report_of_few_places(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "two.arch"
    text = "input 8\noutput aux: FC-4\nFC-6, relu, FC-2\n"
    path.write_text(text.replace("output aux: FC-4\n", ""), encoding="utf-8")
    assert main(["report", str(path), "--stages", "2"]) == 0
    assert "that the one place to cut at allows" in capsys.readouterr().out
    path.write_text(text, encoding="utf-8")
    assert main(["report", str(path), "--stages", "2"]) == 0
    assert "8 → aux: 4, out: 2\n" in capsys.readouterr().out


def test_report_in_markdown(tmp_path: Path) -> None:
    path = tmp_path / "stages.md"
    command = ["report", LENET, "--stages", "2", "--format", "markdown", "-o", str(path)]
    assert main(command) == 0
    text = path.read_text("utf-8")
    assert "| 0 | `conv1 … maxpool2` | 25,570 | 1,888,000 | 82.3 | 50x4x4 | 3.200 kB |" in text
    assert "Shape: `1x28x28 → 10`" in text


WRONG = {
    "one stage": (["report", LENET, "--stages", "1"], "--stages is at least 2"),
    "many stages": (["report", LENET, "--stages", "9"], "4 of its stages multiply at most"),
    "compiled": (["compile", LENET, "--stages", "9"], "`LeNet-Caffe`: it can be cut in 5 places"),
    "a format": (["report", LENET, "--stages", "2", "--format", "csv"], "text, markdown, json"),
    "a plot": (["report", LENET, "--stages", "2", "--plot", "layers"], "rows of its own"),
    "a batch": (["report", LENET, "--stages", "2", "--batch", "8"], "one example in float32"),
    "a type of theirs": (["report", LENET, "--stages", "2", "--dtype", "float16"], "no --batch"),
    "a way": (["compile", LENET, "--parallel", "mpi"], "pipeline, ddp, fsdp, towers, not 'mpi'"),
    "no pipeline": (["compile", LENET, "--parallel", "ddp", "--stages", "2"], "for --parallel pip"),
    "no module": (["compile", LENET, "--emit", "svg", "--stages", "2"], "--emit torch as well"),
    "inference": (["compile", LENET, "--stages", "2", "--optimize", "inference"], "for training"),
    "a type": (["compile", LENET, "--stages", "2", "--dtype", "bfloat16"], "--dtype is not for"),
    "a budget": (["compile", LENET, "--stages", "2", "--memory-budget", "1GB"], "cuts the module"),
    "no towers": (["compile", LENET, "--parallel", "towers"], "`LeNet-Caffe` has no groups"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_done(case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command, said = WRONG[case]
    if command[0] == "compile":
        command = [*command, "-o", str(tmp_path / "out")]
    assert main(command) == 2
    out, err = capsys.readouterr()
    assert said in err
    assert err.count("\n") == 1
    assert not out
    assert not (tmp_path / "out").exists()


def test_completion_knows_the_ways(capsys: pytest.CaptureFixture[str]) -> None:
    from archdsl.cli.candidates import candidates

    found = [word for word, _ in candidates("archdsl compile a.arch --parallel ddp,")]
    assert found == ["ddp,pipeline", "ddp,fsdp", "ddp,towers"]


def test_a_false_spec_writes_no_program(tmp_path: Path) -> None:
    spec = tmp_path / "wrong.arch"
    spec.write_text("input 3x8x8\nconv3-4\nexpect params == 1\n", "utf-8")
    assert main(["compile", str(spec), "--stages", "2", "-o", str(tmp_path / "out")]) == 1
    assert not (tmp_path / "out").exists()


def test_the_stage_of_the_page_is_the_one_that_is_written(tmp_path: Path) -> None:
    assert main(["compile", RESNET, "--emit", "torch", "--stages", "4", "-o", str(tmp_path)]) == 0
    text = (tmp_path / "ResNet_50_stages.py").read_text("utf-8")
    quoted = re.search(r"^```python\n(.*?)^```", PAGE, re.M | re.S)
    assert quoted is not None
    written = text[text.index("class Stage1") :].splitlines()
    lines = iter(written)
    assert all(line in lines for line in quoted[1].splitlines() if line)


@pytest.mark.slow
def test_the_commands_of_the_page(tmp_path: Path) -> None:
    """The first example; of the three ways that torchrun starts, one here (all with `ORACLE`)."""
    pytest.importorskip("torch")
    example = re.search(r"^```sh run=torch\n(.*?)^```", PAGE, re.M | re.S)
    assert example is not None
    compiled, *started = example[1].splitlines()
    (tmp_path / "specs").symlink_to(ROOT / "specs")
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    for line in [compiled, *(started if os.environ.get("ORACLE") else started[:1])]:
        words = line.split()
        module = {"archdsl": "archdsl", "torchrun": "torch.distributed.run"}[words[0]]
        done = subprocess.run(
            [sys.executable, "-m", module, *words[1:]],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        if words[0] == "torchrun":
            assert re.findall(r"^step (\d): loss \d\.\d+$", done.stdout, re.M) == ["0", "1"]
