"""Plots: every point, bar and label against the report, and labels that do not overlap."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from itertools import combinations
from random import Random
from typing import Any

import pytest

from archdsl.backends.dot.errors import RenderError
from archdsl.backends.plots import FORMATS, plot_accuracy, plot_costs, render
from archdsl.backends.plots.labels import RADIUS, overlap, place
from archdsl.backends.report import build
from archdsl.backends.report.model import NetworkReport
from archdsl.cli import main
from archdsl.pipeline import compile_text
from archdsl.source import SourceFile
from tests.ir_published import resnet50, vgg_e

FAMILY = """
network N(w) {
    input 3x32x32
    conv3-w, relu, gap, FC-10
    train { accuracy = [["N-a", 0.7], ["N-b", 0.715]] }
}
network N-a = N(w=8)
network N-b = N(w=80)
network N-c = N(w=16)
"""


def family() -> list[tuple[str, NetworkReport]]:
    design, problems = compile_text(SourceFile("n.arch", FAMILY))
    assert not problems
    assert design is not None
    return [("n", network) for network in build(design).networks]


def values(spec: Any) -> list[dict[str, Any]]:
    """The data of a specification."""
    rows: list[dict[str, Any]] = spec["data"]["values"]
    return rows


def test_points_are_the_networks_that_state_an_accuracy() -> None:
    spec = plot_accuracy(family(), "params")
    rows = {row["name"]: row for row in values(spec)}
    assert set(rows) == {"N-a", "N-b"}
    for name, net in family():
        if net.accuracy is not None:
            row = rows[net.name]
            assert row["family"] == name
            assert row["size"] == net.cost.params
            assert row["accuracy"] == pytest.approx(100 * net.accuracy)
    many = [pair for pair in family() if pair[1].accuracy is not None]
    with pytest.raises(ValueError, match="240 networks, and 200 can be told apart"):
        plot_accuracy(many * 120, "macs")
    with pytest.raises(ValueError, match="no network states its accuracy"):
        plot_accuracy([("r", build(resnet50()).networks[0])], "macs")


def test_bars_are_the_rows_that_cost_something() -> None:
    (report,) = build(resnet50(), "stage").networks
    spec = plot_costs(report)
    bars = [(b["name"], b["params"], b["macs"]) for b in values(spec)]
    assert bars == [(r.path, r.params, r.macs) for r in report.rows() if r.params or r.macs]
    (layers,) = build(vgg_e()).networks
    rows = values(plot_costs(layers))
    assert sum(b["params"] for b in rows) == 143_667_240
    assert sum(b["macs"] for b in rows) == 19_632_062_464
    assert len({b["name"] for b in rows}) == len(rows)


@pytest.mark.parametrize("seed", range(20))
def test_labels_lie_on_no_point_and_no_label(seed: int) -> None:
    random = Random(seed)
    points = [(random.uniform(20, 620), random.uniform(20, 380)) for _ in range(40)]
    boxes = place(points, [f"Network-{i}" for i in range(40)], 640, 400)
    for one, other in combinations(boxes, 2):
        assert not overlap(one, other)
    for left, top, right, bottom in boxes:
        assert left >= 0
        assert top >= 0
        assert right <= 640
        assert bottom <= 400
        for x, y in points:
            dot = (x - RADIUS, y - RADIUS, x + RADIUS, y + RADIUS)
            assert not overlap((left, top, right, bottom), dot)


def test_labels_of_one_place_are_told_apart() -> None:
    boxes = place([(320.0, 200.0)] * 12, ["a network"] * 12, 640, 400)
    assert not any(overlap(a, b) for a, b in combinations(boxes, 2))


@pytest.mark.parametrize("against", ["params", "macs"])
def test_svg_is_the_same_each_time_and_shows_all_names(against: str) -> None:
    pytest.importorskip("vl_convert")
    spec = plot_accuracy(family(), against, "dark")
    one, other = render(spec, "svg"), render(spec, "svg")
    assert one == other
    tree = ET.fromstring(one)
    words = [e.text for e in tree.iter("{http://www.w3.org/2000/svg}text")]
    assert {"N-a", "N-b"} <= set(words)
    assert tree[0].tag.endswith("title")
    assert "N-b: " in (tree[1].text or "")
    assert not re.search(rb"https?://(?!www\.w3\.org)", one)


def test_names_do_not_act_in_pictures() -> None:
    pytest.importorskip("vl_convert")
    (network,) = build(vgg_e()).networks
    network.name = '<script>alert(1)</script>"]}'
    svg = render(plot_costs(network), "svg")
    assert b"<script" not in svg
    ET.fromstring(svg)


def test_formats() -> None:
    pytest.importorskip("vl_convert")
    (network,) = build(resnet50(), "stage").networks
    spec = plot_costs(network)
    assert render(spec, "png").startswith(b"\x89PNG")
    assert render(spec, "pdf").startswith(b"%PDF")
    assert json.loads(render(spec, "json")) == spec
    assert set(FORMATS) == {"svg", "png", "pdf", "json"}
    with pytest.raises(RenderError, match="no format gif"):
        render(spec, "gif")


def test_command(tmp_path, capsys) -> None:
    path = tmp_path / "n.arch"
    path.write_text(FAMILY, encoding="utf-8")
    out = tmp_path / "p.json"
    assert main(["report", str(path), "--plot", "macs-accuracy", "-o", str(out)]) == 0
    assert "without an accuracy: N-c" in capsys.readouterr().err
    assert len(json.loads(out.read_text())["data"]["values"]) == 2
    assert main(["report", str(path), "--plot", "layers", "-o", str(out)]) == 2
    assert "3 networks; --network takes one of N-a, N-b, N-c" in capsys.readouterr().err
    assert main(["report", str(path), "--plot", "layers", "-o", "p.gif"]) == 2
    path.write_text("input 3x8x8\nconv3-4\n", encoding="utf-8")
    assert main(["report", str(path), "--plot", "params-accuracy", "-o", str(out)]) == 2
    assert "train { accuracy = 0.76 }" in capsys.readouterr().err
