"""The same program said as a table of variants, as a table of parameters, or as a family."""

from __future__ import annotations

from random import Random

from tests.differential.draw_defaults import REFUSED
from tests.differential.flat import Unfit
from tests.differential.reference import lay_out
from tests.differential.rewrite import Rewriter, is_several, letted, shared_labels
from tests.differential.tree import Call, Layer, Line, Output, Program, Repeat, Then
from tests.differential.write import Writer

Cells = list[str]


def one_step_lines(p: Program) -> Program:
    """Each step on a line of its own; the label is the last one's."""
    body: list[Line | Output] = []
    for stmt in p.body:
        if isinstance(stmt, Output) or len(stmt.steps) < 2:
            body.append(stmt)
            continue
        first, *middle = stmt.steps[:-1]
        body += [Line([first], None, stmt.start), *(Line([step]) for step in middle)]
        body.append(Line([stmt.steps[-1]], stmt.label))
    return Program(p.inputs, body, p.blocks, p.lets, p.defaults)


def with_variant(p: Program, r: Random) -> Program:
    """The program with a step more in some lines and some lines left out, as far as they fit."""
    made, shared = p, shared_labels(p)
    for i, line in enumerate(p.body):
        if r.random() < 0.5 or not isinstance(line, Line) or not line.steps:
            continue
        longer = Line([*line.steps, Layer("tanh")], line.label, line.start)
        if is_several(line.steps[-1]) or line.label in shared:
            continue
        alone = not line.label and "@" not in Writer(None, {}).line(line)
        other = Line([]) if alone and r.random() < 0.4 else longer
        trial = Program(
            made.inputs, [*made.body[:i], other, *made.body[i + 1 :]], made.blocks, made.lets
        )
        trial.defaults = made.defaults
        try:
            made = trial if lay_out(trial).layers else made
        except REFUSED:
            continue
    return made


def variants(p: Program, q: Program, r: Random) -> str:
    """A network `Net` of the variants A and B, in one table or some."""
    w = Writer(None, {})
    lines = [*w.first(p), *map(w.block, p.blocks), "network Net {", *w.inputs(p)]
    table = False
    for a, b in zip(p.body, q.body, strict=True):
        cells = [cell_of(w, a), cell_of(w, b)]
        if None in cells:
            if a is not b:
                raise Unfit("a line that fits into no cell")
            lines.append(w.output(a) if isinstance(a, Output) else w.line(a))
            table = False
            continue
        lines += [] if table else ["", "| A | B |", "|---|---|"]
        table = True
        both = cells[0] == cells[1] and r.random() < 0.7
        lines.append(f"| {cells[0]} |" if both else f"| {cells[0]} | {cells[1]} |")
    if "|---|---|" not in lines:
        raise Unfit("no line fits into a cell")
    return "\n".join([*lines, "}"]) + "\n"


def cell_of(w: Writer, stmt: Line | Output) -> str | None:
    """A line as a cell; None where it cannot be one."""
    if isinstance(stmt, Output):
        return None
    if not stmt.steps and stmt.label is None and stmt.start is None:
        return ""
    text = w.line(stmt)
    return None if "\n" in text else text.replace("|", "\\|")


def parameter_tables(p: Program, r: Random) -> str:
    """Calls of blocks that stand alone in their lines, as rows of tables; empty without any."""
    w = Writer(None, {})
    lines = [*w.first(p), *map(w.block, p.blocks), *w.inputs(p)]
    head: Cells = []
    rows = 0
    for stmt in one_step_lines(p).body:
        row = row_of(stmt)
        if row is None:
            lines.append(w.output(stmt) if isinstance(stmt, Output) else w.line(stmt))
            head = []
            continue
        assert isinstance(stmt, Line)
        call, count = row
        named = stmt.label is not None or r.random() < 0.5
        wanted = [call.block.name if named else "operator", *call.block.params, "repeat"]
        if wanted != head:
            lines += ["", f"| {' | '.join(wanted)} |", "|---" * len(wanted) + "|"]
            head = wanted
        values = [w.value(call.args[n]) if n in call.args else "" for n in call.block.params]
        first = (stmt.label or "") if named else call.block.name
        times = "" if count == 1 else str(count)
        lines.append(f"| {' | '.join([first, *values, times])} |")
        rows += 1
    return "\n".join(lines) + "\n" if rows else ""


def row_of(stmt: Line | Output) -> tuple[Call, int] | None:
    """A call that is the whole line, and how often it is made."""
    if isinstance(stmt, Output) or len(stmt.steps) != 1 or stmt.start is not None:
        return None
    step, count = stmt.steps[0], 1
    if isinstance(step, Repeat) and not step.shared and step.count > 1:
        step, count = step.step, step.count
    if not isinstance(step, Call) or step.tensors or step.share or not step.block.params:
        return None
    return None if any(isinstance(v, Then) for v in step.args.values()) else (step, count)


def family(p: Program, r: Random) -> tuple[str, Program | None]:
    """A family whose members `Net-B` and `Net-C` are the program, and it with other widths."""
    made = letted(p)
    if not made.lets:
        raise Unfit("no width")
    other = Rewriter(lambda s: [s]).program(made)
    other.lets = {n: r.choice([2, 3, 4, 8]) for n in made.lets}
    try:
        lay_out(other)
    except REFUSED:
        other.lets = {}
    w = Writer(None, {})
    needed, *rest = made.lets
    params = ", ".join([needed, *(f"{n}=5" for n in rest)])
    default = [] if p.defaults is None else [w.default(p.defaults)]
    body = [w.output(s) if isinstance(s, Output) else w.line(s) for s in made.body]
    lines = [f"network Net({params}) {{", *default, *w.inputs(made), *body]
    lines += [*map(w.block, made.blocks), "}"]
    lines.append(f"network Net-B = Net({arguments(made)})")
    if other.lets:
        lines.append(f"network Net-C = Net-B({arguments(other)})")
    return "\n".join(lines) + "\n", other if other.lets else None


def arguments(p: Program) -> str:
    """All widths by name."""
    return ", ".join(f"{n}={v}" for n, v in p.lets.items())
