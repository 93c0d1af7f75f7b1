"""`if` and `for`: which group is meant, and a place for every value."""

from __future__ import annotations

from archdsl.elaborate.context import Context, Located
from archdsl.elaborate.errors import BadIteration
from archdsl.elaborate.expr import evaluate, truth
from archdsl.elaborate.scope import Scope
from archdsl.elaborate.values import show_value
from archdsl.elaborate.words import check_name
from archdsl.syntax import ast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


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
        yield ctx.inside(scope=scope)
