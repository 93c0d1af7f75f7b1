"""Steps and blocks that no tensor reaches: what can be wrong with them by their text alone."""

from __future__ import annotations

from archdsl.elaborate.body import elaborate_body
from archdsl.elaborate.context import Context, Frame, Silent, TooDeep
from archdsl.elaborate.graph import Graph
from archdsl.elaborate.scope import Scope
from archdsl.elaborate.values import POISON, BlockRef
from archdsl.syntax import ast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.elaborate.context import Run
    from archdsl.source import SourceFile


def is_of_network(stmt: ast.Stmt, node: ast.Block | ast.Network) -> bool:
    """Whether a statement speaks of what is unknown here: a finished module, a family's input."""
    if isinstance(stmt, ast.Expect):
        return stmt.network is None
    return isinstance(node, ast.Network) and isinstance(stmt, (ast.Input, ast.Train))


def look_into(block: BlockRef, ctx: Context, frame: Frame | None) -> None:
    """Reports what is wrong with a block whatever it is given, once; shapes stay unknown."""
    run, node = ctx.run, block.node
    if run.origin(node) in run.looked:
        return
    run.looked.add(run.origin(node))
    graph = Graph()
    scope = Scope(block.scope, block.defaults)
    for param in node.params:
        if param.kind == "value":
            scope.define(param.name, POISON, param.span)
        else:
            graph.labels[param.name] = (POISON, param)
    inputs = [s for s in node.body if isinstance(s, ast.Input)]  # of a family, which is a network
    for stmt in inputs:
        if stmt.name is not None:
            graph.labels[stmt.name.name] = (POISON, stmt)
    body = tuple(s for s in node.body if not is_of_network(s, node))
    inner = Context(run, scope, graph, POISON, frame, bool(inputs), ctx.depth + 1)
    if inner.depth > run.limits.depth:
        return
    try:
        elaborate_body(body, POISON, inner, False, False)
    except (Silent, TooDeep):
        return


def look_at_repeat(step: ast.Layer | ast.Group, ctx: Context) -> None:
    """Reports what is wrong with a step that would be repeated, if something came to it."""
    once: ast.Layer | ast.Group
    if isinstance(step, ast.Group):
        once = ast.Group(step.span, step.body)
    else:
        once = ast.Layer(step.span, step.name, step.tails, step.args, step.branches)
        once.head = step.head
    inner = ctx.inside(entry=POISON, graph=Graph(ctx.graph))
    inner.network = ctx.network and isinstance(step, ast.Layer)
    inner.first = True
    elaborate_body((ast.Line(step.span, (once,)),), POISON, inner, False, False)


def look_at_rest(run: Run, top: Context, file: SourceFile) -> None:
    """Blocks and families of the file that nothing calls."""
    keys = (key[0] for key in run.modules if isinstance(key, tuple))
    made = {run.origin(block.node) for block in keys if isinstance(block, BlockRef)}
    for block in run.blocks:
        if block.node.span.file is file and run.origin(block.node) not in made:
            look_into(block, top, None)
