"""Analyses a network with one peer and prints its CPU milliseconds as JSON.

`python peers.py PEER NETWORK [SECONDS]`: PEER is torchinfo, fvcore, torchview, torch.export or
hooks, NETWORK a torchvision builder or `chain:N`. Models stand on the meta device, so no weight is
made; fvcore's tracer does not work there, so it gets memory that nobody filled. Without SECONDS the
analysis runs once, for timing the whole process; exit code 3: something is missing.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from measure import time_calls

if TYPE_CHECKING:
    import torch

MISSING = 3


def main(peer: str, network: str, seconds: float | None) -> int:
    """Measures one peer on one network; returns the exit code."""
    try:
        analyse = PEERS[peer]
        model, shape = build(network)
        if seconds is None:
            analyse(model, shape)
        else:
            median, least = time_calls(lambda: analyse(model, shape), seconds, least=3)
            print(json.dumps({"ms": median * 1000, "least": least * 1000}))
    except ModuleNotFoundError as error:
        print(f"{peer}: {error}", file=sys.stderr)
        return MISSING
    return 0


def build(network: str) -> tuple[torch.nn.Module, tuple[int, ...]]:
    """A model on the meta device in eval mode, and the shape of its input with a batch of one."""
    import torch

    with torch.device("meta"):
        if network.startswith("chain:"):
            layers = (torch.nn.Conv2d(8, 8, 3, padding=1) for _ in range(int(network[6:])))
            return torch.nn.Sequential(*layers).eval(), (1, 8, 32, 32)
        # The registry's torchvision is built for CUDA: next to a CPU build of torch its
        # operators do not load, and it refuses to be imported unless somebody declares them.
        stub = torch.library.Library("torchvision", "DEF")
        for name in ("nms", "qnms"):
            stub.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        import torchvision

        options = {"init_weights": False} if network in ("vgg19", "googlenet") else {}
        model = torchvision.models.get_model(network, weights=None, **options)
        return model.eval(), (1, 3, 224, 224)


def run_torchinfo(model: torch.nn.Module, shape: tuple[int, ...]) -> None:
    """Layers, shapes, parameters and multiply-adds."""
    import torchinfo

    torchinfo.summary(model, input_size=shape, device="meta", verbose=0)


def run_fvcore(model: torch.nn.Module, shape: tuple[int, ...]) -> None:
    """Parameters and MACs per module, from a trace that computes."""
    import torch
    from fvcore.nn import FlopCountAnalysis, parameter_count

    model = model.to_empty(device="cpu")
    analysis = FlopCountAnalysis(model, torch.empty(shape))
    analysis.unsupported_ops_warnings(False).uncalled_modules_warnings(False)
    analysis.total()
    parameter_count(model)


def run_torchview(model: torch.nn.Module, shape: tuple[int, ...]) -> None:
    """The graph, without dot's drawing."""
    import torchview

    torchview.draw_graph(model, input_size=shape, device="meta")


def run_export(model: torch.nn.Module, shape: tuple[int, ...]) -> None:
    """The graph with all shapes."""
    import torch

    torch.export.export(model, (torch.empty(shape, device="meta"),))


def run_hooks(model: torch.nn.Module, shape: tuple[int, ...]) -> None:
    """What one writes by hand: a forward hook on each module that notes its output's shape."""
    import torch

    shapes: list[tuple[int, ...]] = []

    def note(_module: object, _inputs: object, output: torch.Tensor) -> None:
        shapes.append(tuple(output.shape))

    leaves = [m for m in model.modules() if not list(m.children())]
    hooks = [m.register_forward_hook(note) for m in leaves]
    with torch.no_grad():
        model(torch.empty(shape, device="meta"))
    for hook in hooks:
        hook.remove()
    sum(p.numel() for p in model.parameters())


PEERS: dict[str, Callable[[torch.nn.Module, tuple[int, ...]], None]] = {
    "torchinfo": run_torchinfo,
    "fvcore": run_fvcore,
    "torchview": run_torchview,
    "torch.export": run_export,
    "hooks": run_hooks,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], float(sys.argv[3]) if len(sys.argv) > 3 else None))
