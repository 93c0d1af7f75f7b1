"""Weights and arguments of `Net.module` that are wide, old, out of order, or none at all."""

from __future__ import annotations

from typing import Any

import pytest
import torch

import archdsl
from archdsl.backends.torch.errors import ModuleTooLarge
from archdsl.backends.torch.live import build_network
from archdsl.weights.moved import WeightsMissing
from tests.oracle.test_build import MIXED, RESNET, TEXTS, check_same, example, from_file, trained


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("level", ["none", "training", "inference"])
def test_plain_weights_come_back_in_their_order(text: str, level: str) -> None:
    net = archdsl.loads(text)
    weights = trained(net)
    made = net.module(optimize=level, weights=weights)
    assert list(archdsl.plain_state_dict(made, base=weights)) == list(weights)


def test_a_compiled_module_gives_and_takes_plain_weights() -> None:
    net = archdsl.loads(MIXED)
    weights, x = trained(net), example(net)
    made: Any = torch.compile(net.module(optimize="inference"), backend="eager")
    archdsl.load_plain(made, weights)
    check_same(made._orig_mod(x), net.module(weights=weights).eval()(x))
    assert archdsl.plain_state_dict(made).keys() == weights.keys()


def test_checkpoints_without_counts_of_batches_load_at_each_level() -> None:
    """Those of PyTorch before 0.4.1 have none, and a plain module takes them."""
    net = archdsl.loads(RESNET)
    weights, x = trained(net), example(net)
    old = {key: t for key, t in weights.items() if not key.endswith("num_batches_tracked")}
    assert len(old) < len(weights)
    for level in ("none", "training", "inference"):
        made = net.module(optimize=level, weights=old).eval()
        check_same(made(x), net.module(weights=weights).eval()(x))
        assert archdsl.plain_state_dict(made).keys() == weights.keys()
    mean = next(key for key in old if key.endswith("running_mean"))
    del old[mean]
    with pytest.raises(WeightsMissing, match=f"there is no `{mean}`"):
        net.module(optimize="inference", weights=old)


@pytest.mark.parametrize("level", ["none", "inference"])
def test_weights_that_are_none(level: str) -> None:
    net = archdsl.loads(RESNET)
    weights = trained(net)
    for wrong, text in (
        (5, "and not of type int"),
        (list(weights), "and not of type list"),
        (net.module(), "and not of type Text"),
        ({"epoch": 3, "state_dict": weights}, "`epoch` is of type int in this state_dict"),
        ({k: t.numpy() for k, t in weights.items()}, "is of type ndarray in this state_dict"),
    ):
        given: Any = wrong
        with pytest.raises(TypeError, match=text):
            net.module(optimize=level, weights=given)
        with pytest.raises(TypeError, match=text):
            archdsl.load_plain(net.module(optimize=level, init=False), given)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"dtype": 5}, "no dtype '5': one of float64"),
        ({"dtype": torch.int8}, "no dtype 'int8': one of float64"),
        ({"dtype": torch.complex64}, "no dtype 'complex64': one of float64"),
        ({"cuda_graphs": 4}, r"cuda_graphs takes sizes of batches: \(1, 8\), not 4"),
        ({"cuda_graphs": None}, r"cuda_graphs takes sizes of batches: \(1, 8\), not None"),
        ({"optimize": ["inference"]}, r"no level \['inference'\]"),
        ({"memory_budget": "9" * 400}, "a size in memory is a number of bytes"),
        ({"max_bytes": "much"}, "a size in memory is a number of bytes"),
        ({"memory_budget": "1GB", "batch": "8"}, "at least one example, not '8'"),
        ({"memory_budget": "1GB", "batch": 2.5}, "at least one example, not 2.5"),
    ],
)
def test_arguments_of_other_types(options: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        archdsl.loads(RESNET).module(**options)


def test_the_most_bytes_may_have_a_unit() -> None:
    net = archdsl.loads(RESNET)
    assert net.module(max_bytes="1MiB") is not None
    with pytest.raises(ModuleTooLarge, match="and 1,000 are the limit"):
        net.module(max_bytes="1KB")


def test_sources_take_pytorchs_words_as_modules_do() -> None:
    net = archdsl.loads(RESNET)
    words = net.source(device="cpu", dtype="float16", memory_format="channels_last")
    objects = net.source(
        device=torch.device("cpu"), dtype=torch.float16, memory_format=torch.channels_last
    )
    assert words == objects


@pytest.mark.parametrize("level", ["none", "inference", "training"])
def test_wide_weights_keep_their_digits(level: str) -> None:
    """They went through float32, and lost half of them."""
    net = archdsl.loads(MIXED)
    weights = {
        key: t.double() / 3 if t.is_floating_point() else t for key, t in trained(net).items()
    }
    x = example(net).double()
    wanted = build_network(net.ir, spec_name="s").double().eval()
    wanted.load_state_dict(weights)
    made = net.module(dtype="float64", optimize=level, weights=weights).eval()
    check_same(made(x), wanted(x), 1e-12)
    if level == "none":
        written = from_file(net, dtype=torch.float64, optimize="inference", weights=weights)
        check_same(written(x), wanted(x), 1e-12)


def test_weights_are_real_numbers() -> None:
    net = archdsl.loads(RESNET)
    weights = trained(net)
    key = next(iter(weights))
    for wrong, name in ((torch.complex64, "complex64"), (torch.int32, "int32")):
        with pytest.raises(TypeError, match=f"`{key}` is of {name} in this state_dict"):
            net.module(weights={k: v.to(wrong) for k, v in weights.items()})


def test_base_has_the_shapes_of_the_plain_network() -> None:
    net = archdsl.loads("input 3x4x4\na: conv1-4, relu\noutput(train) aux: gap, FC-2\ngap, FC-3\n")
    made = net.module(optimize="inference")
    base = dict.fromkeys(net.module().state_dict(), torch.zeros(1))
    with pytest.raises(WeightsMissing, match="is 1 in `base`, and 2x4 in the network"):
        archdsl.plain_state_dict(made, base=base)
    with pytest.raises(TypeError, match="and not of type Net"):
        archdsl.plain_state_dict(made, base=net)  # type: ignore[arg-type]


def test_arguments_in_the_wrong_order() -> None:
    net = archdsl.loads(RESNET)
    made = net.module()
    with pytest.raises(TypeError, match="OrderedDict is no module"):
        archdsl.load_plain(made.state_dict(), made)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="and not of type"):
        net.port(made)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="weights are the path of a checkpoint here"):
        net.export("x.safetensors", weights=made.state_dict())  # type: ignore[arg-type]
