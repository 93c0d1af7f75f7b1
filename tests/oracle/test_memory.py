"""What reports say of training memory, and what autograd and the optimizers really keep."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import torch

import archdsl
from archdsl.analysis.memory import OPTIMIZERS, memory

NETWORKS = {
    "squeezenet.arch": "SqueezeNet-1_1",
    "resnet.arch": "ResNet-18",
    "googlenet.arch": "GoogLeNet-deploy",
    "mobilenet.arch": "MobileNetV2",
    "vit.arch": "ViT-Ti16",
}
TOLERANCE = 0.015  # BatchNorm's batch statistics; dropout's mask, a float on the CPU
MAKERS: dict[str, Callable[[Iterator[torch.nn.Parameter]], torch.optim.Optimizer]] = {
    "sgd": lambda weights: torch.optim.SGD(weights, 0.1),
    "momentum": lambda weights: torch.optim.SGD(weights, 0.1, momentum=0.9),
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "adadelta": torch.optim.Adadelta,
    "rmsprop": torch.optim.RMSprop,
    "adagrad": torch.optim.Adagrad,
}


@pytest.mark.parametrize("spec", NETWORKS)
def test_kept_activations_are_those_of_autograd(spec: str) -> None:
    net = archdsl.load(f"specs/{spec}", network=NETWORKS[spec])
    module = net.module()
    module.train()
    weights = [*module.parameters(), *module.buffers()]
    own = {tensor.untyped_storage().data_ptr() for tensor in weights}
    kept: dict[int, torch.Tensor] = {}

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        kept[tensor.untyped_storage().data_ptr()] = tensor
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        module(torch.randn(1, 3, 224, 224))
    sizes = {at: tensor.untyped_storage().nbytes() for at, tensor in kept.items()}
    measured = sum(size for at, size in sizes.items() if at not in own)
    assert memory(net.ir.module).saved == pytest.approx(measured, rel=TOLERANCE)


@pytest.mark.parametrize("name", MAKERS)
def test_optimizers_keep_as_many_numbers_as_stated(name: str) -> None:
    net = archdsl.loads("input 3x8x8\nconv3-4, relu, gap, FC-2\n")
    module = net.module()
    optimizer = MAKERS[name](module.parameters())
    module(torch.randn(2, 3, 8, 8)).sum().backward()
    optimizer.step()
    measured = sum(
        value.nbytes
        for weight, state in optimizer.state.items()
        for value in state.values()
        if isinstance(value, torch.Tensor) and value.shape == weight.shape
    )
    assert memory(net.ir.module, states=OPTIMIZERS[name]).optimizer == measured
