"""A PyTorch network that archdsl wrote from its specification.

Network: recurrent
Source: specs/test.arch
Shapes: 4x6x6 -> 4x6x6, without the batch
Parameters: 740
Multiply-accumulates: 36,288 in convolutions and linear layers
"""

import torch
from torch import Tensor, nn


class ConvReLU(nn.Sequential):
    """4x6x6 -> 4x6x6."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(4, 4, kernel_size=3, padding=1)
        self.relu = nn.ReLU(inplace=True)


class Refine(nn.Module):
    """4x6x6, 4x6x6 -> 4x6x6."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(4, 4, kernel_size=3, padding=1)

    def forward(self, x: Tensor, captured0: Tensor) -> Tensor:
        x2 = self.conv(x)
        return x2 + captured0


class Recurrent(nn.Module):
    """4x6x6 -> 4x6x6."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(4, 4, kernel_size=3, padding=1)
        self.tied = nn.ModuleList([ConvReLU()])
        self.refine = nn.ModuleList([Refine() for _ in range(3)])

    def forward(self, x: Tensor) -> Tensor:
        memory = self.conv(x)
        x = memory
        for _ in range(3):
            x = self.tied[0](x)
        for layer in self.refine:
            x = layer(x, memory)
        return x


def build(
    device: torch.device | str | None = None, dtype: torch.dtype | None = None
) -> Recurrent:
    """The network with fresh weights, on that device and of that type."""
    with torch.device(device or torch.get_default_device()):
        return Recurrent().to(dtype=dtype)


def self_check() -> None:
    """Runs the network on random input; counts and shapes must be the spec's."""
    net = build().eval()
    params = sum(p.numel() for p in net.parameters())
    buffers = sum(b.numel() for b in net.buffers())
    if (params, buffers) != (740, 0):
        raise SystemExit(f"wrong: {params:,} parameters, {buffers:,} in buffers")
    with torch.no_grad():
        output = net(torch.randn(2, 4, 6, 6))
    if tuple(output.shape) != (2, 4, 6, 6):
        raise SystemExit(f"wrong: the output is {tuple(output.shape)}")
    print("OK: recurrent, 740 parameters, output 4x6x6")


if __name__ == "__main__":
    self_check()
