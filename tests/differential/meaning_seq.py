"""What attention, the recurrent kinds and the embeddings compute, in plain PyTorch functions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

Weights = dict[str, Tensor]


def rows(x: Tensor, sequence: bool) -> Tensor:
    """Positions by features."""
    return x if sequence else x.flatten(2).transpose(1, 2)


def project(x: Tensor, w: Weights, name: str) -> Tensor:
    """A linear layer inside."""
    return F.linear(x, w[f"{name}.weight"], w.get(f"{name}.bias"))


def attention(op: Any, x: Tensor, w: Weights, kv: Tensor | None = None) -> Tensor:
    """softmax(q k / sqrt(d)) v for each head, with every mask written out over all positions."""
    sequence = op.layout == "seq"
    at = rows(x, sequence)
    if kv is None:
        q, k, v = project(at, w, "qkv").chunk(3, -1)
    else:
        source = rows(kv, op.other == "seq")
        q, (k, v) = project(at, w, "q"), project(source, w, "kv").chunk(2, -1)
    d = q.shape[-1] // op.heads
    mask = masks(op, x, q.shape[1], k.shape[1], w)
    scale = 1 / math.sqrt(d) if op.scale is None else op.scale
    heads = []
    for h in range(op.heads):
        own = slice(h * d, (h + 1) * d)
        products = q[..., own] @ k[..., own].transpose(1, 2) * scale
        heads.append((products + mask[h]).softmax(-1) @ v[..., own])
    y = project(torch.cat(heads, -1), w, "proj")
    return y if sequence else y.transpose(1, 2).reshape(len(x), -1, *x.shape[2:])


def masks(op: Any, x: Tensor, queries: int, keys: int, w: Weights) -> Tensor:
    """What is added to the products of each head."""
    mask = torch.zeros(op.heads, queries, keys)
    if op.causal:
        return mask + torch.full((queries, keys), -torch.inf).triu(1)
    if op.window is None and op.bias is None:
        return mask
    if op.grid is None:
        grid = list(x.shape[2:])
    else:
        grid = [op.grid] * 2 if isinstance(op.grid, int) else list(op.grid)
    window = grid if op.window is None else pair(op.window)
    shift = [s if v < n else 0 for s, v, n in zip(pair(op.shift), window, grid, strict=True)]
    spots = [spot(i // grid[1], i % grid[1], grid, window, shift) for i in range(queries)]
    table = w.get("relative_position_bias_table")
    for i, (group, y, z) in enumerate(spots):
        for j, (other, u, v) in enumerate(spots):
            if group != other:
                mask[:, i, j] = -torch.inf
            elif table is not None:
                at = (y - u + window[0] - 1) * (2 * window[1] - 1) + z - v + window[1] - 1
                mask[:, i, j] = table[at]
    return mask


def pair(value: Any) -> list[int]:
    """Height and width."""
    return [value] * 2 if isinstance(value, int) else list(value)


def spot(
    y: int, x: int, grid: list[int], window: list[int], shift: list[int]
) -> tuple[tuple[int, ...], int, int]:
    """What a position sees positions of, and where it lies in its window.

    The windows are moved towards the end by `shift`; those that lie over the edge are cut there.
    """
    group, inside = [], []
    for at, n, v, s in zip((y, x), grid, window, shift, strict=True):
        moved = (at - s) % n
        group += [moved // v, int(at < s)]
        inside.append(moved % v)
    return tuple(group), inside[0], inside[1]


def recurrent(op: Any, x: Tensor, w: Weights) -> Tensor:
    """Step by step, as PyTorch's pages write it."""
    ends: list[Tensor] = []
    for layer in range(op.layers):
        ends, outs = [], []
        for suffix in ("", "_reverse")[: 1 + op.bidirectional]:
            steps = list(x.unbind(1))
            states = run_cell(op, steps[::-1] if suffix else steps, w, f"l{layer}{suffix}")
            ends.append(states[-1])
            outs.append(torch.stack(states[::-1] if suffix else states, 1))
        x = torch.cat(outs, -1)
    return torch.cat(ends, -1) if op.last else x


def run_cell(op: Any, steps: list[Tensor], w: Weights, name: str) -> list[Tensor]:
    """The hidden states of one layer in one direction."""
    h = c = torch.zeros(len(steps[0]), op.out)
    states = []
    for x in steps:
        a = F.linear(x, w[f"weight_ih_{name}"], w.get(f"bias_ih_{name}"))
        b = F.linear(h, w[f"weight_hh_{name}"], w.get(f"bias_hh_{name}"))
        if op.name == "lstm":
            i, f, g, o = (a + b).chunk(4, -1)
            c = f.sigmoid() * c + i.sigmoid() * g.tanh()
            h = o.sigmoid() * c.tanh()
        elif op.name == "gru":
            (r, z, n), (s, y, m) = a.chunk(3, -1), b.chunk(3, -1)
            new = (n + (r + s).sigmoid() * m).tanh()
            h = new + (z + y).sigmoid() * (h - new)
        else:
            h = (a + b).tanh() if op.act == "tanh" else (a + b).clamp(min=0)
        states.append(h)
    return states


def embed(op: Any, x: Tensor, w: Weights) -> Tensor:
    """Rows of a table."""
    return w["weight"][x]


def posembed(op: Any, x: Tensor, w: Weights) -> Tensor:
    """A vector more at each position."""
    if op.mode == "learned":
        return x + w["weight"]
    y = torch.zeros(x.shape[1:])
    if op.layout == "seq":
        length, features = y.shape
        for i in range(length):
            for j in range(0, features, 2):
                angle = i / 10000 ** (j / features)
                y[i, j], y[i, j + 1] = math.sin(angle), math.cos(angle)
        return x + y
    channels, height, width = y.shape
    quarter = channels // 4
    for j in range(quarter):
        rate = 10000 ** (-j / max(quarter - 1, 1))
        for v in range(height):
            for u in range(width):
                waves = math.sin(u * rate), math.cos(u * rate), math.sin(v * rate)
                for k, wave in enumerate((*waves, math.cos(v * rate))):
                    y[k * quarter + j, v, u] = wave
    return x + y


def cls(op: Any, x: Tensor, w: Weights) -> Tensor:
    """Vectors before the sequence."""
    return torch.cat([w["token"].expand(len(x), -1, -1), x], 1)


MEANING: dict[str, Callable[..., Any]] = {
    "attention": attention,
    "lstm": recurrent,
    "gru": recurrent,
    "rnn": recurrent,
    "embed": embed,
    "posembed": posembed,
    "cls": cls,
}
