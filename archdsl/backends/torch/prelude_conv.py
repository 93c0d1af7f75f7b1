"""Classes that generated modules carry along for convolutions and pools."""

from __future__ import annotations

PADDED_CONV = '''
class PaddedConv2d(nn.Conv2d):
    """A convolution whose padding differs between the sides; `pads` is in F.pad's order."""

    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        pads,
        stride=1,
        dilation=1,
        groups=1,
        bias=True,
    ):
        super().__init__(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            dilation=dilation,
            groups=groups,
            bias=bias,
        )
        self.pads = pads

    def forward(self, x):
        return super().forward(F.pad(x, self.pads))
'''

PARTIAL_CONV = '''
class PartialConv2d(nn.Module):
    """A convolution whose output maps see the input maps in their list only (LeNet-5's C3).

    `weight` holds the kernels that are used, in the order of the lists; `pads` is in F.pad's
    order.
    """

    def __init__(
        self,
        in_channels,
        connect,
        kernel_size,
        stride=1,
        pads=(0, 0, 0, 0),
        dilation=1,
        bias=True,
    ):
        super().__init__()
        kernel = kernel_size if isinstance(kernel_size, tuple) else (kernel_size,) * 2
        self.in_channels = in_channels
        self.sources = [channel for maps in connect for channel in maps]
        self.sizes = [len(maps) for maps in connect]
        self.stride = stride
        self.pads = pads
        self.dilation = dilation
        self.weight = nn.Parameter(torch.empty(len(self.sources), 1, *kernel))
        self.bias = nn.Parameter(torch.empty(len(connect))) if bias else None
        self.reset_parameters()

    def reset_parameters(self):
        for i, kernels in enumerate(self.weight.split(self.sizes)):
            bound = kernels.numel() ** -0.5
            nn.init.uniform_(kernels.detach(), -bound, bound)
            if self.bias is not None:
                nn.init.uniform_(self.bias.detach()[i], -bound, bound)

    def forward(self, x):
        x = F.pad(x, self.pads)[:, self.sources]
        x = F.conv2d(
            x,
            self.weight,
            stride=self.stride,
            dilation=self.dilation,
            groups=len(self.sources),
        )
        x = torch.stack([part.sum(dim=1) for part in x.split(self.sizes, dim=1)], dim=1)
        return x if self.bias is None else x + self.bias.view(-1, 1, 1)
'''

SEPARABLE_CONV = '''
class SeparableConv2d(nn.Module):
    """A depthwise convolution, then a pointwise one; `pads` is in F.pad's order."""

    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        pads=None,
        dilation=1,
        bias=True,
    ):
        super().__init__()
        self.pads = pads
        self.depthwise = nn.Conv2d(
            in_channels,
            in_channels,
            kernel_size,
            stride,
            padding,
            dilation,
            groups=in_channels,
            bias=False,
        )
        self.pointwise = nn.Conv2d(in_channels, out_channels, 1, bias=bias)

    def forward(self, x):
        if self.pads is not None:
            x = F.pad(x, self.pads)
        return self.pointwise(self.depthwise(x))
'''

PADDED_MAX_POOL = '''
class PaddedMaxPool2d(nn.MaxPool2d):
    """Max pooling whose padding differs between the sides; `pads` is in F.pad's order."""

    def __init__(self, kernel_size, stride, pads, dilation=1):
        super().__init__(kernel_size, stride, dilation=dilation)
        self.pads = pads

    def forward(self, x):
        return super().forward(F.pad(x, self.pads, value=float("-inf")))
'''

PADDED_AVG_POOL = '''
class PaddedAvgPool2d(nn.AvgPool2d):
    """Average pooling whose padding differs between the sides; `pads` is in F.pad's order."""

    def __init__(self, kernel_size, stride, pads, count_include_pad=True):
        super().__init__(kernel_size, stride, count_include_pad=count_include_pad)
        self.pads = pads

    def forward(self, x):
        mean = super().forward(F.pad(x, self.pads))
        if self.count_include_pad:
            return mean
        share = super().forward(F.pad(torch.ones_like(x[:1, :1]), self.pads))
        return mean / share
'''

SUBSAMPLE = '''
class Subsample2d(nn.Module):
    """The sum over a window times a trained weight, plus a trained bias (LeNet-5's S2, S4)."""

    def __init__(self, channels, kernel_size=2, stride=None):
        super().__init__()
        self.pool = nn.AvgPool2d(kernel_size, stride)
        kernel = kernel_size if isinstance(kernel_size, tuple) else (kernel_size,) * 2
        self.area = torch.Size(kernel).numel()
        self.weight = nn.Parameter(torch.full((channels,), 1.0 / self.area))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x):
        total = self.area * self.pool(x)
        return total * self.weight.view(-1, 1, 1) + self.bias.view(-1, 1, 1)
'''

TEMPLATES = {
    "PaddedConv": PADDED_CONV,
    "PartialConv": PARTIAL_CONV,
    "SeparableConv": SEPARABLE_CONV,
    "PaddedMaxPool": PADDED_MAX_POOL,
    "PaddedAvgPool": PADDED_AVG_POOL,
    "Subsample": SUBSAMPLE,
}
"""Name without the rank: the class for images, from which those for other maps are made."""


def _for_rank(source: str, rank: int) -> str:
    ones, pads = ", 1" * rank, ", ".join("0" * 2 * rank)
    return (
        source.lstrip()
        .replace("2d", f"{rank}d")
        .replace("(kernel_size,) * 2", f"(kernel_size,) * {rank}")
        .replace("view(-1, 1, 1)", f"view(-1{ones})")
        .replace("(0, 0, 0, 0)", f"({pads})")
    )


PRELUDE: dict[str, tuple[str, tuple[str, ...]]] = {
    f"{name}{rank}d": (_for_rank(source, rank), ())
    for name, source in TEMPLATES.items()
    for rank in (1, 2, 3)
}
"""Name of the class: (its source, names of other prelude classes that it needs)."""
