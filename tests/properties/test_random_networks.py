"""What the compiler accepts builds and runs, with the shapes and counts that it says.

Random specs of random layers, blocks, joins and repeats; `RANDOM_SPECS=5000` runs more of them.
"""

from __future__ import annotations

import os

import pytest
import torch
from torch import nn

from archdsl.analysis.cost import cost
from archdsl.analysis.walk import layers
from archdsl.backends.torch.code import New
from archdsl.backends.torch.live import build_network
from archdsl.backends.torch.rows import ROWS
from archdsl.ir.model import Network
from archdsl.ir.verify import verify
from archdsl.pipeline import compile_text
from archdsl.source import SourceFile
from tests.properties.random_specs import Writer, grow

COUNT = int(os.environ.get("RANDOM_SPECS", "160"))
CHUNKS = 8


def accepts(text: str) -> bool:
    """Whether the compiler takes the text."""
    return compile_text(SourceFile("random", text))[0] is not None


def small(network: Network) -> bool:
    """Whether it is worth running: no huge layers, a few million parameters at most."""
    total = cost(network.module)
    if total.params > 3e6 or total.macs > 2e8 or total.layers > 400:
        return False
    return all(t.numel < 2e5 for layer in layers(network.module) for t in layer.out_types)


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_accepted_specs_run_as_the_compiler_says(chunk: int) -> None:
    torch.set_num_threads(1)
    ran = 0
    for seed in range(chunk, COUNT, CHUNKS):
        text = Writer(seed).spec() if seed // CHUNKS % 4 == 0 else grow(seed, 8, accepts)
        design, diagnostics = compile_text(SourceFile("random", text))
        assert (design is None) == bool(diagnostics)
        if design is None or not small(design.networks[0]):
            continue
        assert verify(design) == [], text
        try:
            compare(design.networks[0])
        except Exception as error:
            raise AssertionError(f"seed {seed}: {error}\n{text}") from error
        ran += 1
    assert ran > COUNT // CHUNKS // 4


def compare(network: Network) -> None:
    """Counts, and the shape after every layer, in training at batch 2; then one example alone."""
    module = build_network(network, spec_name="random").train()
    total = cost(network.module)
    assert sum(p.numel() for p in module.parameters()) == total.params
    assert sum(p.numel() for p in module.parameters() if p.requires_grad) == total.trainable
    assert sum(b.numel() for b in module.buffers()) == total.buffers
    seen = watch(module)
    x = torch.randn(2, *network.module.inputs[0].type.dims)
    y = module(x)
    assert tuple(y.shape) == (2, *network.module.output_types()[0].dims)
    for layer in layers(network.module):
        if isinstance(ROWS[type(layer.op)](layer.op, layer.in_types), New):
            assert seen[layer.path] == [t.dims for t in layer.out_types], layer.path
    if total.trainable:
        y.sum().backward()
    with torch.no_grad():
        module.eval()(x[:1])


def watch(module: nn.Module) -> dict[str, list[tuple[int, ...]]]:
    """Shapes that come out of every submodule, filled as it runs."""
    seen: dict[str, list[tuple[int, ...]]] = {}

    def hook(path: str) -> object:
        def note(_: nn.Module, __: object, out: object) -> None:
            tensors = out if isinstance(out, tuple) else (out,)
            seen[path] = [tuple(t.shape[1:]) for t in tensors if isinstance(t, torch.Tensor)]

        return note

    for path, child in module.named_modules():
        if path:
            child.register_forward_hook(hook(path))
    return seen
