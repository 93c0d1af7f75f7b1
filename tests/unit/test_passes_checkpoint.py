"""Checkpoints chosen for a budget: the cheapest choice that fits, among all that there are."""

from __future__ import annotations

import itertools
import random

import pytest

from archdsl.analysis.memory import memory
from archdsl.ir.model import Network, OpNode
from archdsl.passes.checkpoint import Chain, OverBudget, plan_checkpoints
from tests.unit.passes_helper import network

BLOCKS = """
block basic(out, stride=1) {
    residual(act=relu, shortcut=conv)[ conv3-out/stride, conv3-out ]
}
block cell(a) { concat[ conv1-a, conv3-a | conv5-a ], relu }
block tail(@p, @q) { concat[ @p, gap, flatten | @q, gap, flatten ], FC-5 }
"""


def draw(seed: int) -> Network:
    """A network of a few blocks, some of them repeated, with skips over several of them."""
    rng = random.Random(seed)
    steps = [f"s0: conv3-{rng.choice([4, 8])}, relu"]
    for k in range(1, rng.randint(3, 7)):
        word = rng.choice(
            [
                f"basic({rng.choice([4, 8, 16])})",
                f"basic(8, stride=2 then 1) x{rng.randint(1, 4)}",
                f"cell({rng.choice([4, 6])})",
                "maxpool3/1(pad=1)",
                "bn, relu",
            ]
        )
        steps.append(f"s{k}: {word}")
    steps.append(f"tail(@s{rng.randrange(len(steps) - 1)}, @s{len(steps) - 1})")
    text = BLOCKS + "network net {\n  input 3x32x32\n  default conv (norm=bn, act=relu)\n  "
    return network(text + "\n  ".join(steps) + "\n}\n")


@pytest.mark.parametrize("seed", range(12))
def test_no_other_choice_that_fits_recomputes_less(seed: int) -> None:
    net = draw(seed)
    chain = Chain(net.module, 4)
    names = [n.name for n in net.module.nodes if not isinstance(n, OpNode)]
    every = [
        chain.measure(frozenset(chosen))
        for k in range(len(names) + 1)
        for chosen in itertools.combinations(names, k)
    ]
    everything, _ = chain.measure(frozenset())
    least = min(peak for peak, _ in every)
    assert everything == memory(net.module).saved
    for budget in sorted({least, everything, *(p for p, _ in every), everything + 1})[::3]:
        chosen = plan_checkpoints(net, budget)
        peak, macs = chain.measure(frozenset(chosen))
        assert peak <= budget
        assert macs == min(m for p, m in every if p <= budget)
        assert list(chosen) == [name for name in names if name in chosen]
    assert plan_checkpoints(net, everything) == ()
    with pytest.raises(OverBudget) as refused:
        plan_checkpoints(net, least - 1)
    assert refused.value.least == least
    assert plan_checkpoints(net, least * 3, batch=3) == plan_checkpoints(net, least)


def test_a_million_repetitions_take_no_longer_than_one() -> None:
    net = network(BLOCKS + "network net {\n input 3x8x8\n conv3-8, basic(8) x1000000, gap, FC-2\n}")
    everything, _ = Chain(net.module, 4).measure(frozenset())
    (name,) = plan_checkpoints(net, everything * 3 // 4)
    assert name == net.module.nodes[1].name


def skips(depth: int) -> Network:
    """Blocks whose outputs, kept or not, all wait for the other half of the network."""
    down = "".join(f"  a{i}: half(8)\n  sigmoid\n" for i in range(depth))
    up = "".join(f"  mul[ @a{i} | conv3-8 ]\n  half(8)\n" for i in reversed(range(depth)))
    block = "block half(k) { conv3-k, relu, conv3-k, sigmoid }\n"
    return network(f"{block}network net {{\n  input 3x8x8\n  conv3-8\n{down}{up}}}\n")


def test_many_skips_do_not_multiply_the_plans() -> None:
    net = skips(24)  # 2**24 sets of tensors may be kept in its middle
    chain = Chain(net.module, 4)
    everything, _ = chain.measure(frozenset())
    with pytest.raises(OverBudget) as refused:
        plan_checkpoints(net, 1)
    for budget in (refused.value.least, (refused.value.least + everything) // 2, everything):
        peak, _ = chain.measure(frozenset(plan_checkpoints(net, budget)))
        assert peak <= budget


@pytest.mark.parametrize("most", [1, 2, 5, 1000])
def test_few_plans_beside_each_other_still_fit(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    net = skips(4)
    chain = Chain(net.module, 4)
    best = plan_checkpoints(net, chain.measure(frozenset())[0] * 4 // 5)
    monkeypatch.setattr("archdsl.passes.checkpoint.MOST", most)
    chosen = plan_checkpoints(net, chain.measure(frozenset())[0] * 4 // 5)
    peak, macs = chain.measure(frozenset(chosen))
    assert peak <= chain.measure(frozenset())[0] * 4 // 5
    assert macs >= chain.measure(frozenset(best))[1]
