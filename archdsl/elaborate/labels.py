"""Labels: names of tensors, numbered ones, and the names of nodes that come from them."""

from __future__ import annotations

from archdsl.diagnostics.model import Label
from archdsl.elaborate.context import Context, Located, Silent
from archdsl.elaborate.errors import RepeatedName
from archdsl.elaborate.expr import integer_of
from archdsl.elaborate.values import POISON, BlockRef, Labelled, Poison, Row
from archdsl.elaborate.words import check_name
from archdsl.source import Span
from archdsl.syntax import ast


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
            try:
                check_label(label, found, ctx)
            except Located as problem:  # a wrong name is a name: nothing else is wrong for it
                ctx.report(problem)
                if found is not None:  # which of the two is meant further down is unknown
                    value = POISON
        labels[name] = (value, line)
        return
    if found is None:
        try:
            check_label(label, None, ctx)
        except Located as problem:
            ctx.report(problem)
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
