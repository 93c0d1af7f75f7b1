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


def build(
    device: torch.device | str | None = None, dtype: torch.dtype | None = None
) -> LM:
    """The network with fresh weights, on that device and of that type."""
    with torch.device(device or torch.get_default_device()):
        return LM().to(dtype=dtype)


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
