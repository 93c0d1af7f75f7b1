"""A PyTorch network that archdsl wrote from its specification.

Network: LM
Source: specs/test.arch
Shapes: 6 -> 6x11, without the batch
Parameters: 2,488
Multiply-accumulates: 12,816 in convolutions and linear layers and 2,304 in attention products
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Attention(nn.Module):
    """Multi-head self-attention over a sequence or a map (Vaswani et al., 2017)."""

    def __init__(
        self,
        dim,
        heads,
        out=None,
        head_dim=None,
        causal=False,
        qkv_bias=True,
        out_bias=True,
        scale=None,
        dropout=0.0,
        channels_first=False,
    ):
        super().__init__()
        self.heads = heads
        self.causal = causal
        self.scale = scale
        self.dropout = dropout
        self.channels_first = channels_first
        inner = heads * (head_dim or dim // heads)
        self.qkv = nn.Linear(dim, 3 * inner, bias=qkv_bias)
        self.proj = nn.Linear(inner, out or dim, bias=out_bias)

    def forward(self, x):
        spatial = x.shape[2:]
        if self.channels_first:
            x = x.flatten(2).transpose(1, 2)
        qkv = self.qkv(x).unflatten(2, (3, self.heads, -1))  # N, L, 3, heads, ...
        q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        dropout = self.dropout if self.training else 0.0
        x = F.scaled_dot_product_attention(
            q, k, v, dropout_p=dropout, is_causal=self.causal, scale=self.scale
        )
        x = self.proj(x.transpose(1, 2).flatten(2))
        if self.channels_first:
            x = x.transpose(1, 2).unflatten(2, spatial)
        return x


class Transformer(nn.Module):
    """6x8 -> 6x8."""

    def __init__(self) -> None:
        super().__init__()
        self.ln = nn.LayerNorm(8)
        self.attention = Attention(8, 2, causal=True)
        self.ln2 = nn.LayerNorm(8)
        self.fc = nn.Linear(8, 16)
        self.gelu = nn.GELU()
        self.fc2 = nn.Linear(16, 8)

    def forward(self, x: Tensor) -> Tensor:
        y = self.ln(x)
        y = self.attention(y)
        x = x + y
        y = self.ln2(x)
        y = self.gelu(self.fc(y))  # 6x16
        y = self.fc2(y)  # 6x8
        return x + y


class LM(nn.Module):
    """6 -> 6x11."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(11, 8)
        self.layers = nn.Sequential(*[Transformer() for _ in range(4)])

    def forward(self, x: Tensor) -> Tensor:
        x = self.embed(x)  # 6x8
        x = self.layers(x)
        return F.linear(x, self.embed.weight)  # 6x11


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
        net = LM()
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
    if (params, buffers) != (2_488, 0):
        raise SystemExit(f"wrong: {params:,} parameters, {buffers:,} in buffers")
    with torch.no_grad():
        output = net(torch.randint(11, (2, 6)))
    if tuple(output.shape) != (2, 6, 11):
        raise SystemExit(f"wrong: the output is {tuple(output.shape)}")
    print("OK: LM, 2,488 parameters, output 6x11")


if __name__ == "__main__":
    self_check()
