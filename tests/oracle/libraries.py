"""torchvision's networks with random weights, for tests that port them."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


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
