"""Published networks at full size, built by hand: their papers fix what they cost."""

from __future__ import annotations

from archdsl.ir.model import Claim, Network
from tests.ir_builder import Graph, image
from tests.ir_networks import bottleneck, conv_relu


def vgg(name: str, counts: tuple[int, ...], published: str) -> Network:
    """Simonyan and Zisserman, 2014, Table 1, with a figure of Table 2 as its claim."""
    g = Graph(image(3, 224, 224), names=("input",))
    for out, count in zip((64, 128, 256, 512, 512), counts, strict=True):
        first = conv_relu(g.type_of(g.last), out)
        rest = conv_relu(first.output_types()[0], out)
        runs = ((first, 1), (rest, count - 1)) if count > 1 else ((first, 1),)
        g.repeat(*runs, name="conv")
        g.op("maxpool", kernel=2, stride=2)
    for _ in range(2):
        g.op("fc", out=4096)
        g.op("relu", same_step=True)
        g.op("dropout", p=0.5)
    g.op("fc", out=1000)
    g.op("softmax")
    claim = Claim("params", "~", int(published[:-1]) * 10**6, f"params ~ {published}")
    return Network(name, g.network(name).module, "", (claim,))


def resnet(name: str, counts: tuple[int, ...]) -> Network:
    """He et al., 2015, Table 1 with bottlenecks (the stride in the 3x3)."""
    g = Graph(image(3, 224, 224), names=("input",))
    g.op("conv", kernel=7, out=64, stride=2, bias=False)
    g.op("bn", same_step=True)
    g.op("relu", same_step=True)
    g.op("maxpool", kernel=3, stride=2, pad=1)
    g.labels["stem"] = g.last
    for k, count in enumerate(counts):
        mid = 64 << k
        first = bottleneck(g.type_of(g.last), mid, 4 * mid, 2 if k else 1)
        rest = bottleneck(first.output_types()[0], mid, 4 * mid)
        g.repeat((first, 1), (rest, count - 1), name=f"conv{k + 2}_x")
    g.op("gap")
    g.op("fc", out=1000)
    return g.network(name)


def vgg_a() -> Network:
    """Eleven weight layers."""
    return vgg("VGG-A", (1, 1, 2, 2, 2), "133M")


def vgg_e() -> Network:
    """Nineteen weight layers."""
    return vgg("VGG-E", (2, 2, 4, 4, 4), "144M")


def resnet50() -> Network:
    """Fifty weight layers."""
    return resnet("ResNet-50", (3, 4, 6, 3))


def resnet152() -> Network:
    """A hundred and fifty-two."""
    return resnet("ResNet-152", (3, 8, 36, 3))
