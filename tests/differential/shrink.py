"""Makes a program that fails smaller, as long as it fails in the same way."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.differential import tree
from tests.differential.rewrite import Rewriter

Fails = Callable[[tree.Program], str]
TRIES = 400


def shrink(program: tree.Program, fails: Fails) -> tree.Program:
    """The smallest program found; `fails` gives what is wrong with one, empty where nothing is."""
    wanted = fails(program)
    tries = 0
    found = True
    while found and tries < TRIES:
        found = False
        for smaller in candidates(program):
            tries += 1
            if fails(smaller) == wanted:
                program, found = smaller, True
                break
            if tries >= TRIES:
                break
    return program


def candidates(program: tree.Program) -> Iterator[tree.Program]:
    """Programs with a little less."""
    for i in range(len(program.body)):
        yield with_body(program, program.body[:i] + program.body[i + 1 :])
    used = {id(b) for b in program.blocks}
    for i in range(len(used)):
        blocks = program.blocks[:i] + program.blocks[i + 1 :]
        yield tree.Program(program.inputs, program.body, blocks, program.lets, program.defaults)
    for at in range(count_steps(program)):
        yield edited(program, at, lambda step: [])
        yield edited(program, at, parts)
        yield edited(program, at, bare)


def with_body(program: tree.Program, body: list[tree.Line | tree.Output]) -> tree.Program:
    """The program with other lines."""
    return tree.Program(program.inputs, body, program.blocks, program.lets, program.defaults)


def count_steps(program: tree.Program) -> int:
    """Steps of a program, inner ones counted."""
    found = 0

    def note(step: tree.Step) -> list[tree.Step]:
        nonlocal found
        found += 1
        return [step]

    Rewriter(note).program(program)
    return found


def edited(
    program: tree.Program, at: int, change: Callable[[tree.Step], list[tree.Step]]
) -> tree.Program:
    """The program with one of its steps changed."""
    seen = -1

    def edit(step: tree.Step) -> list[tree.Step]:
        nonlocal seen
        seen += 1
        return change(step) if seen == at else [step]

    return Rewriter(edit).program(program)


def parts(step: tree.Step) -> list[tree.Step]:
    """What is inside a step."""
    bodies: list[tree.Body] = []
    match step:
        case tree.Repeat():
            return [step.step]
        case tree.Group() | tree.For():
            bodies = [step.body]
        case tree.If():
            bodies = [step.yes]
        case tree.Join():
            bodies = step.branches[:1]
    return [s for body in bodies for line in body for s in line.steps]


def bare(step: tree.Step) -> list[tree.Step]:
    """A layer or a join without what it need not say."""
    if isinstance(step, tree.Layer):
        needed = {n: v for n, v in step.attrs.items() if n in ("out", "kernel", "size", "parts")}
        return [tree.Layer(step.kind, needed, {}, step.tensors, step.share)]
    if isinstance(step, tree.Join):
        return [tree.Join(step.kind, step.branches, step.attrs)]
    return [step]
