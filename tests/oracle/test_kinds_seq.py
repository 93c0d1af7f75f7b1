"""Recurrence, embeddings, reshapes: what the kinds say against what torch does."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import torch
from torch import nn

from archdsl.diagnostics.errors import ArchError
from archdsl.ops.base import Dims
from archdsl.tensor import TensorType
from tests.oracle.kinds_helper import (
    BATCH,
    Row,
    feature_map,
    make,
    sequence,
    tokens,
    torch_shape,
)
from tests.oracle.seq_helper import SETTINGS, check, shapes


def maps(rng: random.Random) -> TensorType:
    """A small signal, image or volume."""
    return feature_map(*(rng.randint(1, 6) for _ in range(rng.randint(2, 4))))


def per_axis(rng: random.Random, x: TensorType, low: int, high: int) -> int | Dims:
    """One number or one for each spatial axis."""
    if rng.random() < 0.4:
        return rng.randint(low, high)
    return Dims(rng.randint(low, high) for _ in range(x.rank))


# --- recurrence --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["lstm", "gru", "rnn"])
def test_recurrent_layers_have_the_weights_and_macs_of_torch(name: str) -> None:
    rng = random.Random(name)
    for _ in range(25):
        layers = rng.randint(1, 3)
        attrs = {
            "out": rng.randint(1, 5),
            "layers": layers,
            "dropout": 0.5 if layers > 1 else 0,
            **{flag: rng.random() < 0.5 for flag in ("bidirectional", "last", "bias")},
        }
        check(make(name, **attrs), (sequence(rng.randint(1, 5), rng.randint(1, 5)),))


@pytest.mark.parametrize("cell", [nn.LSTM, nn.GRU, nn.RNN])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_the_last_state_is_what_each_direction_ends_in(
    cell: type[nn.LSTM | nn.GRU | nn.RNN], bidirectional: bool
) -> None:
    x = torch.randn(2, 4, 3)
    attrs = {"out": 5, "layers": 2, "bidirectional": bidirectional}
    last = Row(make(cell.__name__, last=True, **attrs), (sequence(4, 3),)).module
    theirs = cell(3, 5, 2, bidirectional=bidirectional, batch_first=True)
    assert last is not None
    theirs.load_state_dict(last.state_dict())
    steps = theirs(x)[0]
    ends = torch.cat((steps[:, -1, :5], steps[:, 0, 5:]), dim=1)
    torch.testing.assert_close(last(x), ends)


def test_rnn_takes_relu() -> None:
    module = Row(make("rnn", out=2, act="relu"), (sequence(3, 2),)).module
    assert isinstance(module, nn.RNN)
    assert module.nonlinearity == "relu"


# --- embeddings --------------------------------------------------------------------------------


def test_embeddings_have_the_weights_of_torch() -> None:
    rng = random.Random(0)
    for _ in range(20):
        vocab, dim, length = (rng.randint(1, 6) for _ in range(3))
        pad = rng.choice([None, rng.randrange(vocab)])
        check(make("embed", vocab=vocab, dim=dim, pad=pad), (tokens(length),))
        check(make("posembed"), (rng.choice([sequence(length, dim), feature_map(dim, length, 3)]),))
        check(make("posembed", mode="sincos"), (sequence(length, 2 * dim),))
        check(make("posembed", mode="sincos"), (feature_map(4 * dim, length, 3),))
        check(make("cls", count=rng.randint(1, 3)), (sequence(length, dim),))


def test_the_padding_token_is_zero() -> None:
    module = Row(make("embed", vocab=4, dim=3, pad=2), (tokens(1),)).module
    assert module is not None
    assert not module(torch.tensor([[2]])).any()


def test_fixed_positions_of_a_sequence_are_those_of_the_paper() -> None:
    module = Row(make("posembed", mode="sincos"), (sequence(5, 6),)).module
    assert module is not None
    table = module(torch.zeros(1, 5, 6))[0]
    for position in range(5):
        for i in range(3):
            angle = position / 10000 ** (2 * i / 6)
            pair = torch.tensor([math.sin(angle), math.cos(angle)])
            torch.testing.assert_close(table[position, 2 * i : 2 * i + 2], pair)


def test_fixed_positions_of_an_image_are_those_of_the_paper() -> None:
    module = Row(make("posembed", mode="sincos"), (feature_map(12, 2, 3),)).module
    assert module is not None
    table = module(torch.zeros(1, 12, 2, 3))[0]
    for i in range(3):
        rate = 10000 ** -(i / 2)
        for y in range(2):
            for x in range(3):
                waves = [f(place * rate) for place in (x, y) for f in (math.sin, math.cos)]
                torch.testing.assert_close(table[i::3, y, x], torch.tensor(waves))


def test_the_class_token_comes_first() -> None:
    module = Row(make("cls"), (sequence(4, 3),)).module
    assert module is not None
    x = torch.randn(2, 4, 3)
    y = module(x)
    assert torch.equal(y[:, 1:], x)
    assert torch.equal(y[0, 0], module.state_dict()["token"][0, 0])


# --- maps of other sizes -----------------------------------------------------------------------

PADS: dict[tuple[str, int], Callable[..., nn.Module]] = {
    ("zero", 1): nn.ZeroPad1d,
    ("zero", 2): nn.ZeroPad2d,
    ("zero", 3): nn.ZeroPad3d,
    ("reflect", 1): nn.ReflectionPad1d,
    ("reflect", 2): nn.ReflectionPad2d,
    ("reflect", 3): nn.ReflectionPad3d,
    ("replicate", 1): nn.ReplicationPad1d,
    ("replicate", 2): nn.ReplicationPad2d,
    ("replicate", 3): nn.ReplicationPad3d,
}


def test_pad_takes_what_torch_takes_and_nothing_else() -> None:
    rng = random.Random(0)
    refused = 0
    for _ in range(250):
        x = maps(rng)
        mode = rng.choice(("zero", "reflect", "replicate"))
        start, end = per_axis(rng, x, 0, 4), per_axis(rng, x, 0, 4)
        op = make("pad", start=start, end=end, mode=mode)
        every = [(s,) * x.rank if isinstance(s, int) else tuple(s) for s in (start, end)]
        padding = [n for side in reversed(list(zip(*every, strict=True))) for n in side]
        theirs = torch_shape(partial(PADS[mode, x.rank], padding), x)
        try:
            (y,) = op.infer((x,))
        except ArchError:
            assert theirs is None, f"{op.text()} on {x}"
            refused += 1
            continue
        assert y.dims == theirs, f"{op.text()} on {x}"
        check(op, (x,))
    assert refused > 30


def test_pads_of_channels_and_positions() -> None:
    rng = random.Random(0)
    for _ in range(SETTINGS):
        x = shapes(rng)
        attrs: dict[str, object] = {"channels": rng.choice([3, (1, 2), (2, 0)])}
        if len(x.dims) > 1 and rng.random() < 0.5:
            attrs |= {"start": rng.randint(0, 2), "end": rng.randint(0, 2)}
        check(make("pad", **attrs), (x,))


def test_pads_put_zeros_where_they_say() -> None:
    x = torch.ones(2, 2, 3)
    causal = Row(make("pad", start=2), (feature_map(2, 3),)).run(x)
    assert causal[0, 0].tolist() == [0, 0, 1, 1, 1]
    channels = Row(make("pad", channels=(1, 2)), (feature_map(2, 3),)).run(x)
    assert channels[0, :, 0].tolist() == [0, 1, 1, 0, 0]
    positions = Row(make("pad", start=1, channels=1), (sequence(2, 3),)).run(x)
    assert positions[0].tolist() == [[0, 0, 0, 0], [1, 1, 1, 0], [1, 1, 1, 0]]


def test_crops_are_centred() -> None:
    rng = random.Random(0)
    for _ in range(SETTINGS):
        x = maps(rng)
        want = tuple(rng.randint(1, n) for n in x.spatial)
        (y,) = check(make("crop", size=Dims(want)), (x,))
        like = feature_map(2, *want)
        check(make("crop"), (x, like))
        values = torch.arange(BATCH * x.numel).reshape(BATCH, *x.dims)
        y = Row(make("crop", size=Dims(want)), (x,)).run(values)
        for axis, (n, w) in enumerate(zip(x.spatial, want, strict=True), start=2):
            values = values.narrow(axis, (n - w) // 2, w)
        assert torch.equal(y, values)


MODES = ("nearest", "linear", "bilinear", "bicubic", "trilinear")


def test_upsample_takes_what_torch_takes_and_nothing_else() -> None:
    rng = random.Random(0)
    refused = 0
    for _ in range(250):
        x, mode, align = maps(rng), rng.choice(MODES), rng.random() < 0.4
        by = rng.choice(("factor", "size", "like"))
        want = Dims(rng.randint(1, 3) for _ in range(x.rank))
        inputs = (x, feature_map(1, *want)) if by == "like" else (x,)
        attrs = {} if by == "like" else {by: want}
        op = make("upsample", mode=mode, align=align, **attrs)
        how: dict[str, Any] = {"scale_factor" if by == "factor" else "size": tuple(want)}
        build = partial(nn.Upsample, mode=mode, align_corners=align or None, **how)
        theirs = torch_shape(build, x)
        try:
            (y,) = op.infer(inputs)
        except ArchError:
            assert theirs is None, f"{op.text()} on {x}"
            refused += 1
            continue
        assert y.dims == theirs, f"{op.text()} on {x}"
        check(op, inputs)
    assert refused > 30


def test_pixel_shuffles_take_what_torch_takes_and_nothing_else() -> None:
    rng = random.Random(0)
    refused = 0
    for name, cls in (("pixelshuffle", nn.PixelShuffle), ("pixelunshuffle", nn.PixelUnshuffle)):
        for _ in range(150):
            r = rng.randint(1, 3)
            x = feature_map(rng.choice([1, 4, 6, 9]), rng.randint(1, 6), rng.randint(1, 6))
            op = make(name, factor=r)
            theirs = torch_shape(partial(cls, r), x)
            try:
                (y,) = op.infer((x,))
            except ArchError:
                assert theirs is None
                refused += 1
                continue
            assert y.dims == theirs
            check(op, (x,))
    assert refused > 30


# --- layouts and parts -------------------------------------------------------------------------


def test_layouts_and_parts_have_the_shapes_of_torch() -> None:
    rng = random.Random(0)
    for _ in range(4 * SETTINGS):
        x = shapes(rng)
        check(make("reshape", size=x.numel), (x,))
        check(make("reshape", size=Dims((1, x.dims[0], x.numel // x.dims[0]))), (x,))
        check(make("reshape", size=Dims((x.numel, 1)), to="seq"), (x,))
        axis = rng.choice(x.axes)
        n = x.dims[x.axes.index(axis)]
        if n > 1:
            check(make("split", parts=n, axis=axis), (x,))
            cut = rng.randint(1, n - 1)
            check(make("split", parts=(cut, n - cut), axis=axis), (x,))
        start = rng.randrange(n)
        stop = rng.choice([None, rng.randint(start + 1, n)])
        check(make("slice", **{"from": start, "to": stop, "axis": axis}), (x,))
        if len(x.dims) > 1:
            order = "".join(rng.sample(x.axes, len(x.axes)))
            check(make("permute", order=order), (x,))
            check(make("transpose"), (x,))
        groups = rng.choice([g for g in range(1, 7) if x.channels % g == 0])
        check(make("shuffle", groups=groups), (x,))


def test_tokens_and_untokens_are_inverse() -> None:
    rng = random.Random(0)
    for _ in range(SETTINGS):
        x = maps(rng)
        there, back = make("tokens"), make("untokens", grid=Dims(x.spatial))
        (seq,) = there.infer((x,))
        assert back.infer((seq,)) == (x,)
        check(there, (x,))
        check(back, (seq,))
        image = torch.randn(BATCH, *x.dims)
        flat = Row(there, (x,)).run(image)
        assert torch.equal(flat[:, :, 0], image[:, 0].flatten(1))
        assert torch.equal(Row(back, (seq,)).run(flat), image)


def test_the_channel_shuffle_is_that_of_torch() -> None:
    x = torch.randn(2, 12, 2, 3)
    ours = Row(make("shuffle", groups=3), (feature_map(12, 2, 3),)).run(x)
    assert torch.equal(ours, nn.ChannelShuffle(3)(x))


def test_parts_and_positions_are_the_right_ones() -> None:
    x = torch.randn(2, 6, 4)
    a, b = Row(make("split", parts=(1, 5)), (feature_map(6, 4),)).run(x)
    assert torch.equal(torch.cat((a, b), dim=1), x)
    assert a.shape[1] == 1
    part = Row(make("slice", **{"from": 1, "to": 3}), (sequence(6, 4),)).run(x)
    assert torch.equal(part, x[:, :, 1:3])
    for index in (0, 2, -1):
        assert torch.equal(Row(make("at", index=index), (sequence(6, 4),)).run(x), x[:, index])


def test_weights_know_their_fans() -> None:
    x = sequence(4, 6)
    by_name = {w.name: w for w in make("attention", heads=2).weights((x,))}
    assert (by_name["qkv.weight"].fan_in, by_name["qkv.weight"].fan_out) == (6, 18)
    for weight in make("lstm", out=5, layers=2).weights((x,)):
        assert weight.fan_in == (weight.shape[1] if len(weight.shape) == 2 else 0)
