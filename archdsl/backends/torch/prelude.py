"""Classes that generated modules carry along where torch has none: name to source."""

from __future__ import annotations

from archdsl.backends.torch import prelude_conv, prelude_seq

AXIS_BATCH_NORM = '''
class AxisBatchNorm(nn.BatchNorm1d):
    """Batch normalization with statistics of its own for each place on axis `dim`."""

    def __init__(self, num_features, dim, eps=1e-5, momentum=0.1, affine=True):
        super().__init__(num_features, eps, momentum, affine)
        self.dim = dim

    def forward(self, x):
        x = x.movedim(self.dim, 1)
        return super().forward(x.flatten(2)).reshape(x.shape).movedim(1, self.dim)
'''

AXIS_LAYER_NORM = '''
class AxisLayerNorm(nn.LayerNorm):
    """Layer normalization over one axis, such as the channels of an image at each position."""

    def __init__(self, size, dim, eps=1e-5, elementwise_affine=True, bias=True):
        super().__init__(size, eps, elementwise_affine, bias)
        self.dim = dim

    def forward(self, x):
        return super().forward(x.movedim(self.dim, -1)).movedim(-1, self.dim)
'''

AXIS_RMS_NORM = '''
class AxisRMSNorm(nn.RMSNorm):
    """Root mean square normalization over one axis, such as the channels of an image."""

    def __init__(self, size, dim, eps=1e-6, elementwise_affine=True):
        super().__init__(size, eps, elementwise_affine)
        self.dim = dim

    def forward(self, x):
        return super().forward(x.movedim(self.dim, -1)).movedim(-1, self.dim)
'''

SEQUENCE_GROUP_NORM = '''
class SequenceGroupNorm(nn.GroupNorm):
    """Group normalization of a sequence (N, L, F) over groups of its features."""

    def forward(self, x):
        return super().forward(x.transpose(1, 2)).transpose(1, 2)
'''

SEQUENCE_PRELU = '''
class SequencePReLU(nn.PReLU):
    """A ReLU with a trained slope for each feature of a sequence (N, L, F)."""

    def forward(self, x):
        return super().forward(x.transpose(1, 2)).transpose(1, 2)
'''

LRN = '''
class LocalResponseNorm(nn.LocalResponseNorm):
    """Local response normalization that adds up slices; torch's pooling takes longer."""

    def forward(self, x):
        channels, before = x.shape[1], self.size // 2
        pads = (0, 0) * (x.dim() - 2) + (before, self.size - 1 - before)
        squares = F.pad(x.square() * (self.alpha / self.size), pads)
        total = squares[:, :channels]
        for i in range(1, self.size):
            total = total + squares[:, i : i + channels]
        return x / (total + self.k) ** self.beta
'''

VOLUME_LRN = '''
class VolumeLocalResponseNorm(nn.LocalResponseNorm):
    """Local response normalization of a volume; torch's needs one that lies in order."""

    def forward(self, x):
        return super().forward(x.contiguous())
'''

SCALED_TANH = '''
class ScaledTanh(nn.Module):
    """1.7159 tanh(2x/3), which maps 1 to 1 and -1 to -1 (LeCun et al., 1998)."""

    def forward(self, x):
        return 1.7159 * torch.tanh(x * 2 / 3)
'''

AFFINE = '''
class Affine(nn.Module):
    """A trained factor and shift for each channel; `spatial` axes follow the channels."""

    def __init__(self, channels, spatial=0):
        super().__init__()
        self.shape = (channels,) + (1,) * spatial
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x):
        return x * self.weight.view(self.shape) + self.bias.view(self.shape)
'''

LAYER_SCALE = '''
class LayerScale(nn.Module):
    """A trained factor for each channel; `spatial` axes follow the channels."""

    def __init__(self, channels, init=1e-5, spatial=0):
        super().__init__()
        self.shape = (channels,) + (1,) * spatial
        self.weight = nn.Parameter(torch.full((channels,), float(init)))

    def forward(self, x):
        return x * self.weight.view(self.shape)
'''

DROP_PATH = '''
class DropPath(nn.Module):
    """Stochastic depth: drops whole examples in training (Huang et al., 2016)."""

    def __init__(self, p):
        super().__init__()
        self.p = p

    def forward(self, x):
        if not self.training or self.p == 0:
            return x
        if self.p == 1:
            return torch.zeros_like(x)
        keep = x.new_empty(x.shape[:1] + (1,) * (x.dim() - 1)).bernoulli_(1 - self.p)
        return x * keep / (1 - self.p)
'''

RBF = '''
class RBF(nn.Module):
    """Squared distances to fixed vectors of +1 and -1 (LeNet-5's output layer)."""

    def __init__(self, in_features, out_features):
        super().__init__()
        vectors = torch.randint(0, 2, (out_features, in_features)) * 2.0 - 1.0
        self.weight = nn.Parameter(vectors, requires_grad=False)

    def forward(self, x):
        return (x.unsqueeze(-2) - self.weight).square().sum(dim=-1)
'''

PRELUDE: dict[str, tuple[str, tuple[str, ...]]] = {
    "AxisBatchNorm": (AXIS_BATCH_NORM.lstrip(), ()),
    "AxisLayerNorm": (AXIS_LAYER_NORM.lstrip(), ()),
    "AxisRMSNorm": (AXIS_RMS_NORM.lstrip(), ()),
    "SequenceGroupNorm": (SEQUENCE_GROUP_NORM.lstrip(), ()),
    "SequencePReLU": (SEQUENCE_PRELU.lstrip(), ()),
    "LocalResponseNorm": (LRN.lstrip(), ()),
    "VolumeLocalResponseNorm": (VOLUME_LRN.lstrip(), ()),
    "ScaledTanh": (SCALED_TANH.lstrip(), ()),
    "Affine": (AFFINE.lstrip(), ()),
    "LayerScale": (LAYER_SCALE.lstrip(), ()),
    "DropPath": (DROP_PATH.lstrip(), ()),
    "RBF": (RBF.lstrip(), ()),
    **prelude_conv.PRELUDE,
    **prelude_seq.PRELUDE,
}
"""Name of the class: (its source, names of other prelude classes that it needs)."""
