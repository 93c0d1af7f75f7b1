"""Networks alive with random weights and statistics, before and after passes."""

from __future__ import annotations

import torch
from torch import Tensor, nn

import archdsl
from archdsl.backends.torch.live import build_network
from archdsl.ir.model import Design, Network
from archdsl.ir.verify import check
from archdsl.passes.rewritten import Rewritten
from archdsl.tensor import TOKENS
from archdsl.weights.moved import from_rewritten, to_rewritten

torch.set_num_threads(1)
State = dict[str, Tensor]


def network(text: str) -> Network:
    """The network of a text."""
    return archdsl.loads(text).ir


def live(net: Network, state: State | None = None, dtype: torch.dtype = torch.float64) -> nn.Module:
    """The network alive, in evaluation."""
    module = build_network(net, spec_name="test").to(dtype).eval()
    if state is not None:
        module.load_state_dict(state)
    return module


def randomize(module: nn.Module, seed: int = 0) -> State:
    """Random weights and statistics, none of them those that a module starts with."""
    torch.manual_seed(seed)
    state = module.state_dict()
    for key, tensor in state.items():
        if not tensor.is_floating_point():
            continue
        name = key.rpartition(".")[2]
        if name == "running_var":
            tensor.copy_(torch.rand_like(tensor) + 0.5)
        elif tensor.dim() <= 1:
            tensor.copy_(torch.randn_like(tensor) * 0.3 + (name == "weight"))
    return {key: tensor.clone() for key, tensor in state.items()}


def examples(net: Network, batch: int = 2) -> list[Tensor]:
    """Inputs that remember their gradients."""
    found = []
    for port in net.module.inputs:
        if port.type.layout == TOKENS:
            found.append(torch.zeros(batch, *port.type.dims, dtype=torch.int64))
        else:
            made = torch.randn(batch, *port.type.dims, dtype=torch.float64)
            found.append(made.requires_grad_())
    return found


def outputs(module: nn.Module, inputs: list[Tensor]) -> list[Tensor]:
    """What comes out, as a list."""
    made = module(*inputs)
    return [made] if isinstance(made, Tensor) else list(made)


def assert_close(one: list[Tensor], other: list[Tensor], bound: float = 1e-9) -> None:
    """Equal to rounding in float64, relative to the largest number."""
    assert len(one) == len(other)
    for a, b in zip(one, other, strict=True):
        assert a.shape == b.shape
        scale = max(1.0, float(a.detach().abs().max()))
        assert float((a - b).detach().abs().max()) <= bound * scale


def assert_same(net: Network, done: Rewritten, seed: int = 0) -> nn.Module:
    """Outputs and input gradients agree in evaluation, and weights go there and back.

    Gives the rewritten network alive.
    """
    check(Design("rewritten", (done.network,)))
    plain = live(net)
    state = randomize(plain, seed)
    plain.load_state_dict(state)
    after = live(done.network, to_rewritten(done.moves, state))
    inputs = examples(net)
    wanted, got = outputs(plain, inputs), outputs(after, inputs)
    assert_close(wanted, got)
    able = [x for x in inputs if x.requires_grad]
    felt = [k for k, y in enumerate(wanted) if y.requires_grad]
    assert felt == [k for k, y in enumerate(got) if y.requires_grad]
    if able and felt:
        torch.manual_seed(1)
        seeds = [torch.randn_like(wanted[k]) for k in felt]
        grads = [
            torch.autograd.grad([ys[k] for k in felt], able, seeds, allow_unused=True)
            for ys in (wanted, got)
        ]
        for a, b in zip(*grads, strict=True):
            assert (a is None) == (b is None)
            if a is not None and b is not None:
                assert_close([a], [b], 1e-8)
    back = live(net, from_rewritten(done.moves, after.state_dict(), state))
    assert_close(outputs(back, inputs), wanted)
    return after
