"""Layers with attributes drawn freely, valid or not, and torch's layer for each of them."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

Sizes = tuple[int, ...]
LAYOUTS = {1: "signal ", 2: "", 3: "volume "}


class Judge:
    """A text, what enters, torch's layer, and whether we refuse more here, and then why."""

    def __init__(
        self,
        text: str,
        types: list[Sizes],
        build: Callable[[], Callable[..., Any]],
        stricter: str = "",
    ) -> None:
        self.text = text
        self.types = types
        self.build = build
        self.stricter = stricter


STRICTER: tuple[tuple[str, str, Callable[[], nn.Module], str], ...] = (
    ("8", "FC-0", lambda: nn.Linear(8, 0), "a layer that gives no element has no use"),
    ("4x3x3", "adaptiveavgpool0", lambda: nn.AdaptiveAvgPool2d(0), "nor has a map of no element"),
    ("4x1x1", "gn(4)", lambda: nn.GroupNorm(4, 4), "one value has no variance; alone it fails"),
    (
        "3x8x8",
        "slice(0, 9)",
        nn.Identity,
        "a slice of Python ends early and says nothing",
    ),
)
"""What we refuse and torch takes: what enters, the layer, torch's layer, why."""


def shape(r: Random) -> tuple[int, Sizes]:
    """Rank, and channels with spatial sizes."""
    rank = r.choice([1, 2, 2, 3])
    top = {1: 12, 2: 9, 3: 6}[rank]
    return rank, (r.randint(1, 6), *(r.randint(1, top) for _ in range(rank)))


def spec(layout: str, dims: Sizes, layer: str) -> str:
    """A network of one layer."""
    return f"input {layout}{'x'.join(map(str, dims))}\n{layer}\n"


def each(r: Random, rank: int, low: int, high: int) -> Sizes:
    """A number for each axis."""
    return tuple(r.randint(low, high) for _ in range(rank))


def dims(values: Sizes) -> str:
    """Numbers as the language writes them."""
    return "x".join(map(str, values))


def odd(r: Random, low: int, high: int) -> int:
    """Mostly a fair number, now and then zero."""
    return 0 if r.random() < 0.04 else r.randint(low, high)


def conv(r: Random) -> Judge:
    """A convolution, plain or transposed."""
    rank, x = shape(r)
    k, s, p = each(r, rank, 1, 5), each(r, rank, 1, 3), each(r, rank, 0, 2)
    d, out, groups = each(r, rank, 1, 3), odd(r, 1, 6), odd(r, 1, 3)
    flaw = r.random()
    k = (0, *k[1:]) if flaw < 0.03 else k
    s = (0, *s[1:]) if 0.03 < flaw < 0.06 else s
    d = (0, *d[1:]) if 0.06 < flaw < 0.09 else d
    same = f"stride={dims(s)}, pad={dims(p)}, dilation={dims(d)}, groups={groups}"
    head = f"(kernel={dims(k)}, out={out}, {same}"
    if r.random() < 0.5:
        cls = getattr(nn, f"Conv{rank}d")
        text = spec(LAYOUTS[rank], x, f"conv{head})")
        return Judge(text, [x], lambda: cls(x[0], out, k, s, p, d, groups))
    extra = each(r, rank, 0, 2)
    cls = getattr(nn, f"ConvTranspose{rank}d")
    text = spec(LAYOUTS[rank], x, f"deconv{head}, output_pad={dims(extra)})")
    return Judge(text, [x], lambda: cls(x[0], out, k, s, p, extra, groups, True, d))


def pool(r: Random) -> Judge:
    """A maximum or a mean over windows."""
    rank, x = shape(r)
    k, s, p = each(r, rank, 1, 5), each(r, rank, 1, 4), each(r, rank, 0, 3)
    s = (0, *s[1:]) if r.random() < 0.03 else s
    ceil = r.random() < 0.5
    head = f"kernel={dims(k)}, stride={dims(s)}, pad={dims(p)}, ceil={str(ceil).lower()}"
    if r.random() < 0.5:
        d = each(r, rank, 1, 3)
        cls = getattr(nn, f"MaxPool{rank}d")
        text = spec(LAYOUTS[rank], x, f"maxpool({head}, dilation={dims(d)})")
        return Judge(text, [x], lambda: cls(k, s, p, d, ceil_mode=ceil))
    count = r.random() < 0.5
    cls = getattr(nn, f"AvgPool{rank}d")
    text = spec(LAYOUTS[rank], x, f"avgpool({head}, count_pad={str(count).lower()})")
    return Judge(text, [x], lambda: cls(k, s, p, ceil, count))


def norm(r: Random) -> Judge:
    """Groups or instances."""
    rank, x = shape(r)
    groups = odd(r, 1, 4)
    if r.random() < 0.5:
        text = spec(LAYOUTS[rank], x, f"gn({groups})")
        return Judge(text, [x], lambda: nn.GroupNorm(groups, x[0]), one_value(x, groups))
    cls = getattr(nn, f"InstanceNorm{rank}d")
    return Judge(spec(LAYOUTS[rank], x, "instancenorm"), [x], lambda: cls(x[0]))


def one_value(x: Sizes, groups: int) -> str:
    """Why we refuse a group of one value that torch may take in a batch of two."""
    count = 1
    for n in x:
        count *= n
    return "a group of one value is zero in every example" if count == groups else ""


def axis(r: Random) -> Judge:
    """An axis by its letter."""
    _, x = 2, (r.randint(1, 6), r.randint(1, 6), r.randint(1, 6))
    letter = r.choice("chwlt")
    at = {"c": 1, "h": 2, "w": 3}.get(letter, 7)
    kind, cls = r.choice([("softmax", nn.Softmax), ("glu", nn.GLU), ("logsoftmax", nn.LogSoftmax)])
    return Judge(spec("", x, f"{kind}(axis={letter})"), [x], lambda: cls(dim=at))


def pixels(r: Random) -> Judge:
    """Channels into pixels, and back."""
    x = (r.randint(1, 12), r.randint(1, 6), r.randint(1, 6))
    factor = odd(r, 1, 3)
    if r.random() < 0.5:
        text = spec("", x, f"pixelshuffle({factor})")
        return Judge(text, [x], lambda: nn.PixelShuffle(factor))
    text = spec("", x, f"pixelunshuffle({factor})")
    return Judge(text, [x], lambda: nn.PixelUnshuffle(factor))


def padding(r: Random) -> Judge:
    """Around a map."""
    rank, x = shape(r)
    p = r.randint(0, 5)
    mode, word = r.choice(
        [("zero", "Zero"), ("reflect", "Reflection"), ("replicate", "Replication")]
    )
    cls = getattr(nn, f"{word}Pad{rank}d")
    return Judge(spec(LAYOUTS[rank], x, f"pad({p}, mode={mode})"), [x], lambda: cls(p))


def upsample(r: Random) -> Judge:
    """Larger maps."""
    rank, x = shape(r)
    mode = r.choice(["nearest", "linear", "bilinear", "bicubic", "trilinear"])
    align = r.random() < 0.3
    size = each(r, rank, 1, 7)
    more = ", align=true" if align else ""
    text = spec(LAYOUTS[rank], x, f"upsample(size={dims(size)}, mode={mode}{more})")
    return Judge(text, [x], lambda: nn.Upsample(size, mode=mode, align_corners=align or None))


def cut(r: Random) -> Judge:
    """Parts of an axis, and a join of them."""
    x = (r.randint(2, 8), r.randint(1, 4), r.randint(1, 4))
    sizes = tuple(r.randint(1, 4) for _ in range(r.randint(2, 3)))
    text = spec("", x, f"s: split([{', '.join(map(str, sizes))}])\nconcat[ @s[*] ]")
    return Judge(text, [x], lambda: lambda t: torch.cat(t.split(list(sizes), 1), 1))


def reshape(r: Random) -> Judge:
    """Elements laid out anew."""
    x = (r.choice([6, 8, 12]),)
    size = tuple(r.choice([1, 2, 3, 4]) for _ in range(r.randint(2, 4)))
    return Judge(spec("", x, f"reshape({dims(size)})"), [x], lambda: nn.Unflatten(1, size))


def join(r: Random) -> Judge:
    """Two inputs, element by element, or one behind the other."""
    rank, x = shape(r)
    y = tuple(n if r.random() < 0.7 else r.choice([1, n + 1]) for n in x)
    joins: dict[str, Callable[..., Any]] = {
        "add": torch.add,
        "mul": torch.mul,
        "sub": torch.sub,
        "max": torch.maximum,
    }
    word = r.choice(list(joins))
    inputs = "".join(
        f"input {name}: {LAYOUTS[rank]}{dims(t)}\n" for name, t in (("a", x), ("b", y))
    )
    if r.random() < 0.4:
        text = f"{inputs}concat[ @a | @b ]\n"
        return Judge(text, [x, y], lambda: lambda a, b: torch.cat([a, b], 1))
    return Judge(f"{inputs}{word}[ @a | @b ]\n", [x, y], lambda: joins[word])


def heads(r: Random) -> Judge:
    """Attention with a number of heads."""
    x = (r.randint(1, 5), r.randint(1, 8))
    count = odd(r, 1, 4)
    text = spec("seq ", x, f"attention({count})")

    def build() -> Callable[..., Any]:
        layer = nn.MultiheadAttention(x[1], count, batch_first=True)
        return lambda t: layer(t, t, t)[0]

    return Judge(text, [x], build)


def recurrent(r: Random) -> Judge:
    """LSTM, GRU and RNN."""
    x = (r.randint(1, 5), r.randint(1, 5))
    out, layers, both = odd(r, 1, 4), odd(r, 1, 2), r.random() < 0.5
    word = r.choice(["LSTM", "GRU", "RNN"])
    cls = getattr(nn, word)
    attrs = f"(out={out}, layers={layers}, bidirectional={str(both).lower()})"

    def build() -> Callable[..., Any]:
        layer = cls(x[1], out, layers, batch_first=True, bidirectional=both)
        return lambda t: layer(t)[0]

    return Judge(spec("seq ", x, word.lower() + attrs), [x], build)


def crop(r: Random) -> Judge:
    """The middle of a map."""
    x = (2, r.randint(1, 6), r.randint(1, 6))
    size = each(r, 2, 1, 7)

    def run(t: torch.Tensor) -> torch.Tensor:
        for at, n in enumerate(size, 2):
            t = t.narrow(at, (t.shape[at] - n) // 2, n)
        return t

    return Judge(spec("", x, f"crop({dims(size)})"), [x], lambda: run)


def adaptive(r: Random) -> Judge:
    """To a size."""
    rank, x = shape(r)
    size = tuple(odd(r, 1, 5) for _ in range(rank))
    word = r.choice(["Avg", "Max"])
    cls = getattr(nn, f"Adaptive{word}Pool{rank}d")
    return Judge(
        spec(LAYOUTS[rank], x, f"adaptive{word}pool({dims(size)})"), [x], lambda: cls(size)
    )


def dropout(r: Random) -> Judge:
    """With any probability."""
    x = (r.randint(1, 5),)
    p = r.choice([-0.1, 0, 0.5, 1, 1.1])
    return Judge(spec("", x, f"dropout({p})"), [x], lambda: nn.Dropout(p))


def linear(r: Random) -> Judge:
    """With any number of outputs."""
    x = (r.randint(1, 5),)
    out = odd(r, 1, 5)
    return Judge(spec("", x, f"FC({out})"), [x], lambda: nn.Linear(x[0], out))


def depthwise(r: Random) -> Judge:
    """With any number of outputs."""
    rank, x = shape(r)
    out, k = r.randint(1, 8), r.randint(1, 5)
    cls = getattr(nn, f"Conv{rank}d")
    text = spec(LAYOUTS[rank], x, f"dwconv(kernel={k}, out={out}, pad=valid)")
    return Judge(text, [x], lambda: cls(x[0], out, k, groups=x[0]))


def order(r: Random) -> Judge:
    """Axes in any order."""
    x = (r.randint(1, 5), r.randint(1, 5), r.randint(1, 5))
    letters = r.choice(["chw", "cwh", "hcw", "whc", "cl", "lc", "cthw"])
    axes = [{"c": 1, "h": 2, "w": 3}.get(n, 9) for n in letters]
    return Judge(spec("", x, f"permute({letters})"), [x], lambda: lambda t: t.permute(0, *axes))


def shuffle(r: Random) -> Judge:
    """Channels mixed."""
    x = (r.randint(1, 8), 3, 2)
    groups = odd(r, 1, 4)
    return Judge(spec("", x, f"shuffle({groups})"), [x], lambda: nn.ChannelShuffle(groups))


def position(r: Random) -> Judge:
    """One position of a sequence."""
    x = (r.randint(1, 4), 3)
    at = r.randint(-6, 5)
    return Judge(spec("seq ", x, f"at({at})"), [x], lambda: lambda t: t.select(1, at))


def lrn(r: Random) -> Judge:
    """Across any number of channels."""
    rank, x = shape(r)
    size = odd(r, 1, 6)
    text = spec(LAYOUTS[rank], x, f"lrn({size})")
    return Judge(text, [x], lambda: lambda t: F.local_response_norm(t, size) if size else 1 / 0)


JUDGES: dict[str, Callable[[Random], Judge]] = {
    "conv": conv,
    "pool": pool,
    "norm": norm,
    "axis": axis,
    "pixels": pixels,
    "padding": padding,
    "upsample": upsample,
    "cut": cut,
    "reshape": reshape,
    "join": join,
    "heads": heads,
    "recurrent": recurrent,
    "crop": crop,
    "adaptive": adaptive,
    "dropout": dropout,
    "linear": linear,
    "depthwise": depthwise,
    "order": order,
    "shuffle": shuffle,
    "position": position,
    "lrn": lrn,
}
"""Kinds where torch's own layer can be asked."""
