"""A PyTorch network that archdsl wrote from its specification.

Network: started
Source: specs/test.arch
Shapes: 8 -> 4, without the batch
Parameters: 180
Multiply-accumulates: 160 in convolutions and linear layers
"""

import torch
from torch import nn


class Started(nn.Sequential):
    """8 -> 4."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(8, 8)
        self.relu = nn.ReLU(inplace=True)
        self.fc2 = nn.Linear(8, 8)
        self.fc3 = nn.Linear(8, 4)
        for layer in (self.fc, self.fc2):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)
        nn.init.trunc_normal_(self.fc3.weight, std=0.02)
        nn.init.uniform_(self.fc3.bias, -0.5, 0.5)


def build(
    device: torch.device | str | None = None, dtype: torch.dtype | None = None
) -> Started:
    """The network with fresh weights, on that device and of that type."""
    with torch.device(device or torch.get_default_device()):
        return Started().to(dtype=dtype)


def self_check() -> None:
    """Runs the network on random input; counts and shapes must be the spec's."""
    net = build().eval()
    params = sum(p.numel() for p in net.parameters())
    buffers = sum(b.numel() for b in net.buffers())
    if (params, buffers) != (180, 0):
        raise SystemExit(f"wrong: {params:,} parameters, {buffers:,} in buffers")
    with torch.no_grad():
        output = net(torch.randn(2, 8))
    if tuple(output.shape) != (2, 4):
        raise SystemExit(f"wrong: the output is {tuple(output.shape)}")
    print("OK: started, 180 parameters, output 4")


if __name__ == "__main__":
    self_check()
