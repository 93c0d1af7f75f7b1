"""`if` and `for`: which group is meant, and a place for every value."""

from __future__ import annotations

from archdsl.elaborate.context import ROUND, Context, Located
from archdsl.elaborate.errors import BadIteration
from archdsl.elaborate.expr import evaluate, truth
from archdsl.elaborate.scope import Scope
from archdsl.elaborate.values import POISON, show_value
from archdsl.elaborate.words import check_name
from archdsl.syntax import ast
from archdsl.syntax.walk import nodes

MAX_WRONG = 50  # values in a row for which a body is wrong; those behind them tell nothing new

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def choose_arm(step: ast.If, ctx: Context) -> ast.Group | None:
    """The group that the conditions choose, if any."""
    for cond, group in step.arms:
        ctx.run.spend(ROUND, cond.span)
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
    graph, before, wrong = ctx.graph, ctx.graph.broken, 0
    try:
        for value in values:
            graph.broken = False
            ctx.run.spend(ROUND, step.values.span)
            scope = Scope(ctx.scope, ctx.scope.defaults)
            scope.define(step.name.name, value, step.name.span)
            yield ctx.inside(scope=scope)
            before = before or graph.broken
            wrong = wrong + 1 if graph.broken else 0
            if wrong >= MAX_WRONG:
                poison_rows(step, ctx)
                return
    finally:
        graph.broken = before or graph.broken


def poison_rows(step: ast.For, ctx: Context) -> None:
    """What the body of a `for` would have numbered is unknown from here on."""
    for node in nodes(step.body):
        if isinstance(node, ast.Line) and node.label is not None and node.index is not None:
            ctx.graph.labels[node.label.name] = (POISON, step)
