"""Initial weights: what `init=he` or `init=normal(2/sqrt(fan_in))` draws for a layer's weights."""

from __future__ import annotations

import math

from archdsl.diagnostics.model import Fix
from archdsl.elaborate.context import Context, Located
from archdsl.elaborate.errors import BadArgument
from archdsl.elaborate.expr import evaluate
from archdsl.elaborate.scope import Deferred, Scope
from archdsl.elaborate.suggest import did_you_mean, rename
from archdsl.elaborate.values import show_value
from archdsl.ops.base import Weight
from archdsl.syntax import ast

Draw = tuple[str, str, tuple[float, ...]]
NUMBERS = {"normal": 1, "uniform": 1, "trunc_normal": 1, "constant": 1}
SCHEMES = ("he", "glorot", "lecun", "he_uniform", "glorot_normal", "zeros", "ones")


def initial_values(
    init: object, bias: object, weights: tuple[Weight, ...], ctx: Context
) -> tuple[Draw, ...]:
    """(weight, distribution, numbers) for every weight that `init` and `bias_init` speak of."""
    drawn = draw_weights(init, weights, ctx) if isinstance(init, Deferred) else ()
    if not isinstance(bias, Deferred):
        return drawn
    found = biases(weights)
    if not found:
        raise Located(BadArgument("this layer has no bias", label="no bias"), bias.expr.span)
    kept = tuple(d for d in drawn if d[0] not in {w.name for w in found})
    return (*kept, *(draw(bias, w, ctx) for w in found))


def biases(weights: tuple[Weight, ...]) -> list[Weight]:
    """The trained biases among a layer's weights."""
    return [w for w in weights if w.role == "param" and ".bias" in f".{w.name}"]


def draw_weights(init: Deferred, weights: tuple[Weight, ...], ctx: Context) -> tuple[Draw, ...]:
    """What `init` draws.

    Matrices and kernels (those with a fan-in) take the distribution, their biases start at 0,
    as He et al. 2015 have it; where a layer has none of them (a norm), its `weight` takes it.
    """
    shifts = biases(weights)
    drawn = [w for w in weights if w.role == "param" and w.fan_in > 0 and w not in shifts]
    if not drawn:
        drawn = [w for w in weights if w.role == "param" and w.name == "weight"]
        return tuple(draw(init, w, ctx) for w in drawn)
    out = [draw(init, w, ctx) for w in drawn]
    return (*out, *((w.name, "constant", (0.0,)) for w in shifts))


def draw(init: Deferred, weight: Weight, ctx: Context) -> Draw:
    """What one weight draws."""
    e = init.expr
    fan_in, fan_out = weight.fan_in, weight.fan_out
    if isinstance(e, ast.Name) and ctx_value(e, init) is None:
        name = e.name
        if name in ("zeros", "ones"):
            return weight.name, "constant", (float(name == "ones"),)
        if name in SCHEMES and fan_in < 1:
            raise Located(BadArgument(f"`{name}` needs a fan-in, and this layer has none"), e.span)
        if name == "he":  # He et al. 2015, eq. 10
            return weight.name, "normal", (math.sqrt(2 / fan_in),)
        if name == "he_uniform":
            return weight.name, "uniform", (math.sqrt(6 / fan_in),)
        if name == "glorot":  # Glorot and Bengio 2010, eq. 16
            return weight.name, "uniform", (math.sqrt(6 / (fan_in + fan_out)),)
        if name == "glorot_normal":
            return weight.name, "normal", (math.sqrt(2 / (fan_in + fan_out)),)
        if name == "lecun":  # LeCun et al. 1998, Efficient BackProp, eq. 16
            return weight.name, "normal", (math.sqrt(1 / fan_in),)
    if isinstance(e, ast.Call) and e.name.name in NUMBERS:
        return weight.name, e.name.name, (number_of(e, fan_in, fan_out, init, ctx),)
    raise no_distribution(e)


def no_distribution(e: ast.Expr) -> Located:
    """What is wrong with an expression that says no distribution."""
    called = isinstance(e, ast.Call)
    word = e.name.name if isinstance(e, ast.Call) else e.span.text[:40]
    if called and word in SCHEMES:
        return Located(BadArgument(f"`{word}` takes no number", help=f"`init={word}`"), e.span)
    if not called and word in NUMBERS:
        help = f"`{word}(0.01)`"
        return Located(BadArgument(f"`{word}` takes one number", help=help), e.span)
    from archdsl.ops.foreign import INITS, plain

    known = [*NUMBERS, *SCHEMES]
    span = e.name.span if isinstance(e, ast.Call) else e.span
    own = INITS.get(plain(word), "")
    help, fix = "one of " + ", ".join(known), rename(span, word, known)
    if own and not called:
        help, fix = f"did you mean `{own}`?", Fix(span, own, f"write `{own}`")
    elif fix is not None and (fix.safety == "sure" or "_" not in word):
        help = did_you_mean(word, known)
    else:
        fix = None  # `lecun_uniform` is neither `he_uniform` nor `lecun`
    return Located(BadArgument(f"`init` takes no `{word}`", help=help), e.span, fix=fix)


def ctx_value(e: ast.Name, init: Deferred) -> object:
    """The value that a name has in the spec, if it has one."""
    scope = init.scope.find(e.name)
    return None if scope is None else scope.names[e.name]


def number_of(e: ast.Call, fan_in: int, fan_out: int, init: Deferred, ctx: Context) -> float:
    """The number in `normal(…)`, where `fan_in` and `fan_out` may stand."""
    if len(e.args) != 1 or e.args[0].name:
        raise Located(
            BadArgument(f"`{e.name.name}` takes one number", help=f"`{e.name.name}(0.01)`"), e.span
        )
    scope = Scope(init.scope, init.scope.defaults)
    if fan_in > 0:
        scope.define("fan_in", fan_in, e.span)
        scope.define("fan_out", fan_out, e.span)
    inner = Context(ctx.run, scope, ctx.graph, ctx.entry, ctx.frame, ctx.network, ctx.depth)
    value = evaluate(e.args[0].value, inner)
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise Located(
            BadArgument(f"`{e.name.name}` takes a number, not {show_value(value)}"),
            e.args[0].span,
        )
    if e.name.name != "constant" and value <= 0:
        raise Located(
            BadArgument(f"`{e.name.name}` takes a positive number, not {show_value(value)}"),
            e.args[0].span,
        )
    return float(value)
