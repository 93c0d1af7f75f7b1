"""Generated stages in one process: one after the other they are the network, for many specs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import archdsl
from archdsl.distributed.emit import ENDINGS, launcher
from archdsl.distributed.errors import NotDistributable
from archdsl.distributed.wrapping import wrapped
from tests.oracle.programs import load

torch = pytest.importorskip("torch")

ROOT = Path(__file__).resolve().parents[2]
SOME = {
    "alexnet": ("AlexNet", 3),
    "densenet": ("DenseNet-121", 5),
    "efficientnet": ("EfficientNet-B0", 3),
    "googlenet": ("GoogLeNet", 4),
    "highway": ("Highway-10", 3),
    "inception_resnet": ("Inception-ResNet-v2", 4),
    "lenet": ("LeNet-5", 2),
    "mobilenet": ("MobileNetV3-Small", 3),
    "resnet": ("ResNet-50", 4),
    "unet": ("UNet-same", 3),
    "vgg_e": ("vgg_e", 4),
    "vit": ("ViT-Ti16", 4),
    "xception": ("Xception", 3),
}
ALL = bool(os.environ.get("ORACLE"))


def networks() -> list[tuple[str, str, int]]:
    """Some of each family; all of them where `ORACLE` is set."""
    if not ALL:
        return [(file, name, count) for file, (name, count) in SOME.items()]
    files = sorted((ROOT / "specs").glob("*.arch"))
    return [(f.stem, net.name, 3) for f in files for net in archdsl.load_all(str(f))]


def write(net: archdsl.Net, way: str, stages: int, folder: Path) -> Path:
    """The module and the program, in files."""
    stem = net.name.replace("-", "_")
    (folder / f"{stem}.py").write_text(net.source(), "utf-8")
    path = folder / f"{stem}_{ENDINGS[way]}.py"
    text = launcher(net.ir, way, stages, spec_name="some.arch", stem=stem)
    path.write_text(text, "utf-8")
    return path


def through(program, whole, inputs):
    """Outputs of all stages, one after the other; each gives what the program says."""
    given = inputs
    for stage, shapes in zip(program.STAGES, program.GIVES, strict=True):
        given = stage(whole).train(whole.training)(*given)
        given = given if isinstance(given, tuple) else (given,)
        assert [tuple(t.shape[1:]) for t in given] == list(shapes)
    return given


@pytest.mark.parametrize(("file", "name", "count"), networks())
def test_stages_have_the_shapes_of_the_network(
    file: str, name: str, count: int, tmp_path: Path
) -> None:
    net = archdsl.load(str(ROOT / "specs" / f"{file}.arch"), network=name)
    program = load(write(net, "pipeline", count, tmp_path))
    whole = load(tmp_path / f"{net.name.replace('-', '_')}.py").build(device="meta").train()
    *inputs, _ = program.examples(0, 2)
    given = through(program, whole, [x.to("meta") for x in inputs])
    assert [tuple(t.shape[1:]) for t in given] == list(net.outputs.values())
    held = [{id(p) for p in stage(whole).parameters()} for stage in program.STAGES]
    assert sum(map(len, held)) == len(set().union(*held)) == len(list(whole.parameters()))


TINY = """
block twice(out) { conv3-out, residual(shortcut=conv)[ conv3-out/2, conv3-out ] }

network tiny {
    input 3x16x16
    default conv (norm=bn, act=relu)
    conv3-4
    twice(8)
    { twice(12), twice(16) } x2
    output(train) side: gap, FC-5
    pre: identity
    gap
    FC-5
    soft-max
}
"""


@pytest.mark.parametrize("count", [2, 3, 5])
def test_stages_compute_what_the_network_computes(count: int, tmp_path: Path) -> None:
    net = archdsl.loads(TINY)
    program = load(write(net, "pipeline", count, tmp_path))
    torch.manual_seed(1)
    whole = load(tmp_path / "tiny.py").build().eval()
    x, _ = program.examples(0, 2)
    with torch.no_grad():
        *_, last = through(program, whole, [x])
        torch.testing.assert_close(last, whole(x), rtol=0, atol=0)


def test_programs_read_as_a_formatter_leaves_them(tmp_path: Path) -> None:
    resnet = archdsl.load(str(ROOT / "specs/resnet.arch"), network="ResNet-50")
    for way, stages in (("pipeline", 4), ("ddp", 2), ("fsdp", 2)):
        write(resnet, way, stages, tmp_path)
    write(archdsl.load(str(ROOT / "specs/alexnet.arch"), network="AlexNet"), "towers", 2, tmp_path)
    write(archdsl.load(str(ROOT / "specs/unet.arch"), network="UNet"), "pipeline", 3, tmp_path)
    write(archdsl.load(str(ROOT / "specs/vgg_e.arch")), "fsdp", 2, tmp_path)
    ruff = [sys.executable, "-m", "ruff"]
    for command in (["check", "--select", "E4,E7,E9,F"], ["format", "--check", "--diff"]):
        done = subprocess.run(
            [*ruff, command[0], "--isolated", *command[1:], str(tmp_path)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_programs_are_the_same_from_run_to_run() -> None:
    net = archdsl.load(str(ROOT / "specs/googlenet.arch"), network="GoogLeNet")
    for way in ("pipeline", "ddp", "fsdp"):
        texts = {launcher(net.ir, way, 3, spec_name="s", stem="G") for _ in range(2)}
        assert len(texts) == 1


@pytest.mark.parametrize(("file", "name"), [("resnet", "ResNet-50"), ("vgg_e", "vgg_e")])
def test_fsdp_wraps_blocks_and_large_layers(file: str, name: str) -> None:
    net = archdsl.load(str(ROOT / "specs" / f"{file}.arch"), network=name)
    module = net.module(device="meta")
    found = wrapped(net.ir.module)
    inside = 0
    for one in found:
        part = module.get_submodule(one.lstrip("*").removeprefix("net."))
        inside += sum(p.numel() for p in part.parameters())
    assert inside > 0.8 * net.params
    assert (
        found
        == {
            "resnet": ["*net.conv2_x", "*net.conv3_x", "*net.conv4_x", "*net.conv5_x"],
            "vgg_e": ["net.fc1", "net.fc2"],
        }[file]
    )


def test_fsdp_leaves_tied_repeats_to_the_whole_network() -> None:
    text = "input 8x4x4\n{ conv3-8, relu } x3 shared\n{ conv3-8, tanh } x2\nfc: gap, FC-90"
    assert wrapped(archdsl.loads(text).ir.module) == ["*net.group2", "net.fc_fc1"]


TWO = "input 3x8x8\na: conv3-4\noutput one: gap, FC-2\n@a, conv3-4, gap, FC-3\n"
REFUSED = {
    "two-targets": ("ddp", "n", TWO, "differ in shape"),
    "a-name-of-python": ("ddp", "logging", "input 3x8x8\nconv3-4, gap, FC-3", "cannot be imported"),
    "a-name-of-ours": ("ddp", "n", "network Stage1 { input 3x8x8\nconv3-4, gap }", "needs"),
    "no-groups": ("towers", "n", "input 3x8x8\nconv3-4, gap, FC-3", "has no groups"),
    "two-numbers": (
        "towers",
        "n",
        "input 4x8x8\nconv3-8(groups=2), conv3-8(groups=4)",
        "2 and 4 groups",
    ),
    "no-chain": (
        "towers",
        "n",
        "input 4x8x8\nadd[ conv3-8(groups=2) | conv1-8 ], gap",
        "no chain of layers",
    ),
    "a-norm-in-the-way": (
        "towers",
        "n",
        "input 3x8x8\nconv3-8, bn, conv3-8(groups=2)",
        "`bn1` (bn) of `n` cannot be run in towers",
    ),
    "an-input-that-cannot-be-shared-out": (
        "towers",
        "n",
        "input 3x8x8\nrelu, conv1-4, conv3-8(groups=2)",
        "its input has 3 channels",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals(case: str) -> None:
    way, stem, text, said = REFUSED[case]
    net = archdsl.loads_all(text, name="n")[0]
    with pytest.raises(NotDistributable, match=re.escape(said)):
        launcher(net.ir, way, 2, spec_name="n.arch", stem=stem)
