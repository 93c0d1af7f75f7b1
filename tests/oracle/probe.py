"""Weights that depend on their shape alone, so that equal networks give equal outputs.

Every tensor of a network is overwritten by a hash of the flat index, scaled as its kind needs;
neither names nor order count. Two networks with equal outputs are wired alike.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

MATRIX, SCALE, SHIFT, MEAN, VARIANCE, INPUT = range(6)
CHUNK = 1 << 15  # elements: what the arithmetic needs stays in the cache


def uniform(shape: Sequence[int], salt: int) -> torch.Tensor:
    """Numbers in [0, 1) of that shape, float64, a hash of the flat index (C order) and the salt."""
    return linear(shape, salt, 0.0, 1.0)


def linear(shape: Sequence[int], salt: int, low: float, width: float) -> torch.Tensor:
    """Numbers from `low` to `low + width`, float64, spread by the hash."""
    out = np.empty(math.prod(shape), np.float64)
    for start in range(0, out.size, CHUNK):
        k = np.arange(start, min(start + CHUNK, out.size), dtype=np.uint32)
        h = k * np.uint32(0x9E3779B1) + np.uint32((0x7F4A7C15 + salt * 0x3C6EF372) % 2**32)
        h ^= h >> np.uint32(16)
        h *= np.uint32(0x85EBCA6B)
        h ^= h >> np.uint32(13)
        h *= np.uint32(0xC2B2AE35)
        h ^= h >> np.uint32(16)
        out[start : start + CHUNK] = h * (width / 2.0**32) + low
    return torch.from_numpy(out.reshape(tuple(shape)))


def canonical(key: str, shape: Sequence[int]) -> torch.Tensor:
    """The value of the tensor of that name in a state_dict."""
    name = key.rpartition(".")[2]
    if name == "num_batches_tracked":
        return torch.tensor(0)
    if name == "running_mean":
        return linear(shape, MEAN, -0.1, 0.2)
    if name == "running_var":
        return linear(shape, VARIANCE, 0.5, 1.0)
    if is_matrix(name, shape):
        bound = math.sqrt(3 / math.prod(shape[1:]))
        return linear(shape, MATRIX, -bound, 2 * bound)
    if "bias" in name:
        return linear(shape, SHIFT, -0.1, 0.2)
    return linear(shape, SCALE, 0.5, 1.0)


def is_matrix(name: str, shape: Sequence[int]) -> bool:
    """Whether a tensor mixes channels: not a scale stored as (C, 1, 1) or a token as (1, 1, C)."""
    return len(shape) > 1 and (name == "weight" or sum(d > 1 for d in shape) > 1)


def fill(net: nn.Module) -> nn.Module:
    """The network in float64 and eval mode, its parameters and statistics canonical.

    It may stand on the meta device, if it has no other constants.
    """
    state = {key: canonical(key, tensor.shape) for key, tensor in net.state_dict().items()}
    net.load_state_dict(state, assign=True)
    return net.to(torch.float64).eval()


def run(net: nn.Module, shape: Sequence[int], training: bool = False) -> list[torch.Tensor]:
    """What a filled network puts out for the canonical input (shape without the batch).

    With `training` the outputs that exist in training only are there too; dropout and
    normalization stay as they are in eval mode.
    """
    x = linear((1, *shape), INPUT, -8.0, 16.0)
    net.training = training
    with torch.no_grad():
        y = net(x)
    return [y] if isinstance(y, torch.Tensor) else list(y)


def agrees(output: torch.Tensor, probe: dict[str, list[float]]) -> bool:
    """Whether the output has the probe's values, to 1e-9 of the largest."""
    return error(output, probe) <= 1e-9


def error(output: torch.Tensor, probe: dict[str, list[float]]) -> float:
    """Largest difference from the probe's values, in parts of the largest value."""
    wanted = torch.tensor(probe["values"], dtype=torch.float64)
    if output.numel() <= max(probe["at"]):
        return math.inf
    got = output.flatten()[torch.tensor(probe["at"])]
    return float((got - wanted).abs().max() / wanted.abs().max())
