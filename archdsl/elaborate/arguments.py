"""Arguments of a block call: values and tensors by parameter, defaults, mistakes in them."""

from __future__ import annotations

import re

from archdsl.diagnostics.model import Fix, Label
from archdsl.elaborate.context import ROUND, Context, Located, Silent
from archdsl.elaborate.errors import (
    BadArgument,
    BadInput,
    JoinNeedsBranches,
    Limit,
    MissingArgument,
    NoShorthand,
    RepeatedArgument,
    TooManyArguments,
    UnknownArgument,
)
from archdsl.elaborate.expr import SHORT, evaluate, spend
from archdsl.elaborate.layers import need_tensor
from archdsl.elaborate.misused import check_equal_sign
from archdsl.elaborate.refs import is_spread, spread_of, tensor_of
from archdsl.elaborate.scope import Scope
from archdsl.elaborate.suggest import did_you_mean, rename
from archdsl.elaborate.values import (
    MAX_LIST,
    BlockRef,
    Labelled,
    Partial,
    Poison,
    Results,
    Row,
    Tensor,
)
from archdsl.elaborate.words import meaning
from archdsl.source import Span
from archdsl.syntax import ast

Bound = dict[str, object]


Exports = tuple[tuple[str, ...], ...]


class Call:
    """A call with its arguments bound: values, tensors, and the labels that others reach for."""

    __slots__ = ("block", "exports", "span", "tensors", "values")

    def __init__(
        self,
        block: BlockRef,
        values: Bound,
        tensors: dict[str, list[Tensor]],
        span: Span,
        exports: Exports,
    ) -> None:
        self.block = block
        self.values = values
        self.tensors = tensors
        self.span = span
        self.exports = exports


def params_of(callee: BlockRef | Partial) -> tuple[ast.Param, ...]:
    """The parameters of what is called."""
    block = callee.block if isinstance(callee, Partial) else callee
    return block.node.params


def bind(
    callee: BlockRef | Partial,
    layer: ast.Layer,
    args: tuple[ast.Arg, ...],
    ctx: Context,
    exports: Exports = (),
) -> Call:
    """The arguments of a call by parameter."""
    given: Bound = {}
    block = callee
    if isinstance(callee, Partial):
        given = dict(callee.args)
        block = callee.block
    assert isinstance(block, BlockRef)
    if layer.tails and meaning(layer, ctx)[2]:  # `-a` may belong to a network's name
        raise Located(
            NoShorthand(
                f"`{block.name}` is a block: only built-in kinds have a shorthand",
                help=f"write its arguments in brackets: `{block.name}(…)`",
            ),
            layer.head,
        )
    if layer.branches is not None:
        raise Located(
            JoinNeedsBranches(f"`{block.name}` is a block and takes no branches"), layer.span
        )
    values, tensors = bind_args(block, args, given, layer.head, ctx)
    return Call(block, values, tensors, layer.head, exports)


def bind_args(
    block: BlockRef, args: tuple[ast.Arg, ...], given: Bound, span: Span, ctx: Context
) -> tuple[Bound, dict[str, list[Tensor]]]:
    """Values and tensors by parameter, defaults filled in."""
    if block.node.unread:  # what it takes is unknown; the arguments may be wrong by themselves
        for arg in args:
            evaluate(arg.value, ctx)
        raise Silent
    params = block.node.params
    if len(params) > SHORT:
        ctx.run.spend(ROUND * len(params), span)
    values: Bound = {}
    tensors: dict[str, list[Tensor]] = {}
    places = params if not given else tuple(p for p in params if p.name not in given)
    at = 0
    silent = False
    for arg in args:
        if arg.name:
            named = param_of(params, arg.name)
            if named is None:
                raise unknown_argument(block, arg, (*values, *tensors))
            param = named
        else:
            if type(arg.value) is ast.Binary:
                check_equal_sign(arg, [p.name for p in params])
            if at >= len(places):
                raise too_many(block, len(places), arg.span)
            param = places[at]
            at += param.kind != "tensors"
        if param.name in values or (param.name in tensors and param.kind != "tensors"):
            raise Located(
                RepeatedArgument(f"`{param.name}` is given twice", help="write it once"), arg.span
            )
        if param.kind == "value":
            values[param.name] = plain(evaluate(arg.value, ctx), arg)
        else:
            found = argument_tensors(param, arg, ctx)
            silent = silent or any(isinstance(t, Poison) for t in found)
            tensors.setdefault(param.name, []).extend(t for t in found if isinstance(t, Tensor))
    if silent:
        raise Silent
    for name, value in given.items():
        values.setdefault(name, value)
    fill(block, values, tensors, span, ctx)
    spend(ctx, span, *values.values())
    return {p.name: values[p.name] for p in params if p.kind == "value"}, tensors


def param_of(params: tuple[ast.Param, ...], name: str) -> ast.Param | None:
    """The parameter of a name."""
    for param in params:
        if param.name == name:
            return param
    return None


def plain(value: object, arg: ast.Arg) -> object:
    """A value that a module may depend on: no tensor."""
    if isinstance(value, (Tensor, Results, Row)):
        raise Located(
            BadArgument(
                "a tensor where a value is expected",
                help="a block takes tensors by parameters with `@`: `block fuse(@a, @b) { … }`",
            ),
            arg.span,
        )
    if isinstance(value, Poison):
        raise Silent
    return value


def argument_tensors(param: ast.Param, arg: ast.Arg, ctx: Context) -> list[Tensor | Poison]:
    """The tensors that an argument brings."""
    if not isinstance(arg.value, ast.Ref):
        word = arg.value.name if isinstance(arg.value, ast.Name) else ""
        own = word in ctx.graph.labels
        help = f"write `@{word if own else 'label'}`"
        if word == "identity" and not own:
            help = "a label names the tensor that comes in, on a line before: `y: identity`"
        raise Located(
            BadArgument(f"`{param.name}` takes a tensor", help=help),
            arg.span,
            fix=Fix(arg.value.span, f"@{word}", f"write `@{word}`") if own else None,
        )
    if is_spread(arg.value):
        if param.kind != "tensors":
            raise Located(
                BadArgument(
                    f"`{param.name}` takes one tensor",
                    help=f"`block …(@{param.name}[*])` takes any number",
                ),
                arg.span,
            )
        return spread_of(arg.value, ctx)
    return [tensor_of(arg.value, ctx)]


def unknown_argument(block: BlockRef, arg: ast.Arg, given: tuple[str, ...] = ()) -> Located:
    """An argument that the block does not have."""
    known = [p.name for p in block.node.params]
    listed = ", ".join(f"`{n}`" for n in known)
    has = f"it has {listed}" if known else "it has none"
    help = did_you_mean(arg.name, known)
    span = Span(arg.span.file, arg.span.start, arg.span.start + len(arg.name))
    fix = rename(span, arg.name, known)
    return Located(
        UnknownArgument(
            f"`{block.name}` has no parameter `{arg.name}`",
            help=f"{help} {has}" if help else has,
        ),
        span,
        (Label(block.node.name.span, "defined here"),),
        fix if fix and fix.text not in given else None,
    )


def too_many(block: BlockRef, count: int, span: Span) -> Located:
    """More arguments than parameters."""
    return Located(
        TooManyArguments(f"`{block.name}` takes {count or 'no'} argument{'s' * (count != 1)}"),
        span,
        (Label(block.node.name.span, "defined here"),),
    )


def fill(
    block: BlockRef, values: Bound, tensors: dict[str, list[Tensor]], span: Span, ctx: Context
) -> None:
    """Defaults of the parameters that are not given; they may speak of earlier ones."""
    inner: Context | None = None
    for at, param in enumerate(block.node.params):
        if param.kind != "value":
            if not tensors.get(param.name):
                raise missing(block, param, span)
        elif param.name not in values:
            if param.default is None:
                raise missing(block, param, span)
            if inner is None:
                scope = Scope(block.scope, block.defaults)
                inner = Context(ctx.run, scope, ctx.graph, None, ctx.frame, False, ctx.depth)
                for earlier in block.node.params[:at]:
                    if earlier.kind == "value":
                        scope.define(earlier.name, values[earlier.name], earlier.span)
            values[param.name] = default_value(param.default, block, span, inner)
            inner.scope.define(param.name, values[param.name], param.span)
        elif inner is not None:
            inner.scope.define(param.name, values[param.name], param.span)


def default_value(default: ast.Expr, block: BlockRef, span: Span, inner: Context) -> object:
    """A default's value; what is wrong in it is wrong in the call that is without the argument."""
    try:
        return evaluate(default, inner)
    except Located as problem:
        call = Label(span, f"in this call of `{block.name}`")
        raise Located(
            problem.error, problem.span, (*problem.secondary, call), problem.fix, problem.once
        ) from None


def missing(block: BlockRef, param: ast.Param, span: Span) -> Located:
    """A parameter without argument and default."""
    sign = "" if param.kind == "value" else "@"
    wanted = f"{sign or param.name + '='}…"
    given = re.search(r"\([^\s()]", span.text) is not None
    return Located(
        MissingArgument(
            f"`{block.name}` needs `{sign}{param.name}`",
            help=f"add `{wanted}`" if given else f"write `{block.name}({wanted})`",
        ),
        span,
        (Label(param.span, "this parameter has no default"),),
    )


def partial_block(base: BlockRef | Partial, e: ast.Call, ctx: Context) -> Partial:
    """`basic(64)` as a value."""
    block = base.block if isinstance(base, Partial) else base
    given: Bound = dict(base.args) if isinstance(base, Partial) else {}
    params = block.node.params
    by_name = {p.name: p for p in params}
    places = [p for p in params if p.name not in given and p.kind == "value"]
    at = 0
    for arg in e.args:
        if arg.name:
            param = by_name.get(arg.name)
            if param is None or param.kind != "value":
                raise unknown_argument(block, arg)
        else:
            if at >= len(places):
                raise too_many(block, len(places), arg.span)
            param = places[at]
            at += 1
        given[param.name] = plain(evaluate(arg.value, ctx), arg)
    made = Partial(block, tuple(given.items()))
    spend(ctx, e.span, made)
    if made.weight > MAX_LIST or made.depth > ctx.run.limits.depth:
        raise Located(Limit("too many blocks in the arguments of each other"), e.span)
    return made


def takes_tensors(block: BlockRef) -> bool:
    """Whether tensors enter by parameters."""
    return any(p.kind != "value" for p in block.node.params)


def call_inputs(call: Call, cur: Labelled | None, layer: ast.Layer, ctx: Context) -> list[Tensor]:
    """The tensors that enter: the current one, or those of the tensor parameters."""
    inputs = call.block.inputs
    if len(inputs) > 1:
        raise Located(
            BadInput(
                f"`{call.block.name}` has {len(inputs)} inputs, so it is no layer",
                help=f"a block takes several tensors: `block {call.block.name}(@a, @b) {{ … }}`",
            ),
            layer.head,
            (Label(inputs[1].span, "a second input"),),
        )
    if takes_tensors(call.block):
        return [t for p in call.block.node.params for t in call.tensors.get(p.name, ())]
    return [need_tensor(cur, layer.head, ctx)]
