"""The modules that `gpu.py` compares: torchvision's and ours, eager and compiled, equal weights."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

import archdsl
from archdsl.bench.peers import Peer, find_peer, weights_of
from archdsl.modules import make_module

ROOT = Path(__file__).resolve().parent.parent
EAGER, COMPILED = "torchvision", "torchvision compiled"
PLAIN, OPTIMIZED, BOTH = "ours", "ours optimized", "ours optimized, compiled"
NAMES = (EAGER, COMPILED, PLAIN, OPTIMIZED, BOTH)

TOLERANCE = {torch.float32: 1e-3, torch.bfloat16: 5e-2, torch.float16: 1e-2}
"""How far outputs may lie apart, as a share of the largest number; TF32 is off."""

Compile = Callable[[nn.Module], Any]


class OutputsDiffer(Exception):
    """A contender that does not compute what torchvision's module does: there is no race."""


class Race:
    """One network on one device: all contenders with the weights of torchvision's module."""

    def __init__(
        self, spec: str, device: torch.device, dtype: torch.dtype, compile: Compile
    ) -> None:
        file, _, name = spec.partition(":")
        self.net = archdsl.load(str(ROOT / file), network=name or None)
        self.device, self.dtype, self.compile = device, dtype, compile
        self.peer = self.find()
        self.weights = weights_of(self.peer, self.net.ir, file)

    def find(self) -> Peer:
        """torchvision's module, ready to run."""
        peer = find_peer(self.net.ir)
        if peer is None or peer.library != "torchvision":
            raise SystemExit(f"torchvision has no {self.net.name}, or is not installed")
        peer.module.eval()
        return peer

    def ours(self, **more: Any) -> nn.Module:
        """Our module with torchvision's weights; without a final softmax, as theirs."""
        return make_module(
            self.net.ir,
            self.net.name,
            weights=self.weights,
            logits=True,
            device=self.device,
            dtype=self.dtype,
            **more,
        ).eval()

    def modules(self, batch: int) -> dict[str, Any]:
        """The contenders for batches of that size; compilers see that size only."""
        torch.compiler.reset()
        theirs = self.peer.module.to(device=self.device, dtype=self.dtype)
        fast = {"optimize": "inference", "memory_format": "channels_last"}
        graphs = {"cuda_graphs": (batch,)} if self.device.type == "cuda" else {}
        return {
            EAGER: theirs,
            COMPILED: self.compile(theirs),
            PLAIN: self.ours(),
            OPTIMIZED: self.ours(**fast, **graphs),
            BOTH: self.compile(self.ours(**fast)),
        }

    def runs(self, batch: int) -> dict[str, Callable[[], Tensor]]:
        """A function for each contender that runs it once. Raises OutputsDiffer."""
        x = torch.randn(batch, *self.net.input_shape, device=self.device).to(self.dtype)
        runs = {name: make_run(module, x) for name, module in self.modules(batch).items()}
        self.check({name: run() for name, run in runs.items()})
        return runs

    def check(self, outputs: dict[str, Tensor]) -> None:
        """All outputs are torchvision's, up to rounding."""
        wanted = outputs[EAGER].double()
        largest = wanted.abs().max()
        for name, output in outputs.items():
            apart = float((output.double() - wanted).abs().max() / largest)
            if not apart <= TOLERANCE[self.dtype]:  # a NaN is no agreement
                raise OutputsDiffer(
                    f"{self.net.name}, {name}: outputs are {apart:.1e} of the largest number from"
                    f" torchvision's, and {TOLERANCE[self.dtype]:.0e} is allowed"
                )


def make_run(module: Any, x: Tensor) -> Callable[[], Tensor]:
    """A forward pass without gradients; what it gives is torchvision's logits."""

    def run() -> Tensor:
        with torch.no_grad():
            outputs: Tensor = module(x)
        return outputs

    return run
