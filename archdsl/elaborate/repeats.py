"""Repeats: a body that keeps its shape is made once and counted, however often it runs."""

from __future__ import annotations

from archdsl.elaborate.arguments import Call, bind
from archdsl.elaborate.body import elaborate_body
from archdsl.elaborate.context import Context, Frame, Located, Silent
from archdsl.elaborate.errors import BadRepeat, Limit
from archdsl.elaborate.expr import evaluate
from archdsl.elaborate.graph import Graph
from archdsl.elaborate.layers import Place, need_tensor
from archdsl.elaborate.modules import check_count, make_module
from archdsl.elaborate.scope import Scope
from archdsl.elaborate.values import BlockRef, Labelled, Partial, Poison, Tensor, show_value
from archdsl.elaborate.words import meaning
from archdsl.ir.model import Module, Output, RepeatNode, Value
from archdsl.syntax import ast
from archdsl.syntax.walk import has_then

MAX_RUNS = 10_000  # repetitions that differ from the one before
MAX_COUNT = 2**62


def elaborate_repeat(
    step: ast.Layer | ast.Group, cur: Labelled | None, place: Place, ctx: Context
) -> Labelled:
    """`conv3-64 x4`, `{ … } x3 shared`, `bottleneck(64, stride=2 then 1) x(n)`."""
    repeat = step.repeat
    assert repeat is not None
    count = count_of(repeat, ctx)
    if isinstance(cur, Poison):
        from archdsl.elaborate.unreached import look_at_repeat

        look_at_repeat(step, ctx)
    x = need_tensor(cur, step.span, ctx)
    if count == 0:
        return x
    body = Body(step, place, ctx)
    if repeat.shared and body.then:
        raise Located(
            BadRepeat("shared repetitions are all alike, so none of them can be the first"),
            repeat.span,
        )
    runs = make_runs(body, x, count)
    if repeat.shared and (len(runs) > 1 or runs[0][0].output_types()[0] != x.type):
        first = runs[0][0].output_types()[0]
        raise Located(
            BadRepeat(
                f"shared repetitions keep their shape, and this takes {x.type} to {first}",
                help="take `shared` away, or make the body keep its shape",
            ),
            repeat.span,
        )
    return put_repeat(step, runs, x, body.captured, place, ctx)


def count_of(repeat: ast.Repeat, ctx: Context) -> int:
    """How often."""
    value = evaluate(repeat.count, ctx)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < MAX_COUNT:
        return value
    if isinstance(value, int) and value >= MAX_COUNT:
        raise Located(BadRepeat("a repeat of 2**62 times or more"), repeat.span)
    raise Located(
        BadRepeat(f"a repeat takes an integer of at least 0, not {show_value(value)}"),
        repeat.span,
    )


class Body:
    """The body of a repeat: gives the module of one repetition on a type."""

    __slots__ = ("call", "captured", "ctx", "layer", "made", "place", "step", "tail", "then")

    def __init__(self, step: ast.Layer | ast.Group, place: Place, ctx: Context) -> None:
        self.step = step
        self.place = place
        self.ctx = ctx
        self.captured: list[Tensor] = []
        self.made: dict[object, Module] = {}
        self.call: BlockRef | Partial | None = None
        self.then = isinstance(step, ast.Layer) and has_then(step)
        if isinstance(step, ast.Layer) and step.branches is None:
            found = meaning(step, ctx)[0]
            if isinstance(found, (BlockRef, Partial)):
                self.call = found

    def module(self, x: Tensor, first: bool) -> Module:
        """One repetition on a tensor like `x`. Raises Silent where it is wrong."""
        key = (x.type, first and self.then)
        if key not in self.made:
            if self.made and self.call is None:
                check_count(self.step.span, self.ctx)
                self.ctx.run.reshaped += 1
            self.made[key] = self.make(x, first)
        return self.made[key]

    def make(self, x: Tensor, first: bool) -> Module:
        """The module, of a block or of a group of its own."""
        ctx = self.ctx.inside()
        ctx.network = self.ctx.network
        ctx.first = first if self.then else None
        if self.call is not None:
            assert isinstance(self.step, ast.Layer)
            call: Call = bind(self.call, self.step, self.step.args, ctx)
            if call.tensors:
                raise Located(
                    BadRepeat(
                        "a block that takes tensors by name cannot be repeated",
                        help="repeat a group, in which a label names what goes round: "
                        f"`y: identity`, and on the next line `{call.block.name}(@y, …)`",
                    ),
                    self.step.head,
                )
            module = make_module(call, (x,), False, ctx)
            if module is None:
                raise Silent
            if len(module.outputs) != 1:
                raise Located(
                    BadRepeat(f"`{call.block.name}` has several outputs, so it cannot go round"),
                    self.step.head,
                )
            return module
        return self.group(x, ctx)

    def group(self, x: Tensor, ctx: Context) -> Module:
        """A group, or a single layer, as a module; tensors from outside become inputs."""
        graph = Graph(ctx.graph)
        span = self.step.span
        entry = graph.add_input("x", x.type, x.span)
        for t in self.captured:
            graph.bring(t)
        scope = Scope(ctx.scope, ctx.scope.defaults)
        inner = ctx.inside(entry=entry, graph=graph, scope=scope)
        inner.first = ctx.first
        inner.frame = Frame("", span, ctx.frame, None)
        if isinstance(self.step, ast.Group):
            cur = elaborate_body(self.step.body, entry, inner, False, False)
        else:
            cur = self.layer_body(entry, inner)
        inner.frame = ctx.frame
        if graph.broken or isinstance(cur, Poison) or cur is None:
            ctx.graph.broken = True
            raise Silent
        out = need_tensor(cur, span, inner)
        graph.outputs.append(Output("out", graph.take(out)))
        self.captured = [outer for outer, _ in graph.captured.values()]
        from archdsl.elaborate.modules import report_unused

        unused = ast.Block(span, ast.Name(span, "group"), (), ())
        report_unused(inner, unused)
        if graph.broken:
            ctx.graph.broken = True
            raise Silent
        module = graph.finish("group", "group", ctx.run.origin(self.step), (), span)
        from archdsl.elaborate.claims import prove

        prove(graph.claims, module)  # they speak of one repetition
        return module

    def layer_body(self, entry: Tensor, ctx: Context) -> Labelled | None:
        """One layer; what follows the repeat in the text decides alike for every repetition."""
        from archdsl.elaborate.body import elaborate_step

        step = self.step
        assert isinstance(step, ast.Layer)
        once = ast.Layer(step.span, step.name, step.tails, step.args, step.branches)
        once.head = step.head
        after = self.place.activation_follows(self.ctx)
        return elaborate_step(once, entry, Place([once], 0, False, after), ctx)


def make_runs(body: Body, x: Tensor, count: int) -> list[tuple[Module, int]]:
    """(module, how often) in order; ends as soon as a repetition keeps its shape."""
    runs: list[tuple[Module, int]] = []
    done = 0
    current = x
    captured = 0
    while done < count:
        module = body.module(current, done == 0)
        out = module.output_types()[0]
        if len(body.captured) > captured and done:
            runs, done, current = [], 0, x  # a later repetition reads one more tensor: once more
            body.made.clear()
            captured = len(body.captured)
            continue
        captured = len(body.captured)
        same = out == current.type and (done > 0 or not body.then)
        n = count - done if same else 1
        if runs and runs[-1][0] is module:
            runs[-1] = (module, runs[-1][1] + n)
        else:
            runs.append((module, n))
        done += n
        current = Tensor(x.graph, x.value, out, body.step.span)
        if len(runs) > MAX_RUNS:
            raise Located(
                Limit(f"more than {MAX_RUNS:,} repetitions that all change the shape"),
                body.step.span,
            )
    return runs


def put_repeat(
    step: ast.Layer | ast.Group,
    runs: list[tuple[Module, int]],
    x: Tensor,
    captured: list[Tensor],
    place: Place,
    ctx: Context,
) -> Labelled:
    """The node of a repeat."""
    assert step.repeat is not None
    if not any(m.nodes for m, _ in runs):
        return x
    ctx.graph.step += 1
    word = step.name.name if isinstance(step, ast.Layer) else "group"
    if isinstance(step, ast.Layer):
        found = meaning(step, ctx)[0]
        if found is not None and not isinstance(found, (BlockRef, Partial)):
            word = found.kind.name
    name = place.name(word.replace("-", "_"), ctx)
    inputs: tuple[Value, ...] = (
        ctx.graph.take(x),
        *(ctx.graph.take(ctx.graph.bring(t)) for t in captured),
    )
    node = RepeatNode(
        tuple(runs),
        step.repeat.shared,
        name,
        inputs,
        runs[-1][0].output_types(),
        step.span,
        ctx.graph.step,
    )
    return ctx.graph.add(node)[0]
