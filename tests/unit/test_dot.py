"""Diagrams: what the boxes, edges and counts say against the IR that they are drawn from."""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import archdsl
from archdsl.analysis.cost import cost, op_cost
from archdsl.backends.dot import (
    THEMES,
    RenderError,
    TooLarge,
    ToolMissing,
    render,
    render_dot,
    render_svg,
    usual_view,
    view,
)
from archdsl.backends.dot.draw import find_dot
from archdsl.backends.dot.model import Box, Cluster, Edge, View
from archdsl.backends.dot.svg import clean_svg
from archdsl.backends.dot.titles import rows
from archdsl.ir.model import (
    CallNode,
    Module,
    Network,
    OpNode,
    Output,
    Port,
    RepeatNode,
    Value,
)
from archdsl.ops.base import Dims, Kind
from archdsl.source import SourceFile, Span
from archdsl.tensor import IMAGE, TensorType

if TYPE_CHECKING:
    from collections.abc import Iterator

SVG = "{http://www.w3.org/2000/svg}"
GOLDEN = Path(__file__).parents[1] / "golden" / "dot"
HERE = Span(SourceFile("test.arch", ""), 0, 0)


class Graph:
    """A module that grows by one node a call; every method returns the value that comes out."""

    def __init__(self, *inputs: tuple[int, ...], name: str = "net", kind: str = "block") -> None:
        self.ports = tuple(
            Port(f"x{i}" if len(inputs) > 1 else "", image(*dims), HERE)
            for i, dims in enumerate(inputs)
        )
        self.name, self.kind = name, kind
        self.nodes: list[OpNode | CallNode | RepeatNode] = []
        self.outputs: list[Output] = []
        self.labels: dict[str, Value] = {}
        self.step = 0

    def type_of(self, value: Value) -> TensorType:
        node, port = value
        return self.ports[port].type if node < 0 else self.nodes[node].outputs[port]

    def op(self, kind: str, *inputs: Value, same: bool = False, **attrs: object) -> Value:
        """A layer; `same` puts it into the step before it."""
        return self.layer(kind, inputs, attrs, same)

    def layer(
        self, kind: str, inputs: tuple[Value, ...], attrs: dict[str, object], same: bool = False
    ) -> Value:
        cls = Kind.lookup(kind)
        assert cls is not None, kind
        op = cls(attrs)
        types = tuple(map(self.type_of, inputs))
        self.step += not same
        name = f"{op.name.lower()}{len(self.nodes)}"
        node = OpNode(op, types, name, inputs, op.infer(types), HERE, self.step)
        return self._add(node)

    def conv(self, x: Value, kernel: object, out: int, *after: str, **attrs: object) -> Value:
        """A convolution with what its attributes ask for, all in one step."""
        attrs |= {"kernel": kernel, "out": out, "bias": "bn" not in after}
        x = self.layer("conv", (x,), attrs)
        for kind in after:
            x = self.op(kind, x, same=True)
        return x

    def call(self, module: Module, *inputs: Value, label: str = "") -> Value:
        self.step += 1
        name = label or f"{module.name}{len(self.nodes)}"
        node = CallNode(module, name, inputs, module.output_types(), HERE, self.step)
        value = self._add(node)
        if label:
            self.labels[label] = value
        return value

    def repeat(
        self, *runs: tuple[Module, int], x: Value, label: str = "", tied: bool = False
    ) -> Value:
        self.step += 1
        name = label or f"repeat{len(self.nodes)}"
        out = runs[-1][0].output_types()
        value = self._add(RepeatNode(runs, tied, name, (x,), out, HERE, self.step))
        if label:
            self.labels[label] = value
        return value

    def output(self, value: Value, name: str = "out", train_only: bool = False) -> None:
        self.outputs.append(Output(name, value, train_only))

    def module(self, *results: Value) -> Module:
        for value in results:
            self.output(value)
        return Module(
            self.name, self.kind, 0, (), self.ports, tuple(self.nodes), tuple(self.outputs),
            self.labels, HERE,
        )  # fmt: skip

    def _add(self, node: OpNode | CallNode | RepeatNode) -> Value:
        self.nodes.append(node)
        return len(self.nodes) - 1, 0


X: Value = (-1, 0)


def image(*dims: int) -> TensorType:
    return TensorType(IMAGE, dims)


def convs(channels: int, size: int, out: int) -> Module:
    graph = Graph((channels, size, size), name="group", kind="group")
    return graph.module(graph.conv(X, 3, out, "relu"))


def vgg() -> Network:
    """VGG-E at a quarter of its width."""
    graph = Graph((3, 224, 224), name="VGG-E", kind="network")
    x, channels, size = X, 3, 224
    for out, times in ((16, 2), (32, 2), (64, 4), (128, 4), (128, 4)):
        rest = (convs(out, size, out), times - 1)
        if channels == out:
            x = graph.repeat((rest[0], times), x=x)
        else:
            x = graph.repeat((convs(channels, size, out), 1), rest, x=x)
        x = graph.op("maxpool", x)
        channels, size = out, size // 2
    x = graph.op("flatten", x)
    x = graph.op("FC", x, same=True, out=1024)
    x = graph.op("relu", x, same=True)
    x = graph.op("dropout", x, p=0.5)
    x = graph.op("FC", x, out=1000)
    return Network("VGG-E", graph.module(graph.op("softmax", x)))


def basic(channels: int, size: int, out: int, stride: int) -> Module:
    """A residual block, with a projection where the shapes differ."""
    graph = Graph((channels, size, size), name="basic")
    y = graph.conv(X, 3, out, "bn", "relu", stride=stride)
    y = graph.conv(y, 3, out, "bn")
    short = X if stride == 1 and channels == out else graph.conv(X, 1, out, "bn", stride=stride)
    return graph.module(graph.op("relu", graph.op("add", y, short), same=True))


def resnet() -> Network:
    graph = Graph((3, 224, 224), name="ResNet-34", kind="network")
    x = graph.op("maxpool", graph.conv(X, 7, 64, "bn", "relu", stride=2), kernel=3, stride=2, pad=1)
    channels, size = 64, 56
    for i, (out, times) in enumerate(((64, 3), (128, 4), (256, 6), (512, 3))):
        stride = 1 if channels == out else 2
        after = size // stride
        same = basic(out, after, out, 1)
        runs = [(basic(channels, size, out, stride), 1), (same, times - 1)]
        x = graph.repeat(*([(same, times)] if stride == 1 else runs), x=x, label=f"stage{i + 1}")
        channels, size = out, after
    x = graph.op("flatten", graph.op("gap", x))
    return Network("ResNet-34", graph.module(graph.op("FC", x, same=True, out=1000)))


def inception(channels: int, size: int, widths: tuple[int, ...]) -> Module:
    n1, r3, n3, r5, n5, pool = widths
    graph = Graph((channels, size, size), name="inception")
    branches = (
        graph.conv(X, 1, n1, "relu"),
        graph.conv(graph.conv(X, 1, r3, "relu"), 3, n3, "relu"),
        graph.conv(graph.conv(X, 1, r5, "relu"), 5, n5, "relu"),
        graph.conv(graph.op("maxpool", X, kernel=3, stride=1, pad=1), 1, pool, "relu"),
    )
    return graph.module(graph.op("concat", *branches))


def googlenet() -> Network:
    """Two inception modules, one of them twice, and a head for training only."""
    graph = Graph((192, 28, 28), name="GoogLeNet", kind="network")
    x = graph.call(inception(192, 28, (64, 96, 128, 16, 32, 32)), X, label="i3a")
    same = inception(256, 28, (64, 96, 128, 16, 32, 32))
    x = graph.call(same, x, label="i3b")
    x = graph.call(same, x, label="i3c")
    head = graph.op("avgpool", x, kernel=5, stride=3)
    head = graph.op("FC", graph.op("flatten", graph.conv(head, 1, 128, "relu")), out=10)
    graph.output(head, "aux1", train_only=True)
    x = graph.op("flatten", graph.op("gap", x))
    return Network("GoogLeNet", graph.module(graph.op("FC", x, same=True, out=10)))


def two_inputs() -> Network:
    """A small U-Net with a second input at the bottom, and two outputs."""
    graph = Graph((3, 64, 64), (1, 32, 32), name="fuse", kind="network")
    left = graph.conv(X, 3, 16, "bn", "relu")
    down = graph.op("concat", graph.op("maxpool", left), (-1, 1))
    down = graph.conv(down, Dims((1, 3)), 32, "bn", "relu", pad=Dims((0, 1)))
    graph.output(graph.conv(down, 1, 5), "coarse")
    up = graph.op("upsample", down, factor=2)
    return Network("fuse", graph.module(graph.conv(graph.op("concat", left, up), 1, 5)))


NETWORKS = {
    "vgg": vgg, "resnet": resnet, "googlenet": googlenet, "fuse": two_inputs,
}  # fmt: skip


def layers(module: Module, path: str = "") -> Iterator[tuple[str, OpNode]]:
    """Every layer that runs, with its path; repetitions one by one."""
    for node in module.nodes:
        here = path + node.name
        if isinstance(node, OpNode):
            yield here, node
        elif isinstance(node, CallNode):
            yield from layers(node.module, here + ".")
        elif isinstance(node, RepeatNode):
            bodies = [m for m, times in node.runs for _ in range(times)]
            for i, body in enumerate(bodies):
                yield from layers(body, f"{here}.{i}.")


def shape(type: TensorType) -> str:
    return "×".join(str(d) for d in type.dims)


def inside(cluster: Cluster) -> list[Box]:
    return list(View("", "", cluster.children, ()).boxes())


def titles(picture: View) -> list[str]:
    return [box.title for box in picture.boxes()]


class Read:
    """What Graphviz itself reads in a DOT text: nodes by id, clusters, edges by ids."""

    def __init__(self, dot_text: str, form: str = "dot_json") -> None:
        command = [find_dot("svg"), "-Kdot", f"-T{form}"]
        done = subprocess.run(command, input=dot_text.encode(), capture_output=True, check=True)
        graph = json.loads(done.stdout)
        objects = graph.get("objects", [])
        self.clusters = [o for o in objects if o["name"].startswith("cluster")]
        nodes = {o["name"]: o for o in objects if "nodes" not in o and o["name"][0] in "nt"}
        self.size = [float(n) for n in graph.get("bb", "").split(",") if n][2:]
        self.corners = {o["name"]: o for o in objects if o.get("shape") == "point"}
        self.titles = {name: n for name, n in nodes.items() if name.startswith("title_")}
        self.nodes = {name: n for name, n in nodes.items() if name not in self.titles}
        names = {o["_gvid"]: o["name"] for o in objects}
        edges = [(names[e["tail"]], names[e["head"]], e) for e in graph.get("edges", [])]
        self.edges = [edge for edge in edges if edge[2].get("style") != "invis"]


def svg_texts(svg: str) -> list[str]:
    return [
        (t.text or "").replace("\u00a0", " ").strip()
        for t in ElementTree.fromstring(svg).iter(f"{SVG}text")
    ]


every_network = pytest.mark.parametrize(
    "network", [make() for make in NETWORKS.values()], ids=list(NETWORKS)
)
every_detail = pytest.mark.parametrize("detail", range(10))


@every_network
def test_most_detail_shows_every_layer_with_its_shapes(network: Network) -> None:
    picture = view(network, detail=9)
    found = dict(layers(network.module))
    boxes = {b.path: b for b in picture.boxes() if b.role not in ("input", "output")}
    assert boxes.keys() == found.keys()
    for path, node in found.items():
        box = boxes[path]
        into = [e.label for e in picture.edges if e.target == box.id]
        assert into == [shape(t) for t in node.in_types]
        assert {e.label for e in picture.edges if e.source == box.id} == {
            shape(t) for t in node.outputs
        }
        assert box.title == node.op.text().partition("(")[0]
        assert box.params == op_cost(node).params


@every_network
@every_detail
def test_counts_add_up(network: Network, detail: int) -> None:
    total = cost(network.module).params
    picture = view(network, detail)
    assert sum(child.params for child in picture.children) == total
    assert f"{total:,} params" in picture.caption
    if detail >= 8:
        for cluster in picture.clusters():
            assert cluster.params == sum(box.params for box in inside(cluster))


@every_network
@every_detail
def test_graphviz_reads_the_same_graph(network: Network, detail: int) -> None:
    picture = view(network, detail)
    read = Read(render_dot(picture))
    assert read.nodes.keys() == {b.id for b in picture.boxes()}
    assert len(read.clusters) == len(list(picture.clusters()))
    assert len(read.titles) == len(read.clusters)
    drawn = Counter((tail, head, e.get("label", "").strip()) for tail, head, e in read.edges)
    assert drawn == Counter((e.source, e.target, e.label if e.shown else "") for e in picture.edges)


@every_network
@every_detail
def test_a_shape_is_written_once_where_it_changes(network: Network, detail: int) -> None:
    picture = view(network, detail)
    for box in picture.boxes():
        into = {e.label for e in picture.edges if e.target == box.id}
        out = [e for e in picture.edges if e.source == box.id]
        shown = [e.label for e in out if e.shown]
        assert sorted(shown) == sorted({e.label for e in out} - into)
        for label in shown:
            ways = [e for e in out if e.label == label]
            (chosen,) = [e for e in ways if e.shown]
            assert not chosen.skip or all(e.skip for e in ways)


@every_network
@every_detail
@pytest.mark.parametrize("direction", ["TB", "LR"])
def test_branches_stand_as_written(network: Network, detail: int, direction: str) -> None:
    """The boxes of a row are in the order of the text, and no box stands on a title."""
    picture = view(network, detail, direction)
    read = Read(render_dot(picture), "json")
    boxes = {box.id for box in picture.boxes()}
    places = {name: tuple(map(float, n["pos"].split(","))) for name, n in read.nodes.items()}
    for row in rows(picture):
        heads = [name for name in row if name in boxes]
        across = [places[h][0] if direction == "TB" else -places[h][1] for h in heads]
        assert across == sorted(across)
        assert len({places[h][1] if direction == "TB" else places[h][0] for h in heads}) <= 1


@every_network
@pytest.mark.parametrize("direction", ["TB", "LR"])
@pytest.mark.parametrize("detail", [2, 5, 9])
def test_no_line_crosses_a_title(network: Network, detail: int, direction: str) -> None:
    read = Read(render_dot(view(network, detail, direction)), "json")
    for title in read.titles.values():
        x, y = map(float, title["pos"].split(","))
        half, high = float(title["width"]) * 36, float(title["height"]) * 36
        for _, _, edge in read.edges:
            for at, up in curve(edge["pos"]):
                assert not (abs(at - x) < half and abs(up - y) < high), (title["name"], edge)


def curve(pos: str) -> list[tuple[float, float]]:
    """Points along a spline of Graphviz, a few for each of its Bézier curves."""
    knots = [
        tuple(map(float, part.split(",")[-2:])) for part in pos.split() if not part.startswith("e,")
    ]
    points = []
    for i in range(0, len(knots) - 3, 3):
        for step in range(17):
            t = step / 16
            weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
            points.append(
                (
                    sum(w * k[0] for w, k in zip(weights, knots[i : i + 4], strict=True)),
                    sum(w * k[1] for w, k in zip(weights, knots[i : i + 4], strict=True)),
                )
            )
    return points


@every_network
@every_detail
def test_every_tensor_of_the_picture_is_one_of_the_network(network: Network, detail: int) -> None:
    types = {shape(p.type) for p in network.module.inputs}
    types |= {shape(t) for _, node in layers(network.module) for t in node.outputs}
    assert {e.label for e in view(network, detail).edges} <= types


@every_network
@pytest.mark.parametrize("detail", range(9))
def test_a_higher_detail_shows_no_less(network: Network, detail: int) -> None:
    if detail != 7:  # 7 splits layers, 8 unrolls repeats: neither holds the other
        assert len(titles(view(network, detail))) <= len(titles(view(network, detail + 1)))


def test_a_repeated_layer_is_one_box_with_all_its_weights() -> None:
    picture = view(vgg())
    box = next(b for b in picture.boxes() if b.title == "conv3-128 ×4")
    assert box.below == "relu"
    assert box.params == 64 * 128 * 9 + 128 + 3 * (128 * 128 * 9 + 128)
    assert [e.label for e in picture.edges if e.target == box.id] == ["64×28×28"]
    assert [e.label for e in picture.edges if e.source == box.id] == ["128×28×28"]


def test_a_tied_repeat_says_so_and_counts_its_weights_once() -> None:
    graph = Graph((8, 4, 4), kind="network")
    x = graph.repeat((convs(8, 4, 8), 12), x=X, tied=True)
    (box,) = [b for b in view(Network("tied", graph.module(x))).boxes() if b.role == "conv"]
    assert box.title == "conv3-8 ×12 shared"
    assert box.params == 8 * 8 * 9 + 8


def test_repeats_of_blocks_are_clusters() -> None:
    found = [c.title for c in view(resnet()).clusters()]
    assert found[:4] == ["stage1: basic ×3", "stage2: basic ×4", "#1", "#2–4 ×3"]
    unrolled = [c.title for c in view(resnet(), detail=8).clusters()]
    assert unrolled[:4] == ["stage1: basic ×3", "#1", "#2", "#3"]


def test_contents_are_shown_once_for_each_module() -> None:
    picture = view(googlenet())
    assert [c.title for c in picture.clusters()] == ["i3a: inception", "i3b: inception"]
    (again,) = [b for b in picture.boxes() if b.role == "block"]
    assert (again.title, again.folded) == ("i3c: inception", True)
    assert [c.title for c in view(googlenet(), detail=6).clusters()][2] == "i3c: inception"


def test_lowest_detail_shows_stages() -> None:
    assert titles(view(vgg(), detail=0)) == [
        "input",
        *(f"conv3-{w} ×{n}, maxpool" for w, n in ((16, 2), (32, 2), (64, 4), (128, 4), (128, 4))),
        "FC-1024 … softmax",
        "output",
    ]
    assert titles(view(resnet(), detail=0))[1:3] == ["conv7-64/2, maxpool3/2", "stage1: basic ×3"]


def test_skips_are_the_edges_with_a_longer_way_round() -> None:
    by_id = {b.id: b for b in view(resnet()).boxes()}
    skips = [e for e in view(resnet()).edges if e.skip]
    assert [by_id[e.target].title for e in skips] == ["add"] * 4
    assert [e.label for e in skips] == ["64×56×56", "128×28×28", "256×14×14", "512×7×7"]
    assert [e.label for e in view(two_inputs()).edges if e.skip] == ["16×64×64"]
    assert not any(e.skip for e in view(googlenet()).edges)


@every_detail
def test_what_exists_in_training_only_is_dashed(detail: int) -> None:
    picture = view(googlenet(), detail)
    dashed = {b.id for b in picture.boxes() if b.training}
    assert {b.title for b in picture.boxes() if b.training} >= {"aux1"}
    assert len(dashed) == {0: 3, 7: 6, 9: 6}.get(detail, 5)
    assert {e.target for e in picture.edges if e.training} == dashed
    read = Read(render_dot(picture))
    assert {name for name, n in read.nodes.items() if "dashed" in n.get("style", "")} == dashed
    assert {head for _, head, e in read.edges if "dashed" in e.get("style", "")} == dashed


def test_layers_before_and_after_the_main_one_are_small() -> None:
    graph = Graph((4, 8, 8), kind="network")
    x = graph.op("relu", graph.op("bn", X), same=True)
    x = graph.op("conv", x, same=True, kernel=3, out=6, groups=2)
    box = list(view(Network("pre", graph.module(x))).boxes())[1]
    assert (box.above, box.title, box.below) == ("bn, relu", "conv3-6", "groups=2")
    assert box.params == 8 + 6 * 2 * 9 + 6


def test_padding_that_says_nothing_is_left_out() -> None:
    graph = Graph((4, 8, 8), kind="network")
    x = graph.conv(graph.conv(X, 1, 4, pad=0, stride=2), 3, 4, pad=0)
    boxes = list(view(Network("net", graph.module(x))).boxes())
    assert [(b.role, b.below) for b in boxes[1:3]] == [("conv1", ""), ("conv", "pad=0")]


def test_a_tensor_that_is_read_twice_ends_a_box() -> None:
    graph = Graph((4, 8, 8), kind="network")
    x = graph.op("conv", X, kernel=3, out=4)
    y = graph.op("relu", x, same=True)
    assert titles(view(Network("net", graph.module(graph.op("add", x, y))))) == [
        "input", "conv3-4", "relu", "add", "output"
    ]  # fmt: skip


def test_shared_weights_are_shown_and_not_counted() -> None:
    graph = Graph((4, 8, 8), kind="network")
    x = graph.conv(graph.conv(X, 3, 4), 3, 4)
    graph.nodes[1].shares = 0
    boxes = list(view(Network("net", graph.module(x))).boxes())
    assert [(b.below, b.params) for b in boxes[1:3]] == [("", 148), ("shared weights", 0)]


def deep(calls: int) -> Network:
    """Calls of `calls` different blocks of three layers each."""
    graph = Graph((4, 8, 8), kind="network")
    x = X
    for _ in range(calls):
        body = Graph((4, 8, 8), name="triple")
        x = graph.call(body.module(body.conv(body.conv(body.conv(X, 3, 4), 3, 4), 1, 4)), x)
    return Network("deep", graph.module(x))


def test_a_large_picture_folds_by_itself_and_says_so() -> None:
    assert view(deep(100), detail=5).note == ""
    picture = view(deep(200), detail=5)
    assert picture.detail == 1
    assert len(titles(picture)) == 202
    assert picture.note == "folded to detail 1: too many boxes or lines at detail 5"
    assert picture.note in svg_texts(render_svg(render_dot(picture)))


def dense(layers: int) -> Network:
    """Every layer reads all layers before it, and a head follows."""
    graph = Graph((8, 16, 16), name="dense", kind="network")
    made = [graph.conv(X, 3, 8)]
    for _ in range(layers):
        x = graph.op("concat", *made) if len(made) > 1 else made[0]
        made.append(graph.conv(x, 3, 4, "relu"))
    x = graph.op("gap", graph.op("concat", *made))
    return Network("dense", graph.module(graph.conv(x, 1, 10)))


def test_lines_that_nobody_could_follow_fold_into_one_box() -> None:
    assert view(dense(10)).detail == 5
    picture = view(dense(60))
    boxes = list(picture.boxes())
    assert picture.note == "folded to detail 0: too many boxes or lines at detail 5"
    assert [b.title for b in boxes] == [
        "input",
        "conv3-8",
        "conv3-4 … concat",
        "gap",
        "conv1-10",
        "output",
    ]
    assert boxes[2].below == "120 steps"
    assert sum(b.params for b in boxes) == cost(dense(60).module).params
    by_id = {b.id: b.title for b in boxes}
    assert {(by_id[e.source], e.label) for e in picture.edges} == {
        ("input", "8×16×16"),
        ("conv3-8", "8×16×16"),
        ("conv3-4 … concat", "248×16×16"),
        ("gap", "248×1×1"),
        ("conv1-10", "10×1×1"),
    }
    assert len(picture.edges) == 5


def test_nobody_gets_a_picture_of_many_pages_without_asking() -> None:
    for make in NETWORKS.values():
        usual = usual_view(make())
        assert (usual.detail, usual.note) == (5, "")
    picture = usual_view(deep(40))
    assert picture.detail == 1
    assert picture.note == "folded to detail 1 (detail 5 is longer)"
    assert titles(picture) == titles(view(deep(40), 1))
    assert view(deep(40)).detail == 5


def test_what_no_detail_shortens_is_not_called_folded() -> None:
    text = "input 3x8x8\nfor i in 0..100 { conv3-(8+i), relu }\n"
    network = archdsl.loads(text).ir
    usual = usual_view(network)
    assert (usual.detail, usual.note) == (5, "")
    assert titles(usual) == titles(view(network, 1))


def test_a_long_chain_is_one_box_at_the_lowest_detail() -> None:
    graph = Graph((4, 8, 8), kind="network")
    x = X
    for _ in range(3000):
        x = graph.conv(x, 3, 4)
    picture = view(Network("long", graph.module(x)))
    assert titles(picture) == ["input", "conv3-4 … conv3-4", "output"]
    assert list(picture.boxes())[1].below == "3,000 steps"


def test_a_picture_that_cannot_be_folded_is_refused() -> None:
    with pytest.raises(TooLarge, match="deep has too many boxes or lines to draw"):
        view(deep(500), limit=100)


@pytest.mark.parametrize("detail", [0, 5, 8, 9])
def test_a_million_repetitions_cost_nothing(detail: int) -> None:
    graph = Graph((4, 8, 8), kind="network")
    empty = Graph((4, 8, 8), kind="group").module(X)
    x = graph.repeat((convs(4, 8, 4), 1_000_000), x=graph.repeat((empty, 1_000_000), x=X))
    picture = view(Network("long", graph.module(x)), detail)
    words = {*titles(picture), *(cluster.title for cluster in picture.clusters())}
    assert len(titles(picture)) <= 4
    assert words & {"conv3-4 ×1,000,000", "×1,000,000"}


def test_wrong_options_are_errors() -> None:
    for detail in (-1, 10):
        with pytest.raises(RenderError, match=f"detail goes from 0 to 9, not {detail}"):
            view(vgg(), detail)
    with pytest.raises(RenderError, match="a picture runs TB or LR, not up"):
        view(vgg(), direction="up")
    with pytest.raises(RenderError, match="no theme pink; there are light, dark, safe, print"):
        render_dot(view(vgg()), theme="pink")


@pytest.mark.parametrize("theme", THEMES)
def test_every_kind_has_a_colour_in_every_theme(theme: str) -> None:
    families = {kind.family for kind in Kind.registry.values()}
    assert families | {"conv1", "block", "chain", "input", "output"} == THEMES[theme].boxes.keys()


HOSTILE = [
    'x", URL="javascript:alert(1)',
    "<<b>x</b>>",
    "ends in \\",
    "\\N \\G \\n \\l",
    "&lt;script&gt; &amp; <script>alert(1)</script>",
    "]; } digraph evil {",
    "-->",
    "größe α→β 網路",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_breaks_out_of_its_label(text: str) -> None:
    box = Box("n1", text, "conv", text, above=text, below=text)
    frame = Cluster("cluster_n1", text, text, (box,), params=7)
    picture = View(text, text, (frame,), (Edge("n1", "n1", text),), note=text)
    dot_text = render_dot(picture)
    read = Read(dot_text)
    assert (list(read.nodes), len(read.clusters), len(read.edges)) == (["n1"], 1, 1)
    svg = render_svg(dot_text)
    # The caption's three lines, the title of the frame and its count, the box's three, the edge's.
    assert Counter(svg_texts(svg)) == {text: 3 + 1 + 3 + 1, "7": 1}
    assert ElementTree.fromstring(svg).findtext(f"{SVG}title") == text


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_one_label(text: str) -> None:
    dot_text = render_dot(View("t", "", (Box("n1", "", "conv", text),), ()))
    read = Read(dot_text)
    assert (list(read.nodes), read.clusters, read.edges) == (["n1"], [], [])
    assert all(c.isprintable() or c == "\n" for c in dot_text)


def test_svg_is_accessible_and_self_contained() -> None:
    svg = render_svg(render_dot(view(resnet())))
    root = ElementTree.fromstring(svg)
    assert root.get("role") == "img"
    assert root[0].tag == f"{SVG}title"
    assert root[0].text == "ResNet-34"
    described = root[1].text or ""
    assert described.startswith(
        "ResNet-34: 21,797,672 params, 3.66 G MACs; input input; output output"
    )
    assert "conv7-64/2, maxpool3/2, conv3-64, conv3-64, add" in described
    assert not any(word in svg for word in ("href", "<script", "<!--", "<!DOCTYPE", "<title>n"))
    assert {"stage1", "basic ×3", "221,952", "64×56×56", "skip connection"} <= set(svg_texts(svg))


@pytest.mark.parametrize(
    "evil", ['<a href="x">y</a>', "<script>1</script>", '<g onload="x()"/>', "<image/>"]
)
def test_svg_with_anything_else_in_it_is_refused(evil: str) -> None:
    with pytest.raises(RenderError, match="has no place in a picture"):
        clean_svg(f'<svg xmlns="http://www.w3.org/2000/svg"><g>{evil}</g></svg>', "t", "d")


def test_pictures_are_the_same_every_time() -> None:
    first, second = (render_dot(view(resnet())) for _ in range(2))
    assert first == second
    assert render_svg(first) == render_svg(second)
    assert render(first, "png") == render(second, "png")


def test_png_has_its_signature() -> None:
    assert render(render_dot(view(vgg()), "dark"), "png").startswith(b"\x89PNG\r\n\x1a\n")


def test_a_missing_program_is_one_clear_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    with pytest.raises(ToolMissing, match="svg needs a `dot` program: `pip install"):
        render("digraph { }", "svg")
    monkeypatch.setattr("archdsl.backends.dot.draw.CONVERTER", "not_installed")
    with pytest.raises(ToolMissing, match="pdf needs the Python package vl-convert-python"):
        render("digraph { }", "pdf")
    with pytest.raises(RenderError, match="no picture format gif"):
        render("digraph { }", "gif")


def test_a_system_program_draws_pdf(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake_dot(tmp_path, 'cat >/dev/null; echo "%PDF $@"')
    monkeypatch.setattr("archdsl.backends.dot.draw.CONVERTER", "not_installed")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert render("digraph { }", "pdf") == b"%PDF -Kdot -Tpdf\n"


def test_a_failing_program_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(RenderError, match=r"failed: .*syntax error"):
        render("digraph {", "svg")
    monkeypatch.setattr("archdsl.backends.dot.draw.CONVERTER", "not_installed")
    fake_dot(tmp_path, "sleep 30")
    monkeypatch.setattr("archdsl.backends.dot.draw.TIMEOUT", 0.2)
    with pytest.raises(RenderError, match=r"longer than 0\.2 seconds; a lower --detail draws less"):
        render("digraph { }", "pdf")
    fake_dot(tmp_path, "cat >/dev/null")
    with pytest.raises(RenderError, match="drew nothing"):
        render("digraph { }", "pdf")


def fake_dot(folder: Path, script: str) -> None:
    program = folder / "dot"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


@pytest.mark.parametrize(
    ("name", "detail", "theme", "direction"),
    [
        ("vgg", 5, "light", "TB"),
        ("resnet", 2, "dark", "LR"),
        ("googlenet", 5, "safe", "TB"),
        ("fuse", 7, "print", "TB"),
    ],
)
def test_golden(name: str, detail: int, theme: str, direction: str) -> None:
    """The texts in golden/dot were read and their pictures looked at; BLESS=1 writes them anew."""
    made = render_dot(view(NETWORKS[name](), detail, direction), theme)
    golden = GOLDEN / f"{name}-{detail}-{theme}-{direction.lower()}.dot"
    if os.environ.get("BLESS"):
        golden.write_text(made)
    assert made == golden.read_text()
