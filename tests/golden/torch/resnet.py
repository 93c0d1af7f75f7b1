"""A PyTorch network that archdsl wrote from its specification.

Network: ResNet-29
Source: specs/test.arch
Shapes: 3x32x32 -> 10, without the batch
Parameters: 26,874
Multiply-accumulates: 2,847,360 in convolutions and linear layers
"""

import torch
from torch import Tensor, nn


class Bottleneck(nn.Module):
    """He et al., 2015.

    16x16x16 -> 32x16x16 and 1 other
    """

    def __init__(self, in_channels: int, mid: int, out: int, stride: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, mid, kernel_size=1, bias=False)
        self.bn = nn.BatchNorm2d(mid)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(
            mid, mid, kernel_size=3, stride=stride, padding=1, bias=False
        )
        self.bn2 = nn.BatchNorm2d(mid)
        self.relu2 = nn.ReLU(inplace=True)
        self.conv3 = nn.Conv2d(mid, out, kernel_size=1, bias=False)
        self.bn3 = nn.BatchNorm2d(out)
        self.shortcut_conv = nn.Conv2d(
            in_channels, out, kernel_size=1, stride=stride, bias=False
        )
        self.shortcut_bn = nn.BatchNorm2d(out)
        self.relu3 = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        y = self.relu(self.bn(self.conv(x)))
        y = self.relu2(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        x = self.shortcut_bn(self.shortcut_conv(x))
        return self.relu3(y + x)


class Bottleneck2(nn.Module):
    """Bottleneck in another form.

    32x16x16 -> 32x16x16 and 1 other
    """

    def __init__(self, mid: int, out: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(out, mid, kernel_size=1, bias=False)
        self.bn = nn.BatchNorm2d(mid)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(mid, mid, kernel_size=3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(mid)
        self.relu2 = nn.ReLU(inplace=True)
        self.conv3 = nn.Conv2d(mid, out, kernel_size=1, bias=False)
        self.bn3 = nn.BatchNorm2d(out)
        self.relu3 = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        y = self.relu(self.bn(self.conv(x)))
        y = self.relu2(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return self.relu3(y + x)


class ResNet_29(nn.Sequential):
    """3x32x32 -> 10."""

    def __init__(self) -> None:
        super().__init__()
        # 16x16x16
        self.conv = nn.Conv2d(3, 16, kernel_size=7, stride=2, padding=3, bias=False)
        self.bn = nn.BatchNorm2d(16)
        self.relu = nn.ReLU(inplace=True)
        # 32x16x16
        self.stage0 = nn.Sequential(
            Bottleneck(16, mid=8, out=32, stride=1),
            *[Bottleneck2(mid=8, out=32) for _ in range(2)],
        )
        # 64x8x8
        self.stage1 = nn.Sequential(
            Bottleneck(32, mid=16, out=64, stride=2),
            *[Bottleneck2(mid=16, out=64) for _ in range(3)],
        )
        self.gap = nn.AdaptiveAvgPool2d(1)  # 64x1x1
        self.flatten = nn.Flatten()  # 64
        self.fc = nn.Linear(64, 10)


# Layers by class, each with the BatchNorm that reads it.
NORMS = {
    Bottleneck: (
        ("conv", "bn"),
        ("conv2", "bn2"),
        ("conv3", "bn3"),
        ("shortcut_conv", "shortcut_bn"),
    ),
    Bottleneck2: (("conv", "bn"), ("conv2", "bn2"), ("conv3", "bn3")),
    ResNet_29: (("conv", "bn"),),
}


def fold_norms(net: nn.Module) -> None:
    """Folds each BatchNorm into the layer before it."""
    for block in net.modules():
        for name, norm_name in NORMS.get(type(block), ()):
            layer = block.get_submodule(name)
            norm = block.get_submodule(norm_name)
            layer = nn.utils.fuse_conv_bn_eval(layer, norm)
            block.register_module(name, layer)
            block.register_module(norm_name, nn.Identity())


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

    `optimize="inference"` makes it one for evaluation alone, BatchNorms folded.
    `compile` may name a mode of torch.compile. `cuda_graphs` are the sizes of
    batches that are captured. `deterministic` holds for the whole process.
    Without `init` weights are undefined until they are loaded.
    """
    if optimize not in ("none", "inference"):
        raise ValueError(f"optimize is none or inference, not {optimize!r}")
    if optimize == "inference" and weights is None and not init:
        raise ValueError("norms fold into weights: without init give them")
    if deterministic:
        torch.use_deterministic_algorithms(True)
        torch.backends.cudnn.benchmark = False
    home = device or torch.get_default_device()
    fresh = init and weights is None
    with torch.device(home if fresh else "meta"):
        net = ResNet_29()
    if not fresh:
        net.to_empty(device=home)
    if weights is not None:
        if dtype is not None:  # so that wide weights are not rounded on their way
            net.to(torch.promote_types(dtype, torch.float32))
        net.load_state_dict(weights)
    if optimize == "inference":
        net.eval().requires_grad_(False)
        fold_norms(net)
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
    if (params, buffers) != (26_874, 1_304):
        raise SystemExit(f"wrong: {params:,} parameters, {buffers:,} in buffers")
    with torch.no_grad():
        output = net(torch.randn(2, 3, 32, 32))
    if tuple(output.shape) != (2, 10):
        raise SystemExit(f"wrong: the output is {tuple(output.shape)}")
    print("OK: ResNet-29, 26,874 parameters, output 10")


if __name__ == "__main__":
    self_check()
