"""A PyTorch network that archdsl wrote from its specification.

Very deep 'VGG'
with \\ and ''' in its text

Network: VGG-E
Source: specs/test.arch
Shapes: 3x32x32 -> 10, without the batch
Parameters: 42,066
Multiply-accumulates: 2,908,480 in convolutions and linear layers
"""

import torch
from torch import nn


class ConvReLU(nn.Sequential):
    """3x32x32 -> 8x32x32 and 3 others."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel_size=3, padding=1)
        self.relu = nn.ReLU(inplace=True)


class VGG_E(nn.Sequential):
    """3x32x32 -> 10."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Sequential(ConvReLU(3, 8), ConvReLU(8, 8))  # 8x32x32
        self.maxpool = nn.MaxPool2d(kernel_size=2, stride=2)  # 8x16x16
        # 16x16x16
        self.conv2 = nn.Sequential(
            ConvReLU(8, 16),
            *[ConvReLU(16, 16) for _ in range(3)],
        )
        self.maxpool2 = nn.MaxPool2d(kernel_size=2, stride=2)  # 16x8x8
        self.flatten = nn.Flatten()  # 1024
        self.fc = nn.Linear(1024, 32)
        self.relu = nn.ReLU(inplace=True)
        self.dropout = nn.Dropout(p=0.5)
        self.fc2 = nn.Linear(32, 10)
        self.softmax = nn.Softmax(dim=1)


def build(
    device: torch.device | str | None = None, dtype: torch.dtype | None = None
) -> VGG_E:
    """The network with fresh weights, on that device and of that type."""
    with torch.device(device or torch.get_default_device()):
        return VGG_E().to(dtype=dtype)


def self_check() -> None:
    """Runs the network on random input; counts and shapes must be the spec's."""
    net = build().eval()
    params = sum(p.numel() for p in net.parameters())
    buffers = sum(b.numel() for b in net.buffers())
    if (params, buffers) != (42_066, 0):
        raise SystemExit(f"wrong: {params:,} parameters, {buffers:,} in buffers")
    with torch.no_grad():
        output = net(torch.randn(2, 3, 32, 32))
    if tuple(output.shape) != (2, 10):
        raise SystemExit(f"wrong: the output is {tuple(output.shape)}")
    print("OK: VGG-E, 42,066 parameters, output 10")


if __name__ == "__main__":
    self_check()
