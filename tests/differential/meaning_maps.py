"""What the kinds of maps compute, in plain PyTorch functions; written from docs/kinds.md."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

CONVS: tuple[Callable[..., Tensor], ...] = (F.conv1d, F.conv2d, F.conv3d)
DECONVS: tuple[Callable[..., Tensor], ...] = (
    F.conv_transpose1d,
    F.conv_transpose2d,
    F.conv_transpose3d,
)
MAXES: tuple[Callable[..., Tensor], ...] = (F.max_pool1d, F.max_pool2d, F.max_pool3d)
MEANS: tuple[Callable[..., Tensor], ...] = (F.avg_pool1d, F.avg_pool2d, F.avg_pool3d)
Weights = dict[str, Tensor]


def each(value: Any, rank: int) -> list[int]:
    """One number for each axis."""
    return [value] * rank if isinstance(value, int) else list(value)


def sides(op: Any, x: Tensor, stride: Any) -> list[tuple[int, int]]:
    """Padding before and after each spatial axis."""
    rank = x.dim() - 2
    dilation = each(getattr(op, "dilation", 1), rank)
    found = []
    for i, n in enumerate(x.shape[2:]):
        k, s, d = each(op.kernel, rank)[i], each(stride, rank)[i], dilation[i]
        reach = d * (k - 1)
        if op.pad == "valid":
            total = 0
        elif op.pad == "same":
            total = reach
        elif op.pad == "tf-same":
            total = max(((n + s - 1) // s - 1) * s + reach + 1 - n, 0)
        elif op.pad is None:
            total = reach if k % 2 == 1 and k > s else 0
        else:
            total = 2 * each(op.pad, rank)[i]
        found.append((total // 2, total - total // 2))
    return found


def padded(x: Tensor, by: list[tuple[int, int]], value: float = 0.0) -> Tensor:
    """The map with its spatial axes padded."""
    return F.pad(x, [n for pair in reversed(by) for n in pair], value=value)


def conv(op: Any, x: Tensor, w: Weights) -> Tensor:
    """A convolution; one with connections has zeros where nothing is connected."""
    kernel, groups = w["weight"], getattr(op, "groups", 1)
    if getattr(op, "connect", None) is not None:
        dense = torch.zeros(op.out, x.shape[1], *kernel.shape[2:])
        rows = [(i, c) for i, maps in enumerate(op.connect) for c in maps]
        for (i, c), part in zip(rows, kernel, strict=True):
            dense[i, c] = part[0]
        kernel = dense
    x = padded(x, sides(op, x, op.stride))
    call = CONVS[x.dim() - 3]
    return call(x, kernel, w.get("bias"), op.stride, 0, op.dilation, groups)


def dwconv(op: Any, x: Tensor, w: Weights) -> Tensor:
    """Each channel by itself."""
    x = padded(x, sides(op, x, op.stride))
    per = w["weight"].shape[0] // x.shape[1]
    call = CONVS[x.dim() - 3]
    parts = []
    for i in range(x.shape[1]):
        own = slice(i * per, (i + 1) * per)
        bias = w["bias"][own] if "bias" in w else None
        parts.append(call(x[:, i : i + 1], w["weight"][own], bias, op.stride, 0, op.dilation))
    return torch.cat(parts, 1)


def sepconv(op: Any, x: Tensor, w: Weights) -> Tensor:
    """Depthwise, then a matrix over the channels."""
    x = dwconv(op, x, {"weight": w["depthwise.weight"]})
    y = torch.einsum("oc,nc...->no...", w["pointwise.weight"].flatten(1), x)
    bias = w.get("pointwise.bias")
    return y if bias is None else y + bias.view(-1, *[1] * (x.dim() - 2))


def deconv(op: Any, x: Tensor, w: Weights) -> Tensor:
    """Transposed; by default it gives the size times the stride."""
    rank = x.dim() - 2
    pads, extras = [], []
    for i in range(rank):
        s, d = each(op.stride, rank)[i], each(op.dilation, rank)[i]
        span = d * (each(op.kernel, rank)[i] - 1) + 1
        extra = None if op.output_pad is None else each(op.output_pad, rank)[i]
        if op.pad in (None, "same"):
            if extra is None:
                extra = s - span if span < s else (span - s) % 2
            pads.append((span - s + extra) // 2)
        else:
            pads.append(0 if op.pad == "valid" else each(op.pad, rank)[i])
        extras.append(extra or 0)
    call = DECONVS[rank - 1]
    return call(x, w["weight"], w.get("bias"), op.stride, pads, extras, op.groups, op.dilation)


def maxpool(op: Any, x: Tensor, w: Weights) -> Tensor:
    """torch's, where it pads evenly; else minus infinity is put around first."""
    stride = op.kernel if op.stride is None else op.stride
    call = MAXES[x.dim() - 3]
    if isinstance(op.pad, str):
        x = padded(x, sides(op, x, stride), -torch.inf)
        return call(x, op.kernel, stride, 0, op.dilation, ceil_mode=op.ceil)
    return call(x, op.kernel, stride, op.pad, op.dilation, ceil_mode=op.ceil)


def avgpool(op: Any, x: Tensor, w: Weights) -> Tensor:
    """torch's, where it pads evenly; else a sum of windows by the elements that count."""
    stride = op.kernel if op.stride is None else op.stride
    call = MEANS[x.dim() - 3]
    count = op.pad != "tf-same" if op.count_pad is None else op.count_pad
    if not isinstance(op.pad, str) or op.pad == "valid":
        by = 0 if op.pad == "valid" else op.pad
        return call(x, op.kernel, stride, by, op.ceil, count)
    around = sides(op, x, stride)
    total = call(padded(x, around), op.kernel, stride)
    if count:
        return total
    return total / call(padded(torch.ones_like(x), around), op.kernel, stride)


def subsample(op: Any, x: Tensor, w: Weights) -> Tensor:
    """A sum over windows, then a factor and a shift."""
    rank = x.dim() - 2
    area = float(torch.tensor(each(op.kernel, rank)).prod())
    stride = op.kernel if op.stride is None else op.stride
    total = MEANS[rank - 1](x, op.kernel, stride) * area
    return total * by_channel(w["weight"], x) + by_channel(w["bias"], x)


def by_channel(v: Tensor, x: Tensor) -> Tensor:
    """A vector over the channels of a map."""
    return v.view(-1, *[1] * (x.dim() - 2))


def adaptive(call: str) -> Callable[[Any, Tensor, Weights], Tensor]:
    """Windows from floor(i*n/m) to ceil((i+1)*n/m), one axis after the other."""

    def run(op: Any, x: Tensor, w: Weights) -> Tensor:
        for i, m in enumerate(each(op.size, x.dim() - 2)):
            n, axis = x.shape[i + 2], i + 2
            parts = []
            for j in range(m):
                low, high = j * n // m, -(-(j + 1) * n // m)
                part = x.narrow(axis, low, high - low)
                parts.append(getattr(part, call)(axis, keepdim=True))
            x = torch.cat(parts, axis)
        return x

    return run


def lrn(op: Any, x: Tensor, w: Weights) -> Tensor:
    """x / (k + alpha/size * sum of squares over neighbouring channels)^beta."""
    squares = torch.zeros_like(x)
    for i in range(x.shape[1]):
        low = max(i - op.size // 2, 0)
        squares[:, i] = x[:, low : i + (op.size - 1) // 2 + 1].square().sum(1)
    return x / (op.k + op.alpha / op.size * squares) ** op.beta


def instancenorm(op: Any, x: Tensor, w: Weights) -> Tensor:
    """Over the positions of each channel."""
    y = x.flatten(2)
    y = (y - y.mean(2, keepdim=True)) / (y.var(2, correction=0, keepdim=True) + op.eps).sqrt()
    y = y.view_as(x)
    return y * by_channel(w["weight"], x) + by_channel(w["bias"], x) if op.affine else y


def pad(op: Any, x: Tensor, w: Weights) -> Tensor:
    """Zeros around, or what is reflected or repeated."""
    sequence = op.layout == "seq"
    rank = x.dim() - 2
    start = 0 if op.size is None else op.size
    end = start if op.end is None else op.end
    start = start if op.start is None else op.start
    spatial = list(zip(each(start, rank), each(end, rank), strict=True))
    by = [*spatial, op.channels] if sequence else [op.channels, *spatial]
    flat = [n for pair in reversed(by) for n in pair]
    if op.mode == "zero":
        return F.pad(x, flat)
    return F.pad(x, flat[:-2], mode=op.mode)


def crop(op: Any, x: Tensor, w: Weights, like: Tensor | None = None) -> Tensor:
    """The middle."""
    sizes = like.shape[2:] if like is not None else each(op.size, x.dim() - 2)
    for axis, m in enumerate(sizes, 2):
        x = x.narrow(axis, (x.shape[axis] - m) // 2, m)
    return x


def upsample(op: Any, x: Tensor, w: Weights, like: Tensor | None = None) -> Tensor:
    """torch's interpolation; nearest by indices."""
    rank = x.dim() - 2
    if like is not None:
        sizes = list(like.shape[2:])
    elif op.factor is not None:
        sizes = [n * f for n, f in zip(x.shape[2:], each(op.factor, rank), strict=True)]
    else:
        sizes = each(op.size, rank)
    if op.mode == "nearest":
        for axis, m in enumerate(sizes, 2):
            n = x.shape[axis]
            x = x.index_select(axis, torch.tensor([i * n // m for i in range(m)]))
        return x
    return F.interpolate(x, size=sizes, mode=op.mode, align_corners=op.align)


def pixelshuffle(op: Any, x: Tensor, w: Weights) -> Tensor:
    """Channels into pixels."""
    n, c, h, v = x.shape
    r = op.factor
    y = x.view(n, c // (r * r), r, r, h, v).permute(0, 1, 4, 2, 5, 3)
    return y.reshape(n, c // (r * r), h * r, v * r)


def pixelunshuffle(op: Any, x: Tensor, w: Weights) -> Tensor:
    """Pixels into channels."""
    n, c, h, v = x.shape
    r = op.factor
    y = x.view(n, c, h // r, r, v // r, r).permute(0, 1, 3, 5, 2, 4)
    return y.reshape(n, c * r * r, h // r, v // r)


MEANING: dict[str, Callable[..., Any]] = {
    "conv": conv,
    "dwconv": dwconv,
    "sepconv": sepconv,
    "deconv": deconv,
    "maxpool": maxpool,
    "avgpool": avgpool,
    "subsample": subsample,
    "adaptiveavgpool": adaptive("mean"),
    "adaptivemaxpool": adaptive("amax"),
    "lrn": lrn,
    "instancenorm": instancenorm,
    "pad": pad,
    "crop": crop,
    "upsample": upsample,
    "pixelshuffle": pixelshuffle,
    "pixelunshuffle": pixelunshuffle,
}
