"""What the text of a body alone tells: its steps in a row, its labels, what it defines."""

from __future__ import annotations

from archdsl.syntax import ast
from archdsl.syntax.walk import reached

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from archdsl.elaborate.context import Run

Exports = tuple[tuple[str, ...], ...]


class Plan:
    """Made once for a body: a branch or a block is elaborated again and again."""

    __slots__ = ("blocks", "flow", "reach", "stmts", "tables", "ties")

    def __init__(self, stmts: tuple[ast.Stmt, ...]) -> None:
        self.stmts = stmts
        self.blocks = any(isinstance(s, ast.Block) for s in stmts)
        self.tables = any(isinstance(s, ast.Table) for s in stmts)
        self.flow = flow_of(stmts)
        labelled = any(isinstance(s, ast.Line) and s.label is not None for s in stmts)
        self.reach: dict[str, Exports] = reached(stmts) if labelled or self.tables else {}
        self.ties: dict[str, list[str]] = find_ties(stmts) if self.reach else {}


def plan_of(stmts: tuple[ast.Stmt, ...], run: Run) -> Plan:
    """The plan of a body, remembered on the identity of its statements."""
    plan = run.plans.get(id(stmts))
    if plan is None or plan.stmts is not stmts:
        plan = run.plans[id(stmts)] = Plan(stmts)
    return plan


def tied_to(step: ast.Step) -> str:
    """The label of `share=label` in a step; empty where there is none."""
    if isinstance(step, ast.Layer):
        for arg in step.args:
            if arg.name == "share" and isinstance(arg.value, ast.Name):
                return arg.value.name
    return ""


def find_ties(stmts: tuple[ast.Stmt, ...]) -> dict[str, list[str]]:
    """Labels of calls that share weights, under each of them: what is read of one, all give."""
    ties: dict[str, list[str]] = {}
    for line in stmts:
        if not isinstance(line, ast.Line):
            continue
        for step in line.steps:
            first = tied_to(step)
            if not first:
                continue
            group = ties.setdefault(first, [first])
            if step is line.steps[-1] and line.label is not None and line.index is None:
                group.append(line.label.name)
                ties[line.label.name] = group
    return ties


def flow_of(stmts: Sequence[object]) -> list[ast.Step | None]:
    """The steps of a body; None where a chain breaks off."""
    flow: list[ast.Step | None] = []
    for s in stmts:
        if isinstance(s, ast.Line):
            if flow and isinstance(s.steps[0], ast.Ref):
                flow.append(None)
            flow.extend(s.steps)
    return flow
