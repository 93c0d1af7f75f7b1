"""Columns: every box, arc, size and count of the picture against the IR."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from archdsl.analysis.cost import cost, count
from archdsl.analysis.walk import layers
from archdsl.backends.columns import build, render_columns
from archdsl.backends.dot.style import THEMES
from archdsl.backends.flow import TooLong
from archdsl.backends.flow.levels import Levels, merge
from archdsl.backends.svg import text_width
from archdsl.ir.model import Network
from archdsl.tensor import TensorType
from tests.unit.figures import (
    SVG,
    check_texts,
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
    ("vgg", "VGG-A-LRN"),
    ("vgg", "VGG-E"),
    ("alexnet", "AlexNet"),
    ("lenet", "LeNet-5"),
    ("resnet", "ResNet-34"),
    ("resnet", "ResNet-50"),
    ("resnet_variants", "Plain-34"),
    ("resnet_cifar", "ResNet-20"),
    ("googlenet", "GoogLeNet"),
    ("senet", "SE-ResNet-50"),
    ("mobilenet", "MobileNetV2"),
    ("unet", "UNet"),
    ("densenet", "DenseNet-121"),
    ("inception_resnet", "Inception-ResNet-v2"),
    ("vit", "ViT-B16"),
    ("highway", "Highway-10"),
]


def draw(*networks: Network, detail: int = 9, theme: str = "light") -> Element:
    return read_svg(render_columns(build(list(networks), detail), theme))


def labels(group: Element) -> list[str]:
    return [text.text or "" for text in group.iter(SVG + "text")]


@pytest.mark.parametrize(("spec", "name"), NETWORKS, ids=[n for _, n in NETWORKS])
def test_boxes_say_what_the_layers_are(spec: str, name: str) -> None:
    network = family(spec)[name]
    tree = draw(network)
    known = layers_by_path(network)
    first, *boxes = groups(tree, "layer")
    assert labels(first)[0] in ("image", "input")
    assert first.get("data-shape") == str(network.module.inputs[0].type)
    for box in boxes:
        path, shape = box.get("data-path", ""), box.get("data-shape")
        (label,) = labels(box)
        layer = known.get(path)
        if layer is None:  # a block of branches
            inside = owner(path, network)
            assert inside, path
            assert shape in {str(x.out_types[0]) for x in inside}
            assert label.endswith(f", {shape.partition('x')[0]}" if shape else "")
            continue
        out = layer.out_types[0]
        assert shape == str(out)
        if layer.op.name == "conv":
            kernel = layer.op.__dict__["kernel"]
            size = "x".join([str(kernel)] * out.rank) if isinstance(kernel, int) else str(kernel)
            assert label.startswith(f"{size} conv, {out.channels}")
            assert (", /" in label) == (layer.op.__dict__["stride"] != 1)
        elif layer.op.name == "FC":
            assert label == f"fc {out.channels}"
    check_texts(tree)


@pytest.mark.parametrize(
    ("spec", "name"), [n for n in NETWORKS if n[0] not in ("googlenet", "inception_resnet")]
)
def test_no_convolution_is_lost(spec: str, name: str) -> None:
    """Those drawn, those on shortcuts and those inside blocks are all that there are."""
    network = family(spec)[name]
    (column,) = build([network], 9)
    drawn = sum(c.part is not None and c.part.op is not None and c.part.op.name == "conv"
                for c in column.cells)  # fmt: skip
    ways = sum(way.startswith("conv") for arc in column.arcs for way in arc.ways)
    blocks = [c.part.path for c in column.cells if c.part is not None and c.part.op is None]
    inside = sum(x.op.name == "conv" for path in blocks for x in owner(path, network))
    assert drawn + ways + inside == count(network.module, "conv")


def test_figure_3_of_the_resnet_paper() -> None:
    """VGG-19, 34-layer plain, 34-layer residual: rows by output size, arcs as in the paper."""
    nets = [family("vgg")["VGG-E"], family("resnet_variants")["Plain-34"]]
    nets.append(family("resnet")["ResNet-34"])
    tree = draw(*nets, detail=5)
    vgg, plain, residual = groups(tree, "column")
    assert labels(groups(plain, "layer")[1]) == ["7x7 conv, 64, /2"]
    words = [[labels(g)[0] for g in groups(c, "layer")] for c in (vgg, plain, residual)]
    assert words[1] == words[2]
    assert words[0][-4:] == ["pool, /2", "fc 4096", "fc 4096", "fc 1000"]
    assert Counter(words[1]) == {
        "image": 1, "7x7 conv, 64, /2": 1, "pool, /2": 1, "3x3 conv, 64": 6,
        "3x3 conv, 128, /2": 1, "3x3 conv, 128": 7, "3x3 conv, 256, /2": 1, "3x3 conv, 256": 11,
        "3x3 conv, 512, /2": 1, "3x3 conv, 512": 5, "avg pool": 1, "fc 1000": 1,
    }  # fmt: skip
    assert [len(groups(c, "arc")) for c in (vgg, plain, residual)] == [0, 0, 16]
    dashed = [a for a in groups(residual, "arc") if a[1].get("stroke-dasharray")]
    assert len(dashed) == 3  # where the channels double
    assert [t.text for t in texts(tree, "size")] == ["224", "112", "56", "28", "14", "7", "1"]
    for size, row in ((t.text, t.get("y")) for t in texts(tree, "size")):
        for column, network in zip((vgg, plain, residual), nets, strict=True):
            first = next((g for g in groups(column, "layer") if size_of(g) == size), None)
            assert first is None or next(first.iter(SVG + "text")).get("y") == row, network.name
    assert cost(nets[1].module).params == cost(nets[2].module).params - 173_824


def size_of(box: Element) -> str:
    shape = (box.get("data-shape") or "").split("x")
    return shape[-1] if len(shape) == 3 else "1"


def test_arcs_go_from_the_input_of_a_sum_to_its_last_layer() -> None:
    network = family("resnet")["ResNet-34"]
    known = layers_by_path(network)
    for arc in groups(draw(network), "arc"):
        start, end = arc.get("data-start", ""), arc.get("data-end", "")
        block = end.rpartition(".")[0]
        inside = [p for p in known if p.startswith(block + ".")]
        assert f"{block}.add1" in inside
        assert not start.startswith(block + ".")
        assert bool(arc[1].get("stroke-dasharray")) == (f"{block}.shortcut" in inside)


@pytest.mark.parametrize("name", ["ResNet-101", "ResNet-152"])
def test_repetitions_drawn_once_multiply_to_all_layers(name: str) -> None:
    network = family("resnet")[name]
    (column,) = build([network])
    assert column.brackets
    times = [1] * len(column.cells)
    for bracket in column.brackets:
        for i in range(bracket.start + 1, bracket.end + 1):
            times[i] *= bracket.times
    convs = sum(t for t, c in zip(times, column.cells, strict=True) if c.label.find("conv") > 0)
    assert convs == count(network.module, "conv") - 4  # the projections
    tree = draw(network, detail=5)
    shown = [labels(g)[0] for g in groups(tree, "fold")]
    assert shown == [f"×{b.times}" for b in column.brackets]
    check_texts(tree)


def test_one_folded_network_folds_all() -> None:
    columns = build([family("resnet")["ResNet-34"], family("resnet")["ResNet-152"]])
    assert all(column.brackets for column in columns)


@pytest.mark.parametrize("theme", THEMES)
def test_boxes_hold_their_words_and_do_not_touch(theme: str) -> None:
    nets = [family(s)[n] for s, n in NETWORKS[2:10]]
    tree = draw(*nets, detail=4, theme=theme)
    check_texts(tree)
    for column in groups(tree, "column"):
        bottoms = []
        for box in groups(column, "layer"):
            rect, text = box[1], box[2]
            assert text_width(text.text or "", 11) <= float(rect.get("width", "0")) - 4
            bottoms.append((float(rect.get("y", "0")), float(rect.get("height", "0"))))
        for (y, height), (below, _) in pairwise(bottoms):
            assert y + height < below


def test_titles_are_text_and_nothing_else() -> None:
    hostile = "</text><script>alert(1)</script>\x00 & \"'"
    network = load("input 3x8x8\nconv3-4, gap, FC-2\n")
    svg = render_columns(build([network], 5, [hostile]))
    tree = read_svg(svg)
    assert texts(tree, "title")[0].text == hostile.replace("\0", "\ufffd")
    assert "<script" not in svg


def test_outputs_aside_are_named() -> None:
    (note,) = texts(draw(family("googlenet")["GoogLeNet"]), "note")
    assert note.text == "not drawn: aux1 (training only), aux2 (training only)"


def test_inputs_aside_are_named() -> None:
    text = "input a: 3x8x8\ninput b: 4\nv: @a, conv3-4, gap, flatten\nmul[ @v | @b ], FC-2\n"
    (note,) = texts(draw(load(text)), "note")
    assert note.text == "not drawn: input b"


def test_a_million_repetitions_are_drawn_once() -> None:
    network = load("input 8x8x8\nresidual(act=relu)[ conv3-8, conv3-8 ] x1000000\ngap, FC-2\n")
    (fold,) = groups(draw(network, detail=9), "fold")
    assert labels(fold) == ["×1,000,000"]


def test_what_cannot_be_shown_is_refused() -> None:
    steps = "\n".join(f"conv3-{8 + i % 2}" for i in range(4100))
    with pytest.raises(TooLong, match="more than 4,000 layers"):
        build([load(f"input 8x8x8\n{steps}\n")])


def test_shortcuts_as_deep_as_they_go() -> None:
    """Nested a hundred times by labels: no recursion error, the innermost are a block."""
    ups = "\n".join(f"y{i}: add[ @s{99 - i} | conv3-4 ]" for i in range(100))
    downs = "\n".join(f"s{i}: conv3-4" for i in range(100))
    (column,) = build([load(f"input 4x8x8\n{downs}\n{ups}\nconv1-2\n")], 9)
    assert 0 < len(column.arcs) <= 61
    assert sum(1 for c in column.cells if c.part is not None and c.part.op is None) == 1


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        ([0, 1, 2], [0, 2], [0, 1, 2]),
        ([0, 2, 99], [0, 1, 99], [0, 1, 2, 99]),
        ([0, 1, 0], [0, 1, 2, 1, 0], [0, 1, 2, 1, 0]),
        ([], [3], [3]),
    ],
)
def test_merge(one: list[int], other: list[int], both: list[int]) -> None:
    assert merge(one, other) == both


def test_borders_that_convolutions_cut_off_are_no_halvings() -> None:
    image = TensorType("image", (3, 572, 572))
    levels = Levels(image)
    sizes = [570, 568, 284, 282, 280, 140, 138, 136, 68, 34, 68, 136, 1]
    found = [levels.step(TensorType("image", (8, n, n))) for n in sizes]
    assert found == [0, 0, 1, 1, 1, 2, 2, 2, 3, 4, 3, 2, 99]


def test_the_caption_counts_as_the_ir_does() -> None:
    network = family("vgg")["VGG-E"]
    (caption,) = texts(draw(network), "caption")
    assert caption.text == f"{cost(network.module).params:,} params, 19.6 G MACs"
    assert sum(layer.params for layer in layers(network.module)) == 143_667_240
