"""Bodies: statements in order, the tensor that flows through them, labels, outputs."""

from __future__ import annotations

from archdsl.diagnostics.model import Label
from archdsl.elaborate.attributes import default_attributes, gather
from archdsl.elaborate.calls import elaborate_call
from archdsl.elaborate.context import Context, Located, Silent, Stop, TooDeep
from archdsl.elaborate.errors import (
    BadIteration,
    BadOutput,
    JoinNeedsBranches,
    Limit,
    MisplacedStatement,
    RepeatedName,
    UnknownLayer,
)
from archdsl.elaborate.expr import evaluate, integer_of, show_value, truth
from archdsl.elaborate.joins import elaborate_join
from archdsl.elaborate.layers import Place, elaborate_kind, need_tensor
from archdsl.elaborate.refs import resolve
from archdsl.elaborate.scope import Scope, merge_defaults
from archdsl.elaborate.suggest import did_you_mean
from archdsl.elaborate.tables import RowClaim, expand_tables
from archdsl.elaborate.values import (
    POISON,
    BlockRef,
    Labelled,
    Partial,
    Poison,
    Results,
    Row,
    Tensor,
)
from archdsl.elaborate.words import check_name, meaning, step_kind
from archdsl.ir.model import Output
from archdsl.ops.base import Kind
from archdsl.ops.join import Join
from archdsl.source import Span
from archdsl.syntax import ast
from archdsl.syntax.walk import nodes, reached

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

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

    __slots__ = ("act_after", "at", "ctx", "cur", "exports", "flow", "reach", "stmts", "tails")

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
        declare(stmts, ctx)
        self.stmts = expand_tables(stmts, ctx)
        self.act_after = act_after
        self.flow: list[ast.Step | None] = []
        for s in self.stmts:
            if isinstance(s, ast.Line):
                if isinstance(s.steps[0], ast.Ref) and self.flow:
                    self.flow.append(None)  # a chain breaks off
                self.flow.extend(s.steps)
        self.tails = find_tails(self.stmts, self.flow, ctx) if tail else frozenset()
        self.at = -1
        self.exports = dict.fromkeys(exports)
        self.reach = reach_of(stmts)

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
                define_let(stmt, ctx)
            case ast.Default():
                apply_default(stmt, ctx)
            case ast.Block():
                redefine_block(stmt, ctx)
            case ast.Input():
                from archdsl.elaborate.networks import elaborate_input

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
        # What others reach for in this call: `@label.name`, and what is exported through it.
        wanted: dict[tuple[str, ...], None] = {}
        if line.label is not None:
            name = line.label.name
            wanted = dict.fromkeys(self.reach.get(name, ()))
            wanted.update(dict.fromkeys(p[1:] for p in self.exports if p[0] == name and len(p) > 1))
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
            cur = elaborate_step(step, cur, place, self.ctx, tuple(wanted) if step is last else ())
        self.cur = cur
        if line.label is not None:
            set_label(line.label, line.index, cur, line, self.ctx)


def reach_of(stmts: tuple[ast.Stmt, ...]) -> dict[str, Exports]:
    """What `@label.name` asks of the labels of a body; remembered on the statements' identity."""
    if not any(isinstance(s, ast.Line) and s.label is not None for s in stmts) and not any(
        isinstance(s, ast.Table) for s in stmts
    ):
        return {}
    return reached(stmts)


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
        return take_step(step, cur, place, ctx, exports)
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
    ctx.network = ctx.network
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
        raise Located(
            JoinNeedsBranches(
                f"`{called.kind.name}` joins branches",
                help=f"write them in brackets: `{called.kind.name}[ @a | @b ]`",
            ),
            layer.head,
        )
    return elaborate_kind(request, layer, cur, place, ctx)


# --- control ----------------------------------------------------------------------------------


def choose_arm(step: ast.If, ctx: Context) -> ast.Group | None:
    """The group that the conditions choose, if any."""
    for cond, group in step.arms:
        if truth(cond, ctx):
            return group
    return step.otherwise


def iterate(step: ast.For, ctx: Context) -> Iterator[Context]:
    """A place for every value of a `for`."""
    values = evaluate(step.values, ctx)
    if not isinstance(values, tuple):
        raise Located(
            BadIteration(
                f"`for` goes over a list or a range, not {show_value(values)}",
                help="write `for i in 0..4` (0 to 3) or `for w in [8, 16]`",
            ),
            step.values.span,
        )
    check_name(step.name.name, step.name.span, "variable", ctx)
    for value in values:
        scope = Scope(ctx.scope, ctx.scope.defaults)
        scope.define(step.name.name, value, step.name.span)
        inner = ctx.inside(scope=scope)
        inner.network = ctx.network
        yield inner


# --- labels and outputs -----------------------------------------------------------------------


def label_prefix(line: ast.Line, ctx: Context) -> str:
    """What the names of a labelled line's nodes begin with."""
    if line.label is None:
        return ""
    if line.index is None:
        return line.label.name
    try:
        return f"{line.label.name}_{integer_of(line.index, ctx, 'an index', low=-(10**9))}".replace(
            "-", "m"
        )
    except (Located, Silent):
        return line.label.name


def set_label(
    label: ast.Name, index: ast.Expr | None, value: Labelled | None, line: object, ctx: Context
) -> None:
    """Gives a tensor its name; a second one of that name is an error, but not in a loop."""
    labels = ctx.graph.labels
    name = label.name
    found = labels.get(name)
    if value is None:
        value = POISON
    if index is None:
        if found is None or found[1] is not line:
            check_label(label, found, ctx)
        labels[name] = (value, line)
        return
    if found is None:
        check_label(label, None, ctx)
    number = integer_of(index, ctx, "an index", low=-(10**9))
    if found is None:
        labels[name] = (Row({number: value}), ROWS)
        return
    row = found[0]
    if isinstance(row, Poison):
        return
    if not isinstance(row, Row) or found[1] is not ROWS:
        check_label(label, found, ctx)
        return
    if number in row.items:
        raise Located(
            RepeatedName(
                f"`{name}[{number}]` is named twice",
                help=f"each number is given once: in a `for` inside a `for` count through, as in"
                f" `{name}[4*i+j]: …`",
            ),
            label.span,
        )
    row.items[number] = value


ROWS = object()  # the owner of labels with numbers


def check_label(label: ast.Name, found: tuple[Labelled, object] | None, ctx: Context) -> None:
    """Whether a label may be given here."""
    name = label.name
    check_name(name, label.span, "label", ctx)
    if found is not None:
        before = getattr(found[1], "label", None) or found[1]
        span = getattr(before, "span", None)
        raise Located(
            RepeatedName(
                f"two tensors are called `{name}`",
                help="choose another name; `name[i]: …` numbers them",
            ),
            label.span,
            (Label(span, "here first"),) if isinstance(span, Span) else (),
        )
    scope = ctx.scope.find(name)
    if name == "in":
        raise Located(RepeatedName("`@in` is what enters the brackets"), label.span)
    if scope is not None and isinstance(scope.names[name], BlockRef):
        raise Located(
            RepeatedName(f"`{name}` is a block", help="choose another label"),
            label.span,
            (Label(scope.spans[name], "defined here"),),
        )


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
    if any(o.name == name for o in ctx.graph.outputs) or name == "out":
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
            )
    if train and not ctx.network:
        raise Located(
            BadOutput("only a network has outputs for training", help="take `train` away"),
            stmt.span,
        )
    return train, weight


# --- definitions ------------------------------------------------------------------------------


def declare(stmts: tuple[ast.Stmt, ...], ctx: Context) -> None:
    """Blocks, and the `let`s and defaults that need no tensor, before the first step.

    So a block may be called above its definition, and keeps the defaults of its own place.
    """
    if not any(isinstance(s, ast.Block) for s in stmts):
        return
    before = ctx.scope.defaults
    for s in stmts:
        try:
            if isinstance(s, ast.Block):
                define_block(s, ctx)
            elif isinstance(s, ast.Let) and not any(isinstance(n, ast.Ref) for n in nodes(s)):
                define_let(s, ctx)
            elif isinstance(s, ast.Default):
                apply_default(s, ctx)
        except Located as problem:
            ctx.report(problem)
        except Silent:
            ctx.graph.broken = True
    ctx.scope.defaults = before
    check_all_params(stmts, ctx)


def check_all_params(stmts: tuple[ast.Stmt, ...], ctx: Context) -> None:
    """No parameter has the name of a block that is defined further down."""
    for s in stmts:
        if isinstance(s, (ast.Block, ast.Network)):
            try:
                check_params(s.params, s.name.name, ctx)
            except Located as problem:
                ctx.report(problem)


def define(name: ast.Name, value: object, what: str, ctx: Context) -> None:
    """A name of this scope, once."""
    found = ctx.scope.spans.get(name.name)
    if found is not None:
        if found.start == name.span.start and found.file is name.span.file:
            ctx.scope.names[name.name] = value
            return
        raise Located(
            RepeatedName(f"`{name.name}` is defined twice", help="choose another name"),
            name.span,
            (Label(found, "here first"),),
        )
    check_name(name.name, name.span, what, ctx)
    ctx.scope.define(name.name, value, name.span)


def define_let(stmt: ast.Let, ctx: Context) -> None:
    """`let a = …`; a wrong one leaves the name poisoned."""
    found = ctx.scope.spans.get(stmt.name.name)
    if found is not None and found.start == stmt.name.span.start:
        return
    try:
        value = evaluate(stmt.value, ctx)
    except (Located, Silent):
        ctx.scope.names.setdefault(stmt.name.name, POISON)
        ctx.scope.spans.setdefault(stmt.name.name, stmt.name.span)
        raise
    if isinstance(value, (Tensor, Results, Row, Poison)):
        from archdsl.elaborate.errors import BadValue

        raise Located(
            BadValue("a tensor is no value", help="a label names it: `name: …`"), stmt.value.span
        )
    define(stmt.name, value, "let", ctx)


def define_block(stmt: ast.Block, ctx: Context) -> None:
    """`block b(…) { … }`."""
    check_params(stmt.params, stmt.name.name, ctx)
    define(stmt.name, BlockRef(stmt, ctx.scope, ctx.scope.defaults), "block", ctx)


def redefine_block(stmt: ast.Block, ctx: Context) -> None:
    """In its turn: already declared."""
    if stmt.name.name not in ctx.scope.names:
        define_block(stmt, ctx)


def check_params(params: tuple[ast.Param, ...], owner: str, ctx: Context) -> None:
    """Parameters have names of their own; any number of tensors comes last."""
    seen: dict[str, Span] = {}
    for i, p in enumerate(params):
        check_name(p.name, p.span, "parameter", ctx)
        if p.name in seen:
            raise Located(
                RepeatedName(f"two parameters are called `{p.name}`"),
                p.span,
                (Label(seen[p.name], "here first"),),
            )
        if p.name == owner:
            raise Located(RepeatedName(f"`{owner}` is also the name of the block"), p.span)
        scope = ctx.scope.find(p.name)
        if scope is not None and isinstance(scope.names[p.name], BlockRef):
            raise Located(
                RepeatedName(f"the parameter `{p.name}` is also the name of a block"),
                p.span,
                (Label(scope.spans[p.name], "this block"),),
            )
        if p.kind == "tensors" and i < len(params) - 1:
            raise Located(
                MisplacedStatement(f"`@{p.name}[*]` takes any number of tensors, so it comes last"),
                p.span,
            )
        seen[p.name] = p.span


def apply_default(stmt: ast.Default, ctx: Context) -> None:
    """`default conv + FC (act=relu)`: from here to the end of the scope."""
    scope = ctx.scope
    for name in stmt.kinds:
        kind = Kind.lookup(name.name)
        if kind is None:
            known = list(Kind.registry)
            raise Located(
                UnknownLayer(
                    f"no layer kind is called `{name.name}`",
                    help=did_you_mean(name.name, known) or "defaults are for built-in kinds",
                ),
                name.span,
            )
        attrs = default_attributes(kind, stmt.args, ctx)
        scope.defaults = merge_defaults(scope.defaults, (kind.name,), attrs)


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
