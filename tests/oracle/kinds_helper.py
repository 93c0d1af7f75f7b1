"""Runs one layer kind through its PyTorch row, and compares what it says with what torch does."""

from __future__ import annotations

import contextlib
import functools
import random
from collections.abc import Callable, Iterator

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from archdsl.backends.torch.code import Expr, New
from archdsl.backends.torch.prelude import PRELUDE
from archdsl.backends.torch.rows import ROWS
from archdsl.ops.base import Kind
from archdsl.tensor import IMAGE, SEQUENCE, SIGNAL, TOKENS, VECTOR, VOLUME, TensorType

BATCH = 2
MAPS = {1: SIGNAL, 2: IMAGE, 3: VOLUME}


def make(name: str, **attrs: object) -> Kind:
    """The kind of that name with these attributes, converted as the elaborator converts them."""
    kind = Kind.lookup(name)
    assert kind is not None, name
    return kind({key: kind.field(key).convert(value) for key, value in attrs.items()})


def feature_map(channels: int, *spatial: int) -> TensorType:
    """A signal, an image or a volume."""
    return TensorType(MAPS[len(spatial)], (channels, *spatial))


def some_map(rng: random.Random, channels: int | None = None) -> TensorType:
    """A random small signal, image or volume."""
    rank = rng.choice([1, 2, 2, 3])
    top = {1: 12, 2: 9, 3: 6}[rank]
    spatial = (rng.randint(1, top) for _ in range(rank))
    return feature_map(channels or rng.randint(1, 6), *spatial)


def sequence(length: int, features: int) -> TensorType:
    """A sequence."""
    return TensorType(SEQUENCE, (length, features))


def vector(features: int) -> TensorType:
    """A vector."""
    return TensorType(VECTOR, (features,))


def tokens(length: int) -> TensorType:
    """Token ids."""
    return TensorType(TOKENS, (length,))


class Row:
    """A kind's row, constructed: `module` is None for an expression."""

    def __init__(self, op: Kind, inputs: tuple[TensorType, ...]) -> None:
        namespace = prelude_namespace()
        row = ROWS[type(op)](op, inputs)
        self.module: nn.Module | None = None
        self.run: Callable[..., torch.Tensor]
        if isinstance(row, New):
            module = eval(render_new(row), namespace)
            assert isinstance(module, nn.Module)
            self.module = self.run = module
        else:
            names = [f"x{i}" for i in range(len(inputs))]
            self.run = eval(f"lambda {', '.join(names)}: {render_expr(row, names)}", namespace)


@functools.cache
def prelude_namespace() -> dict[str, object]:
    """Names that a generated module has: torch and all prelude classes."""
    namespace: dict[str, object] = {"torch": torch, "nn": nn, "F": F}
    for source, _ in PRELUDE.values():
        exec(source, namespace)
    return namespace


def render_new(row: New) -> str:
    """Source of a constructor call, arguments equal to their default left out."""
    args = [
        f"{arg.name}={arg.value!r}" if arg.name else repr(arg.value)
        for arg in row.args
        if arg.value != arg.default
    ]
    return f"{row.cls}({', '.join(args)})"


def render_expr(row: Expr, names: list[str]) -> str:
    """Source of an expression on the inputs of these names."""
    values = {key: repr(value) for key, value in row.values.items()}
    return row.template.format(*names, all=", ".join(names), **values)


def sample(inputs: tuple[TensorType, ...]) -> tuple[torch.Tensor, ...]:
    """Random tensors of a batch of two."""
    return tuple(torch.randn(BATCH, *x.dims, requires_grad=True) for x in inputs)


def check(op: Kind, inputs: tuple[TensorType, ...]) -> torch.Tensor:
    """Asserts that shape, weights and MACs are those of torch, in training and in eval mode."""
    (expected,) = op.infer(inputs)
    row = Row(op, inputs)
    tensors = sample(inputs)
    with FlopCounterMode(display=False) as counter:
        y = row.run(*tensors)
    assert tuple(y.shape) == (BATCH, *expected.dims), f"{op.text()} on {inputs}"
    assert counter.get_total_flops() == 2 * BATCH * op.macs(inputs), f"{op.text()} on {inputs}"
    held = [(w.name, w.shape, w.role) for w in op.weights(inputs)]
    assert held == list(held_by(row.module)), f"{op.text()} on {inputs}"
    if row.module is not None:
        row.module.eval()
        with torch.no_grad():
            assert row.run(*tensors).shape == y.shape
    return y


def held_by(module: nn.Module | None) -> Iterator[tuple[str, tuple[int, ...], str]]:
    """Name, shape and role of each tensor of a module, in the order of its state_dict."""
    if module is None:
        return
    trained = {name: p.requires_grad for name, p in module.named_parameters()}
    listed = module.state_dict()
    assert set(listed) == {*trained, *(name for name, _ in module.named_buffers())}
    for name, tensor in listed.items():
        role = "buffer" if name not in trained else "param" if trained[name] else "frozen"
        yield name, tuple(tensor.shape), role


def torch_shape(build: Callable[[], nn.Module], x: TensorType) -> tuple[int, ...] | None:
    """Shape that torch's CPU forward gives in training at batch 2.

    None where it refuses, or where the output is empty.
    """
    with contextlib.suppress(RuntimeError, ValueError):
        y = build()(torch.randn(BATCH, *x.dims, requires_grad=True))
        return tuple(y.shape[1:]) if y.numel() else None
    return None
