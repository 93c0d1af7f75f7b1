"""Attributes for kinds that work on maps, drawn so that they mostly fit the tensor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from random import Random

from archdsl.ops.base import Dims
from archdsl.ops.shape import INTERPOLATION
from archdsl.tensor import TensorType

Attrs = dict[str, object]


def per_axis(r: Random, x: TensorType, low: int, high: int) -> int | Dims:
    """One number, or sometimes one for each spatial axis."""
    if r.random() < 0.5:
        return r.randint(low, high)
    return sizes(r.randint(low, high) for _ in range(x.rank))


def sizes(values: Iterable[int]) -> int | Dims:
    """Numbers as the text has them: a single one is no list."""
    found = Dims(values)
    return found[0] if len(found) == 1 else found


def some(r: Random, p: float, attrs: Mapping[str, object]) -> Attrs:
    """Each of the attributes with the probability `p`."""
    return {name: value for name, value in attrs.items() if r.random() < p}


def width(r: Random) -> int:
    """A number of channels."""
    return r.choice([1, 2, 3, 4, 4, 6, 8])


def divisor(r: Random, *of: int) -> int:
    """A number that divides all of these."""
    return r.choice([n for n in range(1, min(of) + 1) if all(m % n == 0 for m in of)])


def kernel(r: Random, x: TensorType) -> int | Dims:
    """A size of a window that is not much larger than the map."""
    if r.random() < 0.6:
        return r.choice([n for n in (1, 2, 3, 3, 4, 5) if n <= min(x.spatial) + 2])
    return sizes(r.randint(1, min(n + 1, 5)) for n in x.spatial)


def window(r: Random, x: TensorType) -> Attrs:
    """What all convolutions have."""
    more = {
        "stride": per_axis(r, x, 1, 3),
        "pad": r.choice([None, "same", "valid", "tf-same", per_axis(r, x, 0, 3)]),
        "dilation": per_axis(r, x, 1, 2),
        "bias": r.random() < 0.4,
    }
    return {"kernel": kernel(r, x), **some(r, 0.35, more)}


def conv(r: Random, x: TensorType) -> Attrs | None:
    """Plain, in groups, or with connections."""
    attrs = {**window(r, x), "out": width(r)}
    case = r.random()
    if case < 0.2:
        groups = divisor(r, x.channels)
        attrs |= {"groups": groups, "out": groups * r.randint(1, 3)}
    elif case < 0.3:
        channels = range(x.channels)
        maps = [r.sample(channels, r.randint(1, x.channels)) for _ in range(int(str(attrs["out"])))]
        attrs["connect"] = tuple(tuple(m) for m in maps)
    return attrs


def dwconv(r: Random, x: TensorType) -> Attrs | None:
    """Depthwise."""
    return window(r, x) | some(r, 0.4, {"out": x.channels * r.randint(1, 2)})


def sepconv(r: Random, x: TensorType) -> Attrs | None:
    """Depthwise, then pointwise."""
    return {**window(r, x), "out": width(r)}


def deconv(r: Random, x: TensorType) -> Attrs | None:
    """Transposed."""
    attrs = window(r, x)
    groups = divisor(r, x.channels)
    attrs |= {"out": groups * r.randint(1, 3)} if r.random() < 0.6 else {"out": width(r)}
    if r.random() < 0.6 and int(str(attrs["out"])) % groups == 0:
        attrs["groups"] = groups
    pad = r.choice([None, "same", "valid", per_axis(r, x, 0, 2)])
    return attrs | {"pad": pad} | some(r, 0.5, {"output_pad": per_axis(r, x, 0, 1)})


def pooling(r: Random, x: TensorType) -> Attrs:
    """What both pools over windows have."""
    more = {
        "kernel": kernel(r, x),
        "stride": r.choice([None, per_axis(r, x, 1, 3)]),
        "pad": r.choice(["same", "valid", "tf-same", per_axis(r, x, 0, 2)]),
        "ceil": r.random() < 0.7,
    }
    return some(r, r.choice([0.4, 0.9]), more)


def maxpool(r: Random, x: TensorType) -> Attrs | None:
    """The maximum of windows."""
    return pooling(r, x) | some(r, 0.2, {"dilation": per_axis(r, x, 1, 2)})


def avgpool(r: Random, x: TensorType) -> Attrs | None:
    """The mean of windows."""
    return pooling(r, x) | some(r, 0.4, {"count_pad": r.choice([None, True, False])})


def subsample(r: Random, x: TensorType) -> Attrs | None:
    """LeNet's."""
    more = {"kernel": kernel(r, x), "stride": r.choice([None, per_axis(r, x, 1, 3)])}
    return some(r, 0.6, more)


def adaptive(r: Random, x: TensorType) -> Attrs | None:
    """To a size."""
    return {"size": per_axis(r, x, 1, 4)}


def nothing(r: Random, x: TensorType) -> Attrs | None:
    """No attribute."""
    return {}


def lrn(r: Random, x: TensorType) -> Attrs | None:
    """Across channels."""
    more = {"size": r.randint(1, 6), "alpha": 0.01, "beta": r.choice([0.5, 1.0]), "k": 2.0}
    return some(r, 0.5, more)


def instancenorm(r: Random, x: TensorType) -> Attrs | None:
    """Over positions."""
    return some(r, 0.5, {"eps": 1e-3, "affine": True})


def pad(r: Random, x: TensorType) -> Attrs | None:
    """On both sides, on one, or in channels."""
    case = r.randrange(3)
    attrs: Attrs
    if case == 0:
        attrs = {"size": per_axis(r, x, 0, 2)}
    elif case == 1:
        attrs = {"channels": r.choice([(0, 2), (1, 1), (2, 0)])}
        return attrs | some(r, 0.3, {"size": per_axis(r, x, 0, 1)})
    else:
        attrs = some(r, 0.6, {"start": per_axis(r, x, 0, 2), "end": per_axis(r, x, 0, 2)})
        attrs = attrs or {"start": 1}
    return attrs | some(r, 0.4, {"mode": r.choice(["zero", "reflect", "replicate"])})


def crop(r: Random, x: TensorType) -> Attrs | None:
    """The middle."""
    wanted = tuple(r.randint(max(n - 3, 1), n) for n in x.spatial)
    return {"size": sizes(wanted) if r.random() < 0.6 else min(wanted)}


def upsample(r: Random, x: TensorType) -> Attrs | None:
    """By a factor or to a size."""
    more = [m for m, rank in INTERPOLATION.items() if rank == x.rank]
    mode = r.choice(["nearest", *more])
    attrs: Attrs = {"mode": mode} if mode != "nearest" or r.random() < 0.2 else {}
    if mode != "nearest":
        attrs |= some(r, 0.5, {"align": r.random() < 0.8})
    if r.random() < 0.5:
        return attrs | {"factor": per_axis(r, x, 1, 2)}
    return attrs | {"size": per_axis(r, x, 1, 8)}


def like(r: Random, x: TensorType) -> Attrs | None:
    """What `upsample(like=@t)` has besides."""
    return {key: v for key, v in (upsample(r, x) or {}).items() if key in ("mode", "align")}


def pixelshuffle(r: Random, x: TensorType) -> Attrs | None:
    """Channels into pixels."""
    fitting = [n for n in (1, 2, 3) if x.channels % (n * n) == 0]
    return {"factor": r.choice(fitting)} if x.rank == 2 else None


def pixelunshuffle(r: Random, x: TensorType) -> Attrs | None:
    """Pixels into channels."""
    return {"factor": divisor(r, *x.spatial)} if x.rank == 2 else None


DRAWS = {
    "conv": conv,
    "dwconv": dwconv,
    "sepconv": sepconv,
    "deconv": deconv,
    "maxpool": maxpool,
    "avgpool": avgpool,
    "subsample": subsample,
    "adaptiveavgpool": adaptive,
    "adaptivemaxpool": adaptive,
    "lrn": lrn,
    "instancenorm": instancenorm,
    "pad": pad,
    "crop": crop,
    "upsample": upsample,
    "pixelshuffle": pixelshuffle,
    "pixelunshuffle": pixelunshuffle,
    "tokens": nothing,
}
"""Kinds of maps; each gives attributes, or None where the tensor does not suit the kind."""
