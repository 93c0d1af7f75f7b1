"""Expressions: numbers, lists, names, sizes of tensors; bounded, without loops or effects."""

from __future__ import annotations

import re

from archdsl.diagnostics.model import Fix, Label
from archdsl.elaborate.context import Context, Located, Silent
from archdsl.elaborate.errors import (
    BadValue,
    Limit,
    MisplacedThen,
    NetworkChannels,
    UnknownName,
)
from archdsl.elaborate.functions import FUNCTIONS, FunctionError
from archdsl.elaborate.operators import (
    NotReal,
    TooLong,
    apply_binary,
    apply_index,
    apply_unary,
    bounded,
    check_size,
)
from archdsl.elaborate.suggest import did_you_mean, rename
from archdsl.elaborate.values import (
    BlockRef,
    Labelled,
    Partial,
    Poison,
    Tensor,
    Thens,
    show_value,
    weigh,
)
from archdsl.ops.base import Dims, Kind, LayerRef
from archdsl.source import Span
from archdsl.syntax import ast

SHORT = 8  # operators and arguments that are not counted: of these a step has few
_WORDS: set[str] = set()


def evaluate(e: ast.Expr, ctx: Context) -> object:
    """The value of an expression. Raises Located, or Silent where a mistake is known already."""
    match e:
        case ast.Const():
            return Dims(e.value) if isinstance(e.value, tuple) else e.value
        case ast.Name():
            return find_name(e, ctx)
        case ast.Binary():
            return evaluate_binary(e, ctx)
        case ast.Unary():
            return apply_unary(e, evaluate(e.operand, ctx))
        case ast.Call():
            return evaluate_call(e, ctx)
        case ast.Index():
            return evaluate_index(e, ctx)
        case ast.ListExpr():
            return evaluate_list(e, ctx)
        case ast.IfExpr():
            return evaluate(e.yes if truth(e.cond, ctx) else e.no, ctx)
        case ast.Ref():
            return evaluate_ref(e, ctx)
        case ast.Then():
            return evaluate_then(e, ctx)
    raise AssertionError(type(e))


def evaluate_index(e: ast.Index, ctx: Context) -> object:
    """`widths[i]`; where `i` is too large for several lists, its first use is told."""
    target, index = evaluate(e.target, ctx), evaluate(e.index, ctx)
    try:
        return apply_index(e, target, index)
    except Located as problem:
        scope = ctx.scope.find(e.index.name) if isinstance(e.index, ast.Name) else None
        if scope is not None and isinstance(e.index, ast.Name):
            span = scope.spans[e.index.name]
            problem.once = ("index", id(span.file), span.start)
            problem.secondary = (Label(span, f"`{e.index.name}` is {show_value(index)} then"),)
        raise


def integer_of(e: ast.Expr, ctx: Context, what: str, low: int = 0) -> int:
    """The value as an integer of at least `low`."""
    value = evaluate(e, ctx)
    if isinstance(value, int) and not isinstance(value, bool) and value >= low:
        return value
    raise Located(
        BadValue(f"{what} is an integer of at least {low}, and this is {show_value(value)}"),
        e.span,
    )


def truth(e: ast.Expr, ctx: Context) -> bool:
    """The value as a condition."""
    value = evaluate(e, ctx)
    if isinstance(value, bool):
        return value
    raise Located(
        BadValue(
            f"a condition is true or false, and this is {show_value(value)}",
            help="compare it: `n > 0`, `act != none`",
        ),
        e.span,
    )


# --- names ------------------------------------------------------------------------------------


def find_name(e: ast.Name, ctx: Context) -> object:
    """A parameter, `let` or block; then `c`; then a kind, a network or a word."""
    name = e.name
    scope = ctx.scope.find(name)
    if scope is not None:
        value = scope.names[name]
        if isinstance(value, Poison):
            raise Silent
        if isinstance(value, Thens):
            return pick(value, e.span, ctx)
        return value
    if name == "c":
        return channels_here(e.span, ctx)
    if name == "none":
        return None
    kind = Kind.lookup(name)
    if kind is not None:
        return LayerRef(kind)
    network = ctx.run.networks.get(name)
    if isinstance(network, BlockRef):
        return network
    if name in choice_words():
        if name in ctx.run.lost:  # `w` may be a parameter of a heading that could not be read
            raise Silent
        return name
    if name in FUNCTIONS:
        raise Located(
            UnknownName(
                f"`{name}` is a function, and here it has no arguments",
                help=f"call it; behind `-` and `/` in brackets: `conv3-({name}(…))`",
            ),
            e.span,
        )
    before = operator_above(e.span)
    if before and Kind.lookup(name.rstrip("0123456789x")):  # `conv3` of the next line
        raise Located(
            UnknownName(
                f"nothing here is called `{name}`",
                help=f"the line above ends in `{before}`, so that this line goes on with it",
            ),
            e.span,
        )
    from archdsl.ops.foreign import other_layer, own_layer

    known = [*ctx.scope.visible(), "c", "none", "true", "false", *FUNCTIONS, *Kind.registry]
    help, fix = did_you_mean(name, known), rename(e.span, name, known)
    if fix is None or fix.safety == "guess":  # `act=lrelu`, `act=swiglu`
        own, others = own_layer(name), other_layer(name)
        if own:
            help, fix = f"did you mean `{own}`?", Fix(e.span, own, f"write `{own}`")
        elif others:
            help, fix = others, None
    help = help or "a parameter or a `let` is seen below its own line, in its own block or network"
    raise Located(UnknownName(f"nothing here is called `{name}`", help=help), e.span, fix=fix)


def operator_above(span: Span) -> str:
    """The operator that the line above ends in, where a name begins its own."""
    text = span.file.text[max(0, span.start - 200) : span.start]
    m = re.search(r"([-+*/%=]|\b(?:and|or))[ \t]*(?:#[^\n]*)?\n\s*$", text)
    return m[1] if m else ""


def channels_here(span: Span, ctx: Context) -> int:
    """`c`: the channels or features of the tensor that enters the block, bracket or group."""
    if ctx.network:
        raise Located(
            NetworkChannels(
                "`c` has no meaning in a network's own body",
                help="write the number, or name a tensor: `@stem.c`",
            ),
            span,
        )
    if isinstance(ctx.entry, Tensor):
        return axis_of(ctx.entry, "c", span)
    if ctx.entry is None:
        help = "a parameter's default sees none; in the body of a block write `let m = c//2`"
        raise Located(UnknownName("no tensor enters here, so `c` has no value", help=help), span)
    raise Silent


def axis_of(tensor: Tensor, axis: str, span: Span) -> int:
    """A size of a tensor by its letter."""
    at = tensor.type.axes.find(axis)
    if at < 0:
        letters = ", ".join(f"`{a}`" for a in tensor.type.axes)
        raise Located(
            BadValue(
                f"a tensor of layout {tensor.type.layout} has no size `{axis}`",
                help=f"it has {letters}",
            ),
            span,
        )
    return tensor.type.dims[at]


def choice_words() -> set[str]:
    """All words that some field takes: `valid`, `bilinear` …"""
    if not _WORDS:
        for kind in set(Kind.registry.values()):
            for field in kind.fields:
                _WORDS.update(field.choices)
        _WORDS.update(("pre", "post"))
    return _WORDS


def pick(value: Thens, span: Span, ctx: Context) -> object:
    """The first or the other value of a `then`."""
    if ctx.first is None:
        raise misplaced_then(span)
    return value.first if ctx.first else value.others


def misplaced_then(span: Span) -> Located:
    """`then` where nothing is repeated."""
    return Located(
        MisplacedThen(
            "`then` belongs to an argument of a repeated call",
            help="repeat the call, as in `bottleneck(128, 512, stride=2 then 1) x4`",
        ),
        span,
    )


def evaluate_then(e: ast.Then, ctx: Context) -> object:
    """`a then b`, in the arguments of a repeated call."""
    if ctx.first is None:
        raise misplaced_then(e.span)
    return evaluate(e.first if ctx.first else e.others, ctx)


def evaluate_ref(e: ast.Ref, ctx: Context) -> object:
    """`@stem` as a tensor, `@stem.c` as a number."""
    from archdsl.elaborate.refs import resolve

    if e.trail and e.trail[-1][0] == "attr":
        letter = e.trail[-1][1]
        if isinstance(letter, str) and letter in ("c", "h", "w", "l", "t"):
            base = ast.Ref(e.span, e.name, e.trail[:-1])
            found: Labelled = resolve(base, ctx)
            if isinstance(found, Tensor):
                return axis_of(found, letter, e.span)
            if isinstance(found, Poison):
                raise Silent
    return resolve(e, ctx)


# --- operators --------------------------------------------------------------------------------


def evaluate_list(e: ast.ListExpr, ctx: Context) -> object:
    """`[a, b]`, or a size `(a)x(b)`."""
    if e.dims:
        return Dims(integer_of(item, ctx, "a size") for item in e.items)
    values = tuple(evaluate(item, ctx) for item in e.items)
    spend(ctx, e.span, values)
    return bounded(values, e.span)


def spend(ctx: Context, span: Span, *values: object) -> None:
    """Counts the elements of values that are made, gone over or compared."""
    for value in values:
        if isinstance(value, (tuple, Partial, LayerRef)):
            ctx.run.spend(weigh(value), span)


def evaluate_binary(e: ast.Binary, ctx: Context) -> object:
    """A chain of operators from the left."""
    if len(e.rest) > SHORT:
        ctx.run.spend(3 * len(e.rest), e.span)
    if e.rest[0][0] in ("and", "or"):
        wanted = e.rest[0][0] == "or"
        return next(
            (wanted for term in (e.first, *(t for _, t in e.rest)) if truth(term, ctx) is wanted),
            not wanted,
        )
    joined = hyphenated(e, ctx)
    if joined is not None:
        return joined
    value = evaluate(e.first, ctx)
    for op, term in e.rest:
        other = evaluate(term, ctx)
        spend(ctx, e.span, value, other)
        try:
            value = apply_binary(op, value, other)
        except ZeroDivisionError:
            raise Located(BadValue("a division by zero"), e.span) from None
        except TooLong as limit:
            raise Located(Limit(str(limit)), e.span) from None
        except NotReal:
            raise Located(
                BadValue(f"{show_value(value)} ** {show_value(other)} is no real number"), e.span
            ) from None
        except OverflowError:
            raise Located(BadValue("a result too large for a real number"), e.span) from None
        except TypeError:
            raise Located(
                BadValue(f"`{op}` does not take {show_value(value)} and {show_value(other)}"),
                e.span,
            ) from None
        check_size(value, e.span)
    spend(ctx, e.span, value)
    return value


def hyphenated(e: ast.Binary, ctx: Context) -> object | None:
    """`soft-max` and `tf-same`: a known word with a hyphen is no subtraction."""
    if e.rest[0][0] != "-" or not isinstance(e.first, ast.Name):
        return None
    parts = [e.first, *(t for _, t in e.rest)]
    if any(op != "-" for op, _ in e.rest) or not all(isinstance(p, ast.Name) for p in parts):
        return None
    names = [p.name for p in parts if isinstance(p, ast.Name)]
    if ctx.scope.find(names[0]) is not None:
        return None
    word = "-".join(names)
    if word in choice_words():
        return word
    kind = Kind.lookup(word)
    if kind is not None:
        return LayerRef(kind)
    network = ctx.run.networks.get(word)
    return network if isinstance(network, BlockRef) else None


# --- calls ------------------------------------------------------------------------------------


def evaluate_call(e: ast.Call, ctx: Context) -> object:
    """A function's result, or a kind or block with some arguments."""
    name = e.name.name
    bound = ctx.scope.find(name)
    if bound is None and name in FUNCTIONS:
        return call_function(e, ctx)
    value = bound.names[name] if bound is not None else None
    if value is None and bound is None:
        kind = Kind.lookup(name)
        if kind is not None:
            value = LayerRef(kind)
        elif isinstance(ctx.run.networks.get(name), BlockRef):
            value = ctx.run.networks[name]
    if isinstance(value, Poison):
        raise Silent
    if isinstance(value, LayerRef):
        from archdsl.elaborate.attributes import partial_layer

        return partial_layer(value, e, ctx)
    if isinstance(value, (BlockRef, Partial)):
        from archdsl.elaborate.arguments import partial_block

        return partial_block(value, e, ctx)
    if bound is not None:
        raise Located(BadValue(f"`{name}` is {show_value(value)} and takes no arguments"), e.span)
    missing = f"no function is called `{name}`"
    if len(e.args) == 1 and isinstance(e.args[0].value, ast.Ref):
        ref = e.args[0].value.span.text
        sizes = f"the sizes of a tensor are `{ref}.c`, `{ref}.h`, `{ref}.w`"
        raise Located(UnknownName(missing, help=sizes), e.name.span)
    known = [*FUNCTIONS, *ctx.scope.visible(), *Kind.registry]
    raise Located(
        UnknownName(missing, help=did_you_mean(name, known)),
        e.name.span,
        fix=rename(e.name.span, name, known),
    )


def call_function(e: ast.Call, ctx: Context) -> object:
    """A function of the fixed set."""
    name = e.name.name
    function, least, most, written = FUNCTIONS[name]
    for arg in e.args:
        if arg.name:
            raise Located(
                BadValue(f"`{name}` takes its arguments by place", help=f"write `{written}`"),
                arg.span,
            )
    if len(e.args) > SHORT:
        ctx.run.spend(3 * len(e.args), e.span)
    args = [evaluate(a.value, ctx) for a in e.args]
    if len(args) < least or (most is not None and len(args) > most):
        raise Located(
            BadValue(f"`{name}` does not take {len(args)} arguments", help=f"write `{written}`"),
            e.span,
        )
    spend(ctx, e.span, *args)
    try:
        value = function(*args)
    except FunctionError as wanted:
        raise Located(
            BadValue(f"`{name}` wants {wanted}", help=f"write `{written}`"), e.span
        ) from None
    except (OverflowError, ValueError):
        raise Located(BadValue("a result too large for a real number"), e.span) from None
    check_size(value, e.span)
    spend(ctx, e.span, value)
    return value
