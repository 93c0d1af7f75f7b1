"""Attention: plain, crosswise and in windows, against torch and against Swin said plainly."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from archdsl.ops.attention import Attention
from archdsl.ops.base import Dims, Kind
from tests.oracle.kinds_helper import Row, feature_map, make, sequence
from tests.oracle.seq_helper import SETTINGS, Types, check, sample


def attentions(rng: random.Random) -> Iterator[tuple[Kind, Types]]:
    """Random attentions with legal settings: self, cross, causal, in windows."""
    for _ in range(SETTINGS):
        heads = rng.randint(1, 3)
        features = heads * rng.randint(1, 4)
        attrs: dict[str, object] = {"heads": heads, "qkv_bias": rng.random() < 0.5}
        if rng.random() < 0.5:
            attrs |= {"head_dim": rng.randint(1, 4), "out": rng.randint(1, 7), "scale": 0.3}
        attrs["out_bias"] = rng.random() < 0.5
        window = Dims((rng.randint(1, 3), rng.randint(1, 3)))
        tiles = (rng.randint(1, 3), rng.randint(1, 3))
        image = feature_map(features, *(w * n for w, n in zip(window, tiles, strict=True)))
        seq = sequence(image.numel // features, features)
        x = rng.choice((image, seq))
        which = rng.randrange(4)
        if which == 0:
            yield make("attention", causal=rng.random() < 0.5, **attrs), (x,)
        elif which == 1:
            kv = rng.choice((sequence(rng.randint(1, 5), 6), feature_map(3, 2, 2)))
            yield make("attention", **attrs), (x, kv)
        else:
            if which == 2:
                attrs |= {"window": window, "shift": Dims(rng.randrange(w) for w in window)}
            attrs["bias"] = "relative" if which == 3 or rng.random() < 0.5 else None
            if x is seq:
                attrs["grid"] = Dims(image.spatial)
            if attrs["bias"] is None and "window" not in attrs:
                continue
            yield make("attention", **attrs), (x,)


@pytest.mark.parametrize("seed", range(4))
def test_attention_has_the_shapes_weights_and_macs_of_torch(seed: int) -> None:
    for op, inputs in attentions(random.Random(seed)):
        check(op, inputs)


def copy_projections(ours: nn.Module, theirs: nn.MultiheadAttention) -> None:
    """Gives ours the weights of torch's module, which holds them in the same order."""
    pairs = zip(ours.state_dict().values(), theirs.state_dict().values(), strict=True)
    for mine, other in pairs:
        mine.copy_(other)


@pytest.mark.parametrize("causal", [False, True])
def test_self_attention_is_that_of_multihead_attention(causal: bool) -> None:
    op, inputs = make("attention", heads=3, causal=causal), (sequence(5, 12),)
    ours = Row(op, inputs).module
    theirs = nn.MultiheadAttention(12, 3, batch_first=True)
    nn.init.normal_(theirs.in_proj_bias)
    assert ours is not None
    copy_projections(ours, theirs)
    x = torch.randn(2, 5, 12)
    mask = torch.ones(5, 5, dtype=torch.bool).triu(1) if causal else None
    torch.testing.assert_close(ours(x), theirs(x, x, x, attn_mask=mask)[0])


def test_attention_on_an_image_is_that_on_its_positions() -> None:
    image = Row(make("attention", heads=2, out=6), (feature_map(4, 2, 3),)).module
    seq = Row(make("attention", heads=2, out=6), (sequence(6, 4),)).module
    assert image is not None
    assert seq is not None
    seq.load_state_dict(image.state_dict())
    x = torch.randn(2, 4, 2, 3)
    flat = seq(x.flatten(2).transpose(1, 2))
    torch.testing.assert_close(image(x), flat.transpose(1, 2).reshape(2, 6, 2, 3))


def test_cross_attention_is_that_of_multihead_attention() -> None:
    inputs = (sequence(5, 12), sequence(7, 8))
    ours = Row(make("attention", heads=3), inputs).module
    assert ours is not None
    theirs = nn.MultiheadAttention(12, 3, batch_first=True, kdim=8, vdim=8)
    state = ours.state_dict()
    with torch.no_grad():
        theirs.q_proj_weight.copy_(state["q.weight"])
        theirs.k_proj_weight.copy_(state["kv.weight"][:12])
        theirs.v_proj_weight.copy_(state["kv.weight"][12:])
        theirs.in_proj_bias.copy_(torch.cat((state["q.bias"], state["kv.bias"])))
        theirs.out_proj.load_state_dict({k: state[f"proj.{k}"] for k in ("weight", "bias")})
    x, source = torch.randn(2, 5, 12), torch.randn(2, 7, 8)
    torch.testing.assert_close(ours(x, source), theirs(x, source, source)[0])


def plain_window_attention(
    module: nn.Module, op: Attention, image: torch.Tensor, window: tuple[int, int]
) -> torch.Tensor:
    """Swin's attention said position by position: who sees whom, and with which bias."""
    state = module.state_dict()
    c, height, width = image.shape[1:]
    shift = op.windows(feature_map(c, height, width))[1]
    places = [(i, j) for i in range(height) for j in range(width)]

    def cell(i: int, j: int) -> tuple[int, int]:
        """Window of a position once the image has been rolled back by the shift."""
        return (i - shift[0]) % height // window[0], (j - shift[1]) % width // window[1]

    bias = torch.full((op.heads, len(places), len(places)), -math.inf)
    for a, (i, j) in enumerate(places):
        for b, (k, m) in enumerate(places):
            near = abs(i - k) < window[0] and abs(j - m) < window[1]
            if cell(i, j) == cell(k, m) and near:
                offset = (i - k + window[0] - 1) * (2 * window[1] - 1) + j - m + window[1] - 1
                table = state.get("relative_position_bias_table")
                bias[:, a, b] = 0 if table is None else table[offset]
    x = image.flatten(2).transpose(1, 2)
    qkv = F.linear(x, state["qkv.weight"], state["qkv.bias"]).chunk(3, dim=-1)
    q, k, v = (t.unflatten(2, (op.heads, -1)).transpose(1, 2) for t in qkv)
    scores = q @ k.transpose(2, 3) / math.sqrt(c // op.heads) + bias
    y = (scores.softmax(-1) @ v).transpose(1, 2).flatten(2)
    y = F.linear(y, state["proj.weight"], state["proj.bias"])
    return y.transpose(1, 2).reshape(image.shape)


@pytest.mark.parametrize("bias", ["relative", None])
@pytest.mark.parametrize(
    ("size", "window", "shift"),
    [((6, 4), (3, 2), (1, 1)), ((4, 6), (2, 3), (0, 2)), ((3, 3), (3, 3), (1, 1)), ((4, 4), 2, 0)],
)
def test_window_attention_sees_what_swin_sees(
    size: tuple[int, int], window: object, shift: object, bias: str | None
) -> None:
    window, shift = (Dims(v) if isinstance(v, tuple) else v for v in (window, shift))
    op = make("attention", heads=2, window=window, shift=shift, bias=bias)
    assert isinstance(op, Attention)
    x = feature_map(6, *size)
    module = Row(op, (x,)).module
    assert module is not None
    for weight in module.parameters():
        nn.init.normal_(weight)
    image = torch.randn(2, *x.dims)
    wanted = plain_window_attention(module, op, image, op.windows(x)[0])
    torch.testing.assert_close(module(image), wanted)

    grid = make("attention", heads=2, window=window, shift=shift, bias=bias, grid=Dims(size))
    flat = Row(grid, (sequence(x.numel // 6, 6),)).module
    assert flat is not None
    flat.load_state_dict(module.state_dict())
    y = flat(image.flatten(2).transpose(1, 2))
    torch.testing.assert_close(y.transpose(1, 2).unflatten(2, size), wanted)


def test_relative_bias_without_windows_spans_the_whole_image() -> None:
    op, x = make("attention", heads=2, bias="relative"), feature_map(4, 3, 2)
    assert isinstance(op, Attention)
    module = Row(op, (x,)).module
    assert module is not None
    image = torch.randn(2, *x.dims)
    wanted = plain_window_attention(module, op, image, (3, 2))
    torch.testing.assert_close(module(image), wanted)


@pytest.mark.parametrize(
    ("name", "attrs", "types"),
    [
        ("attention", {"heads": 2}, (sequence(4, 6),)),
        ("attention", {"heads": 2}, (feature_map(6, 2, 2), sequence(3, 5))),
        (
            "attention",
            {"heads": 2, "window": 2, "shift": 1, "bias": "relative"},
            (feature_map(6, 4, 4),),
        ),
        ("lstm", {"out": 3, "bidirectional": True, "last": True}, (sequence(4, 5),)),
        ("gru", {"out": 3, "layers": 2}, (sequence(4, 5),)),
        ("cls", {}, (sequence(4, 5),)),
        ("posembed", {"mode": "sincos"}, (feature_map(8, 2, 3),)),
        ("posembed", {}, (sequence(4, 5),)),
    ],
)
def test_prelude_classes_are_exported_and_traced_whole(
    name: str, attrs: dict[str, object], types: Types
) -> None:
    op = make(name, **attrs)
    module = Row(op, types).module
    assert module is not None
    module.eval()
    args = tuple(t.detach() for t in sample(op, types))
    batch = torch.export.Dim("batch", min=2, max=64)
    program = torch.export.export(module, args, dynamic_shapes=tuple({0: batch} for _ in args))
    more = tuple(torch.randn(5, *t.dims) for t in types)
    torch.testing.assert_close(program.module()(*more), module(*more))
    with torch._dynamo.config.patch(allow_rnn=True):  # without it dynamo refuses every nn.RNNBase
        traced = torch.compile(module, fullgraph=True, backend="eager")
        torch.testing.assert_close(traced(*more), module(*more))
