"""A PyTorch network that archdsl wrote from its specification.

Network: GoogLeNet
Source: specs/test.arch
Shapes: 3x16x16 -> 10, 5, without the batch
Parameters: 3,113
Multiply-accumulates: 701,710 in convolutions and linear layers
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn


class Inception(nn.Module):
    """8x16x16 -> 16x16x16 and 2 others."""

    def __init__(self, in_channels: int, n1: int, n3: int, n5: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, n1, kernel_size=1)
        self.conv2 = nn.Conv2d(in_channels, n3, kernel_size=1)
        self.relu = nn.ReLU(inplace=True)
        self.conv3 = nn.Conv2d(n3, n3, kernel_size=3, padding=1)
        self.conv4 = nn.Conv2d(in_channels, n5, kernel_size=1)
        self.conv5 = nn.Conv2d(n5, n5, kernel_size=5, padding=2)
        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=1, padding=1)
        self.conv6 = nn.Conv2d(in_channels, 4, kernel_size=1)

    def forward(self, x: Tensor) -> Tensor:
        x1 = self.conv(x)
        x2 = self.relu(self.conv2(x))
        x2 = self.conv3(x2)
        x3 = self.conv4(x)
        x3 = self.conv5(x3)
        x = self.maxpool(x)
        x = self.conv6(x)  # 4x16x16
        return torch.cat((x1, x2, x3, x), dim=1)


class GoogLeNetTrainingOutput(NamedTuple):
    """What GoogLeNet returns in training."""

    main: Tensor  # 10
    aux1: Tensor  # 5, weight 0.3 in the loss


class GoogLeNet(nn.Module):
    """3x16x16 -> 10, 5."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, kernel_size=3, padding=1)
        self.i3a = Inception(8, n1=4, n3=6, n5=2)
        self.i3b = Inception(16, n1=8, n3=6, n5=4)
        self.gap = nn.AdaptiveAvgPool2d(1)
        self.flatten = nn.Flatten()
        self.head_fc = nn.Linear(22, 5)
        self.head_softmax = nn.Softmax(dim=1)
        self.i4a = Inception(22, n1=4, n3=4, n5=4)
        self.gap2 = nn.AdaptiveAvgPool2d(1)
        self.flatten2 = nn.Flatten()
        self.fc = nn.Linear(16, 10)
        self.softmax = nn.Softmax(dim=1)

    def forward(self, x: Tensor) -> GoogLeNetTrainingOutput | Tensor:
        x = self.conv(x)  # 8x16x16
        x = self.i3a(x)  # 16x16x16
        i3b = self.i3b(x)  # 22x16x16
        if self.training:
            x = self.gap(i3b)  # 22x1x1
            x = self.head_fc(self.flatten(x))  # 5
            aux1 = self.head_softmax(x)
        x = self.i4a(i3b)  # 16x16x16
        x = self.gap2(x)  # 16x1x1
        x = self.fc(self.flatten2(x))  # 10
        main = self.softmax(x)
        if self.training:
            return GoogLeNetTrainingOutput(main, aux1)
        return main


def build(
    device: torch.device | str | None = None, dtype: torch.dtype | None = None
) -> GoogLeNet:
    """The network with fresh weights, on that device and of that type."""
    with torch.device(device or torch.get_default_device()):
        return GoogLeNet().to(dtype=dtype)


def self_check() -> None:
    """Runs the network on random input; counts and shapes must be the spec's."""
    net = build().eval()
    params = sum(p.numel() for p in net.parameters())
    buffers = sum(b.numel() for b in net.buffers())
    if (params, buffers) != (3_113, 0):
        raise SystemExit(f"wrong: {params:,} parameters, {buffers:,} in buffers")
    modes = ((False, ((2, 10),)), (True, ((2, 10), (2, 5))))
    for training, expected in modes:
        with torch.no_grad():
            outputs = net.train(training)(torch.randn(2, 3, 16, 16))
        if isinstance(outputs, Tensor):
            outputs = (outputs,)
        shapes = tuple(tuple(y.shape) for y in outputs)
        if shapes != expected:
            raise SystemExit(f"wrong: the outputs are {shapes}, not {expected}")
    print("OK: GoogLeNet, 3,113 parameters, output 10 and 5")


if __name__ == "__main__":
    self_check()
