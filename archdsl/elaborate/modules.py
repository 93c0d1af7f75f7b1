"""Modules of blocks: made once for the same arguments on the same types, checked, shared."""

from __future__ import annotations

import re

from archdsl.diagnostics.model import Label
from archdsl.elaborate.arguments import Call, Exports
from archdsl.elaborate.context import Context, Frame, Located, Silent, Stop, TooDeep
from archdsl.elaborate.errors import Limit, RecursiveBlock, UnusedInput, UnusedTensor
from archdsl.elaborate.graph import Graph
from archdsl.elaborate.layers import need_tensor
from archdsl.elaborate.scope import Scope
from archdsl.elaborate.values import Labelled, Poison, Results, Row, Tensor
from archdsl.ir.model import Module, Node, Output
from archdsl.ops.base import Kind
from archdsl.source import Span
from archdsl.syntax import ast


def make_module(call: Call, inputs: tuple[Tensor, ...], tail: bool, ctx: Context) -> Module | None:
    """The module of a block with these arguments on these types, made once; None if it is wrong."""
    run, block = ctx.run, call.block
    counts: tuple[int, ...] = ()
    if call.tensors:
        counts = tuple(len(call.tensors.get(p.name, ())) for p in block.node.params)
    types = tuple([t.type for t in inputs])
    key = (block, tuple(call.values.items()), counts, types, tail, call.exports)
    if key in run.modules:
        module = run.modules[key]
        if module is None and key in run.open_calls:
            raise recursion(key, call, ctx)
        return module
    check_count(call.span, ctx)
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
    begins = None if takes_tensors or named_input(node) else entry  # else lines begin with `@name`
    body = node.body
    if isinstance(node, ast.Network):
        body = tuple(s for s in body if not isinstance(s, (ast.Input, ast.Train)))
    cur = elaborate_body(body, begins, inner, tail, False, exports=call.exports)
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


def check_count(span: Span, ctx: Context) -> None:
    """Room for one more module. Raises Stop."""
    run = ctx.run
    if len(run.modules) + run.reshaped >= run.limits.modules:
        ctx.report(
            Located(
                Limit(
                    f"more than {run.limits.modules:,} different modules",
                    help="`--limit modules=N` allows more",
                ),
                span,
            )
        )
        raise Stop


def enter(call: Call, inputs: tuple[Tensor, ...], graph: Graph) -> Tensor | None:
    """Makes the inputs of a module; gives the tensor that `c` and `@in` speak of."""
    params = [p for p in call.block.node.params if p.kind != "value"]
    if not params:
        named = named_input(call.block.node)
        tensor = graph.add_input(named.name if named else "x", inputs[0].type, inputs[0].span)
        if named is not None:
            graph.labels[named.name] = (tensor, named)
            graph.taken.add(named.name)
        return tensor
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


def named_input(node: ast.Block | ast.Network) -> ast.Name | None:
    """The name of the input of a network that is used as a layer."""
    inputs = (s for s in node.body if isinstance(s, ast.Input))
    return next((s.name for s in inputs if s.name is not None), None)


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
    beside = (ast.Let, ast.Default, ast.Expect, ast.Train, ast.Block, ast.Use)
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


JOIN_OF_NAMES = re.compile(
    r"\s*(?:,|#[^\n]*)?\s*([A-Za-z]+)\[\s*(@[\w.]+(?:\s*\|\s*@[\w.]+)*)\s*\]"
)
"""`add[ @a | @b ]`, on the next line or behind a comma."""


def before_outputs(node: ast.Block | ast.Network) -> int:
    """Where the last step begins behind which a body has only outputs; -1 where there is none."""
    body = [s for s in node.body if isinstance(s, (ast.Line, ast.Output))]
    at = len(body)
    while at and isinstance(body[at - 1], ast.Output):
        at -= 1
    return body[at - 1].steps[-1].span.start if 0 < at < len(body) else -1


def use_of(lost: Node, names: list[str], ending: int) -> str:
    """What to do with a tensor that nothing uses, and that these labels name."""
    text = lost.span.file.text[lost.span.end :][:200]
    behind = re.match(r"\s*,\s*(@\w+)", text)
    join = JOIN_OF_NAMES.match(text)
    kind = Kind.lookup(join[1]) if join is not None else None
    if join is not None and kind is not None and kind.family == "join" and not names:
        return f"a branch `identity` brings it into the join: `{join[1]}[ {join[2]} | identity ]`"
    if lost.span.start == ending:
        name = names[0].removeprefix("@") if names else "name"
        here = f"a body that ends in an `output` has no main one: write `output {name}: …` here too"
        return f"{here}, or the outputs behind it above this line"
    if names:
        return "use it as `" + "` and `".join(names[:3]) + "`, or take it away"
    if behind:
        left = f"what stands behind `, {behind[1]}` begins anew with `{behind[1]}`"
        return f"{left}; `|` stands between two branches, and a label names a tensor for later"
    return "name it by a label and use it as `@name`, or take it away"


def report_unused(ctx: Context, node: ast.Block | ast.Network) -> None:
    """Tensors and inputs that nothing uses."""
    graph = ctx.graph
    outputs = {o.value for o in graph.outputs}
    graph.used |= outputs
    unused = graph.unused()
    called = label_names(graph) if unused else {}
    ending = before_outputs(node)
    for lost in unused:
        help = use_of(lost, called.get(id(lost), []), ending)
        problem = UnusedTensor("nothing uses this tensor", label="made here", help=help)
        ctx.report(Located(problem, lost.span))
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


def label_names(graph: Graph) -> dict[int, list[str]]:
    """How the text may call the tensors that nobody uses: `@a`, `@y[2]`, by the node's `id`."""
    found: dict[int, list[str]] = {}
    for name, (labelled, _) in graph.labels.items():
        items = labelled.items if isinstance(labelled, Row) else {None: labelled}
        for number, tensor in items.items():
            if isinstance(tensor, Tensor) and tensor.graph is graph:
                at, port = tensor.value
                if at >= 0 and (at, port) not in graph.used:
                    text = f"@{name}" if number is None else f"@{name}[{number}]"
                    found.setdefault(id(graph.nodes[at]), []).append(text)
    return found


def param_span(node: ast.Block | ast.Network, name: str) -> Span | None:
    """Where a parameter of that name stands."""
    return next((p.span for p in node.params if p.name == name), node.name.span)
