"""Passes on random networks: outputs, input gradients and weights, there and back.

`RANDOM_PASSES=2000` runs more of them.
"""

from __future__ import annotations

import os

import pytest

from archdsl.ir.model import Design
from archdsl.ir.verify import check
from archdsl.passes.retype import Refused
from archdsl.passes.run import PASSES, apply, optimize
from archdsl.weights.moved import to_rewritten
from tests.differential.checks import compile_network
from tests.differential.grow import grow
from tests.differential.write import write
from tests.unit.passes_helper import (
    assert_close,
    assert_same,
    examples,
    live,
    outputs,
    randomize,
)

COUNT = int(os.environ.get("RANDOM_PASSES", "12"))
ALONE = [name for name in PASSES if name != "dense"]  # few of these networks can be dense


@pytest.mark.parametrize("name", ["inference", *ALONE])
def test_random_networks(name: str) -> None:
    changed = 0
    for seed in range(COUNT):
        net = compile_network(write(grow(seed)))
        done = optimize(net, name) if name == "inference" else apply(net, [name])
        if done.network is not net:
            changed += 1
            assert_same(net, done, seed)
    assert changed or name not in ("inference", "drop-training", "fold-norms")


def test_dense_networks_are_refused_or_right() -> None:
    """At the size of the spec the numbers are the same."""
    dense = 0
    for seed in range(COUNT * 4):
        net = compile_network(write(grow(seed)))
        try:
            done = apply(net, ["dense"])
        except Refused:
            continue
        check(Design("dense", (done.network,)))
        if done.network is net:
            continue
        dense += 1
        plain = live(net)
        state = randomize(plain, seed)
        plain.load_state_dict(state)
        after = live(done.network, to_rewritten(done.moves, state))
        inputs = examples(net)
        for one, other in zip(outputs(after, inputs), outputs(plain, inputs), strict=True):
            assert_close([one.reshape(other.shape)], [other])
    assert dense
