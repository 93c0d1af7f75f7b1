"""What each layer of a module gives in evaluation, compared with the tests' own interpreter."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from archdsl.backends.torch.code import New
from archdsl.backends.torch.rows import ROWS
from tests.differential.agree import as_list, close, need
from tests.differential.flat import Flat
from tests.differential.meaning import interpret
from tests.differential.reference import Reference

COARSE = 1e10  # of values beyond this a norm may leave nothing but rounding
NEAR = (1e-13, -1e-13, 3e-13, -3e-13, 1e-12, -1e-12)  # how far inputs are moved by rounding
ROUNDING = 1e-15  # what a layer's sums may be wrong by, relatively


class Meant:
    """What the interpreter makes of some weights and inputs: all tensors, by number."""

    def __init__(self, flat: Reference, state: dict[str, Tensor], inputs: list[Tensor]) -> None:
        self.flat = flat
        self.state = state
        self.inputs = inputs
        self.values, self.ran = interpret(flat, state, inputs)

    def is_like(self, number: int, a: Tensor, b: Tensor) -> bool:
        """Whether two values of a tensor differ by no more than rounding would make them."""
        return (
            close(a, b)
            or any(map(self.is_coarse, self.flat.layers))
            or self.is_shaky(number, a - b)
        )

    def is_shaky(self, number: int, difference: Tensor) -> bool:
        """Whether rounding in the inputs, or in each layer, makes as large a difference."""
        wanted = float(difference.abs().max())
        for step in NEAR:
            near = [x * (1 + step) if x.is_floating_point() else x for x in self.inputs]
            if self.moves(number, *interpret(self.flat, self.state, near)) >= wanted:
                return True
        drawn = torch.Generator().manual_seed(0)
        jitter = partial(rounded, drawn)
        return any(
            self.moves(number, *interpret(self.flat, self.state, self.inputs, jitter)) >= wanted
            for _ in NEAR
        )

    def moves(self, number: int, values: dict[int, Tensor], _: object) -> float:
        """How far a tensor lies from its value."""
        return float((values[number] - self.values[number]).abs().max())

    def is_coarse(self, layer: Flat) -> bool:
        """Whether a norm subtracts from huge values their mean."""
        read = (self.values[i] for i in layer.inputs)
        return layer.op.family == "norm" and any(float(v.abs().max()) > COARSE for v in read)

    def outputs(self) -> list[Tensor]:
        """What the network gives in evaluation."""
        return [self.values[v] for _, v, training in self.flat.outputs if not training]


def rounded(drawn: torch.Generator, y: Tensor) -> Tensor:
    """A tensor whose elements differ by up to a few units in the last place."""
    if not y.is_floating_point():
        return y
    return y * (1 + ROUNDING * (2 * torch.rand(y.shape, generator=drawn) - 1))


def check_values(module: nn.Module, meant: Meant) -> list[Tensor]:
    """In eval mode each layer gives the shape that the IR says and the values of its meaning.

    Gives the outputs.
    """
    flat, inputs = meant.flat, meant.inputs
    module.eval()
    with torch.no_grad():
        seen = watch(module, {layer.kept for layer in flat.layers})
        outputs = as_list(module(*inputs))
        twice = as_list(module(*(torch.cat([x, x.flip(0)]) for x in inputs)))
    check_layers(meant, seen)
    kept = [value for _, value, training in flat.outputs if not training]
    for value, y, both in zip(kept, outputs, twice, strict=True):
        need(meant.is_like(value, meant.values[value], y), "values of an output differ")
        need(both.shape == (2 * len(y), *y.shape[1:]), "twice the batch has another shape")
        right = meant.is_like(value, y, both[: len(y)])
        need(right, "twice the batch changes its first half")
    return outputs


def check_layers(meant: Meant, seen: dict[str, list[Tensor]]) -> None:
    """Shapes and values of each layer; `seen` is what its submodule gave, call by call."""
    live = evaluated(meant.flat)
    kinds = {layer.path: layer.op.name for layer, _ in meant.ran}
    batch = len(meant.inputs[0])
    for layer, outs in meant.ran:
        where = f"{layer.path}: {layer.op.text()} on {', '.join(map(str, layer.in_types))}"
        shapes = [tuple(y.shape) for y in outs]
        need(shapes == [(batch, *t.dims) for t in layer.out_types], f"{where} gives {shapes}")
        if not layer_is_module(layer, kinds) or not live.intersection(layer.outputs):
            continue  # it is no submodule, or runs in training only
        got = seen.get(layer.kept, [])
        need(bool(got), f"{where} did not run")
        for number, y, z in zip(layer.outputs, outs, as_list(got.pop(0)), strict=True):
            alike = close(y, z) or meant.is_coarse(layer) or meant.is_shaky(number, y - z)
            need(alike, f"{where}: values differ")


def evaluated(flat: Reference) -> set[int]:
    """The tensors that outputs need outside of training."""
    live = {value for _, value, training in flat.outputs if not training}
    for layer in reversed(flat.layers):
        if live.intersection(layer.outputs):
            live.update((*layer.inputs, *layer.outputs))
    return live


def layer_is_module(layer: Any, kinds: dict[str, str]) -> bool:
    """Whether the source runs a submodule for the layer (the FC of a tied embedding has none)."""
    if layer.op.name == "FC" and kinds.get(layer.weights) == "embed":
        return False
    return isinstance(ROWS[type(layer.op)](layer.op, layer.in_types), New)


def watch(module: nn.Module, paths: set[object]) -> dict[str, list[Tensor]]:
    """What every submodule of these paths gives, in the order of its calls."""
    seen: dict[str, list[Tensor]] = {}

    def hook(path: str) -> Callable[..., None]:
        def note(_: nn.Module, __: object, out: Any) -> None:
            seen.setdefault(path, []).append(out.clone() if isinstance(out, Tensor) else out)

        return note

    for path, child in module.named_modules():
        if path in paths:
            child.register_forward_hook(hook(path))
    return seen
