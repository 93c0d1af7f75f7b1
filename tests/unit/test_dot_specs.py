"""The first network of every spec as Graphviz lays it out: free titles, rows in order."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

import archdsl.ops  # noqa: F401
from archdsl.analysis.cost import cost, op_cost
from archdsl.backends.dot import render_dot, render_svg, view
from archdsl.backends.dot.model import View
from archdsl.backends.dot.titles import rows
from archdsl.ir.model import OpNode
from archdsl.pipeline import compile_text
from archdsl.source import SourceFile
from tests.unit.test_dot import Read, curve, layers, shape

FRACTION = re.compile(r"\d+\.\d+")  # which a picture rounds
SPECS = sorted((Path(__file__).parents[2] / "specs").glob("*.arch"))


@pytest.mark.parametrize("spec", SPECS, ids=lambda path: path.stem)
def test_laid_out_as_written_and_no_title_crossed(spec: Path) -> None:
    design, problems = compile_text(SourceFile(spec.name, spec.read_text()))
    assert design is not None, problems
    picture = view(design.networks[0])
    read = Read(render_dot(picture), "json")
    for name, title in read.titles.items():
        x, y = map(float, title["pos"].split(","))
        half, high = float(title["width"]) * 36, float(title["height"]) * 36
        for _, _, edge in read.edges:
            crossed = any(abs(a - x) < half and abs(b - y) < high for a, b in curve(edge["pos"]))
            assert not crossed, (name, edge)
    boxes = {box.id for box in picture.boxes()}
    for row in rows(picture):
        across = [float(read.nodes[id]["pos"].split(",")[0]) for id in row if id in boxes]
        assert across == sorted(across)
    drawn = sorted((a, b, e.get("label", "").strip()) for a, b, e in read.edges)
    assert drawn == sorted((e.source, e.target, e.label if e.shown else "") for e in picture.edges)


@pytest.mark.parametrize("spec", SPECS, ids=lambda path: path.stem)
def test_every_label_count_and_shape_is_the_networks(spec: Path) -> None:
    """Layer by layer where each is drawn, and as sums where they are folded."""
    design, problems = compile_text(SourceFile(spec.name, spec.read_text()))
    assert design is not None, problems
    network = design.networks[0]
    total = cost(network.module)
    found = dict(layers(network.module))
    types = {shape(p.type) for p in network.module.inputs}
    types |= {shape(t) for node in found.values() for t in node.outputs}
    for detail in (1, 5, 9):
        picture = view(network, detail)
        assert f"{total.params:,} params" in picture.caption
        assert sum(child.params for child in picture.children) == total.params
        assert {e.label for e in picture.edges} <= types
        if picture.detail == 9:
            check_layers(picture, found)


def check_layers(picture: View, found: dict[str, OpNode]) -> None:
    """A box for each layer: its words, counts, and the shapes that go in and come out."""
    boxes = {b.path: b for b in picture.boxes() if b.role not in ("input", "output")}
    assert boxes.keys() == found.keys()
    for path, node in found.items():
        box, each = boxes[path], op_cost(node)
        text = node.op.text().partition("(")[0]
        assert FRACTION.sub("#", box.title) == FRACTION.sub("#", text)
        assert [float(n) for n in FRACTION.findall(box.title)] == pytest.approx(
            [float(n) for n in FRACTION.findall(text)], rel=1e-3
        )
        assert (box.params, box.macs) == (each.params, each.total_macs)
        assert box.out == ", ".join(shape(t) for t in node.outputs)
        assert [e.label for e in picture.edges if e.target == box.id] == [
            shape(t) for t in node.in_types
        ]


def test_titles_of_an_svg_say_what_the_view_says() -> None:
    """The words that a reader of the screen hears are those of the boxes, one for each."""
    text = (SPECS[0].parent / "resnet.arch").read_text()
    design, _ = compile_text(SourceFile("resnet.arch", text))
    assert design is not None
    picture = view(design.networks[0], 9)
    svg = ElementTree.fromstring(render_svg(render_dot(picture)))
    said = [t.text or "" for t in svg.iter("{http://www.w3.org/2000/svg}title")]
    for box in picture.boxes():
        words = [f"out {box.out}"] * bool(box.out)
        words += [f"{box.params:,} parameters"] * bool(box.params)
        words += [f"{box.macs:,} MACs"] * bool(box.macs)
        assert any(all(w in t.split("; ") for w in words) for t in said), box.path
