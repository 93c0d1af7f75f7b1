"""How a layer widens receptive fields, and how such effects add up along and across paths."""

from __future__ import annotations

from archdsl.ops.activation import OverAxis
from archdsl.ops.classic import Subsample
from archdsl.ops.conv import Convolution
from archdsl.ops.deconv import Deconv
from archdsl.ops.pool import AdaptivePool, Pool
from archdsl.ops.shape import PixelShuffle, PixelUnshuffle, Upsample

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fractions import Fraction

    from archdsl.ops.base import Kind
    from archdsl.tensor import TensorType

    Axis = tuple[int | Fraction, int | Fraction]
    # (growth, stride) of each spatial axis: growth in units of the distance between the elements
    # that come in. `()` changes nothing, ALL sees everything, None is undefined.
    Effect = tuple[Axis, ...] | str | None

ALL = "all"
POINTWISE = frozenset(("activation", "norm", "dropout", "join"))  # statistics do not count
_KEEPS_PLACES = "flatten tokens untokens cls posembed identity shuffle pad crop split slice at"
KEEPS_PLACES = frozenset(_KEEPS_PLACES.split())
SEES_ALL = frozenset(("gap", "gmp", "attention", "lstm", "gru", "rnn", "rbf"))
NEIGHBOURS = {"nearest": 0, "linear": 1, "bilinear": 1, "trilinear": 1, "bicubic": 3}
LONGEST_LOOP = 64  # repetitions that change the stride; more leave no map to speak of


def effect_of(op: Kind, inputs: tuple[TensorType, ...], outputs: tuple[TensorType, ...]) -> Effect:
    """What a layer does to the receptive field of its first input (joins: of each input).

    Statistics of norms do not count. None for kinds that move elements about.
    """
    if op.name in SEES_ALL:
        return ALL
    if op.name == "FC":
        return ALL if inputs[0].rank == 0 and len(inputs[0].dims) == 1 else ()
    if isinstance(op, OverAxis):  # along a spatial axis positions mix, or fall away
        return () if op.axis_of(inputs[0]) == inputs[0].channel_axis else None
    if op.family in POINTWISE:
        return ()
    if op.name in KEEPS_PLACES:
        return ()
    x, out = inputs[0], outputs[0]
    if isinstance(op, Deconv):
        return tuple((-(-w.extent // w.stride) - 1, ratio(1, w.stride)) for w in op.geometry(x))
    if isinstance(op, (Convolution, Pool, Subsample)):
        return tuple((w.extent - 1, w.stride) for w in op.geometry(x))
    if isinstance(op, AdaptivePool):
        return _adaptive(x.spatial, out.spatial)
    if isinstance(op, Upsample):
        pairs = zip(x.spatial, out.spatial, strict=True)
        return None if op.align else tuple((NEIGHBOURS[op.mode], ratio(n, m)) for n, m in pairs)
    if isinstance(op, PixelShuffle):
        return ((0, ratio(1, op.factor)),) * 2
    if isinstance(op, PixelUnshuffle):
        return ((op.factor - 1, op.factor),) * 2
    return None


def compose(first: Effect, then: Effect) -> Effect:
    """One effect after the other: growth is scaled by the strides before it."""
    if first is None or isinstance(first, str) or then == ():
        return first
    if then is None or isinstance(then, str) or first == ():
        return then
    if len(first) != len(then):
        return None
    return tuple((a + b * s, s * t) for (a, s), (b, t) in zip(first, then, strict=True))


def join(one: Effect, other: Effect) -> Effect:
    """Two branches that meet: the larger growth; None where their strides differ."""
    if one is None or other is None or one == other:
        return one if one == other else None
    if isinstance(one, str) or isinstance(other, str):
        return ALL
    one, other = one or ((0, 1),) * len(other), other or ((0, 1),) * len(one)
    if len(one) != len(other):
        return None
    if any(s != t for (_, s), (_, t) in zip(one, other, strict=True)):
        return None
    return tuple((max(a, b), s) for (a, s), (b, _) in zip(one, other, strict=True))


def power(effect: Effect, times: int) -> Effect:
    """An effect `times` times in a row, in closed form where it keeps the stride."""
    if times == 0 or not isinstance(effect, tuple):
        return effect if times else ()
    if all(stride == 1 for _, stride in effect):
        return tuple((growth * times, 1) for growth, _ in effect)
    if times > LONGEST_LOOP:
        return None
    total: Effect = ()
    for _ in range(times):
        total = compose(total, effect)
    return total


def ratio(over: int, under: int) -> int | Fraction:
    """An exact quotient, an integer where it is one."""
    if over % under == 0:
        return over // under
    from fractions import Fraction

    return Fraction(over, under)


def _adaptive(before: tuple[int, ...], after: tuple[int, ...]) -> Effect:
    if all(n == 1 for n in after):
        return ALL
    if any(n % m for n, m in zip(before, after, strict=True)):
        return None
    return tuple((n // m - 1, n // m) for n, m in zip(before, after, strict=True))
