"""LeNet-5 of 1998 as a function, against plain masked convolutions and against the reference."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from archdsl.analysis.cost import count
from archdsl.backends.torch.live import build_network
from tests.oracle.probe import INPUT, canonical, error, fill, linear
from tests.oracle.reference import load, records

SPEC = "specs/lenet.arch:LeNet-5"

# Table I of the paper: which maps of S2 (rows) feed which maps of C3 (columns).
TABLE_I = """
X . . . X X X . . X X X X . X X
X X . . . X X X . . X X X X . X
X X X . . . X X X . . X . X X X
. X X X . . X X X X . . X . X X
. . X X X . . X X X X . X X . X
. . . X X X . . X X X X . X X X
"""


@pytest.fixture
def net() -> nn.Module:
    torch.manual_seed(0)
    return build_network(load(SPEC), spec_name=SPEC, dtype="float64").eval()


def mask() -> Tensor:
    """(output map, input map) of C3: 1 where they are connected."""
    rows = [[cell == "X" for cell in row.split()] for row in TABLE_I.split("\n") if row]
    return torch.tensor(rows, dtype=torch.float64).T


def squash(x: Tensor) -> Tensor:
    return 1.7159 * torch.tanh(2 * x / 3)


def subsample(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """The sum over windows of 2×2 times a number, plus another, for each map."""
    n, c, h, w = x.shape
    total = x.reshape(n, c, h // 2, 2, w // 2, 2).sum(dim=(3, 5))
    return squash(total * weight[:, None, None] + bias[:, None, None])


def lenet(x: Tensor, p: Mapping[str, Tensor]) -> Tensor:
    """The paper's network for images (n, 1, 32, 32) and weights by the paper's layer names."""
    dense = torch.zeros(16, 6, 5, 5, dtype=x.dtype)
    dense[mask().bool()] = p["C3.weight"].squeeze(1)
    x = squash(F.conv2d(x, p["C1.weight"], p["C1.bias"]))
    x = subsample(x, p["S2.weight"], p["S2.bias"])
    x = squash(F.conv2d(x, dense, p["C3.bias"]))
    x = subsample(x, p["S4.weight"], p["S4.bias"])
    x = squash(F.conv2d(x, p["C5.weight"], p["C5.bias"])).flatten(1)
    x = squash(F.linear(x, p["F6.weight"], p["F6.bias"]))
    return ((x[:, None, :] - p["digit.weight"]) ** 2).sum(dim=2)


def test_equals_a_masked_convolution(net: nn.Module) -> None:
    assert mask().sum() == 60
    x = torch.randn(3, 1, 32, 32, dtype=torch.float64)
    weights = dict(net.named_parameters())
    got, wanted = net(x), lenet(x, weights)
    torch.testing.assert_close(got, wanted, rtol=1e-12, atol=1e-10)
    trained = [w for w in weights.values() if w.requires_grad]
    # The order of summation differs, so do the last digits.
    for a, b in zip(
        torch.autograd.grad(got.sum(), trained),
        torch.autograd.grad(wanted.sum(), trained),
        strict=True,
    ):
        torch.testing.assert_close(a, b, rtol=1e-9, atol=1e-9)


def test_every_missing_connection_matters(net: nn.Module) -> None:
    """A map of C3 changes with the maps of S2 in its column of Table I, and with no other."""
    conv = net.get_submodule("C3")
    x = torch.randn(1, 6, 14, 14, dtype=torch.float64)
    with torch.no_grad():
        before = conv(x)
        for i in range(6):
            changed = x.clone()
            changed[:, i] += 1
            moved = (conv(changed) - before).abs().amax(dim=(0, 2, 3)) > 1e-6
            assert moved.tolist() == (mask()[:, i] > 0).tolist()


def test_fixed_and_trained_numbers(net: nn.Module) -> None:
    numbers = {k: (p.numel(), p.requires_grad) for k, p in net.named_parameters()}
    assert sum(n for n, trained in numbers.values() if trained) == 60_000
    assert [(k, n) for k, (n, trained) in numbers.items() if not trained] == [("digit.weight", 840)]
    by_layer = {
        k: sum(n for name, (n, _) in numbers.items() if name.startswith(k)) for k in ("C3", "C5")
    }
    assert by_layer == {"C3": 1_516, "C5": 48_120}
    assert set(net.get_parameter("digit.weight").unique().tolist()) == {-1, 1}
    assert count(load(SPEC).module, "scaledtanh") == 6


def test_equals_the_reference(net: nn.Module) -> None:
    """The reference keeps a tensor of kernels for each map of C3: (1, maps of S2, 5, 5)."""
    columns = [int(n) for n in mask().sum(dim=1)]
    kernels = [canonical("weight", (1, n, 5, 5)) for n in columns]
    fill(net)
    with torch.no_grad():
        net.get_parameter("C3.weight").copy_(torch.cat([k.reshape(-1, 1, 5, 5) for k in kernels]))
        y = net(linear((1, 1, 32, 32), INPUT, -8.0, 16.0))
    (probe,) = records()["lenet5_1998"]["probe"]
    assert error(y, probe) < 1e-9
