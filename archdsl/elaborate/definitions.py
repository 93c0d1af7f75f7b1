"""Definitions in a body: blocks and their parameters, `let`, defaults."""

from __future__ import annotations

from archdsl.diagnostics.model import Label
from archdsl.elaborate.attributes import default_attributes
from archdsl.elaborate.context import ROUND, Context, Located, Silent
from archdsl.elaborate.errors import MisplacedStatement, RepeatedName, UnknownLayer
from archdsl.elaborate.expr import evaluate
from archdsl.elaborate.scope import merge_defaults
from archdsl.elaborate.suggest import did_you_mean, rename
from archdsl.elaborate.values import POISON, BlockRef, Poison, Results, Row, Tensor
from archdsl.elaborate.words import check_name
from archdsl.ops.base import Kind
from archdsl.source import Span
from archdsl.syntax import ast
from archdsl.syntax.walk import nodes


def declare(stmts: tuple[ast.Stmt, ...], ctx: Context) -> None:
    """Blocks, and the `let`s and defaults that need no tensor, before the first step.

    So a block may be called above its definition, and keeps the defaults of its own place.
    """
    if not any(isinstance(s, ast.Block) for s in stmts):
        return
    ctx.run.spend(ROUND * len(stmts), stmts[0].span)
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
        help = (
            "a name keeps its value: choose another name"
            if what == "let"
            else "choose another name"
        )
        raise Located(
            RepeatedName(f"`{name.name}` is defined twice", help=help),
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
    """`block b(…) { … }`; one whose parameters are wrong leaves the name poisoned."""
    try:
        check_params(stmt.params, stmt.name.name, ctx)
    except (Located, Silent):
        ctx.scope.names.setdefault(stmt.name.name, POISON)
        ctx.scope.spans.setdefault(stmt.name.name, stmt.name.span)
        raise
    block = BlockRef(stmt, ctx.scope, ctx.scope.defaults)
    ctx.run.blocks.append(block)
    define(stmt.name, block, "block", ctx)


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
                MisplacedStatement(
                    f"`@{p.name}[*]` takes any number of tensors, so it comes last",
                    help="a parameter behind it would never be reached by place",
                ),
                p.span,
            )
        seen[p.name] = p.span


def apply_default(stmt: ast.Default, ctx: Context) -> None:
    """`default conv + FC (act=relu)`: from here to the end of the scope."""
    scope = ctx.scope
    for name in stmt.kinds:
        kind = Kind.lookup(name.name)
        if kind is None:
            own = scope.find(name.name) is not None
            known = [] if own else list(Kind.registry)
            help = "defaults are for built-in kinds"
            if own:
                help += "; a parameter of a block has its own: `n=3`"
            raise Located(
                UnknownLayer(
                    f"no layer kind is called `{name.name}`",
                    help=did_you_mean(name.name, known) or help,
                ),
                name.span,
                fix=rename(name.span, name.name, known),
            )
        attrs = default_attributes(kind, stmt.args, ctx)
        scope.defaults = merge_defaults(scope.defaults, (kind.name,), attrs)
