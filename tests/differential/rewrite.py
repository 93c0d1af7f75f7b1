"""Rewritings of programs that keep their meaning, or change it in a known way."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from archdsl.ops.base import Dims
from archdsl.tensor import TensorType
from tests.differential.tree import (
    Block,
    Body,
    Call,
    For,
    Group,
    If,
    Join,
    Layer,
    Line,
    Output,
    Param,
    Program,
    Ref,
    Repeat,
    Step,
    Then,
)

Change = Callable[[Step], list[Step]]
SIDES = {"h": "w", "w": "h"}


class Rewriter:
    """Copies a program; `change` makes steps of each step, after what is inside it."""

    def __init__(self, change: Change) -> None:
        self.change = change
        self.blocks: dict[int, Block] = {}

    def program(self, p: Program) -> Program:
        """The whole program."""
        blocks = [self.block(b) for b in p.blocks]
        body: list[Line | Output] = []
        for s in p.body:
            if isinstance(s, Output):
                body.append(Output(s.name, self.line(s.line), s.train, s.weight))
            else:
                body.append(self.line(s))
        return Program(dict(p.inputs), body, blocks, dict(p.lets), p.defaults)

    def block(self, b: Block) -> Block:
        """A block, once."""
        if id(b) not in self.blocks:
            body = self.body(b.body)
            self.blocks[id(b)] = Block(b.name, dict(b.params), body, b.tensors)
        return self.blocks[id(b)]

    def body(self, body: Body) -> Body:
        """Lines."""
        return [self.line(line) for line in body]

    def line(self, line: Line) -> Line:
        """A line."""
        steps = [new for step in line.steps for new in self.step(step)]
        return Line(steps, line.label, line.start)

    def step(self, step: Step) -> list[Step]:
        """What becomes of a step."""
        return self.change(self.copy(step))

    def one(self, step: Step) -> Step:
        """What becomes of a step that must stay one: a group where it is several."""
        made = self.step(step)
        return made[0] if len(made) == 1 else Group([Line(made)])

    def copy(self, step: Step) -> Step:
        """The step with what is inside it rewritten."""
        match step:
            case Layer():
                more, tensors = dict(step.more), dict(step.tensors)
                return Layer(step.kind, dict(step.attrs), more, tensors, step.share)
            case Join():
                branches = [self.body(b) for b in step.branches]
                return Join(step.kind, branches, dict(step.attrs), dict(step.more))
            case Group():
                return Group(self.body(step.body))
            case Repeat():
                return Repeat(self.one(step.step), step.count, step.shared)
            case Call():
                return Call(self.block(step.block), dict(step.args), step.tensors, step.share)
            case For():
                return For(step.var, step.values, self.body(step.body))
            case If():
                return If(step.cond, self.body(step.yes), self.body(step.no))
            case Param():
                return step


def has_labels(step: Step) -> bool:
    """Whether a step gives names or speaks of tensors, so that it cannot stand twice."""
    found: list[str] = []

    def note(inner: Step) -> list[Step]:
        if isinstance(inner, Layer):
            found.extend(inner.tensors)
            found.extend([inner.share] if inner.share else [])
        if isinstance(inner, (Call,)):
            found.extend([*inner.tensors, *([inner.share] if inner.share else [])])
        return [inner]

    rewriter = Rewriter(note)
    rewriter.block = lambda b: b  # type: ignore[method-assign]
    lines: list[Line] = []
    original = rewriter.line

    def line(given: Line) -> Line:
        lines.append(given)
        return original(given)

    rewriter.line = line  # type: ignore[method-assign, assignment]
    rewriter.step(step)
    return bool(found) or any(given.label or given.start for given in lines)


def unroll(p: Program) -> Program:
    """Repeats with weights of their own, written out where no name stands inside."""

    def change(step: Step) -> list[Step]:
        if not isinstance(step, Repeat) or step.shared or has_labels(step.step):
            return [step]
        if isinstance(step.step, Call) and any(
            isinstance(v, Then) for v in step.step.args.values()
        ):
            return [then(step.step, i == 0) for i in range(step.count)] or [Layer("identity")]
        return [step.step] * step.count or [Layer("identity")]

    return Rewriter(change).program(p)


def then(call: Call, first: bool) -> Call:
    """A call as the first repetition or another one has it."""
    args = {}
    for name, value in call.args.items():
        settled = (value.first if first else value.rest) if isinstance(value, Then) else value
        args[name] = settled
    return Call(call.block, args)


def split_repeats(p: Program, r: Random) -> Program:
    """Each repeat cut in two."""

    def change(step: Step) -> list[Step]:
        fits = isinstance(step, Repeat) and not step.shared and not has_labels(step.step)
        if not fits or not isinstance(step, Repeat) or is_then(step.step):
            return [step]
        first = r.randint(0, step.count)
        return [Repeat(step.step, first), Repeat(step.step, step.count - first)]

    return Rewriter(change).program(p)


def is_then(step: Step) -> bool:
    """Whether the first repetition differs."""
    return isinstance(step, Call) and any(isinstance(v, Then) for v in step.args.values())


def inline_calls(p: Program) -> Program:
    """Calls as the bodies of their blocks, where these give no names."""

    def change(step: Step) -> list[Step]:
        if not isinstance(step, Call) or step.tensors or step.share or is_then(step):
            return [step]
        group = Group(step.block.body)
        if has_labels(group):
            return [step]
        values = {n: step.args.get(n, d) for n, d in step.block.params.items()}
        inner = Rewriter(lambda s: [substituted(s, values)])
        inner.block = lambda b: b  # type: ignore[method-assign]
        return [Group(inner.body(step.block.body))]

    rewriter = Rewriter(change)
    labelled = shared_labels(p)
    original = rewriter.line

    def line(given: Line) -> Line:
        return given if given.label in labelled else original(given)

    rewriter.line = line  # type: ignore[method-assign, assignment]
    rewriter.block = lambda b: b  # type: ignore[method-assign]
    return rewriter.program(p)


def shared_labels(p: Program) -> set[str]:
    """Labels that a `share=` speaks of."""
    found: set[str] = set()

    def note(step: Step) -> list[Step]:
        if isinstance(step, (Layer, Call)) and step.share:
            found.add(step.share)
        return [step]

    Rewriter(note).program(p)
    return found


def substituted(step: Step, values: dict[str, object]) -> Step:
    """A step with parameters replaced by values."""

    def put(v: object) -> object:
        if isinstance(v, Then):
            return Then(put(v.first), put(v.rest))
        return values.get(v.name, v) if isinstance(v, Param) else v

    if isinstance(step, Layer):
        attrs = {n: put(v) for n, v in step.attrs.items()}
        return Layer(step.kind, attrs, step.more, step.tensors, step.share)
    if isinstance(step, Call):
        return Call(step.block, {n: put(v) for n, v in step.args.items()}, step.tensors, step.share)
    if isinstance(step, Param):
        ref = values.get(step.name)
        return Layer(ref.kind, dict(ref.attrs)) if isinstance(ref, Ref) else step
    return step


def wrap_lines(p: Program) -> Program:
    """The lines of the network that speak of no tensor, each in a block of its own."""
    copy = Rewriter(lambda s: [s]).program(p)
    labelled = shared_labels(p)
    for i, line in enumerate(copy.body):
        if not isinstance(line, Line) or not line.steps or line.label in labelled:
            continue
        if any(has_labels(s) or is_several(s) or in_let(s, copy) for s in line.steps):
            continue
        block = Block(f"wrapped{i}_", {}, [Line(line.steps)])
        copy.blocks.append(block)
        line.steps = [Call(block)]
    return copy


def is_several(step: Step) -> bool:
    """Whether a step gives several tensors."""
    return isinstance(step, Layer) and step.kind == "split"


def in_let(step: Step, p: Program) -> bool:
    """Whether a step may speak of a `let`, which a block written above it does not see."""
    return bool(p.lets)


def letted(p: Program) -> Program:
    """Numbers of output channels by the name of a `let`."""
    lets: dict[str, object] = dict(p.lets)

    def change(step: Step) -> list[Step]:
        out = step.attrs.get("out") if isinstance(step, Layer) else None
        if isinstance(step, Layer) and isinstance(out, int):
            lets[f"n{out}_"] = out
            step.attrs["out"] = Param(f"n{out}_")
        return [step]

    made = Rewriter(change).program(p)
    made.lets = lets
    return made


def with_unused_block(p: Program) -> Program:
    """A block more."""
    copy = Rewriter(lambda s: [s]).program(p)
    copy.blocks.append(Block("nobody_", {"q": 3}, [Line([Layer("conv", {"kernel": 3, "out": 5})])]))
    return copy


def reverse_concats(p: Program) -> Program:
    """Branches of every concat the other way round."""

    def change(step: Step) -> list[Step]:
        if isinstance(step, Join) and step.kind == "concat":
            step.branches.reverse()
        return [step]

    return Rewriter(change).program(p)


def without_last(p: Program) -> Program | None:
    """The program without its last line."""
    if len(p.body) < 2 or not all(isinstance(s, Line) and not s.start for s in p.body[-2:]):
        return None
    before = p.body[-2]
    assert isinstance(before, Line)
    if before.steps and is_several(before.steps[-1]):
        return None
    return Program(p.inputs, p.body[:-1], p.blocks, p.lets, p.defaults)


def swap_sides(p: Program) -> Program | None:
    """Height for width in every size; None where a layout mixes them with other axes."""
    mixing = False

    def change(step: Step) -> list[Step]:
        nonlocal mixing
        if isinstance(step, Layer):
            mixing = mixing or step.kind in ("permute", "reshape", "untokens", "transpose")
            step.attrs = {n: swapped(n, v) for n, v in step.attrs.items()}
        if isinstance(step, Join):
            step.attrs = {n: swapped(n, v) for n, v in step.attrs.items()}
        return [step]

    made = Rewriter(change).program(p)
    made.inputs = {n: turned(t) for n, t in p.inputs.items()}
    return None if mixing else made


def swapped(name: str, value: object) -> object:
    """A value of an attribute with height and width swapped."""
    if name == "axis" and isinstance(value, str):
        return SIDES.get(value, value)
    if isinstance(value, Dims) and len(value) > 1:
        return Dims((*value[:-2], value[-1], value[-2]))
    return value


def turned(t: TensorType) -> TensorType:
    """A type with height and width swapped."""
    if t.rank < 2:
        return t
    return TensorType(t.layout, (*t.dims[:-2], t.dims[-1], t.dims[-2]))
