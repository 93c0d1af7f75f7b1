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


class Graphed(nn.Module):
    """Runs `net` as CUDA graphs for inference, batches padded to the next size."""

    def __init__(self, net: nn.Module, sizes: tuple[int, ...]) -> None:
        super().__init__()
        self.net = net
        self.sizes = sorted(sizes)
        self.graphs = {}

    def forward(self, *inputs: Tensor) -> Tensor:
        batch = len(inputs[0])
        if self.training or batch > self.sizes[-1]:
            return self.net(*inputs)
        size = min(n for n in self.sizes if n >= batch)
        rests = [x.new_zeros(size - batch, *x.shape[1:]) for x in inputs]
        full = tuple(torch.cat(pair) for pair in zip(inputs, rests))
        if full[0].is_cuda and size not in self.graphs:
            run = self.net.__call__
            self.graphs[size] = torch.cuda.make_graphed_callables(run, full)
        outputs = self.graphs.get(size, self.net)(*full)
        return outputs[:batch].clone()


def build(
    device: torch.device | str | None = None,
    dtype: torch.dtype | None = None,
    memory_format: torch.memory_format = torch.preserve_format,
    optimize: str = "none",
    compile: bool | str = False,
    cuda_graphs: tuple[int, ...] = (),
    deterministic: bool = False,
    weights: dict[str, Tensor] | None = None,
    init: bool = True,
) -> nn.Module:
    """The network with fresh weights, or with those of a state_dict.

    `optimize="inference"` makes it one for evaluation alone.
    `compile` may name a mode of torch.compile. `cuda_graphs` are the sizes of
    batches that are captured. `deterministic` holds for the whole process.
    Without `init` weights are undefined until they are loaded.
    """
    if optimize not in ("none", "inference"):
        raise ValueError(f"optimize is none or inference, not {optimize!r}")
    if deterministic:
        torch.use_deterministic_algorithms(True)
        torch.backends.cudnn.benchmark = False
    home = device or torch.get_default_device()
    fresh = init and weights is None
    with torch.device(home if fresh else "meta"):
        net = GoogLeNet()
    if not fresh:
        net.to_empty(device=home)
    if weights is not None:
        if dtype is not None:  # so that wide weights are not rounded on their way
            net.to(torch.promote_types(dtype, torch.float32))
        net.load_state_dict(weights)
    if optimize == "inference":
        net.eval().requires_grad_(False)
    net.to(dtype=dtype, memory_format=memory_format)
    if compile:
        net.compile(mode=compile if isinstance(compile, str) else None)
    if cuda_graphs:
        return Graphed(net, cuda_graphs).eval().requires_grad_(False)
    return net


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
