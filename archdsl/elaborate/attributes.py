"""From what stands at a layer to its attributes: shorthand, arguments, defaults, checks."""

from __future__ import annotations

from archdsl.diagnostics.model import Fix, Label
from archdsl.elaborate.context import Context, Located, Silent
from archdsl.elaborate.errors import (
    BadArgument,
    MissingArgument,
    NoShorthand,
    RepeatedArgument,
    UnknownName,
)
from archdsl.elaborate.expr import evaluate, spend
from archdsl.elaborate.misused import (
    channels_by_place,
    check_equal_sign,
    check_letters_apart,
    split_repeat,
    too_many,
    unknown_argument,
    whole_number,
)
from archdsl.elaborate.scope import Deferred
from archdsl.elaborate.suggest import did_you_mean, rename
from archdsl.elaborate.values import Poison, Tensor, show_value
from archdsl.ops.base import REQUIRED, Dims, Field, FieldError, Kind, LayerRef, is_int
from archdsl.source import Span
from archdsl.syntax import ast
from archdsl.syntax.walk import nodes

MANY = 12  # words of a field that a message can list
HIDDEN = ("norm", "act", "order")  # attributes of kinds that are followed by a norm and an act
JOINED = HIDDEN[:2]  # of a join: no one tensor stands before it
INITS = ("init", "bias_init")  # how weights start: of all kinds that have some


class Request:
    """What a layer asks for: converted field values, and the attributes that all kinds share."""

    __slots__ = ("attrs", "common", "kind", "spans", "tensors")

    def __init__(self, kind: type[Kind]) -> None:
        self.kind = kind
        self.attrs: dict[str, object] = {}
        self.common: dict[str, object] = {}  # norm, act, order, init, share, where written
        self.spans: dict[str, Span] = {}
        self.tensors: dict[str, Tensor | Poison] = {}


def common_names(kind: type[Kind]) -> tuple[str, ...]:
    """Attributes that are no fields of the kind: `norm`, `act`, `order`, `init`, `share` …"""
    names: tuple[str, ...] = ()
    if kind.hidden:
        names = JOINED if kind.family == "join" else HIDDEN
    if kind.weights is not Kind.weights:
        names = (*names, *INITS, "share")
    return names


def has_field(kind: type[Kind], name: str) -> bool:
    """Whether the kind has a field of that name."""
    return name in kind.by_name


def gather(
    layer: ast.Layer,
    base: LayerRef,
    digits: str,
    tails: tuple[tuple[str, ast.Expr], ...],
    ctx: Context,
) -> Request:
    """The attributes of a layer: what is written, what its reference holds, then defaults."""
    kind = base.kind
    request = Request(kind)
    if digits:
        take_digits(request, digits, layer.name.span)
    silent = False
    for sign, e in tails:
        try:
            take_tail(request, sign, e, ctx)
        except Silent:  # the rest may be wrong by itself
            silent = True
    take_args(request, layer.args, ctx)
    if silent:
        raise Silent
    for name, value in base.attrs:
        request.attrs.setdefault(name, value)
    fill_defaults(request, ctx)
    check_required(request, layer)
    return request


def take_digits(request: Request, digits: str, span: Span) -> None:
    """`conv3`, `conv1x7`: the digits after a kind's name."""
    kind = request.kind
    if not kind.digits:
        alone = kind.dash and span.text.endswith(digits) and span.file.text[span.end :][:1] != "-"
        better = f"{span.text.removesuffix(digits)}-{digits}"
        raise Located(
            NoShorthand(
                f"`{kind.name}` gives digits no meaning",
                help=f"write `{better}`"
                if alone
                else f"`archdsl kinds {kind.name}` tells how it is written",
            ),
            span,
            fix=Fix(span, better, f"write `{better}`") if alone else None,
        )
    if len(digits) > 40:
        raise Located(BadArgument("too many digits"), span)
    numbers = tuple(int(d) for d in digits.split("x"))
    put(request, kind.digits, numbers[0] if len(numbers) == 1 else Dims(numbers), span)


def take_tail(request: Request, sign: str, e: ast.Expr, ctx: Context) -> None:
    """`-64` or `/2`."""
    kind = request.kind
    name = kind.dash if sign == "-" else kind.slash
    if not name:
        better = without_sign(kind, sign, e)
        raise Located(
            NoShorthand(
                f"`{kind.name}` gives `{sign}` no meaning",
                help=f"write `{better}`"
                if better
                else f"`archdsl kinds {kind.name}` tells how it is written",
            ),
            e.span,
        )
    put_computed(request, name, evaluate(e, ctx), e, e.span, ctx)


def without_sign(kind: type[Kind], sign: str, e: ast.Expr) -> str:
    """`relu6` for `relu-6`, `leakyrelu(0.2)` for `leakyrelu-0.2`, `gap` for `gap-7`; or nothing."""
    number = e.span.text
    if sign == "-" and Kind.lookup(kind.name + number) is not None:
        return kind.name + number
    if not kind.fields:
        return kind.name
    if sign != "-":
        return ""
    more = [f for f in kind.fields if f.default is REQUIRED and f.name not in kind.positional[:1]]
    if not kind.positional or more or not isinstance(e, ast.Const):
        return ""
    try:
        kind.field(kind.positional[0]).convert(e.value)
    except FieldError:
        return ""
    return f"{kind.name}({number})"


def take_args(request: Request, args: tuple[ast.Arg, ...], ctx: Context) -> None:
    """What stands in parentheses."""
    kind = request.kind
    common = common_names(kind)
    place = 0
    for arg in args:
        name = arg.name
        if not name:
            check_equal_sign(arg, [f.name for f in kind.fields] + list(common))
            if place >= len(kind.positional):
                raise too_many(kind, arg.span)
            if arg is args[0] and len(args) > 1:
                check_letters_apart(kind, args)
            name = kind.positional[place]
            place += 1
        if name in common and not has_field(kind, name):
            take_common(request, name, arg, ctx)
        elif name in kind.tensors:
            take_tensor(request, name, arg, ctx)
        elif has_field(kind, name):
            value = field_value(kind.field(name), arg.value, ctx)
            span = arg.value.span if arg.name else arg.span
            put_computed(request, name, value, arg.value, span, ctx)
        else:
            raise unknown_argument(kind, name, arg, common, (*request.attrs, *request.common))


def take_common(request: Request, name: str, arg: ast.Arg, ctx: Context) -> None:
    """`norm`, `act`, `order`, `init` or `share`."""
    if name in request.common:
        raise Located(
            RepeatedArgument(f"`{name}` is given twice", help="write it once"),
            arg.span,
            (Label(request.spans[name], "here first"),),
        )
    request.spans[name] = arg.span
    request.common[name] = common_value(name, arg.value, ctx)


def common_value(name: str, e: ast.Expr, ctx: Context) -> object:
    """The value of an attribute that kinds share."""
    if name == "share":
        if isinstance(e, ast.Name):
            return e.name
        if isinstance(e, ast.Ref) and not e.trail:
            return e.name
        raise Located(BadArgument("`share` takes a label: `share=a`"), e.span)
    if name in INITS:
        return Deferred(e, ctx.scope)
    if name == "order":
        bare = isinstance(e, ast.Name) and ctx.scope.find(e.name) is None
        value = e.span.text if bare else evaluate(e, ctx)
        if value in ("pre", "post"):
            return value
        raise Located(BadArgument(f"`order` is `pre` or `post`, not {show_value(value)}"), e.span)
    value = evaluate(e, ctx)
    if value is None or value == "none":
        return None
    family = "norm" if name == "norm" else "activation"
    if not isinstance(value, LayerRef) or value.kind.family != family:
        word = "a norm such as `bn`" if name == "norm" else "an activation such as `relu`"
        shown, help, fix = show_value(value), "", None
        if isinstance(value, str) and e.span.text == f'"{value}"':
            shown, kind = f"`{e.span.text}`", Kind.lookup(value)
            help = "a name stands without quotes"
            if kind is not None and kind.family == family:
                fix = Fix(e.span, value, f"write `{value}`")
        raise Located(
            BadArgument(f"`{name}` takes {word} or `none`, not {shown}", help=help), e.span, fix=fix
        )
    return value


def take_tensor(request: Request, name: str, arg: ast.Arg, ctx: Context) -> None:
    """`kv=@t`: a second incoming tensor."""
    from archdsl.elaborate.refs import tensor_of

    if not isinstance(arg.value, ast.Ref):
        raise Located(
            BadArgument(f"`{name}` takes a tensor", help=f"write `{name}=@label`"), arg.value.span
        )
    request.tensors[name] = tensor_of(arg.value, ctx)


def field_value(field: Field, e: ast.Expr, ctx: Context) -> object:
    """The value of an attribute. A word that the attribute takes is that word, unless a parameter
    or a `let` of this name holds one as well: `axis=h` means the height where `h` is a number."""
    if not isinstance(e, ast.Name):
        return evaluate(e, ctx)
    choices = ("true", "false") if is_switch(field) else field.choices
    if not choices:
        return evaluate(e, ctx)
    scope = ctx.scope.find(e.name)
    if e.name in choices:
        value = evaluate(e, ctx) if scope is not None else e.name
        return value if isinstance(value, str) and value in choices else e.name
    try:
        return evaluate(e, ctx)
    except Located as problem:
        if scope is None and isinstance(problem.error, UnknownName):
            number = "a number or " if field_sample(field) is not None else ""
            near = did_you_mean(e.name, choices)
            words = "true or false" if is_switch(field) else f"one of {', '.join(choices)}"
            problem.error.help = near or f"`{field.name}` takes {number}{words}"
            problem.fix = rename(e.span, e.name, choices)
        raise


def put_computed(
    request: Request, name: str, value: object, e: ast.Expr, span: Span, ctx: Context
) -> None:
    """Sets a field; where it does not take what was computed, from what that was."""
    if type(value) is tuple:
        spend(ctx, span, value)
    try:
        put(request, name, value, span)
    except Located as problem:
        if isinstance(problem.error, BadArgument) and not isinstance(e, ast.Name):
            problem.error.notes = values_of_names(e, ctx)
        raise


def values_of_names(e: ast.Expr, ctx: Context) -> tuple[str, ...]:
    """`c` is 3, `reduction` is 16: the numbers that an expression was computed from."""
    found: dict[str, str] = {}
    for node in nodes(e):
        if isinstance(node, ast.Name) and node.name not in found:
            try:
                value = evaluate(node, ctx)
            except (Located, Silent):  # a function
                continue
            if isinstance(value, (int, float)):
                found[node.name] = f"`{node.name}` is {show_value(value)}"
    return (", ".join(found.values()),) if found else ()


def is_switch(field: Field) -> bool:
    """Whether the field takes `true` or `false` and nothing else."""
    try:
        return field.convert(True) is True and not field.choices
    except FieldError:
        return False


def put(request: Request, name: str, value: object, span: Span) -> None:
    """Sets a field once, converted."""
    if name in request.attrs:
        kind, first = request.kind, request.spans[name]
        fix: Fix | None = None
        help, before = "write it once", first.file.text[first.start - 1 : span.end]
        hyphens = before == f"-{first.text}-{span.text}"  # `conv-3-64`: 3 is the kernel
        if hyphens and kind.digits and kind.digits not in request.attrs:
            help = f"write `{kind.name}{first.text}-{span.text}`"
            fix = Fix(Span(first.file, first.start - 1, first.start), "", help)
        if name == kind.digits and kind.dash and kind.dash not in request.attrs:
            help, fix = channels_by_place(first, span) or (help, fix)
        raise Located(
            RepeatedArgument(f"`{name}` of `{kind.name}` is given twice", help=help),
            span,
            (Label(first, "here first"),),
            fix,
        )
    request.attrs[name] = convert(request.kind, request.kind.field(name), value, span)
    request.spans[name] = span


def no_value(name: str) -> str:
    """Help for a word where a value should stand: `h` and its kin alone are sizes of no tensor."""
    help = f"no value here is called `{name}`"
    if name in ("h", "w", "l", "t"):
        help += f": a tensor's size is `@t.{name}`, in a block also `@in.{name}`"
    return help


def convert(kind: type[Kind], field: Field, value: object, span: Span) -> object:
    """The value as the field keeps it; Located where it does not take it."""
    try:
        return field.convert(value)
    except FieldError as wanted:
        help = ""
        fix: Fix | None = None
        if isinstance(value, float) and "integer" in str(wanted):
            help, fix = whole_number(value, span)
        elif isinstance(value, str) and not field.choices:
            help = no_value(value) if value.isidentifier() else ""
            if span.text == f'"{value}"' and value.isdigit():
                help = "a number stands without quotes"
                fix = Fix(span, value, f"write `{value}`")
        elif field.name == "axis" and is_int(value):
            help = "axes have letters, `c` for channels, which is axis 1 elsewhere"
        elif isinstance(value, Dims) and is_count_field(field):
            help = "for a repeat leave a blank before `x`"
            fix = split_repeat(value, span)
        elif isinstance(value, tuple) and takes_sizes(field, value):
            better = "x".join(map(str, value))
            help = f"sizes are joined by `x`: `{better}`"
            if span.text.startswith("["):
                fix = Fix(span, better, f"write `{better}`")
        shown = f"`{span.text}`" if span.text.startswith('"') else show_value(value)
        takes = field.takes if len(field.choices) > MANY else wanted
        raise Located(
            BadArgument(
                f"`{field.name}` of `{kind.name}` takes {takes}, not {shown}",
                help=help,
            ),
            span,
            fix=fix,
        ) from None


def takes_sizes(field: Field, value: tuple[object, ...]) -> bool:
    """Whether the field takes what a list has, one number per axis."""
    sizes = [v for v in value if isinstance(v, int) and not isinstance(v, bool)]
    if len(value) < 2 or len(sizes) < len(value):
        return False
    try:
        field.convert(Dims(sizes))
    except FieldError:
        return False
    return True


def is_count_field(field: Field) -> bool:
    """Whether the field takes one number and no sizes, so that `8x3` there means a repeat."""
    try:
        field.convert(Dims((1, 1)))
    except FieldError:
        return is_int(field_sample(field))
    return False


def field_sample(field: Field) -> object:
    """1 where the field takes an integer."""
    try:
        return field.convert(1)
    except FieldError:
        return None


def fill_defaults(request: Request, ctx: Context) -> None:
    """Attributes from `default` statements, where the layer says nothing."""
    for name, value in ctx.scope.defaults.get(request.kind.name, {}).items():
        if name in HIDDEN or name in INITS:
            continue  # whether they hold depends on the place
        request.attrs.setdefault(name, value)


def check_required(request: Request, layer: ast.Layer) -> None:
    """Every field without a default is given."""
    kind = request.kind
    for field in kind.fields:
        if field.default is REQUIRED and field.name not in request.attrs:
            written = layer.name.name
            if field.name == kind.dash:
                help = f"write `{written}-64`"
            elif field.name == kind.digits:
                tails = layer.tails
                end = tails[-1][1].span.end if tails else layer.name.span.end
                help = f"write `{kind.name}3{layer.span.file.text[layer.name.span.end : end]}`"
            else:
                help = f"write `{written}({field.name}=…)`"
            raise Located(
                MissingArgument(f"`{kind.name}` needs `{field.name}`", help=help), layer.head
            )


def instantiate(kind: type[Kind], attrs: dict[str, object], ctx: Context) -> Kind:
    """The layer; equal ones are one object."""
    key = (kind, *sorted(attrs.items(), key=first_of))
    op = ctx.run.ops.get(key)
    if op is None:
        op = ctx.run.ops[key] = kind(attrs)
    return op


def first_of(pair: tuple[str, object]) -> str:
    """The name of an attribute."""
    return pair[0]


def from_reference(ref: LayerRef, ctx: Context) -> Kind:
    """The layer that `norm=bn(eps=1e-3)` asks for, with the defaults of its own kind."""
    attrs = dict(ref.attrs)
    for name, value in ctx.scope.defaults.get(ref.kind.name, {}).items():
        if name not in HIDDEN and name not in INITS:
            attrs.setdefault(name, value)
    return instantiate(ref.kind, attrs, ctx)


def partial_layer(base: LayerRef, e: ast.Call, ctx: Context) -> LayerRef:
    """`bn(eps=1e-3)` as a value."""
    request = Request(base.kind)
    kind = base.kind
    place = 0
    for arg in e.args:
        name = arg.name
        if not name:
            if place >= len(kind.positional):
                raise too_many(kind, arg.span)
            name = kind.positional[place]
            place += 1
        if not has_field(kind, name):
            raise unknown_argument(kind, name, arg, ())
        put(request, name, field_value(kind.field(name), arg.value, ctx), arg.value.span)
    merged = {**dict(base.attrs), **request.attrs}
    return LayerRef(kind, tuple(sorted(merged.items(), key=first_of)))


def default_attributes(
    kind: type[Kind], args: tuple[ast.Arg, ...], ctx: Context
) -> dict[str, object]:
    """The attributes of a `default` statement for one kind, checked against it."""
    request = Request(kind)
    common = common_names(kind)
    out: dict[str, object] = {}
    for arg in args:
        if not arg.name:
            raise Located(
                BadArgument("a default names its attributes", help="write `act=relu`"), arg.span
            )
        if arg.name in request.spans:
            raise Located(
                RepeatedArgument(f"`{arg.name}` is given twice", help="write it once"),
                arg.span,
                (Label(request.spans[arg.name], "here first"),),
            )
        if arg.name in common and arg.name != "share" and not has_field(kind, arg.name):
            out[arg.name] = common_value(arg.name, arg.value, ctx)
        elif has_field(kind, arg.name):
            value = evaluate(arg.value, ctx)
            out[arg.name] = convert(kind, kind.field(arg.name), value, arg.value.span)
        else:
            raise unknown_argument(kind, arg.name, arg, common)
        request.spans[arg.name] = arg.span
    return out
