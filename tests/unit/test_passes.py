"""Passes keep outputs and gradients, and weights go into the rewritten network and back."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from archdsl.analysis.cost import cost
from archdsl.cli import main
from archdsl.cli.rewrite import LEVELS as WORDS
from archdsl.files import read_spec
from archdsl.ir.model import Network
from archdsl.passes.run import LEVELS, PASSES, PassError, apply, optimize
from archdsl.pipeline import Request, compile_text
from tests.unit.passes_helper import assert_same, network


def spec(name: str, chosen: str, input: tuple[int, ...] | None = None) -> Network:
    """A published network, at another input where its claims allow it."""
    design, found = compile_text(read_spec(f"specs/{name}.arch"), Request(chosen, {}, input))
    assert design is not None, found[0].message
    return design.networks[0]


PUBLISHED = [
    ("resnet", "ResNet-18", (3, 32, 32)),
    ("efficientnet", "EfficientNet-B0", (3, 32, 32)),
    ("preact_resnet", "PreAct-ResNet-110", None),
    ("mobilenet", "MobileNetV3-Small", None),
]
if os.environ.get("ORACLE") == "all":  # these take minutes
    PUBLISHED += [
        ("senet", "SE-ResNet-50", (3, 64, 64)),
        ("xception", "Xception", (3, 64, 64)),
        ("googlenet", "GoogLeNet", None),
        ("googlenet_bn", "GoogLeNet-BN", None),
        ("inception_resnet", "Inception-ResNet-v1", None),
        ("densenet", "DenseNet-121", (3, 64, 64)),
    ]


@pytest.mark.parametrize(("file", "name", "input"), PUBLISHED)
def test_published_networks_in_evaluation(
    file: str, name: str, input: tuple[int, ...] | None
) -> None:
    net = spec(file, name, input)
    done = optimize(net, "inference")
    assert cost(done.network.module).layers < cost(net.module).layers
    assert_same(net, done)


def test_an_unknown_pass_level_or_option_is_refused() -> None:
    net = network("input 4\nFC-2")
    with pytest.raises(PassError, match="drop-training"):
        apply(net, ["fold"])
    with pytest.raises(PassError, match="inference"):
        optimize(net, "fast")
    with pytest.raises(PassError, match="multiple"):
        apply(net, ["fold-norms"], multiple=8)
    assert {name for names in LEVELS.values() for name in names} <= set(PASSES)
    assert tuple(LEVELS) == WORDS  # what --optimize takes
    assert optimize(net, "none").network is net


def test_commands_rewrite_alike(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    spec = tmp_path / "net.arch"
    spec.write_text("input 3x8x8\nconv3-4(norm=bn, act=relu), dropout-0.5, FC-2\n", "utf-8")
    for words in (["--optimize", "inference"], ["--passes", "fold-norms, drop-training"]):
        assert main(["compile", str(spec), "--emit", "torch,ir", "-o", "-", *words]) == 0
        text = capsys.readouterr().out
        assert "Conv2d" in text
        assert "BatchNorm" not in text
        assert "Dropout" not in text
        assert main(["report", str(spec), *words, "--json"]) == 0
        (row,) = json.loads(capsys.readouterr().out)
        # 3*4*9 + 4 of the convolution with its bias, 256*2 + 2 of the FC
        assert (row["params"], row["buffers"]) == (112 + 514, 0)
        assert [layer["kind"] for layer in row["layers"]] == ["conv", "relu", "flatten", "FC"]
        assert main(["draw", str(spec), "-o", "-", *words]) == 0
        assert "dropout" not in capsys.readouterr().out
    assert main(["report", str(spec), "--passes", "fold"]) == 2
    assert "one of" in capsys.readouterr().err
    for nothing in ("", " ,"):
        assert main(["report", str(spec), "--passes", nothing]) == 2
        assert "none is given" in capsys.readouterr().err
    assert main(["compile", str(spec), "--emit", "yaml", "-o", "-", "--dense"]) == 2
    assert "as it is written" in capsys.readouterr().err
    assert main(["passes"]) == 0
    listed = capsys.readouterr().out
    assert all(f"{name} " in listed for name in PASSES)
    assert main(["passes", "--json"]) == 0
    assert [row["name"] for row in json.loads(capsys.readouterr().out)] == list(PASSES)


def test_claims_of_the_plain_network_are_not_those_of_the_rewritten() -> None:
    net = network("input 3x8x8\nconv3-4(norm=bn), FC-2\nexpect params == 630")
    assert len(net.claims) == 1
    assert optimize(net, "inference").network.claims == ()
    assert optimize(net, "training").network is net
