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
        net = Recurrent()
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
    if (params, buffers) != (740, 0):
        raise SystemExit(f"wrong: {params:,} parameters, {buffers:,} in buffers")
    with torch.no_grad():
        output = net(torch.randn(2, 4, 6, 6))
    if tuple(output.shape) != (2, 4, 6, 6):
        raise SystemExit(f"wrong: the output is {tuple(output.shape)}")
    print("OK: recurrent, 740 parameters, output 4x6x6")


if __name__ == "__main__":
    self_check()
