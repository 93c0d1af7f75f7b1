"""Blocks of the standard library that no reference network has: against torch, and by rule."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from archdsl.backends.torch.live import build_network
from archdsl.ir.model import Module, Network, OpNode
from archdsl.pipeline import compile_text
from archdsl.source import SourceFile


def compile_net(text: str) -> Network:
    """The only network of a text."""
    design, problems = compile_text(SourceFile("t.arch", text))
    assert design is not None, [p.message for p in problems]
    return design.networks[0]


@pytest.mark.parametrize(("block", "first"), [("encoder_pre", True), ("encoder_post", False)])
def test_encoders_are_torchs(block: str, first: bool) -> None:
    text = f"use std/transformer: {block}\ninput seq 7x24\n{block}(heads=4, act=gelu), identity\n"
    torch.manual_seed(0)
    ours = build_network(compile_net(text), spec_name="t.arch", dtype="float64").eval()
    theirs = nn.TransformerEncoderLayer(
        24, 4, 96, activation="gelu", norm_first=first, batch_first=True, dtype=torch.float64
    ).eval()
    order = ("norm1", "self_attn", "norm2", "linear") if first else ("self_attn", "norm1", "linear")
    state = theirs.state_dict()
    keys = [k for part in (*order, "norm2") for k in state if k.startswith(part)]
    for mine, key in zip(ours.parameters(), dict.fromkeys(keys), strict=True):
        mine.data.copy_(state[key] + 0.1 * torch.randn_like(state[key]))
        state[key].copy_(mine.data)
    x = torch.randn(2, 7, 24, dtype=torch.float64)
    with torch.no_grad():
        torch.testing.assert_close(ours(x), theirs(x))


def kinds(module: Module) -> list[str]:
    """The kinds of a module's layers, those of its calls included."""
    found = [n.op.name for n in module.nodes if isinstance(n, OpNode)]
    return found + [k for m in module.submodules() for k in kinds(m)]


@pytest.mark.parametrize(("out", "dropped"), [(8, True), (12, False)])
def test_stochastic_depth_needs_a_shortcut(out: int, dropped: bool) -> None:
    text = f"use std/mobile: mbconv\ninput 8x16x16\nmbconv({out}, drop=0.2), gap, FC-2\n"
    assert ("droppath" in kinds(compile_net(text).module)) is dropped


def test_a_dense_block_adds_the_growth_of_each_layer() -> None:
    text = "use std/dense: dense_block, transition\ninput 16x8x8\ndense_block(5, growth=6)\n"
    (shape,) = compile_net(text).module.output_types()
    assert shape.dims == (16 + 5 * 6, 8, 8)
    (shape,) = compile_net(text + "transition(0.5)\n").module.output_types()
    assert shape.dims == (23, 4, 4)


def test_a_new_highway_layer_mostly_carries() -> None:
    text = "use std/highway: highway\ninput 32\nhighway(carry=-9), identity\n"
    torch.manual_seed(0)
    net = build_network(compile_net(text), spec_name="t.arch").eval()
    x = torch.randn(4, 32)
    with torch.no_grad():
        assert (net(x) - x).abs().max() < 0.01


def test_a_stack_of_separable_convolutions() -> None:
    text = "use std/mobile: sepconv_stack\ninput 8x9x9\nsepconv_stack(12, n=3), gap\n"
    network = compile_net(text)
    # Depthwise 3x3 and 1x1 without biases, factor and shift of each BatchNorm.
    wanted = sum(9 * c + 12 * c + 2 * 12 for c in (8, 12, 12))
    net = build_network(network, spec_name="t.arch")
    assert sum(p.numel() for p in net.parameters()) == wanted
