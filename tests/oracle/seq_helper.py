"""What the tests of sequence kinds share: a check against torch that counts products too."""

from __future__ import annotations

import random

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from archdsl.ops.base import Kind
from archdsl.tensor import TOKENS, TensorType
from tests.oracle.kinds_helper import BATCH, Row, feature_map, held_by, sequence, vector

Types = tuple[TensorType, ...]
SETTINGS = 60  # random settings of a kind in one test


def sample(op: Kind, inputs: Types) -> tuple[torch.Tensor, ...]:
    """Random tensors of a batch of two; ids for tokens."""
    return tuple(
        torch.randint(getattr(op, "vocab", 2), (BATCH, *x.dims))
        if x.layout == TOKENS
        else torch.randn(BATCH, *x.dims, requires_grad=True)
        for x in inputs
    )


def check(op: Kind, inputs: Types) -> tuple[torch.Tensor, ...]:
    """Asserts that shapes, weights and MACs are those of torch; gives the outputs."""
    expected = op.infer(inputs)
    row = Row(op, inputs)
    made, flops = count_flops(row, sample(op, inputs))
    outputs = made if isinstance(made, tuple) else (made,)
    text = f"{op.text()} on {inputs}"
    assert [tuple(y.shape) for y in outputs] == [(BATCH, *t.dims) for t in expected], text
    macs = op.macs(inputs) + op.matmul_macs(inputs)
    assert flops == 2 * BATCH * macs, text
    held = [(w.name, w.shape, w.role) for w in op.weights(inputs)]
    assert held == list(held_by(row.module)), text
    return outputs


def count_flops(row: Row, args: tuple[torch.Tensor, ...]) -> tuple[object, int]:
    """The output, and torch's count of what it cost.

    Its counter does not know the CPU's fused attention and oneDNN's LSTM, so both are taken apart.
    """
    plain = torch.backends.mkldnn.flags(enabled=False)
    with plain, sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        made = row.run(*args)
    return made, counter.get_total_flops()


def shapes(rng: random.Random) -> TensorType:
    """A small tensor of any layout but tokens."""
    dims = [rng.randint(1, 6) for _ in range(4)]
    kind = rng.randrange(5)
    if kind < 3:
        return feature_map(*dims[: kind + 2])
    return sequence(*dims[:2]) if kind == 3 else vector(dims[0])
