"""Long pictures in columns: nothing is lost where they turn, and a page holds them."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import archdsl.ops  # noqa: F401
from archdsl.backends.dot import render_dot, usual_view, view, wrap
from archdsl.backends.dot.model import Box, Edge, View, walk_boxes
from archdsl.backends.dot.wrap import _balance, sources, turns
from archdsl.cli import main
from archdsl.ir.model import Network
from archdsl.pipeline import compile_text
from archdsl.source import SourceFile
from tests.unit.test_dot import Read

SPECS = Path(__file__).parents[2] / "specs"
LONG = {  # and how many columns they have
    "vgg:VGG-E": 3, "resnet:ResNet-50": 2, "googlenet:GoogLeNet": 2,
    "efficientnet:EfficientNet-B0": 3, "efficientnet:EfficientNet-B7": 3,
    "mobilenet:MobileNetV3-Large": 4, "mobilenet:MobileNetV3-Small": 4,
    "preact_resnet:PreAct-ResNet-200": 3, "inception:Inception-v3": 2,
}  # fmt: skip


def load(name: str) -> Network:
    file, _, network = name.partition(":")
    text = (SPECS / f"{file}.arch").read_text(encoding="utf-8")
    design, problems = compile_text(SourceFile(file, text))
    assert design is not None, problems
    return next(n for n in design.networks if n.name == network)


def columns(picture: View) -> list[list[Box]]:
    """The boxes of each column."""
    edges = [0, *picture.starts, len(picture.children)]
    return [list(walk_boxes(picture.children[a:b])) for a, b in pairwise(edges)]


@pytest.mark.parametrize("name", LONG)
def test_a_page_holds_a_long_network(name: str) -> None:
    """At most about three times as high as wide, columns side by side in their order."""
    picture = wrap(usual_view(load(name)))
    assert len(picture.starts) + 1 == LONG[name]
    read = Read(render_dot(picture), "json")
    wide, high = read.size
    assert 1 / 3 < high / wide < 3
    nodes = read.nodes | read.corners
    across = {id: float(node["pos"].split(",")[0]) for id, node in nodes.items()}
    half = {id: 36 * float(node["width"]) for id, node in nodes.items()}
    places = [
        [
            (across[b.id] - half[b.id], across[b.id] + half[b.id])
            for b in column
            if b.role != "output"
        ]
        for column in columns(picture)
    ]
    for turn, (before, after) in zip(turns(picture), pairwise(places), strict=True):
        assert max(right for _, right in before) < across[turn.up] < min(left for left, _ in after)
        assert abs(across[turn.up] - across[turn.down]) < 2


@pytest.mark.parametrize("name", LONG)
def test_every_line_is_drawn(name: str) -> None:
    """From its box, or from the top of the column that the line of its box leads to."""
    picture = wrap(usual_view(load(name)))
    drawn = Read(render_dot(picture)).edges
    led = {turn.entry: turn.source for turn in turns(picture)}
    lines = [(led.get(a, a), b, e.get("label", "").strip()) for a, b, e in drawn if b[0] == "n"]
    assert sorted(lines) == sorted(
        (e.source, e.target, e.label if e.shown else "") for e in picture.edges
    )
    corners = {(a, b) for a, b, _ in drawn if b[0] != "n"}
    assert corners == {
        pair
        for t in turns(picture)
        for pair in ((t.source, t.down), (t.up, t.down), (t.up, t.entry))
    }


def chain(length: int, *skips: tuple[int, int]) -> View:
    boxes = tuple(Box(f"n{i}", "", "conv", f"conv{i}") for i in range(length))
    pairs = [*pairwise(range(length)), *skips]
    return View("t", "", boxes, tuple(Edge(f"n{a}", f"n{b}", "1") for a, b in pairs))


def test_a_column_ends_where_one_tensor_goes_on() -> None:
    assert wrap(chain(40), 2).starts == (21,)
    assert wrap(chain(40), 4).starts == (11, 21, 31)
    assert wrap(chain(40), 1).starts == ()
    assert wrap(chain(40, (5, 25)), 2).starts == (26,)  # 6 to 25 hold two
    bridged = wrap(chain(40, (20, 30)), 2)  # both lines leave box 20
    assert bridged.starts == (21,)
    begins = dict(zip([(e.source, e.target) for e in bridged.edges], sources(bridged), strict=True))
    assert begins["n20", "n21"] == begins["n20", "n30"] == "entry1"
    assert begins["n21", "n22"] == "n21"


def test_only_what_gains_by_it_turns() -> None:
    assert wrap(chain(10)).starts == ()  # a page holds it
    assert wrap(chain(60)).starts != ()
    assert wrap(chain(60, (1, 57))).starts == ()  # two boxes at the ends might leave
    assert wrap(View("t", "", (), ())).starts == ()
    network = load("vgg:VGG-E")
    assert wrap(view(network, 5, "LR")).starts == ()


@given(st.lists(st.integers(0, 60), unique=True, max_size=9), st.integers(1, 5))
def test_the_longest_column_is_as_short_as_can_be(ranks: list[int], wanted: int) -> None:
    from itertools import combinations

    places = [(i + 1, rank) for i, rank in enumerate(sorted(ranks))]
    made = _balance(places, wanted, 60)
    end = dict(places)

    def longest(starts: tuple[int, ...]) -> int:
        return max(b - a for a, b in pairwise([0, *(end[s] for s in starts), 60]))

    every = [c for n in range(wanted) for c in combinations([p for p, _ in places], n)]
    assert made in every
    assert longest(made) == min(map(longest, every))


def test_the_command_takes_a_number(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "vgg.dot"
    spec = str(SPECS / "vgg_e.arch")
    for wanted, found in (("1", 0), ("3", 2), ("0", 1)):
        assert main(["draw", spec, "--wrap", wanted, "-o", str(out)]) == 0
        assert out.read_text().count("shape=point") == 3 * found
    assert main(["draw", spec, "--wrap", "2", "--direction", "LR", "-o", str(out)]) == 2
    assert main(["draw", spec, "--wrap", "-1", "-o", str(out)]) == 2
    assert "--wrap is a number of columns" in capsys.readouterr().err
