"""Every network of `specs/`, built and run: shapes, counts, self-check, equal text every time.

Small networks run on the CPU, large ones on the meta device (shapes without numbers), or on the
CPU as well when `ORACLE=all` is set (`make oracle-all`).
"""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from archdsl.analysis.cost import cost
from archdsl.analysis.walk import layers
from archdsl.backends.torch.code import New
from archdsl.backends.torch.live import build_network
from archdsl.backends.torch.rows import ROWS
from archdsl.backends.torch.source import emit
from archdsl.ir.model import Network
from archdsl.tensor import TOKENS, TensorType
from tests.oracle.reference import ROOT, load, networks

ALL = os.environ.get("ORACLE") == "all"
BATCH = 2
Shapes = tuple[tuple[int, ...], ...]


def find_specs() -> list[str]:
    """`specs/x.arch:NETWORK` of every network; a file that is wrong stands for itself."""
    out = []
    for path in sorted((ROOT / "specs").glob("*.arch")):
        file = f"specs/{path.name}"
        try:
            out += [f"{file}:{network.name}" for network in networks(file)]
        except ValueError:
            out.append(file)  # its tests fail and say why
    return out


SPECS = find_specs()


def is_small(network: Network) -> bool:
    """Whether it runs in about a second; the meta device takes longer for many small layers."""
    total = cost(network.module)
    return total.total_macs < 3_000_000_000 and total.params < 30_000_000


def example(x: TensorType, device: str) -> Tensor:
    """An input of a batch of two."""
    if x.layout == TOKENS:
        return torch.ones(BATCH, *x.dims, dtype=torch.int64, device=device)
    return torch.randn(BATCH, *x.dims, device=device)


def expected_calls(network: Network) -> Counter[tuple[str, Shapes]]:
    """Path and output shapes of every run of a layer that is a module with weights of its own."""
    return Counter(
        (layer.path, tuple(x.dims for x in layer.out_types))
        for layer in layers(network.module)
        if layer.copies and isinstance(ROWS[type(layer.op)](layer.op, layer.in_types), New)
    )


def calls(net: nn.Module, paths: set[str], inputs: list[Tensor]) -> Counter[tuple[str, Shapes]]:
    """Path and output shapes, without the batch, of every run of a module at one of `paths`."""
    seen: Counter[tuple[str, Shapes]] = Counter()

    def watch(path: str) -> None:
        def hook(module: nn.Module, got: object, made: Tensor | tuple[Tensor, ...]) -> None:
            made = (made,) if isinstance(made, Tensor) else made
            seen[path, tuple(tuple(y.shape[1:]) for y in made)] += 1

        net.get_submodule(path).register_forward_hook(hook)

    for path in paths:
        watch(path)
    with torch.no_grad():
        net(*inputs)
    return seen


@pytest.mark.parametrize("spec", SPECS)
def test_layers_put_out_what_is_said(spec: str) -> None:
    network = load(spec)
    device = "cpu" if ALL or is_small(network) else "meta"
    net = build_network(network, spec_name=spec, device=device)
    net.train(any(output.train_only for output in network.module.outputs))
    wanted = expected_calls(network)
    inputs = [example(port.type, device) for port in network.module.inputs]
    seen = calls(net, {path for path, _ in wanted}, inputs)
    # A module whose weights others share runs for them as well.
    assert not wanted - seen
    if all(layer.node.shares is None and layer.copies for layer in layers(network.module)):
        assert seen == wanted


@pytest.mark.parametrize("spec", SPECS)
def test_counts(spec: str) -> None:
    network = load(spec)
    net = build_network(network, spec_name=spec, device="meta")
    total = cost(network.module)
    assert sum(p.numel() for p in net.parameters()) == total.params
    assert sum(p.numel() for p in net.parameters() if p.requires_grad) == total.trainable
    assert sum(b.numel() for b in net.buffers()) == total.buffers


@pytest.mark.parametrize("spec", SPECS)
def test_self_check(spec: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    network = load(spec)
    file = tmp_path / "network.py"
    file.write_text(emit(network, spec_name=spec), encoding="utf-8")
    if ALL:
        subprocess.run([sys.executable, "-I", str(file)], check=True, cwd=tmp_path)
    elif is_small(network):
        runpy.run_path(str(file), run_name="__main__")
    else:
        # Builds and runs where only shapes are computed.
        with torch.device("meta"):
            runpy.run_path(str(file), run_name="__main__")
    assert (
        f"OK: {network.name}, {cost(network.module).params:,} parameters" in capfd.readouterr().out
    )


EMIT_ALL = """
import sys
from hashlib import sha256
from archdsl.backends.torch.source import emit
from tests.oracle.reference import load
for spec in sys.stdin.read().split():
    network = load(spec)
    first, second = emit(network, spec_name=spec), emit(network, spec_name=spec)
    print(spec, sha256(first.encode()).hexdigest(), first == second)
"""


def test_emission_is_the_same_every_time() -> None:
    """The text depends on the spec alone: not on what ran before, nor on the order of sets."""
    texts = []
    for seed, specs in (("1", SPECS), ("2", SPECS[::-1])):
        done = subprocess.run(
            [sys.executable, "-c", EMIT_ALL],
            input="\n".join(specs),
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        texts.append(sorted(done.stdout.splitlines()))
    assert [line.split()[::2] for line in texts[0]] == [[spec, "True"] for spec in sorted(SPECS)]
    assert texts[0] == texts[1]
