"""A PyTorch network that archdsl wrote from its specification.

Network: Siamese
Source: specs/test.arch
Shapes: 1x8x8, 1x8x8 -> 2, without the batch
Parameters: 554
Multiply-accumulates: 5,120 in convolutions and linear layers
"""

import torch
from torch import Tensor, nn


class Siamese(nn.Module):
    """1x8x8, 1x8x8 -> 2."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 4, kernel_size=3, padding=1)
        self.relu = nn.ReLU(inplace=True)
        self.flatten = nn.Flatten()
        self.fc = nn.Linear(256, 2)

    def forward(self, left: Tensor, right: Tensor) -> Tensor:
        x = self.relu(self.conv(left))  # 4x8x8
        y = self.conv(right)  # 4x8x8
        x = x - y
        return self.fc(self.flatten(x))  # 2


def build(
    device: torch.device | str | None = None, dtype: torch.dtype | None = None
) -> Siamese:
    """The network with fresh weights, on that device and of that type."""
    with torch.device(device or torch.get_default_device()):
        return Siamese().to(dtype=dtype)


def self_check() -> None:
    """Runs the network on random input; counts and shapes must be the spec's."""
    net = build().eval()
    params = sum(p.numel() for p in net.parameters())
    buffers = sum(b.numel() for b in net.buffers())
    if (params, buffers) != (554, 0):
        raise SystemExit(f"wrong: {params:,} parameters, {buffers:,} in buffers")
    with torch.no_grad():
        output = net(torch.randn(2, 1, 8, 8), torch.randn(2, 1, 8, 8))
    if tuple(output.shape) != (2, 2):
        raise SystemExit(f"wrong: the output is {tuple(output.shape)}")
    print("OK: Siamese, 554 parameters, output 2")


if __name__ == "__main__":
    self_check()
