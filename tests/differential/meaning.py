"""What every kind computes in eval mode, in plain PyTorch functions: the tests' own interpreter."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from archdsl.ops.base import Kind
from archdsl.tensor import AXES, TensorType
from tests.differential import meaning_maps, meaning_seq
from tests.differential.flat import Flat
from tests.differential.reference import Reference

Weights = dict[str, Tensor]


class Given:
    """The attributes of a layer, with the layouts of what comes in."""

    def __init__(self, op: Kind, types: tuple[TensorType, ...]) -> None:
        self.__dict__.update(op.__dict__)
        self.name = op.name
        self.layout = types[0].layout
        self.other = types[-1].layout
        self.types = types
        self.start = self.__dict__.get("from", self.__dict__.get("start"))


def interpret(
    flat: Reference,
    state: dict[str, Tensor],
    inputs: list[Tensor],
    rounded: Callable[[Tensor], Tensor] = lambda y: y,
) -> tuple[dict[int, Tensor], list[tuple[Flat, list[Tensor]]]]:
    """All tensors of a network by number, and what each layer gives, in order.

    `rounded` is applied to every tensor that a layer gives.
    """
    values = dict(enumerate(inputs))
    ran = []
    for layer in flat.layers:
        stem = f"{layer.weights}."
        held = {n[len(stem) :]: t for n, t in state.items() if n.startswith(stem)}
        given = Given(layer.op, layer.in_types)
        made = MEANING[layer.op.name](
            given,
            *(values[i] for i in layer.inputs[:1]),
            held,
            *(values[i] for i in layer.inputs[1:]),
        )
        outs = [rounded(y) for y in (made if isinstance(made, (tuple, list)) else [made])]
        values.update(zip(layer.outputs, outs, strict=True))
        ran.append((layer, outs))
    return values, ran


def axis(op: Any, word: str) -> int:
    """Where an axis stands, the batch counted."""
    letter = "c" if word in ("channels", "features") else word
    return AXES[op.layout].index(letter) + 1


def channel(op: Any) -> int:
    """Where the channels or features stand."""
    return axis(op, "channels")


def along(v: Tensor, x: Tensor, at: int) -> Tensor:
    """A vector laid along one axis of a tensor."""
    return v.view([-1 if i == at else 1 for i in range(x.dim())])


def bn(op: Any, x: Tensor, w: Weights) -> Tensor:
    """With the running statistics."""
    at = axis(op, op.axis)
    y = (x - along(w["running_mean"], x, at)) / (along(w["running_var"], x, at) + op.eps).sqrt()
    return y * along(w["weight"], x, at) + along(w["bias"], x, at) if op.affine else y


def ln(op: Any, x: Tensor, w: Weights) -> Tensor:
    """Over an axis or all of them."""
    over = list(range(1, x.dim())) if op.axis == "all" else [axis(op, op.axis)]
    centred = x - x.mean(over, keepdim=True)
    y = centred / (centred.square().mean(over, keepdim=True) + op.eps).sqrt()
    if not op.affine:
        return y
    put = (lambda v: v) if op.axis == "all" else functools.partial(along, x=x, at=over[0])
    return y * put(w["weight"]) + (put(w["bias"]) if op.bias else 0)


def rmsnorm(op: Any, x: Tensor, w: Weights) -> Tensor:
    """By the root of the mean of squares."""
    at = channel(op)
    y = x / (x.square().mean(at, keepdim=True) + op.eps).sqrt()
    return y * along(w["weight"], x, at) if op.affine else y


def gn(op: Any, x: Tensor, w: Weights) -> Tensor:
    """Over all positions of a part of the channels."""
    at = channel(op)
    parts = []
    for part in x.chunk(op.groups, at):
        over = list(range(1, x.dim()))
        mean, var = part.mean(over, keepdim=True), part.var(over, correction=0, keepdim=True)
        parts.append((part - mean) / (var + op.eps).sqrt())
    y = torch.cat(parts, at)
    return y * along(w["weight"], x, at) + along(w["bias"], x, at) if op.affine else y


def fc(op: Any, x: Tensor, w: Weights) -> Tensor:
    """A matrix and a bias."""
    return F.linear(x, w["weight"], w.get("bias"))


def rbf(op: Any, x: Tensor, w: Weights) -> Tensor:
    """Squared distances, one vector after the other."""
    return torch.stack([(x - row).square().sum(-1) for row in w["weight"]], -1)


def shuffle(op: Any, x: Tensor, w: Weights) -> Tensor:
    """Groups x n to n x groups."""
    at = channel(op)
    n = x.shape[at] // op.groups
    order = [g * n + i for i in range(n) for g in range(op.groups)]
    return x.index_select(at, torch.tensor(order))


def split(op: Any, x: Tensor, w: Weights) -> tuple[Tensor, ...]:
    """Parts of an axis."""
    at = axis(op, op.axis)
    if isinstance(op.parts, int):
        return x.chunk(op.parts, at)
    return x.split(list(op.parts), at)


def slice_(op: Any, x: Tensor, w: Weights) -> Tensor:
    """Some places of an axis."""
    at = axis(op, op.axis)
    stop = x.shape[at] if op.to is None else op.to
    return x.index_select(at, torch.arange(op.start, stop))


def pool_all(op: Any, x: Tensor, w: Weights) -> Tensor:
    """The mean or the maximum over all positions."""
    call = "mean" if op.name == "gap" else "amax"
    over = [1] if op.layout == "seq" else list(range(2, x.dim()))
    made: Tensor = getattr(x, call)(over, keepdim=op.layout != "seq")
    return made


def permute(op: Any, x: Tensor, w: Weights) -> Tensor:
    """Axes in another order."""
    return x.permute(0, *(AXES[op.layout].index(letter) + 1 for letter in op.order))


def join(combine: Callable[[Tensor, Tensor], Tensor]) -> Callable[..., Tensor]:
    """One after the other, element by element; a vector goes over all positions."""

    def run(op: Any, x: Tensor, w: Weights, *more: Tensor) -> Tensor:
        given = [x, *more]
        wide = max(op.types, key=lambda t: len(t.dims))
        lifted = []
        for t, type in zip(given, op.types, strict=True):
            if type.layout == "vector" != wide.layout:
                at = 2 if wide.layout == "seq" else 1
                sizes = [-1 if i == at else 1 for i in range(1, len(wide.dims) + 1)]
                lifted.append(t.view([len(t), *sizes]))
            else:
                lifted.append(t)
        return functools.reduce(combine, lifted)

    return run


def mean(op: Any, x: Tensor, w: Weights, *more: Tensor) -> Tensor:
    """The sum by the number of tensors."""
    total: Tensor = join(torch.add)(op, x, w, *more)
    return total / (1 + len(more))


def elementwise(call: Callable[..., Tensor], *names: str) -> Callable[..., Tensor]:
    """A function of the elements, some attributes given to it by place."""
    return lambda op, x, w: call(x, *(getattr(op, n) for n in names))


def keep(op: Any, x: Tensor, w: Weights) -> Tensor:
    """What comes in."""
    return x


MEANING: dict[str, Callable[..., Any]] = {
    **meaning_maps.MEANING,
    **meaning_seq.MEANING,
    "identity": keep,
    "dropout": keep,
    "droppath": keep,
    "relu": lambda op, x, w: x.clamp(min=0),
    "relu6": lambda op, x, w: x.clamp(0, 6),
    "leakyrelu": lambda op, x, w: torch.where(x > 0, x, op.slope * x),
    "prelu": lambda op, x, w: torch.where(x > 0, x, along(w["weight"], x, channel(op)) * x),
    "elu": lambda op, x, w: torch.where(x > 0, x, op.alpha * torch.expm1(x)),
    "selu": elementwise(F.selu),
    "gelu": lambda op, x, w: F.gelu(x, approximate=op.approx),
    "silu": lambda op, x, w: x * x.sigmoid(),
    "hardswish": lambda op, x, w: x * (x + 3).clamp(0, 6) / 6,
    "hardsigmoid": lambda op, x, w: (x + 3).clamp(0, 6) / 6,
    "sigmoid": elementwise(torch.sigmoid),
    "tanh": elementwise(torch.tanh),
    "scaledtanh": lambda op, x, w: 1.7159 * (2 * x / 3).tanh(),
    "mish": lambda op, x, w: x * F.softplus(x).tanh(),
    "softplus": lambda op, x, w: F.softplus(x, op.beta),
    "abs": elementwise(torch.abs),
    "zero": elementwise(torch.zeros_like),
    "softmax": lambda op, x, w: x.softmax(axis(op, op.axis)),
    "logsoftmax": lambda op, x, w: x.log_softmax(axis(op, op.axis)),
    "glu": lambda op, x, w: F.glu(x, axis(op, op.axis)),
    "bn": bn,
    "ln": ln,
    "rmsnorm": rmsnorm,
    "gn": gn,
    "FC": fc,
    "rbf": rbf,
    "affine": lambda op, x, w: (
        x * along(w["weight"], x, channel(op)) + along(w["bias"], x, channel(op))
    ),
    "layerscale": lambda op, x, w: x * along(w["weight"], x, channel(op)),
    "scale": lambda op, x, w: x * op.value,
    "flatten": lambda op, x, w: x.reshape(len(x), -1),
    "reshape": lambda op, x, w: x.reshape(len(x), *meaning_maps.each(op.size, 1)),
    "permute": permute,
    "transpose": lambda op, x, w: x.transpose(-1, -2),
    "tokens": lambda op, x, w: x.flatten(2).transpose(1, 2),
    "untokens": lambda op, x, w: x.transpose(1, 2).reshape(
        len(x), -1, *meaning_maps.each(op.grid, 1)
    ),
    "at": lambda op, x, w: x[:, op.index],
    "shuffle": shuffle,
    "split": split,
    "slice": slice_,
    "gap": pool_all,
    "gmp": pool_all,
    "concat": lambda op, x, w, *more: torch.cat([x, *more], axis(op, op.axis)),
    "add": join(torch.add),
    "sub": join(torch.sub),
    "mul": join(torch.mul),
    "max": join(torch.maximum),
    "mean": mean,
}
