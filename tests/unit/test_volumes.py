"""Volumes: every box against the IR, to scale, and no label on a box or another label."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from archdsl.analysis.cost import count
from archdsl.backends.dot.errors import RenderError
from archdsl.backends.dot.style import THEMES
from archdsl.backends.flow import TooLong
from archdsl.backends.volumes import build, render_volumes
from archdsl.backends.volumes.place import TALLEST, is_bar
from archdsl.cli import main
from archdsl.ir.model import Network
from archdsl.tensor import TensorType
from tests.unit.figures import (
    ROOT,
    SVG,
    check_texts,
    extent,
    family,
    groups,
    layers_by_path,
    load,
    owner,
    read_svg,
    texts,
)

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

NETWORKS = [
    ("vgg", "VGG-D"),
    ("alexnet", "AlexNet"),
    ("lenet", "LeNet-5"),
    ("unet", "UNet"),
    ("unet", "UNet-same"),
    ("resnet", "ResNet-18"),
    ("resnet", "ResNet-50"),
    ("resnet", "ResNet-152"),
    ("googlenet", "GoogLeNet"),
    ("densenet", "DenseNet-121"),
    ("mobilenet", "MobileNetV2"),
    ("inception_resnet", "Inception-ResNet-v2"),
    ("vit", "ViT-B16"),
]
Point = tuple[float, float]


def draw(network: Network, scale: str = "sqrt", theme: str = "light") -> Element:
    return read_svg(render_volumes(build(network, 5, scale), theme))


def faces(box: Element) -> list[list[Point]]:
    """Front, top and side of a box; of one with an activation its own, then the band's."""
    found = []
    for polygon in box.iter(SVG + "polygon"):
        pairs = (p.split(",") for p in (polygon.get("points") or "").split())
        found.append([(float(x), float(y)) for x, y in pairs])
    return found


def dims(box: Element) -> list[int]:
    return [int(n) for n in (box.get("data-shape") or "").split("x")]


def channels(box: Element) -> int:
    """Of a sequence (length by features) the features come last."""
    shape = dims(box)
    return shape[1] if len(shape) == 2 else shape[0]


@pytest.mark.parametrize(("spec", "name"), NETWORKS, ids=[n for _, n in NETWORKS])
def test_boxes_and_labels(spec: str, name: str) -> None:
    network = family(spec)[name]
    tree = draw(network)
    known = layers_by_path(network)
    first, *boxes = groups(tree, "volume")
    assert first.get("data-shape") == str(network.module.inputs[0].type)
    for box in boxes:
        path, shape = box.get("data-path", ""), box.get("data-shape")
        layer = known.get(path)
        inside = [layer] if layer else owner(path, network)
        assert inside, path
        if int(box.get("data-times", "1")) == 1:
            assert shape in {str(x.out_types[0]) for x in inside}
    shown = [(t.text or "").partition(" ")[0] for t in texts(tree, "channels")]
    assert set(shown) <= {str(channels(b)) for b in (first, *boxes)}
    check_texts(tree)
    check_clear(tree)


def check_clear(tree: Element) -> None:
    """No channels or sizes lie on a face of a box."""
    polygons = [face for box in groups(tree, "volume") for face in faces(box)]
    for text in (*texts(tree, "channels"), *texts(tree, "size")):
        left, top, right, bottom = extent(text)
        for x in (left, (left + right) / 2, right):
            for y in (top, bottom):
                for face in polygons:
                    assert not is_inside((x, y), face), f"{text.text} lies on a box"


def is_inside(point: Point, polygon: list[Point]) -> bool:
    x, y = point
    inside = False
    for (x1, y1), (x2, y2) in zip(polygon, polygon[1:] + polygon[:1], strict=True):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            inside = not inside
    return inside


@pytest.mark.parametrize(
    ("scale", "length"),
    [("linear", float), ("sqrt", math.sqrt), ("log", lambda n: math.log2(1 + n))],
)
def test_fronts_are_to_scale(scale: str, length: object) -> None:
    assert callable(length)
    network = family("vgg")["VGG-D"]
    for box in groups(draw(network, scale), "volume"):
        shape = dims(box)
        if len(shape) != 3:
            continue
        front = faces(box)[0]
        tall = max(y for _, y in front) - min(y for _, y in front)
        wanted = max(4.0, TALLEST * length(shape[1]) / length(224))
        assert tall == pytest.approx(wanted, abs=0.05)


def test_fronts_do_not_overlap() -> None:
    for spec, name in NETWORKS:
        fronts = [faces(b)[0] for b in groups(draw(family(spec)[name]), "volume")]
        edges = [(min(x for x, _ in f), max(x for x, _ in f)) for f in fronts]
        for (_, right), (left, _) in pairwise(edges):
            assert left > right


def test_blocks_stand_for_all_repetitions() -> None:
    for name, depths in (("ResNet-50", [3, 4, 6, 3]), ("ResNet-152", [3, 8, 36, 3])):
        solids = build(family("resnet")[name]).solids
        assert [s.times for s in solids if s.role == "block"] == depths


def test_layer_by_layer_where_they_fit() -> None:
    network = family("resnet")["ResNet-18"]
    picture = build(network)
    convs = sum(s.words.startswith("conv") for s in picture.solids)
    assert convs == count(network.module, "conv") - 3  # the projections, which are on the arches
    assert [bool(a.ways) for a in picture.arches] == [False, False] + [True, False] * 3


def test_u_net_joins_across() -> None:
    network = family("unet")["UNet-same"]
    tree = draw(network)
    known = layers_by_path(network)
    arches = groups(tree, "arch")
    assert len(arches) == 4
    for arch in arches:
        start, end = known[arch.get("data-start", "")], known[arch.get("data-end", "")]
        assert start.out_types[0] == end.out_types[0]
        assert end.op.name == "deconv"


@pytest.mark.parametrize("theme", THEMES)
def test_themes(theme: str) -> None:
    check_texts(draw(family("alexnet")["AlexNet"], theme=theme))


def test_other_inputs() -> None:
    for text in (
        "input 784\nFC-100, relu, FC-10\n",
        "input seq 196x768\nattention(heads=12), FC-10\n",
        "input signal 1x16000\nconv9-16/4, maxpool, gap, FC-4\n",
        "input volume 1x16x112x112\nconv3-8, maxpool2, gap, FC-4\n",
    ):
        check_texts(draw(load(text)))


def test_bars_are_vectors() -> None:
    assert is_bar(TensorType("vector", (10,)))
    assert is_bar(TensorType("image", (512, 1, 1)))
    assert not is_bar(TensorType("image", (1, 2, 2)))


def test_refusals() -> None:
    network = load("input 3x8x8\nconv3-4\n")
    with pytest.raises(RenderError, match="sqrt, log, linear"):
        build(network, 5, "cubic")
    steps = "\n".join(f"conv3-{8 + i % 2}" for i in range(300))
    with pytest.raises(TooLong, match="the most is 150"):
        build(load(f"input 8x8x8\n{steps}\n"))


@pytest.mark.parametrize("view", ["columns", "volumes"])
def test_png_and_pdf(view: str, tmp_path: Path) -> None:
    """By the library of the extra `pictures`; text in a PDF stays text, with fonts of its own."""
    spec = str(ROOT / "specs" / "vgg_e.arch")
    for suffix, magic in (("png", b"\x89PNG"), ("pdf", b"%PDF")):
        target = tmp_path / f"{view}.{suffix}"
        assert main(["draw", spec, "--view", view, "-o", str(target)]) == 0
        data = target.read_bytes()
        assert data.startswith(magic)
        assert suffix == "png" or b"/Font" in data or b"/ObjStm" in data


def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = str(ROOT / "specs" / "vgg_e.arch")
    cases = [
        (["--view", "columns", "-o", "x.dot"], "this view is .svg, .png or .pdf"),
        (["--view", "columns", "--detail", "10"], "--detail goes from 0 to 9"),
        (["--view", "columns", "--title", "a", "--title", "b"], "2 titles for 1 networks"),
    ]
    for arguments, message in cases:
        assert main(["draw", spec, *arguments]) == 2
        assert message in capsys.readouterr().err
    assert main(["draw", spec, "--view", "volumes", "-o", "-"]) == 0
    read_svg(capsys.readouterr().out)
    assert not list(tmp_path.iterdir())
