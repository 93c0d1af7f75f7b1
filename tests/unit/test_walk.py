"""The flat view: paths, order, folding, and the parts that readers see."""

from __future__ import annotations

from itertools import islice

import pytest

import archdsl
from archdsl.analysis.cost import cost
from archdsl.analysis.parts import Part, blocks, describe, stages
from archdsl.analysis.walk import folded_size, layers
from archdsl.ir.model import Module
from tests import ir_networks
from tests.ir_builder import Graph, image
from tests.ir_networks import conv_relu
from tests.ir_published import resnet50, vgg_e


def test_paths_join_names_with_the_repetition_behind_a_repeat() -> None:
    rows = list(layers(ir_networks.resnet().module))
    paths = [row.path for row in rows]
    assert paths[:5] == ["conv", "bn", "relu", "stage0.0.conv", "stage0.0.bn"]
    assert "stage1.3.relu3" in paths
    assert paths[-1] == "fc"
    assert len(set(paths)) == len(paths)


def test_a_folded_run_is_one_row_with_its_range() -> None:
    module = ir_networks.resnet().module
    rows = {row.path: row for row in layers(module, fold=True)}
    assert rows["stage1.1-3.conv"].times == 3
    assert rows["stage1.0.conv"].times == 1
    flat = [r for r in layers(module) if r.path.startswith("stage1.") and r.path.endswith(".conv")]
    assert rows["stage1.1-3.conv"].params == sum(r.params for r in flat[1:])
    assert rows["stage1.1-3.conv"].macs == sum(r.macs for r in flat[1:])


@pytest.mark.parametrize("make", ir_networks.ALL)
def test_folding_changes_no_total(make) -> None:
    module = make().module
    rows = list(layers(module, fold=True))
    total = cost(module)
    assert len(rows) == folded_size(module)
    assert sum(row.times for row in rows) == total.layers
    assert sum(row.params for row in rows) == total.params
    assert sum(row.macs for row in rows) == total.total_macs


def test_tied_repetitions_are_one_path_and_hold_weights_once() -> None:
    rows = [r for r in layers(ir_networks.recurrent().module) if r.op.name == "conv"]
    assert [r.path for r in rows] == ["conv"] + ["tied.0.conv"] * 3 + [
        f"refine.{k}.conv" for k in range(3)
    ]
    assert [r.params for r in rows] == [148, 148, 0, 0, 148, 148, 148]


def test_the_walk_is_lazy() -> None:
    x = image(4, 6, 6)
    g = Graph(x)
    g.repeat((conv_relu(x, 4), 10**15), name="body")
    module = g.network("endless").module
    assert [r.path for r in islice(layers(module), 3)] == [
        "body.0.conv",
        "body.0.relu",
        "body.1.conv",
    ]
    assert [r.times for r in layers(module, fold=True)] == [10**15] * 2


def test_what_is_inside_shared_calls_holds_nothing() -> None:
    x = image(4, 6, 6)
    g, outer, body = Graph(x), Graph(x), conv_relu(x, 4)
    outer.repeat((body, 3), name="body")
    block = outer.module("block")
    g.call(block, name="a")
    g.call(block, name="b", shares=0)
    rows = list(layers(g.network("n").module))
    assert sum(r.params for r in rows[:6]) == 3 * 148
    assert sum(r.params for r in rows[6:]) == 0
    assert all(r.copies == 0 for r in rows[6:])


# --- stages and blocks ---------------------------------------------------------------------------


def additive(parts: list[Part], module: Module) -> bool:
    total = cost(module)
    top = [part for part in parts if part.level == 0]
    return (
        sum(part.params for part in top) == total.params
        and sum(part.macs for part in top) == total.total_macs
    )


@pytest.mark.parametrize("make", [*ir_networks.ALL, vgg_e, resnet50])
def test_stages_and_the_top_of_the_block_tree_add_up(make) -> None:
    module = make().module
    assert additive(list(stages(module)), module)
    for fold in (True, False):
        assert additive(list(blocks(module, fold)), module)


def test_stages_of_resnet_are_those_of_its_table() -> None:
    parts = list(stages(resnet50().module))
    assert [part.path for part in parts] == [
        "stem",
        "conv2_x",
        "conv3_x",
        "conv4_x",
        "conv5_x",
        "gap…fc",
    ]
    assert parts[0].title == "conv7-64/2(bias=false), maxpool3/2(pad=1)"
    assert parts[2].title == "bottleneck(mid=128, out=512, stride=2 then 1) ×4"
    assert parts[-1].title == "gap, FC-1000"
    assert (str(parts[2].in_type), str(parts[2].out_type)) == ("256x56x56", "512x28x28")


def test_stages_of_vgg_end_at_its_pools() -> None:
    titles = [part.title for part in stages(vgg_e().module)]
    assert titles[0] == "conv3-64 ×2, maxpool2/2"
    assert titles[4] == "conv3-512 ×4, maxpool2/2"
    assert titles[5] == "FC-4096, dropout-0.5, FC-4096, dropout-0.5, FC-1000, softmax"


def test_blocks_nest() -> None:
    x = image(4, 6, 6)
    unit = Graph(x)
    unit.call(conv_relu(x, 4), name="inner")
    unit_module = unit.module("unit")
    stage = Graph(x)
    stage.repeat((unit_module, 3), name="units")
    g = Graph(x)
    g.call(stage.module("stage"), name="first")
    g.op("gap")
    module = g.network("n").module
    folded = [(p.level, p.path, p.title, p.times) for p in blocks(module)]
    assert folded == [
        (0, "first", "stage", 1),
        (1, "first.units.0-2", "unit", 3),
        (0, "gap", "gap", 1),
    ]
    assert [p.path for p in blocks(module, fold=False)][1:4] == [
        "first.units.0",
        "first.units.1",
        "first.units.2",
    ]


def test_a_repeat_of_a_group_with_blocks_is_looked_into() -> None:
    x = image(4, 6, 6)
    unit = Graph(x)
    unit.op("conv", kernel=3, out=4)
    group = Graph(x)
    group.call(unit.module("unit"), name="unit")
    group.op("relu")
    g = Graph(x)
    g.repeat((group.module(kind="group"), 5), name="body")
    module = g.network("n").module
    parts = [(p.level, p.path, p.times) for p in blocks(module)]
    assert parts == [(0, "body.0-4.unit", 5), (0, "body.0-4.relu", 5)]
    assert additive(list(blocks(module)), module)


def test_a_repeat_of_several_layers_is_a_stage_of_its_own() -> None:
    text = "input 8x8x8\nconv3-8\n{ residual[ conv3-8, relu, conv3-8 ] } x3\n"
    text += "{ conv3-8, relu } x2\ngap, FC-2\n"
    module = archdsl.loads(text).ir.module
    rows = list(stages(module))
    assert [(row.path, row.params) for row in rows] == [
        ("conv1", 584),
        ("group1", 3 * 1168),
        ("group2…fc1", 2 * 584 + 18),
    ]
    assert [(row.path, row.times) for row in blocks(module)] == [
        ("conv1", 1),
        ("group1.0-2.conv1…add1", 3),
        ("group2…fc1", 1),
    ]


def test_a_network_that_is_one_call_is_looked_into() -> None:
    inner = resnet50().module
    g = Graph(image(3, 224, 224))
    g.call(inner, name="body")
    assert next(stages(g.network("n").module)).path == "stem"


def test_groups_in_groups_are_described_by_their_braces() -> None:
    x = image(4, 6, 6)
    inner, outer = Graph(x), Graph(x)
    inner.repeat((conv_relu(x, 4), 2), name="a")
    outer.repeat((inner.module(kind="group"), 3), name="b", tied=True)
    assert describe(outer.module().nodes) == "{ … } ×3 shared"
