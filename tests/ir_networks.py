"""Networks of every structure that the IR can have, built by hand."""

from __future__ import annotations

from archdsl.ir.model import Module, Network, Output
from archdsl.tensor import TensorType
from tests.ir_builder import Graph, image, sequence, tokens, vector


def conv_relu(x: TensorType, out: int) -> Module:
    """A group: 3x3 convolution and ReLU."""
    g = Graph(x)
    g.op("conv", kernel=3, out=out)
    g.op("relu", same_step=True)
    return g.module(kind="group")


def vgg() -> Network:
    """A chain with repeats whose first repetition differs."""
    g = Graph(image(3, 32, 32))
    for out, count in ((8, 2), (16, 4)):
        first = conv_relu(g.type_of(g.last), out)
        rest = conv_relu(first.output_types()[0], out)
        g.repeat((first, 1), (rest, count - 1), name="conv")
        g.op("maxpool", kernel=2, stride=2)
    g.op("fc", out=32)
    g.op("relu", same_step=True)
    g.op("dropout", p=0.5)
    g.op("fc", out=10)
    g.op("softmax")
    return g.network("VGG-E", doc='Very deep "VGG"\n  with \\ and """ in its text')


def bottleneck(x: TensorType, mid: int, out: int, stride: int = 1) -> Module:
    """ResNet's block, with a projection where the shapes differ."""
    g = Graph(x)
    steps = ((1, mid, 1), (3, mid, stride), (1, out, 1))
    for k, (kernel, width, by) in enumerate(steps):
        g.op("conv", kernel=kernel, out=width, stride=by, bias=False, name="conv")
        g.op("bn", same_step=True)
        if k < 2:
            g.op("relu", same_step=True)
    body = short = g.last
    start = (-1, 0)
    if g.type_of(body) != x:
        g.op("conv", start, kernel=1, out=out, stride=stride, bias=False, name="shortcut_conv")
        short = g.op("bn", same_step=True, name="shortcut_bn")
    else:
        short = start
    g.op("add", body, short)
    g.op("relu", same_step=True)
    params = (("mid", mid), ("out", out), ("stride", stride))
    return g.module("bottleneck", origin=1, params=params, doc="He et al., 2015.")


def resnet() -> Network:
    """Stages of a block with arguments, the first repetition with a stride."""
    g = Graph(image(3, 32, 32))
    g.op("conv", kernel=7, out=16, stride=2, bias=False)
    g.op("bn", same_step=True)
    g.op("relu", same_step=True)
    for k, (mid, out, stride, count) in enumerate(((8, 32, 1, 3), (16, 64, 2, 4))):
        first = bottleneck(g.type_of(g.last), mid, out, stride)
        rest = bottleneck(first.output_types()[0], mid, out)
        g.repeat((first, 1), (rest, count - 1), name=f"stage{k}")
    g.op("gap")
    g.op("fc", out=10)
    return g.network("ResNet-29")


def inception(x: TensorType, widths: tuple[int, int, int, int]) -> Module:
    """Four branches, written out in one module."""
    g = Graph(x)
    start = (-1, 0)
    a = g.op("conv", start, kernel=1, out=widths[0])
    g.op("conv", start, kernel=1, out=widths[1])
    g.op("relu", same_step=True)
    b = g.op("conv", kernel=3, out=widths[1])
    g.op("conv", start, kernel=1, out=widths[2])
    c = g.op("conv", kernel=5, out=widths[2])
    g.op("maxpool", start, kernel=3, stride=1, pad=1)
    d = g.op("conv", kernel=1, out=widths[3])
    g.op("concat", a, b, c, d)
    params = tuple(zip(("n1", "n3", "n5", "pool"), widths, strict=True))
    return g.module("inception", origin=2, params=params)


def googlenet() -> Network:
    """Branches, a head that exists in training only, labels."""
    g = Graph(image(3, 16, 16))
    g.op("conv", kernel=3, out=8)
    g.call(inception(g.type_of(g.last), (4, 6, 2, 4)), name="i3a")
    middle = g.call(inception(g.type_of(g.last), (8, 6, 4, 4)), name="i3b")
    g.labels["i3b"] = middle
    g.op("gap", middle)
    g.op("fc", out=5, name="head_fc")
    aux = g.op("softmax", name="head_softmax")
    g.call(inception(g.type_of(middle), (4, 4, 4, 4)), middle, name="i4a")
    g.op("gap")
    g.op("fc", out=10)
    main = g.op("softmax")
    return g.network("GoogLeNet", Output("main", main), Output("aux1", aux, True, 0.3))


def siamese() -> Network:
    """Two inputs through one shared layer, and a distance."""
    g = Graph(image(1, 8, 8), image(1, 8, 8), names=("left", "right"))
    a = g.op("conv", (-1, 0), kernel=3, out=4)
    a = g.op("relu", same_step=True)
    b = g.op("conv", (-1, 1), kernel=3, out=4, name="again", shares=0)
    g.op("sub", a, b)
    g.op("fc", out=2)
    return g.network("Siamese")


def splitter() -> Network:
    """A split, its parts used apart, a squeeze and excitation with an identity branch."""
    g = Graph(image(4, 8, 8))
    g.op("conv", kernel=3, out=8)
    at = g.op("split", parts=2)[0]
    g.labels["keep"] = (at, 0)
    g.op("conv", (at, 1), kernel=3, out=4)
    g.op("concat", (at, 0), g.last)
    x = g.last
    same = g.op("identity", x)
    g.op("gap", x)
    g.op("conv", kernel=1, out=8)
    gate = g.op("sigmoid", same_step=True)
    g.op("mul", same, gate)
    return g.network("splitter")


def recurrent() -> Network:
    """A tied repeat, and a repeat that reads a captured tensor each time."""
    x = image(4, 6, 6)
    g = Graph(x)
    g.op("conv", kernel=3, out=4)
    memory = g.last
    g.labels["memory"] = memory
    g.repeat((conv_relu(x, 4), 3), name="tied", tied=True)
    body = Graph(x, x, names=("x", "captured0"))
    body.op("conv", (-1, 0), kernel=3, out=4)
    body.op("add", body.last, (-1, 1))
    g.repeat((body.module(kind="group"), 3), values=(g.last, memory), name="refine")
    return g.network("recurrent")


def language_model() -> Network:
    """Tokens, an embedding shared with the output layer, a block of attention."""
    g = Graph(tokens(6))
    g.op("embed", vocab=11, dim=8)
    block = Graph(sequence(6, 8))
    block.op("ln")
    block.op("attention", heads=2, causal=True)
    x = block.op("add", (-1, 0), block.last)
    block.op("ln", x)
    block.op("fc", out=16)
    block.op("gelu", same_step=True)
    block.op("fc", out=8)
    block.op("add", x, block.last)
    g.repeat((block.module("transformer", origin=5), 4), name="layers")
    g.op("fc", out=11, bias=False, shares=0)
    return g.network("LM")


def started() -> Network:
    """Layers that say how their weights start."""
    g = Graph(vector(8))
    he, zero = (2 / 8) ** 0.5, ("bias", "constant", (0.0,))
    g.op("fc", out=8, init=(("weight", "normal", (he,)), zero))
    g.op("relu", same_step=True)
    g.op("fc", out=8, init=(("weight", "normal", (he,)), zero))
    g.op("fc", out=4, init=(("weight", "trunc_normal", (0.02,)), ("bias", "uniform", (0.5,))))
    return g.network("started")


ALL = (
    vgg,
    resnet,
    googlenet,
    siamese,
    splitter,
    recurrent,
    language_model,
    started,
)
