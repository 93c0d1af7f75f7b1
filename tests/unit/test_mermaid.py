"""Mermaid text, read back and compared with the view that it is made from."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import archdsl.ops  # noqa: F401
from archdsl.backends.dot import THEMES, view
from archdsl.backends.dot.model import Box, Cluster, Edge, View
from archdsl.backends.mermaid import MOST_BOXES, render_mermaid
from archdsl.ir.model import Network
from archdsl.pipeline import compile_text
from archdsl.source import SourceFile

SPECS = Path(__file__).parents[2] / "specs"
CASES = [
    ("vgg_e", "vgg_e"), ("resnet", "ResNet-50"), ("googlenet", "GoogLeNet"), ("unet", "UNet"),
    ("vit", "ViT-B16"), ("highway", "Highway-10"), ("densenet", "DenseNet-121"),
]  # fmt: skip
BOX = re.compile(r'\s+(n\d+)(\[\[|\()"([^"]*)"(\]\]|\)):::(\w+)')
FRAME = re.compile(r'\s+subgraph (\w+)\["([^"]*)"\]')
LINE = re.compile(r'\s+(n\d+) (-->|-\.->)(?:\|"([^"]*)"\|)? (n\d+)')


def load(file: str, name: str) -> Network:
    text = (SPECS / f"{file}.arch").read_text()
    design, problems = compile_text(SourceFile(f"{file}.arch", text))
    assert design is not None, problems
    return next(network for network in design.networks if network.name == name)


def unescape(text: str) -> str:
    return re.sub(r"#(\d+);", lambda found: chr(int(found[1])), text)


@pytest.mark.parametrize(("file", "name"), CASES)
@pytest.mark.parametrize("detail", [0, 2, 5, 7])
def test_all_that_is_drawn_is_in_the_view(file: str, name: str, detail: int) -> None:
    network = load(file, name)
    picture = view(network, detail, limit=MOST_BOXES)
    lines = render_mermaid(picture).splitlines()
    assert lines[0] == "flowchart TB"
    boxes = [found.groups() for line in lines if (found := BOX.fullmatch(line))]
    assert [(id, role) for id, _, _, _, role in boxes] == [(b.id, b.role) for b in picture.boxes()]
    for box, (_, left, text, right, _) in zip(picture.boxes(), boxes, strict=True):
        assert (left, right) == (("[[", "]]") if box.folded else ("(", ")"))
        words = unescape(text.replace("<br/>", "\n")).split("\n")
        small = ", ".join(filter(None, (box.below, f"{box.params:,}" if box.params else "")))
        assert words == [line for line in (box.above, box.title, small) if line]
    frames = [found.groups() for line in lines if (found := FRAME.fullmatch(line))]
    assert [(id, unescape(text)) for id, text in frames] == [
        (c.id, c.title + (f", {c.params:,}" if c.params else "")) for c in picture.clusters()
    ]
    assert lines.count("  end") == sum(isinstance(c, Cluster) for c in picture.children)
    edges = [found.groups() for line in lines if (found := LINE.fullmatch(line))]
    assert edges == [
        (e.source, "-.->" if e.training else "-->", e.label if e.shown else None, e.target)
        for e in picture.edges
    ]


@pytest.mark.parametrize("theme", THEMES)
def test_every_role_has_its_colours(theme: str) -> None:
    network = load("googlenet", "GoogLeNet")
    picture = view(network)
    text = render_mermaid(picture, theme)
    for role in {box.role for box in picture.boxes()}:
        fill, line = THEMES[theme].boxes[role]
        assert f"classDef {role} fill:{fill},stroke:{line}," in text
    dashed = ",".join(box.id for box in picture.boxes() if box.training)
    assert f"  class {dashed} training\n" in text


@pytest.mark.parametrize(
    "hostile", ['"]; click n1 "javascript:alert(1)"', "`**b**`", "a\nend", "%%{init}%%", "<b>#35;"]
)
def test_no_text_breaks_out_of_its_label(hostile: str) -> None:
    box = Box("n1", "", "conv", hostile, above=hostile, below=hostile)
    frame = Cluster("cluster_n1", "", hostile, (box,), params=1)
    text = render_mermaid(View(hostile, hostile, (frame,), (Edge("n1", "n1", hostile),)))
    lines = text.splitlines()
    assert [line.split()[0] for line in lines] == [
        "flowchart", "accTitle:", "accDescr:", "subgraph", lines[4].split()[0], "end", "n1",
        "classDef",
    ]  # fmt: skip
    found = BOX.fullmatch(lines[4])
    assert found
    assert unescape(found[3]) == "<br/>".join([hostile] * 3)
