"""Settings of pools and convolutions that torch refuses are refused, and no others."""

from __future__ import annotations

import random
from functools import partial

import pytest
from torch import nn

from archdsl.diagnostics.errors import ArchError
from archdsl.ops.base import Dims, Kind
from archdsl.tensor import TensorType
from tests.oracle.kinds_helper import make, some_map, torch_shape

Rng = random.Random


def inferred(op: Kind, x: TensorType) -> tuple[int, ...] | None:
    try:
        return op.infer((x,))[0].dims
    except ArchError:
        return None


def plain_sizes(rng: Rng, rank: int, low: int, high: int) -> tuple[int, ...]:
    return tuple(rng.randint(low, high) for _ in range(rank))


@pytest.mark.parametrize("word", ["Max", "Avg"])
def test_pools_refuse_what_torch_refuses(word: str) -> None:
    rng = Rng(word)
    refused = 0
    for _ in range(3000):
        x = some_map(rng, 1)
        k, s = plain_sizes(rng, x.rank, 1, 5), plain_sizes(rng, x.rank, 1, 4)
        p, ceil = plain_sizes(rng, x.rank, 0, 3), rng.random() < 0.5
        attrs: dict[str, object] = {"kernel": Dims(k), "stride": Dims(s), "pad": Dims(p)}
        extra: dict[str, tuple[int, ...]] = {}
        if word == "Max":
            extra["dilation"] = plain_sizes(rng, x.rank, 1, 3)
            attrs["dilation"] = Dims(extra["dilation"])
        build = partial(getattr(nn, f"{word}Pool{x.rank}d"), k, s, p, ceil_mode=ceil, **extra)
        expected = torch_shape(build, x)
        op = make(f"{word}pool", ceil=ceil, **attrs)
        assert inferred(op, x) == expected, f"{op.text()} on {x}"
        refused += expected is None
    assert 300 < refused < 2700


def test_convolutions_refuse_what_torch_refuses() -> None:
    rng = Rng(1)
    refused = 0
    for _ in range(2000):
        x = some_map(rng)
        out, groups = rng.randint(1, 6), rng.choice([1, 1, 2, 3])
        k, s = plain_sizes(rng, x.rank, 1, 5), plain_sizes(rng, x.rank, 1, 3)
        p, d = plain_sizes(rng, x.rank, 0, 2), plain_sizes(rng, x.rank, 1, 3)
        build = partial(getattr(nn, f"Conv{x.rank}d"), x.channels, out, k, s, p, d, groups)
        expected = torch_shape(build, x)
        op = make(
            "conv",
            kernel=Dims(k),
            out=out,
            stride=Dims(s),
            pad=Dims(p),
            dilation=Dims(d),
            groups=groups,
        )
        assert inferred(op, x) == expected, f"{op.text()} on {x}"
        refused += expected is None
    assert 200 < refused < 1800


def test_transposed_convolutions_refuse_what_torch_refuses() -> None:
    rng = Rng(2)
    refused = 0
    for _ in range(2000):
        x = some_map(rng)
        out, groups = rng.randint(1, 6), rng.choice([1, 1, 2])
        k, s = plain_sizes(rng, x.rank, 1, 5), plain_sizes(rng, x.rank, 1, 3)
        p, d = plain_sizes(rng, x.rank, 0, 3), plain_sizes(rng, x.rank, 1, 2)
        extra = plain_sizes(rng, x.rank, 0, 2)
        cls = getattr(nn, f"ConvTranspose{x.rank}d")
        expected = torch_shape(partial(cls, x.channels, out, k, s, p, extra, groups, True, d), x)
        op = make(
            "deconv",
            kernel=Dims(k),
            out=out,
            stride=Dims(s),
            pad=Dims(p),
            output_pad=Dims(extra),
            dilation=Dims(d),
            groups=groups,
        )
        assert inferred(op, x) == expected, f"{op.text()} on {x}"
        refused += expected is None
    assert 200 < refused < 1800
