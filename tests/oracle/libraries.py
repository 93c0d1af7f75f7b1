"""torchvision's and timm's networks with random weights, and ours with the same ones."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from archdsl.backends.torch.live import build_network
from archdsl.ir.model import Network
from archdsl.weights.port import port
from tests.oracle.pairs import Pair
from tests.oracle.reference import load, trim


def torchvision_models() -> Any:
    """`torchvision.models`; its compiled operators may be missing, so two are declared for it."""
    try:
        from torchvision import models
    except RuntimeError:
        library = torch.library.Library("torchvision", "FRAGMENT")
        library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        STUBS.append(library)
        from torchvision import models
    return models


STUBS: list[torch.library.Library] = []


def create_torchvision(pair: Pair) -> nn.Module:
    """torchvision's model of a pair."""
    model: nn.Module = torchvision_models().get_model(pair.model, weights=None, **pair.options)
    return model


def create_timm(pair: Pair) -> nn.Module:
    """timm's model of a pair; timm imports torchvision."""
    torchvision_models()
    import timm

    model: nn.Module = timm.create_model(pair.model, pretrained=False, **pair.options)
    return model


def compare_outputs(pair: Pair, model: nn.Module) -> tuple[float, float]:
    """Largest difference of our outputs from the model's, and what an input makes out there.

    Both have the same random weights and run on a batch of two in eval mode; with heads also as
    in training, but with dropout off and normalization as in eval mode. The second figure is the
    largest difference between the two examples, for the output where that is smallest.
    """
    network = load(pair.spec)
    draw = torch.Generator().manual_seed(0)
    x = torch.randn(2, *network.module.inputs[0].type.dims, generator=draw)
    settle(randomize(model), x)
    net = build_network(network, spec_name=pair.spec, logits=True, device="meta").eval()
    give(pair, network, model, net)
    sides = [(run(net, x), run(model, x))]
    if pair.heads:
        heads = run(model, x, training=True)
        wanted = [getattr(heads, head) for head in pair.heads]
        sides += zip(run(net, x, training=True), wanted, strict=True)
    assert all(a.shape == b.shape for a, b in sides)
    difference = max(float((a - b).abs().max()) for a, b in sides)
    return difference, min(float((b[0] - b[1]).abs().max()) for _, b in sides)


def run(module: nn.Module, x: Tensor, training: bool = False) -> Any:
    """The outputs; those of training come from the outermost module alone."""
    module.training = training
    with torch.no_grad():
        return module(x)


def give(pair: Pair, network: Network, model: nn.Module, net: nn.Module) -> None:
    """Gives our module the tensors of the library's."""
    if pair.ported:
        net.load_state_dict(port(network, net, model.state_dict()).tensors, assign=True)
    else:
        copy_by_order(model, net)


def copy_by_order(source: nn.Module, target: nn.Module) -> None:
    """Gives `target` the tensors of `source`: the n-th is the n-th, whatever their names."""
    given, wanted = source.state_dict(), target.state_dict()
    state = {}
    for (key, held), tensor in zip(wanted.items(), given.values(), strict=True):
        assert trim(tuple(held.shape)) == trim(tuple(tensor.shape)), key
        state[key] = tensor.reshape(held.shape)
    target.load_state_dict(state, assign=True)


def settle(model: nn.Module, x: Tensor) -> None:
    """Gives BatchNorms the statistics of a batch, so that outputs are neither huge nor constant."""
    model.eval()
    for norm in model.modules():
        if isinstance(norm, nn.BatchNorm2d):
            norm.train()
            norm.momentum = 1.0
    with torch.no_grad():
        model(x)
    model.eval()


def randomize(module: nn.Module, seed: int = 1) -> nn.Module:
    """Random weights and statistics that keep the scale of what passes through."""
    draw = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for key, tensor in module.state_dict().items():
            if tensor.is_floating_point():
                tensor.copy_(_drawn(key, tensor, draw))
    return module


def _drawn(key: str, tensor: Tensor, draw: torch.Generator) -> Tensor:
    if key.endswith("running_var"):
        return torch.rand(tensor.shape, generator=draw) + 0.5
    if tensor.dim() > 1:
        return torch.randn(tensor.shape, generator=draw) * (2 / tensor[0].numel()) ** 0.5
    noise = torch.randn(tensor.shape, generator=draw) * 0.1
    return noise + 1 if key.endswith("weight") else noise


def without_dropout(module: nn.Module) -> nn.Module:
    """The module with every dropout off, in training too."""
    for part in module.modules():
        if isinstance(part, nn.Dropout):
            part.p = 0.0
    return module
