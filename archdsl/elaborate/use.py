"""`use`: blocks of other files below the same root, and of the standard library."""

from __future__ import annotations

from archdsl.diagnostics.model import Label
from archdsl.elaborate.context import Context, Located, Stop
from archdsl.elaborate.errors import BadUse, RepeatedName
from archdsl.elaborate.graph import Graph
from archdsl.elaborate.scope import Scope
from archdsl.elaborate.suggest import did_you_mean, part, rename, rename_everywhere
from archdsl.elaborate.values import BlockRef
from archdsl.source import SourceFile
from archdsl.syntax import ast

MAX_FILES = 256
MAX_DEPTH = 16
MAX_PATH = 1000  # letters of a path


def use_file(stmt: ast.Use, ctx: Context) -> None:
    """Defines the blocks that the statement names (all of them where it names none)."""
    try:
        found = load_scope(stmt, ctx)
    except Located as problem:
        ctx.report(problem)
        if stmt.names is None:  # what it would have defined is unknown
            ctx.run.lost.add("*")
        else:
            ctx.run.lost.update(n.name for n in stmt.names)
        return
    usable = {n: v for n, v in found.names.items() if isinstance(v, BlockRef)}
    wanted = [(n.name, n.span) for n in stmt.names] if stmt.names is not None else []
    if stmt.names is None:
        wanted = [(n, stmt.path_span) for n in usable]
    for name, span in wanted:
        if name not in usable:
            no_block = BadUse(
                f"`{stmt.path}` has no block `{name[:80]}`",
                help=did_you_mean(name, usable) or "it has " + ", ".join(usable),
            )
            fix = rename_everywhere(span, name, usable)
            ctx.report(Located(no_block, span, fix=fix))
            ctx.run.lost.update([name, fix.text] if fix else [name])  # the text may say either
            continue
        before = ctx.scope.names.get(name)
        if before is not None and before is not usable[name]:
            raise Located(
                RepeatedName(f"`{name}` is defined twice", help="name what you use: `use f: a, b`"),
                span,
                (Label(ctx.scope.spans[name], "here first"),),
            )
        ctx.scope.define(name, usable[name], span)


def load_scope(stmt: ast.Use, ctx: Context) -> Scope:
    """The scope of another file, read once."""
    from archdsl.elaborate.members import define_statement
    from archdsl.syntax.forms import read

    run = ctx.run
    if len(stmt.path) > MAX_PATH:
        raise Located(
            BadUse(f"a path of {len(stmt.path):,} letters", help=f"use at most {MAX_PATH:,}"),
            stmt.path_span,
        )
    if stmt.std and stmt.path.split("/")[0] != "std":
        raise Located(
            BadUse(
                f"`{stmt.path}` is not of the standard library",
                help=f'a file of yours stands in quotes: `use "{stmt.path}.arch"`',
            ),
            stmt.path_span,
        )
    result = run.read(stmt.path, stmt.span.file, stmt.std)
    if not isinstance(result, SourceFile):
        problem = Located(BadUse(result), stmt.path_span)
        near = nearest_std(stmt, problem) if stmt.std else ""
        result = run.read(near, stmt.span.file, True) if near else result
        if not isinstance(result, SourceFile):
            raise problem
        ctx.report(problem)  # and on with the one that was meant
    if result.name in run.files:
        scope = run.files[result.name]
        if scope is OPEN:
            raise Located(BadUse(f"`{stmt.path}` uses itself, directly or around"), stmt.path_span)
        return scope
    if len(run.files) >= MAX_FILES:
        raise Located(BadUse(f"more than {MAX_FILES} files"), stmt.path_span)
    if sum(1 for s in run.files.values() if s is OPEN) >= MAX_DEPTH:
        raise Located(BadUse(f"files use each other more than {MAX_DEPTH} deep"), stmt.path_span)
    run.files[result.name] = OPEN
    tree, problems = read(result)
    run.diagnostics.extend(problems)
    if tree.lost is None:
        raise Stop
    run.lost.update(tree.lost)
    scope = Scope(None, {})
    inner = Context(run, scope, Graph(), None, None)
    for s in tree.body:
        if isinstance(s, (ast.Use, ast.Let, ast.Default, ast.Block)):
            try:
                define_statement(s, inner)
            except Located as problem:
                run.report(problem)
        elif isinstance(s, ast.Network):
            scope.define(s.name.name, BlockRef(s, scope, scope.defaults), s.name.span)
    run.files[result.name] = scope
    return scope


def nearest_std(stmt: ast.Use, problem: Located) -> str:
    """The file of the standard library that was meant, where that is sure; adds it to the error."""
    from archdsl.files import std_files

    name = stmt.path.partition("/")[2]
    known = std_files()
    problem.error.help = did_you_mean(name, known) or "it has " + ", ".join(known)
    problem.fix = rename(part(stmt.path_span, name), name, known) if name else None
    sure = problem.fix is not None and problem.fix.safety == "sure"
    return f"std/{problem.fix.text}" if problem.fix and sure else ""


OPEN = Scope(None, {})  # stands for a file that is being read
