"""The lecture's networks and every layer kind in all forms; DEPLOY=all runs the large ones too.

Each form is compared with the module, at other batches than it was traced on, before it is
written: a form that is there agrees. The weights are random with statistics of their own, so
that signals come through.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

import archdsl
from archdsl.cli import main
from archdsl.deploy.errors import NotDeployable
from archdsl.diagnostics.errors import ArchError
from archdsl.ir.model import Module, Network, OpNode, Output, Port
from archdsl.source import SourceFile, Span
from tests.deploy.small import weights_of
from tests.oracle.kinds_helper import make
from tests.oracle.test_kinds import CASES

ALL = os.environ.get("DEPLOY") == "all"
SMALL = [
    ("lenet", "LeNet-5"),
]
LARGE = [
    ("alexnet", "AlexNet"),
    ("densenet", "DenseNet-121"),
    ("efficientnet", "EfficientNet-B0"),
    ("googlenet", "GoogLeNet"),
    ("googlenet_bn", "GoogLeNet-BN"),
    ("highway", "Highway-10"),
    ("highway", "Highway-CIFAR-19"),
    ("inception", "Inception-v3"),
    ("inception_resnet", "Inception-ResNet-v1"),
    ("inception_resnet", "Inception-ResNet-v2"),
    ("lenet", "LeNet-5-modern"),
    ("lenet", "LeNet-Caffe"),
    ("mobilenet", "MobileNetV1"),
    ("mobilenet", "MobileNetV2"),
    ("mobilenet", "MobileNetV3-Large"),
    ("mobilenet", "MobileNetV3-Small"),
    ("resnet", "ResNet-18"),
    ("resnet", "ResNet-50"),
    ("resnet_cifar", "ResNet-20"),
    ("resnext", "ResNeXt-50-32x4d"),
    ("senet", "SE-ResNet-50"),
    ("shufflenet", "ShuffleNetV2-x1_0"),
    ("squeezenet", "SqueezeNet-1_1"),
    ("vgg", "VGG-A-LRN"),
    ("vgg", "VGG-E"),
    ("vit", "ViT-Ti16"),
    ("xception", "Xception"),
]
LANGUAGE = ("captioner", "detr", "siamese", "tagger", "vae", "video", "wavenet")
LINES = (
    "input seq 5x4 | lstm-3(layers=2, bidirectional=true)",
    "input seq 5x4 | lstm-3(last=true)",
    "input seq 5x4 | gru-3(bidirectional=true, last=true)",
    "input seq 5x4 | rnn-3(layers=2), FC-2",
    "input seq 5x4 | attention(heads=2), ln, FC-2",
    "input seq 5x4 | attention(heads=2, causal=true), at(-1)",
    "input seq 5x4 | cls(2), posembed(mode=sincos), transpose",
    "input tokens 5 | embed(9, 4), posembed, at(0)",
    "input 4x6x6 | upsample(2), crop(8), pad(1), slice(1, 3)",
    "input 4x6x6 | upsample(size=9, mode=bilinear), permute(cwh), reshape(324)",
    "input 4x6x6 | pixelshuffle2, pixelunshuffle3, shuffle(groups=3)",
    "input 4x6x6 | tokens, ln, untokens(grid=6x6), gn-2",
    "input 4x6x6 | deconv3-2/2, zero",
)
"""Kinds that the table of single layers has not: a network each, ` | ` for a new line."""
NO_ONNX = {"adaptiveavgpool", "adaptivemaxpool"}
"""Kinds that the exporter of ONNX does not take where their windows differ in size."""


@pytest.mark.parametrize(("file", "network"), SMALL + (LARGE if ALL else []))
def test_networks_of_papers(file: str, network: str, root: Path, tmp_path: Path) -> None:
    path = str(root / "specs" / f"{file}.arch")
    _, weights = weights_of(archdsl.load(path, network=network), tmp_path)
    words = ["--logits", "--weights", weights]
    out = str(tmp_path / "out")
    forms = "export,onnx,safetensors,hub"
    assert main(["compile", f"{path}:{network}", "--emit", forms, "-o", out, *words]) == 0
    stem = network.replace("-", "_")
    assert main(["weights", "open", os.path.join(out, f"{stem}.safetensors")]) == 0
    assert sorted(os.listdir(out)) == sorted(
        stem + end for end in (".pt2", ".onnx", ".safetensors", "_hub")
    )


@pytest.mark.skipif(not ALL, reason="DEPLOY=all runs it")
@pytest.mark.parametrize("name", LANGUAGE)
def test_networks_of_the_language(name: str, root: Path, tmp_path: Path) -> None:
    net = archdsl.load(str(root / "tests" / "golden" / "language" / f"{name}.arch"))
    _, weights = weights_of(net, tmp_path)
    for end in (".pt2", ".onnx", ".safetensors"):
        net.export(str(tmp_path / f"net{end}"), weights=weights)


def some_layer(name: str, rng: random.Random) -> archdsl.Net | None:
    """A network of one random layer of a kind, or None where the draw is not valid."""
    attrs, inputs = CASES[name](rng)
    try:
        op = make(name, **attrs)
        outputs = op.infer(inputs)
    except ArchError:
        return None
    span = Span(SourceFile("layer.arch", ""), 0, 0)
    ports = tuple(Port(f"x{i}", t, span) for i, t in enumerate(inputs))
    ins = tuple((-1, i) for i in range(len(inputs)))
    node = OpNode(op, inputs, "layer", ins, outputs, span, 0)
    outs = tuple(Output(f"y{i}", (0, i)) for i in range(len(outputs)))
    module = Module("Layer", "network", 0, (), ports, (node,), outs, {}, span)
    return archdsl.Net(Network("Layer", module), "layer.arch")


@pytest.mark.parametrize("name", CASES if ALL else ["silu"])
def test_kinds(name: str, tmp_path: Path) -> None:
    rng = random.Random(name)
    made = 0
    while made < (6 if ALL else 1):
        net = some_layer(name, rng)
        if net is None:
            continue
        made += 1
        net.export(str(tmp_path / "net.pt2"))
        why = refusal(net, str(tmp_path / "net.onnx"))
        assert why == "" or name in NO_ONNX
        assert why == "" or f"ONNX cannot take the kind `{name}` of `Layer`" in why


def refusal(net: archdsl.Net, path: str) -> str:
    """Why a form of a network was refused, and then there is no file; or nothing."""
    try:
        net.export(path)
    except NotDeployable as problem:
        assert not os.path.exists(path)
        return str(problem)
    os.unlink(path)
    return ""


@pytest.mark.skipif(not ALL, reason="DEPLOY=all runs it")
@pytest.mark.parametrize("text", LINES)
def test_sequences_and_shapes(text: str, tmp_path: Path) -> None:
    net = archdsl.loads(text.replace(" | ", "\n"))
    _, weights = weights_of(net, tmp_path)
    for end in (".pt2", ".onnx", ".safetensors"):
        net.export(str(tmp_path / f"net{end}"), weights=weights if net.params else None)
    archdsl.load_weights(str(tmp_path / "net.safetensors"))
