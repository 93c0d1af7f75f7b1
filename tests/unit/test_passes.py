"""Passes keep outputs and gradients, and weights go into the rewritten network and back."""

from __future__ import annotations

import pytest

from archdsl.analysis.cost import cost
from archdsl.files import read_spec
from archdsl.ir.model import Network
from archdsl.passes.run import LEVELS, PASSES, PassError, apply, optimize
from archdsl.pipeline import Request, compile_text
from tests.unit.passes_helper import assert_same, network


def spec(name: str, chosen: str, input: tuple[int, ...] | None = None) -> Network:
    """A published network, at another input where its claims allow it."""
    design, found = compile_text(read_spec(f"specs/{name}.arch"), Request(chosen, {}, input))
    assert design is not None, found[0].message
    return design.networks[0]


PUBLISHED = [
    ("resnet", "ResNet-18", (3, 32, 32)),
    ("efficientnet", "EfficientNet-B0", (3, 32, 32)),
    ("senet", "SE-ResNet-50", (3, 32, 32)),
    ("preact_resnet", "PreAct-ResNet-110", None),
]


@pytest.mark.parametrize(("file", "name", "input"), PUBLISHED)
def test_published_networks_in_evaluation(
    file: str, name: str, input: tuple[int, ...] | None
) -> None:
    net = spec(file, name, input)
    done = optimize(net, "inference")
    assert cost(done.network.module).layers < cost(net.module).layers
    assert_same(net, done)


def test_an_unknown_pass_level_or_option_is_refused() -> None:
    net = network("input 4\nFC-2")
    with pytest.raises(PassError, match="drop-training"):
        apply(net, ["fold"])
    with pytest.raises(PassError, match="inference"):
        optimize(net, "fast")
    with pytest.raises(PassError, match="multiple"):
        apply(net, ["fold-norms"], multiple=8)
    assert {name for names in LEVELS.values() for name in names} <= set(PASSES)
    assert optimize(net, "none").network is net
