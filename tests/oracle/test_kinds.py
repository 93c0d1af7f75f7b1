"""Each layer kind against torch on the CPU: shapes, weights, MACs, and what is refused."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping

import pytest

from archdsl.backends.torch.rows import ROWS
from archdsl.diagnostics.errors import ArchError
from archdsl.ops.axis import axis_words
from archdsl.ops.base import Dims, Kind
from archdsl.tensor import TensorType
from tests.oracle.kinds_helper import (
    check,
    make,
    sequence,
    some_map,
    vector,
)

Case = tuple[dict[str, object], tuple[TensorType, ...]]
Rng = random.Random


def some_tensor(rng: Rng) -> TensorType:
    return rng.choice(
        [vector(rng.randint(1, 6)), sequence(rng.randint(1, 5), rng.randint(1, 6)), some_map(rng)]
    )


def per_axis(rng: Rng, rank: int, low: int, high: int) -> object:
    """One number or one per axis."""
    if rng.random() < 0.5:
        return rng.randint(low, high)
    return Dims(rng.randint(low, high) for _ in range(rank))


def drop(rng: Rng, attrs: Mapping[str, object], *keep: str) -> dict[str, object]:
    """Leaves some attributes to their default."""
    return {k: v for k, v in attrs.items() if k in keep or rng.random() < 0.6}


def conv_case(rng: Rng) -> Case:
    groups = rng.choice([1, 1, 1, 2, 3])
    x = some_map(rng, groups * rng.randint(1, 3))
    attrs = {
        "kernel": per_axis(rng, x.rank, 1, 4),
        "out": groups * rng.randint(1, 4),
        "stride": per_axis(rng, x.rank, 1, 3),
        "pad": rng.choice(["same", "valid", "tf-same", per_axis(rng, x.rank, 0, 3)]),
        "dilation": per_axis(rng, x.rank, 1, 2),
        "groups": groups,
        "bias": rng.random() < 0.5,
    }
    keep = ("kernel", "out", "groups")
    return drop(rng, attrs, *keep), (x,)


def partial_case(rng: Rng) -> Case:
    attrs, (x,) = conv_case(rng)
    attrs.pop("groups", None)
    attrs["connect"] = tuple(
        tuple(sorted(rng.sample(range(x.channels), rng.randint(1, x.channels))))
        for _ in range(int(str(attrs["out"])))
    )
    return attrs, (x,)


def depthwise_case(rng: Rng) -> Case:
    attrs, (x,) = conv_case(rng)
    attrs.pop("groups", None)
    attrs["out"] = rng.choice([None, x.channels, 2 * x.channels])
    return attrs, (x,)


def separable_case(rng: Rng) -> Case:
    attrs, inputs = conv_case(rng)
    attrs.pop("groups", None)
    return attrs, inputs


def deconv_case(rng: Rng) -> Case:
    attrs, (x,) = conv_case(rng)
    attrs.pop("pad", None)
    attrs |= drop(
        rng,
        {
            "pad": rng.choice(["same", "valid", per_axis(rng, x.rank, 0, 2)]),
            "output_pad": per_axis(rng, x.rank, 0, 2),
        },
    )
    return attrs, (x,)


def linear_case(rng: Rng) -> Case:
    x = rng.choice([vector(rng.randint(1, 9)), sequence(rng.randint(1, 5), rng.randint(1, 9))])
    return drop(rng, {"out": rng.randint(1, 9), "bias": rng.random() < 0.5}, "out"), (x,)


def axis_for(rng: Rng, x: TensorType) -> str:
    return rng.choice([*axis_words(x), "channels", "features"])


def bn_case(rng: Rng) -> Case:
    x = some_tensor(rng)
    attrs = {
        "eps": 1e-3,
        "momentum": 0.01,
        "affine": rng.random() < 0.5,
        "axis": axis_for(rng, x),
    }
    return drop(rng, attrs), (x,)


def ln_case(rng: Rng) -> Case:
    x = some_tensor(rng)
    attrs = {
        "eps": 1e-6,
        "affine": rng.random() < 0.5,
        "bias": rng.random() < 0.5,
        "axis": rng.choice([axis_for(rng, x), "all"]),
    }
    return drop(rng, attrs), (x,)


def gn_case(rng: Rng) -> Case:
    attrs = {"groups": rng.randint(1, 3), "eps": 1e-3, "affine": rng.random() < 0.5}
    return drop(rng, attrs, "groups"), (some_tensor(rng),)


def norm_case(rng: Rng) -> Case:
    return drop(rng, {"eps": 1e-3, "affine": rng.random() < 0.5}), (some_tensor(rng),)


def lrn_case(rng: Rng) -> Case:
    attrs = {"size": rng.randint(1, 7), "alpha": 5e-4, "beta": 0.5, "k": 2}
    return drop(rng, attrs), (some_map(rng),)


def over_axis_case(rng: Rng) -> Case:
    x = some_tensor(rng)
    return drop(rng, {"axis": axis_for(rng, x)}), (x,)


def maxpool_case(rng: Rng) -> Case:
    x = some_map(rng)
    attrs = {
        "kernel": per_axis(rng, x.rank, 1, 4),
        "stride": per_axis(rng, x.rank, 1, 3),
        "pad": rng.choice(["same", "valid", "tf-same", per_axis(rng, x.rank, 0, 2)]),
        "ceil": rng.random() < 0.5,
        "dilation": per_axis(rng, x.rank, 1, 2),
    }
    return drop(rng, attrs), (x,)


def avgpool_case(rng: Rng) -> Case:
    attrs, inputs = maxpool_case(rng)
    attrs.pop("dilation", None)
    return attrs | drop(rng, {"count_pad": rng.random() < 0.5}), inputs


def subsample_case(rng: Rng) -> Case:
    x = some_map(rng)
    attrs = {"kernel": per_axis(rng, x.rank, 1, 3), "stride": per_axis(rng, x.rank, 1, 3)}
    return drop(rng, attrs), (x,)


def adaptive_case(rng: Rng) -> Case:
    x = some_map(rng)
    return {"size": per_axis(rng, x.rank, 1, 4)}, (x,)


def concat_case(rng: Rng) -> Case:
    x = some_tensor(rng)
    at = rng.randrange(len(x.dims))
    axis = axis_words(x)[at]
    inputs = [
        TensorType(x.layout, (*x.dims[:at], rng.randint(1, 4), *x.dims[at + 1 :]))
        for _ in range(rng.randint(1, 3))
    ]
    return {"axis": axis}, tuple(inputs)


def join_case(rng: Rng) -> Case:
    x = some_tensor(rng)
    inputs = [
        vector(x.channels)
        if rng.random() < 0.3
        else TensorType(x.layout, tuple(n if rng.random() < 0.8 else 1 for n in x.dims))
        for _ in range(rng.randint(1, 4))
    ]
    return {}, tuple(inputs)


def sub_case(rng: Rng) -> Case:
    _, inputs = join_case(rng)
    return {}, (inputs[0], inputs[-1])


def with_attrs(**choices: tuple[object, ...]) -> Callable[[Rng], Case]:
    """Any tensor, and each attribute one of these values or left out."""

    def case(rng: Rng) -> Case:
        return drop(rng, {k: rng.choice(v) for k, v in choices.items()}), (some_tensor(rng),)

    return case


PLAIN = with_attrs()

CASES: dict[str, Callable[[Rng], Case]] = {
    "conv": conv_case,
    "dwconv": depthwise_case,
    "sepconv": separable_case,
    "deconv": deconv_case,
    "FC": linear_case,
    "rbf": lambda rng: ({"out": rng.randint(1, 5)}, linear_case(rng)[1]),
    "bn": bn_case,
    "ln": ln_case,
    "gn": gn_case,
    "instancenorm": norm_case,
    "rmsnorm": norm_case,
    "lrn": lrn_case,
    "affine": PLAIN,
    "layerscale": with_attrs(init=(1e-6, 1, 0)),
    "scale": lambda rng: ({"value": rng.choice([0.17, -2, 0])}, (some_tensor(rng),)),
    "relu": PLAIN,
    "relu6": PLAIN,
    "leakyrelu": with_attrs(slope=(0.2, 0)),
    "prelu": with_attrs(slope=(0.1,), single=(True, False)),
    "elu": with_attrs(alpha=(0.5,)),
    "selu": PLAIN,
    "gelu": with_attrs(approx=("none", "tanh", None)),
    "silu": PLAIN,
    "hardswish": PLAIN,
    "hardsigmoid": PLAIN,
    "sigmoid": PLAIN,
    "tanh": PLAIN,
    "scaledtanh": PLAIN,
    "mish": PLAIN,
    "softplus": with_attrs(beta=(2, 0.5)),
    "abs": PLAIN,
    "identity": PLAIN,
    "zero": PLAIN,
    "softmax": over_axis_case,
    "logsoftmax": over_axis_case,
    "glu": over_axis_case,
    "maxpool": maxpool_case,
    "avgpool": avgpool_case,
    "subsample": subsample_case,
    "gap": PLAIN,
    "gmp": PLAIN,
    "adaptiveavgpool": adaptive_case,
    "adaptivemaxpool": adaptive_case,
    "flatten": PLAIN,
    "dropout": with_attrs(p=(0, 1, 0.3), channels=(True, False)),
    "droppath": with_attrs(p=(0, 0.3, 1)),
    "concat": concat_case,
    "add": join_case,
    "sub": sub_case,
    "mul": join_case,
    "max": join_case,
    "mean": join_case,
}

MANY = {"conv": 300, "dwconv": 200, "sepconv": 200, "deconv": 400, "maxpool": 400, "avgpool": 400}


@pytest.mark.parametrize("name", CASES)
def test_kind_agrees_with_torch(name: str) -> None:
    rng = Rng(name)
    wanted, accepted, tries = MANY.get(name, 60), 0, 0
    while accepted < wanted:
        tries += 1
        assert tries < 20 * wanted, "the generator gives too few valid cases"
        attrs, inputs = CASES[name](rng)
        op = make(name, **attrs)
        try:
            op.infer(inputs)
        except ArchError:
            continue
        check(op, inputs)
        accepted += 1


def test_partial_connection_agrees_with_torch() -> None:
    rng = Rng(7)
    for _ in range(100):
        attrs, inputs = partial_case(rng)
        op = make("conv", **attrs)
        try:
            op.infer(inputs)
        except ArchError:
            continue
        check(op, inputs)


def test_every_kind_has_a_row() -> None:
    expanded = {kind for kind in Kind.registry.values() if kind.expands}  # never in the IR
    assert set(Kind.registry.values()) - expanded == set(ROWS)
