"""Classes that generated modules carry along for attention, recurrence and embeddings."""

from __future__ import annotations

ATTENTION = '''
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
'''

CROSS_ATTENTION = '''
class CrossAttention(nn.Module):
    """Multi-head attention with keys and values from another tensor (Vaswani et al., 2017)."""

    def __init__(
        self,
        dim,
        source_dim,
        heads,
        out=None,
        head_dim=None,
        causal=False,
        qkv_bias=True,
        out_bias=True,
        scale=None,
        dropout=0.0,
        channels_first=False,
        source_channels_first=False,
    ):
        super().__init__()
        self.heads = heads
        self.causal = causal
        self.scale = scale
        self.dropout = dropout
        self.channels_first = channels_first
        self.source_channels_first = source_channels_first
        inner = heads * (head_dim or dim // heads)
        self.q = nn.Linear(dim, inner, bias=qkv_bias)
        self.kv = nn.Linear(source_dim, 2 * inner, bias=qkv_bias)
        self.proj = nn.Linear(inner, out or dim, bias=out_bias)

    def forward(self, x, source):
        spatial = x.shape[2:]
        if self.channels_first:
            x = x.flatten(2).transpose(1, 2)
        if self.source_channels_first:
            source = source.flatten(2).transpose(1, 2)
        q = self.q(x).unflatten(2, (self.heads, -1)).transpose(1, 2)
        kv = self.kv(source).unflatten(2, (2, self.heads, -1))  # N, L, 2, heads, ...
        k, v = kv.permute(2, 0, 3, 1, 4).unbind(0)
        dropout = self.dropout if self.training else 0.0
        x = F.scaled_dot_product_attention(
            q, k, v, dropout_p=dropout, is_causal=self.causal, scale=self.scale
        )
        x = self.proj(x.transpose(1, 2).flatten(2))
        if self.channels_first:
            x = x.transpose(1, 2).unflatten(2, spatial)
        return x
'''

WINDOW_ATTENTION = '''
class WindowAttention(nn.Module):
    """Self-attention inside windows that may be shifted, of Swin (Liu et al., 2021).

    The input is an image, or a sequence of the positions of a grid of height x width.
    """

    def __init__(
        self,
        dim,
        heads,
        window,
        shift=(0, 0),
        out=None,
        head_dim=None,
        grid=None,
        relative_bias=True,
        qkv_bias=True,
        out_bias=True,
        scale=None,
        dropout=0.0,
    ):
        super().__init__()
        self.heads = heads
        self.window = window
        self.shift = shift
        self.grid = grid
        self.scale = scale
        self.dropout = dropout
        if relative_bias:
            height, width = window
            offsets = (2 * height - 1) * (2 * width - 1)
            table = nn.init.trunc_normal_(torch.empty(offsets, heads), std=0.02)
            self.relative_position_bias_table = nn.Parameter(table)
            y = torch.arange(height).repeat_interleave(width)
            x = torch.arange(width).repeat(height)
            dy = y[:, None] - y + height - 1
            dx = x[:, None] - x + width - 1
            index = dy * (2 * width - 1) + dx
            self.register_buffer("relative_position_index", index.flatten())
        else:
            self.relative_position_bias_table = None
        inner = heads * (head_dim or dim // heads)
        self.qkv = nn.Linear(dim, 3 * inner, bias=qkv_bias)
        self.proj = nn.Linear(inner, out or dim, bias=out_bias)

    def forward(self, x):
        x = x.permute(0, 2, 3, 1) if self.grid is None else x.unflatten(1, self.grid)
        rows, columns = x.shape[1] // self.window[0], x.shape[2] // self.window[1]
        if self.shift != (0, 0):
            x = x.roll((-self.shift[0], -self.shift[1]), (1, 2))
        mask = self.mask(x, rows, columns)

        x = self.partition(x, rows, columns)  # N, windows, positions, features
        qkv = self.qkv(x).unflatten(3, (3, self.heads, -1))
        q, k, v = qkv.permute(3, 0, 1, 4, 2, 5).flatten(2, 3).unbind(0)
        dropout = self.dropout if self.training else 0.0
        x = F.scaled_dot_product_attention(
            q, k, v, attn_mask=mask, dropout_p=dropout, scale=self.scale
        )
        x = x.unflatten(1, (-1, self.heads)).transpose(2, 3).flatten(3)
        x = self.proj(x).unflatten(2, self.window).unflatten(1, (rows, columns))
        x = x.transpose(2, 3).flatten(3, 4).flatten(1, 2)

        if self.shift != (0, 0):
            x = x.roll(self.shift, (1, 2))
        return x.permute(0, 3, 1, 2) if self.grid is None else x.flatten(1, 2)

    def partition(self, x, rows, columns):
        """N, H, W, C to N, windows, positions of a window, C."""
        x = x.unflatten(2, (columns, self.window[1]))
        x = x.unflatten(1, (rows, self.window[0]))
        return x.transpose(2, 3).flatten(3, 4).flatten(1, 2)

    def mask(self, x, rows, columns):
        """What is added to each window's and head's products, or None."""
        mask = None
        if self.shift != (0, 0):
            mask = self.shift_mask(x, rows, columns).unsqueeze(1)
        if self.relative_position_bias_table is not None:
            size = self.window[0] * self.window[1]
            bias = self.relative_position_bias_table[self.relative_position_index]
            bias = bias.unflatten(0, (size, size)).permute(2, 0, 1)
            mask = bias if mask is None else bias + mask
        if mask is None:
            return None
        return mask.expand(rows * columns, self.heads, -1, -1).flatten(0, 1)

    def shift_mask(self, x, rows, columns):
        """-inf where query and key of a window were no neighbours before the shift."""
        y = self.regions(x.shape[1], self.window[0], self.shift[0], x.device)
        z = self.regions(x.shape[2], self.window[1], self.shift[1], x.device)
        region = (3 * y[:, None] + z)[None, :, :, None]
        region = self.partition(region, rows, columns)[0, :, :, 0]
        apart = region[:, :, None] != region[:, None, :]
        return torch.zeros_like(apart, dtype=x.dtype).masked_fill(apart, -torch.inf)

    def regions(self, size, window, shift, device):
        """Number of the stretch that each position of a rolled axis belongs to."""
        position = torch.arange(size, device=device)
        return (position >= size - window).int() + (position >= size - shift).int()
'''

SEQUENCE_RNN = '''
class Seq{cell}(nn.{cell}):
    """{title} over a sequence that gives the states of all steps."""

    def forward(self, x):
        return super().forward(x)[0]
'''

LAST_RNN = '''
class Last{cell}(nn.{cell}):
    """{title} over a sequence that gives the state in which its top layer ends."""

    def forward(self, x):
        state = super().forward(x)[1]{hidden}
        directions = 2 if self.bidirectional else 1
        return state[-directions:].transpose(0, 1).flatten(1)
'''

POSITION_EMBEDDING = '''
class PositionEmbedding(nn.Module):
    """Adds a learned vector to each position of a sequence (L, C) or an image (C, H, W)."""

    def __init__(self, *shape):
        super().__init__()
        weight = nn.init.trunc_normal_(torch.empty(1, *shape), std=0.02)
        self.weight = nn.Parameter(weight)

    def forward(self, x):
        return x + self.weight
'''

SINCOS_SEQUENCE = '''
class SincosSequence(nn.Module):
    """Adds sine and cosine in turn to the positions of a sequence (Vaswani et al., 2017)."""

    def __init__(self, length, dim):
        super().__init__()
        rate = 10000.0 ** -(torch.arange(0, dim, 2, dtype=torch.float64) / dim)
        angle = torch.arange(length, dtype=torch.float64)[:, None] * rate
        table = torch.stack((angle.sin(), angle.cos()), dim=-1).flatten(1)
        self.register_buffer("table", table[None].to(torch.get_default_dtype()))

    def forward(self, x):
        return x + self.table
'''

SINCOS_IMAGE = '''
class SincosImage(nn.Module):
    """Adds sines and cosines of column and row to an image (Beyer et al., 2022)."""

    def __init__(self, dim, height, width):
        super().__init__()
        waves = torch.arange(dim // 4, dtype=torch.float64) / max(dim // 4 - 1, 1)
        rate = (10000.0**-waves)[:, None, None]
        x = (rate * torch.arange(width)).expand(-1, height, -1)
        y = (rate * torch.arange(height)[:, None]).expand(-1, -1, width)
        table = torch.cat((x.sin(), x.cos(), y.sin(), y.cos()))
        self.register_buffer("table", table[None].to(torch.get_default_dtype()))

    def forward(self, x):
        return x + self.table
'''

CLASS_TOKEN = '''
class ClassToken(nn.Module):
    """Puts learned vectors before a sequence (Devlin et al., 2019)."""

    def __init__(self, dim, count=1):
        super().__init__()
        token = nn.init.trunc_normal_(torch.empty(1, count, dim), std=0.02)
        self.token = nn.Parameter(token)

    def forward(self, x):
        return torch.cat((self.token.expand(x.shape[0], -1, -1), x), dim=1)
'''


def _recurrent(source: str, cell: str, title: str) -> tuple[str, tuple[str, ...]]:
    hidden = "[0]" if cell == "LSTM" else ""  # its state is a pair, the cell's own comes second
    return source.format(cell=cell, title=title, hidden=hidden).lstrip(), ()


PRELUDE: dict[str, tuple[str, tuple[str, ...]]] = {
    "Attention": (ATTENTION.lstrip(), ()),
    "CrossAttention": (CROSS_ATTENTION.lstrip(), ()),
    "WindowAttention": (WINDOW_ATTENTION.lstrip(), ()),
    "SeqLSTM": _recurrent(SEQUENCE_RNN, "LSTM", "LSTM"),
    "SeqGRU": _recurrent(SEQUENCE_RNN, "GRU", "GRU"),
    "SeqRNN": _recurrent(SEQUENCE_RNN, "RNN", "Plain recurrent layer"),
    "LastLSTM": _recurrent(LAST_RNN, "LSTM", "LSTM"),
    "LastGRU": _recurrent(LAST_RNN, "GRU", "GRU"),
    "LastRNN": _recurrent(LAST_RNN, "RNN", "Plain recurrent layer"),
    "PositionEmbedding": (POSITION_EMBEDDING.lstrip(), ()),
    "SincosSequence": (SINCOS_SEQUENCE.lstrip(), ()),
    "SincosImage": (SINCOS_IMAGE.lstrip(), ()),
    "ClassToken": (CLASS_TOKEN.lstrip(), ()),
}
"""Name of the class: (its source, names of other prelude classes that it needs)."""
