"""References: what `@stem`, `@y[i]`, `@call.name` and `@xs[*]` mean."""

from __future__ import annotations

import re
from bisect import bisect

from archdsl.elaborate.context import ROUND, Context, Located, Silent
from archdsl.elaborate.errors import UnknownTensor
from archdsl.elaborate.expr import integer_of
from archdsl.elaborate.suggest import did_you_mean, part, rename
from archdsl.elaborate.values import POISON, Labelled, Poison, Results, Row, Tensor
from archdsl.syntax import ast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.elaborate.graph import Graph


def tensor_of(e: ast.Ref, ctx: Context) -> Tensor | Poison:
    """A reference as one tensor of the graph that grows here."""
    found = resolve(e, ctx)
    if isinstance(found, Results) and found.main is not None:
        found = found.main
    if isinstance(found, Tensor):
        return ctx.graph.bring(found)
    if isinstance(found, Poison):
        return POISON
    if isinstance(found, Results):
        names = ", ".join(f"`@{e.span.text.lstrip('@')}.{n}`" for n in found.named)
        raise Located(
            UnknownTensor(f"`{e.span.text}` has several results", help=f"write one of {names}"),
            e.span,
        )
    raise Located(
        UnknownTensor(
            f"`{e.span.text}` is several tensors",
            help=f"write `{e.span.text}[0]` for one, `{e.span.text}[*]` for all of them in a join",
        ),
        e.span,
    )


def spread_of(e: ast.Ref, ctx: Context) -> list[Tensor | Poison]:
    """`@xs[*]`: all tensors of a row, in the order of their numbers."""
    found = resolve(ast.Ref(e.span, e.name, e.trail[:-1]), ctx)
    if isinstance(found, Poison):
        return [POISON]
    if not isinstance(found, Row):
        raise Located(
            UnknownTensor(
                f"`{e.span.text}` spreads what is one tensor", help="leave out the `[*]`"
            ),
            e.span,
        )
    ctx.run.spend(ROUND * len(found.items), e.span)
    out: list[Tensor | Poison] = []
    for n in sorted(found.items):
        item = found.items[n]
        if isinstance(item, Results) and item.main is not None:
            item = item.main
        if isinstance(item, Tensor):
            out.append(ctx.graph.bring(item))
        elif isinstance(item, Poison):
            out.append(POISON)
        else:
            raise Located(UnknownTensor(f"`{e.span.text}` is no plain row of tensors"), e.span)
    return out


def is_spread(e: object) -> bool:
    """Whether an expression is `@xs[*]`."""
    return isinstance(e, ast.Ref) and bool(e.trail) and e.trail[-1][0] == "all"


def resolve(e: ast.Ref, ctx: Context) -> Labelled:
    """What a reference names; Located where there is no such tensor."""
    found = find_label(e, ctx)
    done = "@" + e.name
    for what, piece in e.trail:
        if isinstance(found, Poison):
            return found
        if what == "index":
            assert isinstance(piece, ast.Expr)
            number = integer_of(piece, ctx, "an index", low=-(10**9))
            if e.name in ctx.run.lost and isinstance(found, Row) and number not in found.items:
                raise Silent  # what could not be read may have named it
            found = pick_item(found, number, piece, done)
            done += f"[{number}]"
        elif what == "attr":
            assert isinstance(piece, str)
            found = pick_named(found, piece, e, done)
            done += f".{piece}"
        else:
            help = "it may stand as a branch of a join, or as the last argument of a block"
            behind = e.trail[e.trail.index((what, piece)) + 1 :]
            if behind and behind[0][0] == "attr":
                each = f"for i in 0..4 {{ {done}[i].{behind[0][1]} }}"
                help = f"nothing follows `[*]`; a branch for each is `{each}`"
            raise Located(UnknownTensor("`[*]` spreads several tensors", help=help), e.span)
    return found


def find_label(e: ast.Ref, ctx: Context) -> Labelled:
    """The tensor of that label, here or around a repeated group; `@in` is what enters."""
    if e.name == "in":
        if ctx.entry is None:
            raise Located(UnknownTensor("no tensor enters here, so there is no `@in`"), e.span)
        return ctx.entry
    graph: Graph | None = ctx.graph
    while graph is not None:
        if e.name in graph.labels:
            return graph.labels[e.name][0]
        graph = graph.outer
    if ctx.run.lost and ctx.run.may_be_lost(e.span.text):
        raise Silent  # what could not be read may have named it
    known: list[str] = ["in"]
    graph = ctx.graph
    while graph is not None:
        known.extend(graph.labels)
        graph = graph.outer
    raise Located(
        UnknownTensor(
            f"no tensor here is called `{e.name}`",
            help=did_you_mean(e.name, known, "@{}")
            or named_below(e, ctx)
            or "a label at the start of a line names the last tensor of that line",
        ),
        e.span,
        fix=rename(part(e.span, "@" + e.name), e.name, known, "@{}"),
    )


LABELS = re.compile(r"^[ \t]*([A-Za-z_]\w*)[ \t]*:", re.MULTILINE)


def named_below(e: ast.Ref, ctx: Context) -> str:
    """The help for a label that stands further down than what reads it."""
    file = e.span.file
    places = ctx.run.below.get(id(file))
    if places is None:
        places = ctx.run.below[id(file)] = {}
        for m in LABELS.finditer(file.text):
            places.setdefault(m[1], []).append(m.start(1))
    found = places.get(e.name, [])
    at = bisect(found, e.span.end)
    if at == len(found):
        return ""
    line = file.line_col(found[at])[0]
    return f"a line reads what stands above it, and `{e.name}:` stands below, on line {line}"


def pick_item(found: Labelled, number: int, piece: ast.Expr, done: str) -> Labelled:
    """One tensor of a row."""
    if not isinstance(found, Row):
        raise Located(UnknownTensor(f"`{done}` has no numbers"), piece.span)
    if number not in found.items:
        have = sorted(found.items)
        raise Located(
            UnknownTensor(
                f"there is no `{done}[{number}]`",
                help=have_items(done, have),
            ),
            piece.span,
        )
    return found.items[number]


def have_items(done: str, have: list[int]) -> str:
    """Which numbers a row has."""
    if len(have) < 2:
        return f"there is only `{done}[{have[0]}]`" if have else ""
    return f"there are `{done}[{have[0]}]` to `{done}[{have[-1]}]`"


def pick_named(found: Labelled, name: str, e: ast.Ref, done: str) -> Labelled:
    """A named output or label of a block call."""
    if isinstance(found, Results) and name in found.named:
        return found.named[name]
    known = list(found.named) if isinstance(found, Results) else []
    raise Located(
        UnknownTensor(
            f"`{done}` has no tensor `{name}`",
            help=did_you_mean(name, known, done + ".{}")
            or "a block call has what its block says by `output`, and the labels in it",
        ),
        e.span,
        fix=rename(part(e.span, "." + name), name, known, ".{}"),
    )
