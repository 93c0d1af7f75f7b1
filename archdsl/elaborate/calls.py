"""Block calls: arguments, modules made once and shared, recursion and its limits."""

from __future__ import annotations

from archdsl.diagnostics.model import Label
from archdsl.elaborate.context import Context, Frame, Located, Silent, Stop, TooDeep
from archdsl.elaborate.errors import (
    BadArgument,
    JoinNeedsBranches,
    Limit,
    MissingArgument,
    NoShorthand,
    RecursiveBlock,
    RepeatedArgument,
    TooManyArguments,
    UnknownArgument,
    UnusedInput,
    UnusedTensor,
)
from archdsl.elaborate.expr import evaluate
from archdsl.elaborate.graph import Graph
from archdsl.elaborate.layers import Place, need_tensor, shared_node
from archdsl.elaborate.refs import is_spread, spread_of, tensor_of
from archdsl.elaborate.scope import Scope
from archdsl.elaborate.suggest import did_you_mean
from archdsl.elaborate.values import (
    BlockRef,
    Labelled,
    Partial,
    Poison,
    Results,
    Row,
    Tensor,
)
from archdsl.elaborate.words import meaning
from archdsl.ir.model import CallNode, Module, Output
from archdsl.source import Span
from archdsl.syntax import ast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.elaborate.values import Flow

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


def elaborate_call(
    callee: BlockRef | Partial,
    layer: ast.Layer,
    cur: Labelled | None,
    place: Place,
    ctx: Context,
    exports: Exports,
) -> Labelled:
    """A single call as a step."""
    share = next((a for a in layer.args if a.name == "share"), None)
    if share is not None and any(p.name == "share" for p in params_of(callee)):
        share = None
    args = tuple(a for a in layer.args if a is not share)
    call = bind(callee, layer, args, ctx, exports)
    inputs = call_inputs(call, cur, layer, ctx)
    module = make_module(call, tuple(inputs), place.tail, ctx)
    if module is None:
        raise Silent
    return put_call(module, call, inputs, layer, place, ctx, share)


def params_of(callee: BlockRef | Partial) -> tuple[ast.Param, ...]:
    """The parameters of what is called."""
    block = callee.block if isinstance(callee, Partial) else callee
    return block.node.params


def put_call(
    module: Module,
    call: Call,
    inputs: list[Tensor],
    layer: ast.Layer,
    place: Place,
    ctx: Context,
    share: ast.Arg | None,
) -> Labelled:
    """The node of a call, and its results under their names."""
    shares = None
    if share is not None:
        shares = shared_call(share, module, ctx)
    if not module.nodes and len(module.outputs) == 1:
        return inputs[module.outputs[0].value[1]]  # a block of no layers gives back its input
    ctx.graph.step += 1
    name = place.name(call.block.name.replace("-", "_"), ctx)
    values = tuple(ctx.graph.take(t) for t in inputs)
    node = CallNode(module, name, values, module.output_types(), layer.head, ctx.graph.step, shares)
    return results_of(module, ctx.graph.add(node))


def results_of(module: Module, tensors: tuple[Tensor, ...]) -> Labelled:
    """What a call gives: its main tensor, or several by name."""
    if len(tensors) == 1 and module.outputs[0].name == "out":
        return tensors[0]
    named: dict[str, Labelled] = {}
    main: Flow | None = tensors[0] if len(tensors) == 1 else None
    for output, tensor in zip(module.outputs, tensors, strict=True):
        if output.name == "out":
            main = tensor
        elif output.name.endswith("]"):
            row, _, number = output.name[:-1].partition("[")
            items = named.setdefault(row, Row({}))
            assert isinstance(items, Row)
            items.items[int(number)] = tensor
        else:
            place = named
            *outer, last = output.name.split(".")
            for piece in outer:
                inner = place.setdefault(piece, Results(None, {}))
                if not isinstance(inner, Results):
                    inner = place[piece] = Results(inner if isinstance(inner, Tensor) else None, {})
                place = inner.named
            place[last] = tensor
    return Results(main, named)


def shared_call(share: ast.Arg, module: Module, ctx: Context) -> int:
    """The earlier call whose weights `share=a` uses."""
    from archdsl.elaborate.attributes import common_value
    from archdsl.elaborate.errors import BadShare
    from archdsl.elaborate.same import same_structure

    label = str(common_value("share", share.value, ctx))
    at = shared_node(label, share.span, ctx, lambda n: isinstance(n, CallNode))
    other = ctx.graph.nodes[at]
    assert isinstance(other, CallNode)
    if not same_structure(module, other.module):
        raise Located(
            BadShare(
                f"this call and `{label}` have different weights",
                help="a shared call has the same arguments, on tensors of the same channels",
            ),
            share.span,
            (Label(other.span, "these weights"),),
        )
    return at


# --- arguments --------------------------------------------------------------------------------


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
    params = block.node.params
    values: Bound = {}
    tensors: dict[str, list[Tensor]] = {}
    by_name = {p.name: p for p in params}
    places = [p for p in params if p.name not in given]
    at = 0
    silent = False
    for arg in args:
        if arg.name:
            param = by_name.get(arg.name)
            if param is None:
                raise unknown_argument(block, arg)
        else:
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
    return {p.name: values[p.name] for p in params if p.kind == "value"}, tensors


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
        raise Located(
            BadArgument(f"`{param.name}` takes a tensor", help="write `@label`"), arg.span
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


def unknown_argument(block: BlockRef, arg: ast.Arg) -> Located:
    """An argument that the block does not have."""
    known = [p.name for p in block.node.params]
    listed = ", ".join(f"`{n}`" for n in known)
    has = f"it has {listed}" if known else "it has none"
    help = did_you_mean(arg.name, known)
    return Located(
        UnknownArgument(
            f"`{block.name}` has no parameter `{arg.name}`",
            help=f"{help} {has}" if help else has,
        ),
        Span(arg.span.file, arg.span.start, arg.span.start + len(arg.name)),
        (Label(block.node.name.span, "defined here"),),
    )


def too_many(block: BlockRef, count: int, span: Span) -> Located:
    """More arguments than parameters."""
    return Located(
        TooManyArguments(f"`{block.name}` takes {count or 'no'} arguments"),
        span,
        (Label(block.node.name.span, "defined here"),),
    )


def fill(
    block: BlockRef, values: Bound, tensors: dict[str, list[Tensor]], span: Span, ctx: Context
) -> None:
    """Defaults of the parameters that are not given; they may speak of earlier ones."""
    scope = Scope(block.scope, block.defaults)
    inner = Context(ctx.run, scope, ctx.graph, None, ctx.frame, False, ctx.depth)
    for param in block.node.params:
        if param.kind == "value":
            if param.name not in values:
                if param.default is None:
                    raise missing(block, param, span)
                values[param.name] = evaluate(param.default, inner)
            scope.define(param.name, values[param.name], param.span)
        elif not tensors.get(param.name):
            raise missing(block, param, span)


def missing(block: BlockRef, param: ast.Param, span: Span) -> Located:
    """A parameter without argument and default."""
    sign = "" if param.kind == "value" else "@"
    return Located(
        MissingArgument(
            f"`{block.name}` needs `{sign}{param.name}`",
            help=f"write `{block.name}({sign or param.name + '='}…)`",
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
    return Partial(block, tuple(given.items()))


def call_inputs(call: Call, cur: Labelled | None, layer: ast.Layer, ctx: Context) -> list[Tensor]:
    """The tensors that enter: the current one, or those of the tensor parameters."""
    if any(p.kind != "value" for p in call.block.node.params):
        return [t for p in call.block.node.params for t in call.tensors.get(p.name, ())]
    return [need_tensor(cur, layer.head, ctx)]


# --- modules ----------------------------------------------------------------------------------


def make_module(call: Call, inputs: tuple[Tensor, ...], tail: bool, ctx: Context) -> Module | None:
    """The module of a block with these arguments on these types, made once; None if it is wrong."""
    run, block = ctx.run, call.block
    counts = tuple(len(call.tensors.get(p.name, ())) for p in block.node.params)
    key = (
        block,
        tuple(call.values.items()),
        counts,
        tuple(t.type for t in inputs),
        tail,
        call.exports,
    )
    if key in run.modules:
        module = run.modules[key]
        if module is None and key in run.open_calls:
            raise recursion(key, call, ctx)
        return module
    if len(run.modules) >= run.limits.modules:
        ctx.report(
            Located(
                Limit(
                    f"more than {run.limits.modules:,} different modules",
                    help="`--limit modules=N` allows more",
                ),
                call.span,
            )
        )
        raise Stop
    if ctx.depth >= run.limits.depth:
        raise TooDeep
    frame = Frame(block.name, call.span, ctx.frame, key)
    run.modules[key] = None
    run.open_calls[key] = frame
    before = len(run.diagnostics)
    try:
        module = build_module(call, inputs, tail, frame, ctx)
    finally:
        del run.open_calls[key]
    if module is not None and len(run.diagnostics) == before:
        run.modules[key] = module
        return module
    return None


def recursion(key: object, call: Call, ctx: Context) -> Located:
    """The cycle of calls that came back to where it began."""
    names = [call.block.name]
    labels = []
    frame = ctx.frame
    while frame is not None:
        names.append(frame.name)
        labels.append(Label(frame.span, f"`{frame.name}` is called here"))
        if frame.key == key:
            break
        frame = frame.outer
    cycle = " → ".join(reversed(names))
    return Located(
        RecursiveBlock(
            f"`{call.block.name}` calls itself with the same arguments on the same input",
            notes=(f"the cycle: {cycle}",),
            help="give it other arguments, and an `if` that ends the recursion",
        ),
        call.span,
        tuple(labels[:4]),
    )


def build_module(
    call: Call, inputs: tuple[Tensor, ...], tail: bool, frame: Frame, ctx: Context
) -> Module | None:
    """Elaborates the body of a block; None where something in it is wrong."""
    from archdsl.elaborate.body import elaborate_body
    from archdsl.elaborate.claims import prove

    block = call.block
    node = block.node
    graph = Graph()
    scope = Scope(block.scope, block.defaults)
    for param in node.params:
        if param.kind == "value":
            scope.define(param.name, call.values[param.name], param.span)
    entry = enter(call, inputs, graph)
    inner = Context(ctx.run, scope, graph, entry, frame, False, ctx.depth + 1)
    takes_tensors = any(p.kind != "value" for p in node.params)
    body = node.body
    if isinstance(node, ast.Network):
        body = tuple(s for s in body if not isinstance(s, (ast.Input, ast.Train)))
    cur = elaborate_body(
        body, None if takes_tensors else entry, inner, tail, False, exports=call.exports
    )
    finish_outputs(cur, node, inner, call.exports)
    if graph.broken or not graph.outputs:
        return None
    report_unused(inner, node)
    if graph.broken:
        return None
    params = tuple((k, v) for k, v in call.values.items())
    module = graph.finish(
        block.name, "block", ctx.run.origin(node), params, node.name.span, node.doc
    )
    if isinstance(node, ast.Block):  # those of a network speak of it on its own input
        prove(graph.claims, module)
    return module


def enter(call: Call, inputs: tuple[Tensor, ...], graph: Graph) -> Tensor | None:
    """Makes the inputs of a module; gives the tensor that `c` and `@in` speak of."""
    params = [p for p in call.block.node.params if p.kind != "value"]
    if not params:
        return graph.add_input("x", inputs[0].type, inputs[0].span)
    first: Tensor | None = None
    queue = list(inputs)
    for param in params:
        count = len(call.tensors.get(param.name, ()))
        made = []
        for i in range(count):
            t = queue.pop(0)
            name = param.name if param.kind == "tensor" else f"{param.name}_{i}"
            made.append(graph.add_input(name, t.type, t.span))
        first = first or made[0]
        value: Labelled = made[0] if param.kind == "tensor" else Row(dict(enumerate(made)))
        graph.labels[param.name] = (value, param)
        graph.taken.add(param.name)
    return first


def finish_outputs(
    cur: Labelled | None, node: ast.Block | ast.Network, ctx: Context, exports: Exports
) -> None:
    """The main output, unless the body ends in an `output`; then the labels that others reach."""
    graph = ctx.graph
    if not ends_in_output(node.body):
        if isinstance(cur, Poison):
            graph.broken = True
            return
        if cur is not None:
            try:
                main = need_tensor(cur, node.name.span, ctx)
                graph.outputs.append(Output("out", graph.take(main)))
            except Located as problem:
                ctx.report(problem)
            except Silent:
                graph.broken = True
    for path in exports:
        export(path, graph, ctx)


def ends_in_output(body: tuple[ast.Stmt, ...]) -> bool:
    """Whether a body ends in an `output`, perhaps in one of a `for` or of every arm of an `if`."""
    beside = (ast.Let, ast.Default, ast.Expect, ast.Block, ast.Use)
    last = next((s for s in reversed(body) if not isinstance(s, beside)), None)
    if not isinstance(last, ast.Line) or last.label is not None:
        return isinstance(last, ast.Output)
    step = last.steps[-1]
    if isinstance(step, ast.For):
        return ends_in_output(step.body.body)
    if isinstance(step, ast.If):
        groups = [group for _, group in step.arms]
        groups += [step.otherwise] if step.otherwise is not None else []
        return all(ends_in_output(g.body) for g in groups)
    return False


def export(path: tuple[str, ...], graph: Graph, ctx: Context) -> None:
    """A label of a block that the text outside reaches for, as one more output."""
    if any(o.name.split("[")[0] == path[0] for o in graph.outputs):
        return
    found = graph.labels.get(path[0])
    value: Labelled | None = found[0] if found else None
    for piece in path[1:]:
        value = value.named.get(piece) if isinstance(value, Results) else None
    if isinstance(value, Results):
        value = value.main
    if isinstance(value, Tensor):
        graph.outputs.append(Output(".".join(path), graph.take(value)))
    elif isinstance(value, Row):
        for n, item in sorted(value.items.items()):
            if isinstance(item, Tensor):
                graph.outputs.append(Output(f"{'.'.join(path)}[{n}]", graph.take(item)))


def report_unused(ctx: Context, node: ast.Block | ast.Network) -> None:
    """Tensors and inputs that nothing uses."""
    graph = ctx.graph
    outputs = {o.value for o in graph.outputs}
    graph.used |= outputs
    for lost in graph.unused():
        ctx.report(
            Located(
                UnusedTensor(
                    "nothing uses this tensor",
                    label="made here",
                    help="name it by a label and use it as `@name`, or take it away",
                ),
                lost.span,
            )
        )
    for i, port in enumerate(graph.inputs):
        if (-1, i) not in graph.used and not graph.broken:
            what = "the input" if isinstance(node, ast.Network) else "what the block is given as"
            ctx.report(
                Located(
                    UnusedInput(
                        f"nothing uses {what} `{port.name}`",
                        help=f"begin a chain or a branch with `@{port.name}`, or take it away",
                    ),
                    port.span
                    if isinstance(node, ast.Network)
                    else param_span(node, port.name) or port.span,
                )
            )


def param_span(node: ast.Block | ast.Network, name: str) -> Span | None:
    """Where a parameter of that name stands."""
    return next((p.span for p in node.params if p.name == name), node.name.span)
