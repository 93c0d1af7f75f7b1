"""The first network of every spec as Graphviz lays it out: free titles, rows in order."""

from __future__ import annotations

from pathlib import Path

import pytest

import archdsl.ops  # noqa: F401
from archdsl.backends.dot import render_dot, view
from archdsl.backends.dot.titles import rows
from archdsl.pipeline import compile_text
from archdsl.source import SourceFile
from tests.unit.test_dot import Read, curve

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
