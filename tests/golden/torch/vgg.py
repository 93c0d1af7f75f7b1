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
from torch import Tensor, nn


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


def lay_out_inputs(net: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """Puts channels last, once for all layers that read an input."""
    formats = {4: torch.channels_last, 5: torch.channels_last_3d}
    wanted = [formats.get(x.dim(), torch.contiguous_format) for x in inputs]
    return tuple(x.contiguous(memory_format=f) for x, f in zip(inputs, wanted))


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
        net = VGG_E()
    if not fresh:
        net.to_empty(device=home)
    if weights is not None:
        if dtype is not None:  # so that wide weights are not rounded on their way
            net.to(torch.promote_types(dtype, torch.float32))
        net.load_state_dict(weights)
    if optimize == "inference":
        net.eval().requires_grad_(False)
    net.to(dtype=dtype, memory_format=memory_format)
    if memory_format in (torch.channels_last, torch.channels_last_3d):
        net.register_forward_pre_hook(lay_out_inputs)
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
    if (params, buffers) != (42_066, 0):
        raise SystemExit(f"wrong: {params:,} parameters, {buffers:,} in buffers")
    with torch.no_grad():
        output = net(torch.randn(2, 3, 32, 32))
    if tuple(output.shape) != (2, 10):
        raise SystemExit(f"wrong: the output is {tuple(output.shape)}")
    print("OK: VGG-E, 42,066 parameters, output 10")


if __name__ == "__main__":
    self_check()
