"""A PyTorch network that archdsl wrote from its specification.

Network: splitter
Source: specs/test.arch
Shapes: 4x8x8 -> 8x8x8, without the batch
Parameters: 516
Multiply-accumulates: 27,712 in convolutions and linear layers
"""

import torch
from torch import Tensor, nn


class Splitter(nn.Module):
    """4x8x8 -> 8x8x8."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(4, 8, kernel_size=3, padding=1)
        self.conv2 = nn.Conv2d(4, 4, kernel_size=3, padding=1)
        self.gap = nn.AdaptiveAvgPool2d(1)
        self.conv3 = nn.Conv2d(8, 8, kernel_size=1)
        self.sigmoid = nn.Sigmoid()

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)  # 8x8x8
        keep, x = x.chunk(2, 1)  # 4x8x8, 4x8x8
        x = self.conv2(x)
        x = torch.cat((keep, x), dim=1)  # 8x8x8
        y = self.gap(x)  # 8x1x1
        y = self.sigmoid(self.conv3(y))
        return x * y


def build(
    device: torch.device | str | None = None, dtype: torch.dtype | None = None
) -> Splitter:
    """The network with fresh weights, on that device and of that type."""
    with torch.device(device or torch.get_default_device()):
        return Splitter().to(dtype=dtype)


def self_check() -> None:
    """Runs the network on random input; counts and shapes must be the spec's."""
    net = build().eval()
    params = sum(p.numel() for p in net.parameters())
    buffers = sum(b.numel() for b in net.buffers())
    if (params, buffers) != (516, 0):
        raise SystemExit(f"wrong: {params:,} parameters, {buffers:,} in buffers")
    with torch.no_grad():
        output = net(torch.randn(2, 4, 8, 8))
    if tuple(output.shape) != (2, 8, 8, 8):
        raise SystemExit(f"wrong: the output is {tuple(output.shape)}")
    print("OK: splitter, 516 parameters, output 8x8x8")


if __name__ == "__main__":
    self_check()
