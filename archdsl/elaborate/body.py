"""Bodies: statements in order, the tensor that flows through them, labels, outputs."""

from __future__ import annotations

from archdsl.elaborate.attributes import gather
from archdsl.elaborate.calls import elaborate_call
from archdsl.elaborate.context import ROUND, Context, Located, Silent, Stop, TooDeep
from archdsl.elaborate.control import choose_arm, iterate
from archdsl.elaborate.definitions import apply_default, declare, define_let, redefine_block
from archdsl.elaborate.errors import (
    BadOutput,
    JoinNeedsBranches,
    Limit,
    MisplacedStatement,
    UnknownLayer,
)
from archdsl.elaborate.expr import evaluate, integer_of
from archdsl.elaborate.joins import elaborate_join
from archdsl.elaborate.labels import label_prefix, set_label
from archdsl.elaborate.layers import Place, elaborate_kind, need_tensor
from archdsl.elaborate.plan import flow_of, plan_of, tied_to
from archdsl.elaborate.refs import resolve
from archdsl.elaborate.scope import Scope
from archdsl.elaborate.suggest import did_you_mean, part, rename
from archdsl.elaborate.tables import RowClaim, expand_tables
from archdsl.elaborate.values import (
    POISON,
    BlockRef,
    Labelled,
    Partial,
    Tensor,
    show_value,
)
from archdsl.elaborate.words import check_name, meaning, step_kind
from archdsl.ir.model import Output
from archdsl.ops.join import Join
from archdsl.syntax import ast

TYPE_CHECKING = False
if TYPE_CHECKING:
    pass

POOLED = {"mean": "gap", "max": "gmp"}  # joins, and what does so over one tensor's positions
Exports = tuple[tuple[str, ...], ...]


def elaborate_body(
    stmts: tuple[ast.Stmt, ...],
    cur: Labelled | None,
    ctx: Context,
    tail: bool,
    act_after: bool,
    exports: Exports = (),
) -> Labelled | None:
    """The tensor at the end of a body that begins with `cur`."""
    return Walk(stmts, cur, ctx, tail, act_after, exports).run()


class Walk:
    """One pass through a body."""

    __slots__ = (
        "act_after",
        "at",
        "ctx",
        "cur",
        "exports",
        "flow",
        "reach",
        "stmts",
        "tails",
        "ties",
    )

    def __init__(
        self,
        stmts: tuple[ast.Stmt, ...],
        cur: Labelled | None,
        ctx: Context,
        tail: bool,
        act_after: bool,
        exports: Exports,
    ) -> None:
        self.ctx = ctx
        self.cur = cur
        plan = plan_of(stmts, ctx.run)
        if plan.blocks:
            declare(stmts, ctx)
        self.stmts: tuple[ast.Stmt | RowClaim, ...] = stmts
        self.flow = plan.flow
        if plan.tables:
            self.stmts = expand_tables(stmts, ctx)
            self.flow = flow_of(self.stmts)
        self.act_after = act_after
        self.tails = find_tails(self.stmts, self.flow, ctx) if tail else frozenset()
        self.at = -1
        self.exports = dict.fromkeys(exports)
        self.reach = plan.reach
        self.ties = plan.ties

    def run(self) -> Labelled | None:
        """All statements."""
        for stmt in self.stmts:
            try:
                self.statement(stmt)
            except Located as problem:
                self.ctx.report(problem)
                if isinstance(stmt, (ast.Line, ast.Input)):
                    self.cur = POISON
            except Silent:
                self.ctx.graph.broken = True
                if isinstance(stmt, (ast.Line, ast.Input)):
                    self.cur = POISON
        return self.cur

    def statement(self, stmt: ast.Stmt | RowClaim) -> None:
        """One statement."""
        ctx = self.ctx
        match stmt:
            case ast.Line():
                self.line(stmt)
            case ast.Output():
                elaborate_output(stmt, self.cur, ctx, self.reach)
            case RowClaim():
                from archdsl.elaborate.claims import prove_row

                prove_row(stmt, self.cur, ctx)
            case ast.Broken():
                ctx.graph.broken = True
                self.cur = POISON if stmt.flows else self.cur
            case ast.Let():
                ctx.run.spend(ROUND, stmt.span)
                define_let(stmt, ctx)
            case ast.Default():
                ctx.run.spend(ROUND, stmt.span)
                apply_default(stmt, ctx)
            case ast.Block():
                redefine_block(stmt, ctx)
            case ast.Input():
                from archdsl.elaborate.inputs import elaborate_input

                self.cur = elaborate_input(stmt, self.cur, ctx)
            case ast.Network() | ast.NetworkOf():
                raise Located(
                    MisplacedStatement(
                        "a network stands at the top of a file",
                        help="a part of a network is a `block`",
                    ),
                    stmt.name.span,
                )
            case ast.Expect():
                from archdsl.elaborate.claims import keep

                keep(stmt, ctx)
            case ast.Train() if not ctx.network or ctx.depth:
                raise Located(
                    MisplacedStatement("`train` stands in a network's own body"), stmt.span
                )
            case ast.Use():
                for name in stmt.names or ():
                    ctx.scope.define(name.name, POISON, name.span)
                raise Located(
                    MisplacedStatement(
                        "a `use` stands beside networks and blocks",
                        help="move it to the top of the file",
                    ),
                    stmt.span,
                )

    def line(self, line: ast.Line) -> None:
        """The steps of a line, and its label."""
        cur = self.cur
        prefix = label_prefix(line, self.ctx)
        label = line.label.name if line.label is not None else ""
        if isinstance(line.steps[0], ast.Ref) and self.at >= 0:
            self.at += 1
        last = line.steps[-1]
        for step in line.steps:
            self.at += 1
            place = Place(
                self.flow,
                self.at,
                self.at in self.tails,
                self.act_after,
                prefix,
                len(line.steps) == 1 or (len(line.steps) == 2 and type(line.steps[0]) is ast.Ref),
            )
            name = (self.ties and tied_to(step)) or (label if step is last else "")
            cur = elaborate_step(step, cur, place, self.ctx, self.wanted(name) if name else ())
        self.cur = cur
        if line.label is not None:
            set_label(line.label, line.index, cur, line, self.ctx)

    def wanted(self, label: str) -> Exports:
        """What others reach for in a call, `@label.name`, and what is exported through it."""
        found: dict[tuple[str, ...], None] = {}
        for name in self.ties.get(label, (label,)):
            found.update(dict.fromkeys(self.reach.get(name, ())))
            found.update(dict.fromkeys(p[1:] for p in self.exports if p[0] == name and len(p) > 1))
        return tuple(found)


def elaborate_step(
    step: ast.Step, cur: Labelled | None, place: Place, ctx: Context, exports: Exports = ()
) -> Labelled | None:
    """One step; a mistake in it is reported, and what it would give is poison."""
    run = ctx.run
    run.steps += 1
    if run.steps > run.limits.steps:
        ctx.report(
            Located(
                Limit(
                    f"more than {run.limits.steps:,} steps",
                    help="a repeat of one shape counts once; `--limit steps=N` allows more",
                ),
                step.span,
            )
        )
        raise Stop
    try:
        if run.watch is None:
            return take_step(step, cur, place, ctx, exports)
        made = len(ctx.graph.nodes)
        found = take_step(step, cur, place, ctx, exports)
        run.watch.see(step, ctx, cur, found, made)
        return found
    except Located as problem:
        return ctx.report(problem)
    except Silent:
        ctx.graph.broken = True
        return POISON
    except TooDeep:
        ctx.report(
            Located(
                Limit(
                    f"blocks, groups and brackets nest more than {run.limits.depth} deep",
                    help="does a block call itself without an end?",
                ),
                step.span,
            )
        )
        raise Stop from None


def take_step(
    step: ast.Step, cur: Labelled | None, place: Place, ctx: Context, exports: Exports
) -> Labelled | None:
    """One step. Raises Located."""
    if isinstance(step, ast.Layer):
        if step.repeat is not None:
            from archdsl.elaborate.repeats import elaborate_repeat

            return elaborate_repeat(step, cur, place, ctx)
        return elaborate_layer(step, cur, place, ctx, exports)
    if isinstance(step, ast.Ref):
        found = resolve(step, ctx)
        if isinstance(found, Tensor):
            return ctx.graph.bring(found)
        return found
    if isinstance(step, ast.Group):
        if step.repeat is not None:
            from archdsl.elaborate.repeats import elaborate_repeat

            return elaborate_repeat(step, cur, place, ctx)
        scope = Scope(ctx.scope, ctx.scope.defaults)
        return inner_body(step, cur, ctx.inside(scope=scope), place)
    if isinstance(step, ast.If):
        group = choose_arm(step, ctx)
        if group is None:
            return cur
        scope = Scope(ctx.scope, ctx.scope.defaults)
        return inner_body(group, cur, ctx.inside(scope=scope), place)
    for inner in iterate(step, ctx):
        cur = elaborate_body(step.body.body, cur, inner, False, False)
    return cur


def inner_body(
    group: ast.Group, cur: Labelled | None, ctx: Context, place: Place
) -> Labelled | None:
    """The body of a group or an `if`: its last step is as the step that holds it."""
    after = place.act_after if place.last else False
    return elaborate_body(group.body, cur, ctx, place.tail, after)


def elaborate_layer(
    layer: ast.Layer, cur: Labelled | None, place: Place, ctx: Context, exports: Exports
) -> Labelled:
    """A kind, a join, a block or a network."""
    called, digits, tails = meaning(layer, ctx)
    if called is None:  # `act` where the parameter `act` is none
        if layer.branches is not None or layer.args or tails:
            raise Located(UnknownLayer(f"`{layer.name.name}` is none here"), layer.head)
        return need_tensor(cur, layer.head, ctx)
    if isinstance(called, (BlockRef, Partial)):
        return elaborate_call(called, layer, cur, place, ctx, exports)
    request = gather(layer, called, digits, tails, ctx)
    if layer.branches is not None:
        return elaborate_join(request, layer, cur, place, ctx)
    if issubclass(called.kind, Join) or called.kind.name == "residual":
        name = called.kind.name
        help = f"write them in brackets: `{name}[ @a | @b ]`"
        if name in POOLED and not layer.args and not layer.tails:
            help += f"; over the positions of one tensor it is `{POOLED[name]}`"
        raise Located(
            JoinNeedsBranches(f"`{name}` joins branches", help=help),
            layer.head,
        )
    return elaborate_kind(request, layer, cur, place, ctx)


# --- labels and outputs -----------------------------------------------------------------------


def elaborate_output(
    stmt: ast.Output, cur: Labelled | None, ctx: Context, reach: dict[str, Exports]
) -> None:
    """A side chain whose end is an output."""
    train, weight = output_options(stmt, ctx)
    name = stmt.name.name
    if ctx.graph.outer is not None:
        raise Located(
            BadOutput(
                "an output in a repeated group would come anew each time",
                help=f"a `for` can number them: `for i in 0..4 {{ … output {name}[i]: … }}`",
            ),
            stmt.name.span,
        )
    if stmt.index is not None:
        name = f"{name}[{integer_of(stmt.index, ctx, 'an index')}]"
    check_name(stmt.name.name, stmt.name.span, "output", ctx)
    if name in ctx.graph.promised or name == "out":
        raise Located(
            BadOutput(
                f"two outputs are called `{name}`" if name != "out" else "`out` is the main output",
                help="choose another name",
            ),
            stmt.name.span,
        )
    line = ast.Line(stmt.span, stmt.steps)
    tail = ctx.network
    flow: list[ast.Step | None] = list(stmt.steps)
    tails = find_tails((line,), flow, ctx) if tail else frozenset()
    prefix = name.replace("[", "_").replace("]", "")
    for i, step in enumerate(stmt.steps):
        alone = len(stmt.steps) - isinstance(stmt.steps[0], ast.Ref) == 1
        place = Place(flow, i, i in tails, False, prefix, alone)
        cur = elaborate_step(step, cur, place, ctx, reach.get(stmt.name.name, ()))
    if cur is None:
        raise Located(BadOutput("no tensor flows here"), stmt.span)
    tensor = need_tensor(cur, stmt.span, ctx)
    ctx.graph.promised.add(name)
    ctx.graph.outputs.append(Output(name, ctx.graph.take(tensor), train, weight))


def output_options(stmt: ast.Output, ctx: Context) -> tuple[bool, float | None]:
    """`output(train, weight=0.3)`."""
    train, weight = False, None
    for arg in stmt.args:
        word = arg.value.name if isinstance(arg.value, ast.Name) and not arg.name else ""
        if word == "train":
            train = True
        elif arg.name == "weight":
            value = evaluate(arg.value, ctx)
            if not isinstance(value, (int, float)) or isinstance(value, bool):
                raise Located(BadOutput(f"a weight is a number, not {show_value(value)}"), arg.span)
            weight = float(value)
        else:
            raise Located(
                BadOutput(
                    f"`output` has no option `{(arg.name or arg.span.text)[:40]}`",
                    help=did_you_mean(arg.name or word, ["train", "weight"])
                    or "it has `train` and `weight=0.3`",
                ),
                arg.span,
                fix=rename(part(arg.span, arg.name or word), arg.name or word, ["train", "weight"]),
            )
    if train and not ctx.network:
        raise Located(
            BadOutput("only a network has outputs for training", help="take `train` away"),
            stmt.span,
        )
    return train, weight


# --- definitions ------------------------------------------------------------------------------


def find_tails(
    stmts: tuple[ast.Stmt | RowClaim, ...], flow: list[ast.Step | None], ctx: Context
) -> frozenset[int]:
    """Places in `flow` of the last step, and of the one before it where the last is transparent."""
    for s in reversed(stmts):
        if isinstance(s, ast.Output):
            return frozenset()
        if isinstance(s, ast.Line):
            break
    found = []
    for at in range(len(flow) - 1, -1, -1):
        step = flow[at]
        if step is None:
            break
        found.append(at)
        kind = step_kind(step, ctx)
        if kind is None or not kind.transparent or getattr(step, "repeat", None) is not None:
            break
    return frozenset(found)
