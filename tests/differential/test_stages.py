"""Random networks in stages: forwards and backwards they are the network that was cut.

`RANDOM_STAGES=1000` cuts more of them.
"""

from __future__ import annotations

import copy
import os

import torch
from torch import Tensor, nn

from archdsl.analysis.stages import Split, TooManyStages, split_network
from archdsl.backends.torch.live import build_network
from archdsl.distributed.stage_classes import stage_lines
from archdsl.ir.model import Module, Network
from tests.differential.checks import compile_network, sample, shake
from tests.differential.grow import grow
from tests.differential.write import write

COUNT = int(os.environ.get("RANDOM_STAGES", "40"))
MOST = 4  # stages
HEAD = """
from typing import Any as Whole
import torch
import torch.nn.functional as F
from torch import Tensor, nn

"""


def test_stages_of_random_networks() -> None:
    cut = 0
    for seed in range(COUNT):
        network = compile_network(write(grow(seed, 9)))
        split = split_somehow(network.module)
        if split is not None:
            check(network, split, seed)
            cut += 1
    assert cut > COUNT // 3


def split_somehow(module: Module) -> Split | None:
    """As many stages as there can be, up to some."""
    for count in range(MOST, 1, -1):
        try:
            return split_network(module, count)
        except TooManyStages:
            continue
    return None


def check(network: Network, split: Split, seed: int) -> None:
    """Outputs and gradients of the stages against those of the network; neither is in training."""
    torch.manual_seed(seed)
    whole = build_network(network, spec_name="random")
    shake(whole)
    whole.eval()
    alone = copy.deepcopy(whole)
    inputs = sample(network, seed)
    kept = [k for k, o in enumerate(network.module.outputs) if not o.train_only]
    wanted = alone(*(x.clone() for x in inputs))
    wanted = wanted if isinstance(wanted, tuple) else (wanted,)
    tape = forwards(stages_of(split, whole), inputs)
    found = [tape[-1][1][k] for k in kept]
    for a, b in zip(found, wanted, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-6, equal_nan=True, msg=f"seed {seed}")
    if any(y.requires_grad for y in wanted):
        backwards(wanted, [torch.ones_like(y) for y in wanted])
        chosen = [torch.ones_like(y) * (k in kept) for k, y in enumerate(tape[-1][1])]
        for given, made in reversed(tape):
            backwards(made, chosen)
            chosen = [x.grad for x in given]
        compare_gradients(whole, alone, seed)


def stages_of(split: Split, whole: nn.Module) -> list[nn.Module]:
    """The stages as their source has them, made of the network's own submodules."""
    count = len(split.stages)
    source = HEAD + "\n\n".join("\n".join(stage_lines(split, k, "Whole")) for k in range(count))
    names: dict = {}
    exec(compile(source, "<stages>", "exec"), names)
    return [names[f"Stage{k}"](whole).eval() for k in range(count)]


def forwards(stages: list[nn.Module], inputs: list[Tensor]):
    """What each stage was given, as a tensor that came from elsewhere, and what it made."""
    tape = []
    given = [x.clone() for x in inputs]
    for stage in stages:
        made = stage(*given)
        tape.append((given, made if isinstance(made, tuple) else (made,)))
        given = [y.detach().requires_grad_() for y in tape[-1][1]]
    return tape


def backwards(made, gradients) -> None:
    """The backward pass of what needs one."""
    pairs = [
        (y, g) for y, g in zip(made, gradients, strict=True) if y.requires_grad and g is not None
    ]
    if pairs:
        torch.autograd.backward([y for y, _ in pairs], [g for _, g in pairs])


def compare_gradients(whole: nn.Module, alone: nn.Module, seed: int) -> None:
    """A gradient that is missing is one of zeros."""
    for (name, a), (_, b) in zip(whole.named_parameters(), alone.named_parameters(), strict=True):
        pair = [torch.zeros_like(p) if p.grad is None else p.grad for p in (a, b)]
        torch.testing.assert_close(
            *pair, rtol=1e-3, atol=1e-4, equal_nan=True, msg=f"seed {seed}: {name}"
        )
