"""What `init` draws in the live module: statistics, seeds, and the scale through fifty layers."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

import archdsl
from archdsl.pipeline import compile_text
from archdsl.source import SourceFile


def weights(text: str, seed: int = 0) -> dict[str, Tensor]:
    torch.manual_seed(seed)
    return {k: v.detach() for k, v in archdsl.loads(text).module().state_dict().items()}


def assert_normal(tensor: Tensor, std: float) -> None:
    """Mean 0 and that deviation within five standard errors, and a fourth moment of 3."""
    n = tensor.numel()
    assert n > 100_000
    assert abs(float(tensor.mean())) < 5 * std / math.sqrt(n)
    assert abs(float(tensor.std()) / std - 1) < 5 / math.sqrt(2 * n)
    assert abs(float((tensor.double() / std).pow(4).mean()) - 3) < 5 * math.sqrt(96 / n)


FAN_IN, FAN_OUT = 64 * 9, 256 * 9


@pytest.mark.parametrize(
    ("init", "std"),
    [
        ("he", math.sqrt(2 / FAN_IN)),
        ("lecun", math.sqrt(1 / FAN_IN)),
        ("glorot_normal", math.sqrt(2 / (FAN_IN + FAN_OUT))),
        ("normal(0.01)", 0.01),
        ("normal(2/sqrt(fan_in))", 2 / math.sqrt(FAN_IN)),
        ("normal(sqrt(2/fan_out))", math.sqrt(2 / FAN_OUT)),
        ("normal(1/(fan_in + fan_out)**0.5)", 1 / math.sqrt(FAN_IN + FAN_OUT)),
    ],
)
def test_normal(init: str, std: float) -> None:
    found = weights(f"input 64x8x8\nconv3-256(init={init})")
    assert_normal(found["conv1.weight"], std)
    assert not found["conv1.bias"].any()


@pytest.mark.parametrize(
    ("init", "bound"),
    [
        ("glorot", math.sqrt(6 / (FAN_IN + FAN_OUT))),
        ("he_uniform", math.sqrt(6 / FAN_IN)),
        ("uniform(0.05)", 0.05),
        ("uniform(1/sqrt(fan_in))", 1 / math.sqrt(FAN_IN)),
    ],
)
def test_uniform(init: str, bound: float) -> None:
    weight = weights(f"input 64x8x8\nconv3-256(init={init})")["conv1.weight"]
    n = weight.numel()
    assert float(weight.abs().max()) <= bound
    assert float(weight.max()) > bound * (1 - 20 / n)
    assert float(weight.min()) < -bound * (1 - 20 / n)
    assert abs(float(weight.mean())) < 5 * bound / math.sqrt(3 * n)
    # The fourth standardized moment of a uniform distribution is 9/5.
    assert abs(float(weight.std()) * math.sqrt(3) / bound - 1) < 5 * math.sqrt(0.8 / (4 * n))


def test_truncated_normal() -> None:
    weight = weights("input 512\nFC-512(init=trunc_normal(0.02))")["fc1.weight"]
    assert abs(float(weight.mean())) < 5 * 0.02 / math.sqrt(weight.numel())
    assert abs(float(weight.std()) / 0.02 - 1) < 0.02


@pytest.mark.parametrize(("init", "value"), [("constant(-0.5)", -0.5), ("zeros", 0), ("ones", 1)])
def test_constant(init: str, value: float) -> None:
    found = weights(f"input 8\nFC-4(init={init})")
    assert torch.equal(found["fc1.weight"], torch.full((4, 8), float(value)))
    assert torch.equal(found["fc1.bias"], torch.zeros(4))


def test_a_default_holds_for_its_kinds_and_a_layer_beats_it() -> None:
    found = weights(
        "input 64x8x8\ndefault conv + FC (init=normal(2/sqrt(fan_in)))\n"
        "conv3-256, relu, conv1-512(init=constant(0.5)), relu, gap, FC-512, bn"
    )
    assert_normal(found["conv1.weight"], 2 / math.sqrt(FAN_IN))
    assert_normal(found["fc1.weight"], 2 / math.sqrt(512))
    assert (found["conv2.weight"] == 0.5).all()
    assert (found["bn1.weight"] == 1).all()


def test_groups_count_their_own_inputs() -> None:
    weight = weights("input 512x4x4\nconv3-512(groups=8, init=he)")["conv1.weight"]
    assert_normal(weight, math.sqrt(2 / (64 * 9)))


def test_one_block_called_with_other_sizes_draws_by_its_own() -> None:
    found = weights(
        "block b(n) { conv3-n(init=he), relu }\ninput 64x4x4\nfirst: b(256)\nsecond: b(512)"
    )
    kernels = [t for t in found.values() if t.dim() == 4]
    assert [tuple(t.shape[:2]) for t in kernels] == [(256, 64), (512, 256)]
    for kernel in kernels:
        assert_normal(kernel, math.sqrt(2 / kernel[0].numel()))


def test_the_same_seed_draws_the_same_weights() -> None:
    text = "input 8\n{ FC-8(act=relu, init=he) } x3\nFC-4(init=glorot)"
    first, same, other = weights(text, 3), weights(text, 3), weights(text, 4)
    assert all(torch.equal(first[k], same[k]) for k in first)
    matrices = [k for k in first if k.endswith("weight")]
    assert not any(torch.equal(first[k], other[k]) for k in matrices)
    assert not torch.equal(first[matrices[0]], first[matrices[1]])


def growth(init: str, act: str, layers: int = 50, width: int = 512) -> float:
    """Factor of the root mean square a layer, from the first to the last of some layers."""
    torch.manual_seed(0)
    net = archdsl.loads(f"input {width}\n{{ FC-{width}(act={act}, init={init}) }} x{layers}\n")
    module = net.module()
    seen: list[float] = []
    for part in module.modules():
        if isinstance(part, nn.Linear):
            part.register_forward_hook(
                lambda _module, _args, out: seen.append(float(out.double().pow(2).mean().sqrt()))
            )
    with torch.no_grad():
        module(torch.randn(64, width))
    assert len(seen) == layers
    assert seen[0] > 0
    return float((seen[-1] / seen[0]) ** (1 / (layers - 1)))


@pytest.mark.parametrize(
    ("init", "act", "factor"),
    [
        ("he", "relu", 1),  # He et al. 2015: the variance of the sums stays
        ("lecun", "none", 1),  # LeCun et al. 1998
        ("glorot", "none", 1),  # as many inputs as outputs
        ("lecun", "selu", 1),  # Klambauer et al. 2017
        ("normal(2/sqrt(fan_in))", "relu", math.sqrt(2)),  # n * (4/n) / 2 of the square
        ("normal(2/sqrt(fan_in))", "none", 2),
        ("normal(1/sqrt(fan_in))", "relu", 1 / math.sqrt(2)),
    ],
)
def test_scale_through_fifty_layers(init: str, act: str, factor: float) -> None:
    assert growth(init, act) == pytest.approx(factor, rel=0.02)


def test_scale_of_fifty_convolutions() -> None:
    torch.manual_seed(0)
    net = archdsl.loads("input 64x8x8\n{ conv3-64(act=relu, init=he, pad=1) } x50\n")
    with torch.no_grad():
        out = net.module()(torch.randn(4, 64, 8, 8))
    # Zeros at the border take a part of each sum, so a little is lost in each layer.
    assert 1e-3 < float(out.double().pow(2).mean()) < 10


@pytest.mark.parametrize(
    ("layer", "message", "help"),
    [
        ("FC-4(init=hee)", "no `hee`", "did you mean `he`?"),
        ("FC-4(init=normal)", "`normal` takes one number", "`normal(0.01)`"),
        ("FC-4(init=normal(1, 2))", "`normal` takes one number", "`normal(0.01)`"),
        ("FC-4(init=normal(0))", "a positive number, not `0`", ""),
        ("FC-4(init=normal(true))", "a number, not `true`", ""),
        ("FC-4(init=he(2))", "`he` takes no number", "`init=he`"),
        ("FC-4(init=3)", "no `3`", "one of normal"),
        ("FC-4(init=normal(fan))", "`fan`", "did you mean `fan_in`?"),
        ("FC-4(init=normal(1/(fan_in-8)))", "division by zero", ""),
        ("default FC (init=hee)\nFC-4", "no `hee`", "did you mean `he`?"),
        ("bn(init=he)", "needs a fan-in", ""),
        ("relu(init=he)", "no attribute `init`", ""),
    ],
)
def test_refused(layer: str, message: str, help: str) -> None:
    _, (problem,) = compile_text(SourceFile("t.arch", f"input 8\n{layer}\n"))
    assert message in problem.message
    assert help in (problem.help or "")
