"""Splits of chains against all there are, and where networks can be cut."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import archdsl
from archdsl.analysis.chain import find_cuts, read_chain
from archdsl.analysis.split import SLACK, least_bottleneck, split_chain
from archdsl.analysis.stages import TooManyStages, split_network

COSTS = st.lists(st.one_of(st.just(0), st.integers(0, 60)), min_size=1, max_size=9)


def loads(costs: list[int], begins: tuple[int, ...]) -> list[int]:
    return [sum(costs[a:b]) for a, b in pairwise((0, *begins, len(costs)))]


def best_of_all(costs: list[int], traffic: list[int], parts: int, slack: bool):
    """What a reading of all splits gives: the least traffic within the bounds."""
    every = list(combinations(range(1, len(costs)), parts - 1))
    most = min(max(loads(costs, one)) for one in every)
    most += most // SLACK * slack
    every = [one for one in every if max(loads(costs, one)) <= most]
    fewest = max(min(loads(costs, one)) for one in every)
    fewest -= fewest // SLACK * slack
    every = [one for one in every if min(loads(costs, one)) >= fewest]
    least = min(sum(traffic[k] for k in one) for one in every)
    return least, [one for one in every if sum(traffic[k] for k in one) == least]


@given(costs=COSTS, data=st.data())
def test_split_is_the_best_of_all(costs: list[int], data: st.DataObject) -> None:
    parts = data.draw(st.integers(1, len(costs)))
    sizes = st.lists(st.integers(1, 9), min_size=len(costs), max_size=len(costs))
    traffic = data.draw(sizes)
    every = [loads(costs, one) for one in combinations(range(1, len(costs)), parts - 1)]
    assert least_bottleneck(costs, parts) == min(map(max, every))
    exact, tight = best_of_all(costs, traffic, parts, slack=False)
    looser, loose = best_of_all(costs, traffic, parts, slack=True)
    assert tuple(split_chain(costs, traffic, parts)) in (tight if exact <= looser else loose)


@settings(max_examples=30)
@given(
    costs=st.lists(st.integers(0, 10**12), min_size=40, max_size=200),
    parts=st.integers(2, 16),
)
def test_long_chains_are_balanced(costs: list[int], parts: int) -> None:
    begins = split_chain(costs, [1] * len(costs), parts)
    assert len(begins) == parts - 1
    assert all(a < b for a, b in pairwise((0, *begins, len(costs))))
    assert max(loads(costs, tuple(begins))) <= 1.05 * least_bottleneck(costs, parts)


def test_too_few_costs() -> None:
    with pytest.raises(ValueError, match="2 costs make no 3 parts"):
        split_chain([1, 2], [0, 1], 3)


def titles(net: archdsl.Net, count: int) -> list[str]:
    return [stage.title for stage in split_network(net.ir.module, count).stages]


def cut_names(net: archdsl.Net) -> list[str]:
    chain = read_chain(net.ir.module)
    return [chain.pieces[at].path for at in find_cuts(chain)]


def test_a_repeat_is_cut_between_its_repetitions() -> None:
    net = archdsl.loads("input 8x4x4\n{ conv3-8, relu } x6\n")
    assert titles(net, 3) == ["group1.0 … group1.1", "group1.2 … group1.3", "group1.4 … group1.5"]


def test_a_layer_stays_with_its_norm_and_activation() -> None:
    net = archdsl.loads("input 8x4x4\ndefault conv (norm=bn, act=relu)\nconv3-8, conv3-8, gap")
    assert cut_names(net) == ["conv2", "gap1"]


def test_an_activation_of_its_own_line_stays_with_what_it_overwrites() -> None:
    net = archdsl.loads("input 8x4x4\nconv3-8\nrelu\nconv3-8\n")
    assert cut_names(net) == ["conv2"]


def test_inside_a_block_one_tensor_crosses() -> None:
    text = "input 8x4x4\nblock two() { residual[ conv3-8, conv3-8 ], conv3-8 }\ntwo, conv1-8\n"
    # not inside the residual body, where its input crosses as well
    assert cut_names(archdsl.loads(text)) == ["two1.conv3", "conv1"]


def test_the_network_itself_may_hand_over_several() -> None:
    net = archdsl.loads("input 8x4x4\na: conv3-8\nconv3-8\nconv3-8\nadd[ identity | @a ]\n")
    split = split_network(net.ir.module, 3)
    assert [len(stage.gives) for stage in split.stages] == [1, 2, 1]


def test_shared_weights_stay_together() -> None:
    text = "input 8x4x4\na: conv3-8\nconv3-8\nconv3-8(share=a)\nconv3-8\n"
    assert cut_names(archdsl.loads(text)) == ["conv3"]  # the fourth layer


def test_tokens_cross_nowhere() -> None:
    text = (
        "input ids: tokens 4\na: @ids, embed(9, 8)\nFC-8\nadd[ identity | @ids, embed(9, 8) ]\nFC-3"
    )
    assert cut_names(archdsl.loads(text)) == ["add1", "fc2"]


def test_all_work_is_in_one_stage_each() -> None:
    for name in ("ResNet-50", "ResNet-18"):
        net = archdsl.load("specs/resnet.arch", network=name)
        split = split_network(net.ir.module, 5)
        assert sum(stage.work.total_macs for stage in split.stages) == net.macs
        assert sum(stage.work.params for stage in split.stages) == net.params
        assert split.dearest <= 1.05 * split.bottleneck


def test_a_huge_repeat_is_no_huge_chain() -> None:
    net = archdsl.loads("input 8x4x4\nconv3-8\n{ conv3-8 } x1000000\nconv3-8\n")
    split = split_network(net.ir.module, 2)
    assert len(split.chain.pieces) == 3
    assert sum(stage.work.total_macs for stage in split.stages) == net.macs


@pytest.mark.parametrize(("text", "count"), [("conv3-8, maxpool\nconv3-8", 3), ("maxpool", 2)])
def test_too_many_stages(text: str, count: int) -> None:
    with pytest.raises(TooManyStages):
        split_network(archdsl.loads(f"input 8x8x8\n{text}\n").ir.module, count)
