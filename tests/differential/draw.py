"""Attributes for every kind, drawn so that they mostly fit the tensor that comes in."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from archdsl.ops.base import Dims
from archdsl.ops.layout import ORDERS
from archdsl.tensor import IMAGE, SEQUENCE, SIGNAL, TOKENS, VECTOR, VOLUME, TensorType
from tests.differential import draw_maps
from tests.differential.draw_maps import Attrs, divisor, nothing, some, width

Draw = Callable[[Random, TensorType], Attrs | None]


def input_type(r: Random) -> TensorType:
    """A small tensor of any layout."""
    layout = r.choice([IMAGE] * 6 + [SIGNAL, SIGNAL, VOLUME, VOLUME, SEQUENCE, SEQUENCE, VECTOR])
    if r.random() < 0.08:
        return TensorType(TOKENS, (r.randint(1, 6),))
    top = {IMAGE: 9, SIGNAL: 16, VOLUME: 5}.get(layout, 6)
    rank = {IMAGE: 2, SIGNAL: 1, VOLUME: 3, SEQUENCE: 1}.get(layout, 0)
    sizes = [r.randint(3 if r.random() < 0.8 else 1, top) for _ in range(rank)]
    channels = r.choice([1, 2, 3, 4, 4, 6, 8])
    dims = (*sizes, channels) if layout == SEQUENCE else (channels, *sizes)
    return TensorType(layout, dims)


def axis(r: Random, x: TensorType) -> str:
    """The word for an axis of the tensor."""
    letter = r.choice(x.axes)
    return r.choice(["channels", "features", "c"]) if letter == "c" else letter


def size_on(x: TensorType, word: str) -> int:
    """The size on the axis of that word."""
    return x.dims[x.axes.index("c" if word in ("channels", "features") else word)]


def over_axis(r: Random, x: TensorType) -> Attrs | None:
    """Softmax and its like."""
    return some(r, 0.5, {"axis": axis(r, x)})


def glu(r: Random, x: TensorType) -> Attrs | None:
    """An axis of an even size."""
    even = [a for a, n in zip(x.axes, x.dims, strict=True) if n % 2 == 0]
    return {"axis": r.choice(even)} if even else None


def bn(r: Random, x: TensorType) -> Attrs | None:
    """Batch normalization."""
    more = {"eps": 1e-3, "momentum": 0.2, "affine": False, "axis": axis(r, x)}
    return some(r, 0.25, more)


def ln(r: Random, x: TensorType) -> Attrs | None:
    """Layer normalization."""
    which = r.choice(["all", axis(r, x)])
    return some(r, 0.35, {"eps": 1e-3, "affine": False, "bias": False, "axis": which})


def gn(r: Random, x: TensorType) -> Attrs | None:
    """Group normalization."""
    groups = {"groups": divisor(r, x.channels)}
    return groups | some(r, 0.3, {"eps": 1e-3, "affine": r.random() < 0.3})


def rmsnorm(r: Random, x: TensorType) -> Attrs | None:
    """Root mean square."""
    return some(r, 0.4, {"eps": 1e-3, "affine": r.random() < 0.3})


def fc(r: Random, x: TensorType) -> Attrs | None:
    """Fully connected."""
    return {"out": width(r), **some(r, 0.2, {"bias": r.random() < 0.5})}


def attention(r: Random, x: TensorType) -> Attrs | None:
    """Self-attention: plain, causal, or in windows."""
    attrs = projections(r, x)
    grid = grid_of(r, x)
    if grid is None or r.random() < 0.5:
        return attrs | some(r, 0.3, {"causal": True})
    if r.random() < 0.7:
        size = Dims(divisor(r, n) for n in grid)
        attrs["window"] = size
        shift = Dims(r.randrange(n) for n in size)
        attrs |= some(r, 0.5, {"shift": shift, "bias": "relative"})
    else:
        attrs["bias"] = "relative"
    return attrs | ({"grid": grid} if x.layout == SEQUENCE else {})


def grid_of(r: Random, x: TensorType) -> Dims | None:
    """Height and width of the positions."""
    if x.layout == IMAGE:
        return Dims(x.spatial)
    if x.layout != SEQUENCE:
        return None
    height = divisor(r, x.dims[0])
    return Dims((height, x.dims[0] // height))


def projections(r: Random, x: TensorType) -> Attrs:
    """What self- and cross-attention have in common."""
    attrs: Attrs = {"heads": divisor(r, x.channels)}
    if r.random() < 0.3:
        attrs = {"heads": r.randint(1, 3), "head_dim": r.randint(1, 3)}
    more = {
        "out": r.choice([None, width(r)]),
        "qkv_bias": r.random() < 0.4,
        "out_bias": r.random() < 0.4,
        "scale": r.choice([None, 0.3]),
        "dropout": 0.1,
    }
    return attrs | some(r, 0.25, more)


def recurrent(r: Random, x: TensorType) -> Attrs | None:
    """One layer or some, in one direction or two."""
    attrs: Attrs = {"out": r.randint(1, 4)}
    attrs |= some(r, 0.35, {"layers": r.randint(1, 3), "bidirectional": True, "last": True})
    if attrs.get("layers", 1) != 1:
        attrs |= some(r, 0.3, {"dropout": 0.2})
    return attrs | some(r, 0.3, {"bias": False})


def rnn(r: Random, x: TensorType) -> Attrs | None:
    """The plain one has a choice of its activation."""
    return (recurrent(r, x) or {}) | some(r, 0.5, {"act": r.choice(["tanh", "relu"])})


def embed(r: Random, x: TensorType) -> Attrs | None:
    """Vectors of tokens."""
    attrs: Attrs = {"vocab": r.randint(2, 9), "dim": r.choice([2, 4, 6])}
    return attrs | some(r, 0.3, {"pad": r.choice([None, 0, 1])})


def posembed(r: Random, x: TensorType) -> Attrs | None:
    """Learned or not."""
    waves = 4 if x.layout == IMAGE else 2
    if x.layout not in (IMAGE, SEQUENCE):
        return None
    fixed = ["sincos"] if x.channels % waves == 0 else []
    return some(r, 0.7, {"mode": r.choice(["learned", *fixed])})


def split(r: Random, x: TensorType) -> Attrs | None:
    """Equal parts or unequal ones."""
    word = axis(r, x)
    n = size_on(x, word)
    if n < 2:
        return None
    parts: object = r.choice([k for k in range(2, n + 1) if n % k == 0][:3])
    if r.random() < 0.5:
        first = r.randint(1, n - 1)
        rest = n - first
        last = r.randint(1, rest)
        parts = (first, last, rest - last) if rest > last else (first, rest)
    return {"parts": parts, **some(r, 1.0 if x.dims[x.channel_axis] != n else 0.7, {"axis": word})}


def slice_(r: Random, x: TensorType) -> Attrs | None:
    """Some places of an axis."""
    word = axis(r, x)
    n = size_on(x, word)
    start = r.randrange(n)
    more: Attrs = some(r, 0.6, {"to": r.choice([None, r.randint(start + 1, n)])})
    return {"from": start, "axis": word, **more}


def at(r: Random, x: TensorType) -> Attrs | None:
    """One position."""
    return {"index": r.randint(-x.dims[0], x.dims[0] - 1)}


def factors(r: Random, n: int, count: int) -> tuple[int, ...]:
    """`count` numbers whose product is `n`."""
    found = []
    for _ in range(count - 1):
        found.append(divisor(r, n))
        n //= found[-1]
    return (*found, n)


def untokens(r: Random, x: TensorType) -> Attrs | None:
    """Positions as a map."""
    grid = factors(r, x.dims[0], r.randint(1, 3))
    return {"grid": grid[0] if len(grid) == 1 else Dims(grid)}


def reshape(r: Random, x: TensorType) -> Attrs | None:
    """Any layout of the same elements."""
    dims = factors(r, x.numel, r.randint(1, 4))
    attrs: Attrs = {"size": dims[0] if len(dims) == 1 else Dims(dims)}
    names = {1: ["vector"], 2: ["signal", "seq"], 3: ["image"], 4: ["volume"]}[len(dims)]
    return attrs | some(r, 0.5, {"to": r.choice([None, *names])})


def permute(r: Random, x: TensorType) -> Attrs | None:
    """Any order of the axes."""
    fitting = [order for order in ORDERS if sorted(order) == sorted(x.axes)]
    return {"order": r.choice(fitting), **relabel(r, x)} if fitting else None


def transpose(r: Random, x: TensorType) -> Attrs | None:
    """The last two axes."""
    return None if x.layout == VECTOR else relabel(r, x)


def relabel(r: Random, x: TensorType) -> Attrs:
    """Another name for the layout."""
    names = {2: ["signal", "seq"], 3: ["image"], 4: ["volume"]}[len(x.dims)]
    return some(r, 0.4, {"to": r.choice([None, *names])})


def dropout(r: Random, x: TensorType) -> Attrs | None:
    """Elements or channels."""
    more: Attrs = {"channels": True} if x.is_map else {}
    return some(r, 0.5, {"p": r.choice([0.1, 0.5, 0, 1]), **more})


def value_of(name: str, *values: object) -> Draw:
    """One attribute with one of some values."""

    def draw(r: Random, x: TensorType) -> Attrs | None:
        return some(r, 0.5, {name: r.choice(values)})

    return draw


ANY: dict[str, Draw] = {
    **dict.fromkeys(
        (
            *("relu", "relu6", "selu", "silu", "hardswish", "hardsigmoid", "sigmoid", "tanh"),
            *("scaledtanh", "mish", "abs", "identity", "zero", "flatten", "affine"),
        ),
        nothing,
    ),
    "leakyrelu": value_of("slope", 0.2, 0, 1),
    "prelu": lambda r, x: some(r, 0.4, {"slope": 0.1, "single": True}),
    "elu": value_of("alpha", 0.5, 2),
    "gelu": value_of("approx", "tanh", "none", None),
    "softplus": value_of("beta", 2, 0.5),
    "softmax": over_axis,
    "logsoftmax": over_axis,
    "glu": glu,
    "bn": bn,
    "ln": ln,
    "gn": gn,
    "rmsnorm": rmsnorm,
    "layerscale": value_of("init", 0.5, 1),
    "scale": lambda r, x: {"value": r.choice([0.5, -1, 2])},
    "FC": fc,
    "rbf": lambda r, x: {"out": width(r)},
    "dropout": dropout,
    "droppath": value_of("p", 0.2, 0, 1),
    "split": split,
    "slice": slice_,
    "reshape": reshape,
    "permute": permute,
    "transpose": transpose,
    "shuffle": lambda r, x: {"groups": divisor(r, x.channels)},
}
"""Kinds of all layouts that hold numbers."""


def pad_sequence(r: Random, _: TensorType) -> Attrs:
    """Padding of the steps or of the features."""
    ways: list[Attrs] = [{"channels": (0, 2)}, {"size": 1}, {"start": 2}, {"end": 1}]
    return r.choice(ways)


SEQUENCES: dict[str, Draw] = {
    "lstm": recurrent,
    "gru": recurrent,
    "rnn": rnn,
    "attention": attention,
    "posembed": posembed,
    "cls": value_of("count", 2, 3),
    "at": at,
    "untokens": untokens,
    "pad": pad_sequence,
    "gap": nothing,
    "gmp": nothing,
}
MAPS: dict[str, Draw] = {
    **draw_maps.DRAWS,
    "gap": nothing,
    "gmp": nothing,
    "attention": attention,
    "posembed": posembed,
}
VECTORS: dict[str, Draw] = {"pad": lambda r, x: {"channels": (1, 2)}}
JOINS = ("concat", "add", "sub", "mul", "max", "mean")


def kinds_for(x: TensorType) -> dict[str, Draw]:
    """What can stand on a tensor."""
    if x.layout == TOKENS:
        return {"embed": embed}
    more = MAPS if x.is_map else SEQUENCES if x.layout == SEQUENCE else VECTORS
    return ANY | more
