"""Rewritings of programs that keep their meaning, or change it in a known way."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from archdsl.ops.base import Dims
from archdsl.tensor import TensorType
from tests.differential import tree

Change = Callable[[tree.Step], list[tree.Step]]
SIDES = {"h": "w", "w": "h"}


class Rewriter:
    """Copies a program; `change` makes steps of each step, after what is inside it."""

    def __init__(self, change: Change) -> None:
        self.change = change
        self.blocks: dict[int, tree.Block] = {}

    def program(self, p: tree.Program) -> tree.Program:
        """The whole program."""
        blocks = [self.block(b) for b in p.blocks]
        body: list[tree.Line | tree.Output] = []
        for s in p.body:
            if isinstance(s, tree.Output):
                body.append(tree.Output(s.name, self.line(s.line), s.train, s.weight))
            else:
                body.append(self.line(s))
        return tree.Program(dict(p.inputs), body, blocks, dict(p.lets), p.defaults)

    def block(self, b: tree.Block) -> tree.Block:
        """A block, once."""
        if id(b) not in self.blocks:
            body = self.body(b.body)
            self.blocks[id(b)] = tree.Block(b.name, dict(b.params), body, b.tensors)
        return self.blocks[id(b)]

    def body(self, body: tree.Body) -> tree.Body:
        """Lines."""
        return [self.line(line) for line in body]

    def line(self, line: tree.Line) -> tree.Line:
        """A line."""
        steps = [new for step in line.steps for new in self.step(step)]
        return tree.Line(steps, line.label, line.start)

    def step(self, step: tree.Step) -> list[tree.Step]:
        """What becomes of a step."""
        return self.change(self.copy(step))

    def one(self, step: tree.Step) -> tree.Step:
        """What becomes of a step that must stay one: a group where it is several."""
        made = self.step(step)
        return made[0] if len(made) == 1 else tree.Group([tree.Line(made)])

    def copy(self, step: tree.Step) -> tree.Step:
        """The step with what is inside it rewritten."""
        match step:
            case tree.Layer():
                more, tensors = dict(step.more), dict(step.tensors)
                return tree.Layer(step.kind, dict(step.attrs), more, tensors, step.share)
            case tree.Join():
                branches = [self.body(b) for b in step.branches]
                return tree.Join(step.kind, branches, dict(step.attrs), dict(step.more))
            case tree.Group():
                return tree.Group(self.body(step.body))
            case tree.Repeat():
                return tree.Repeat(self.one(step.step), step.count, step.shared)
            case tree.Call():
                return tree.Call(self.block(step.block), dict(step.args), step.tensors, step.share)
            case tree.For():
                return tree.For(step.var, step.values, self.body(step.body))
            case tree.If():
                return tree.If(step.cond, self.body(step.yes), self.body(step.no))
            case tree.Param():
                return step


def has_labels(step: tree.Step) -> bool:
    """Whether a step gives names or speaks of tensors, so that it cannot stand twice."""
    found: list[str] = []

    def note(inner: tree.Step) -> list[tree.Step]:
        if isinstance(inner, tree.Layer):
            found.extend(inner.tensors)
            found.extend([inner.share] if inner.share else [])
        if isinstance(inner, (tree.Call,)):
            found.extend([*inner.tensors, *([inner.share] if inner.share else [])])
        return [inner]

    rewriter = Rewriter(note)
    rewriter.block = lambda b: b  # type: ignore[method-assign]
    lines: list[tree.Line] = []
    original = rewriter.line

    def line(given: tree.Line) -> tree.Line:
        lines.append(given)
        return original(given)

    rewriter.line = line  # type: ignore[method-assign, assignment]
    rewriter.step(step)
    return bool(found) or any(given.label or given.start for given in lines)


def loop_names(step: tree.Step) -> set[str]:
    """The variables of the loops inside a step, which hide a block's parameters of their names."""
    found: set[str] = set()

    def note(inner: tree.Step) -> list[tree.Step]:
        if isinstance(inner, tree.For):
            found.add(inner.var)
        return [inner]

    rewriter = Rewriter(note)
    rewriter.block = lambda b: b  # type: ignore[method-assign]
    rewriter.step(step)
    return found


def unroll(p: tree.Program) -> tree.Program:
    """Repeats with weights of their own, written out where no name stands inside."""

    def change(step: tree.Step) -> list[tree.Step]:
        if not isinstance(step, tree.Repeat) or step.shared or has_labels(step.step):
            return [step]
        if isinstance(step.step, tree.Call) and any(
            isinstance(v, tree.Then) for v in step.step.args.values()
        ):
            return [then(step.step, i == 0) for i in range(step.count)] or [tree.Layer("identity")]
        return [step.step] * step.count or [tree.Layer("identity")]

    return Rewriter(change).program(p)


def then(call: tree.Call, first: bool) -> tree.Call:
    """A call as the first repetition or another one has it."""
    args = {}
    for name, value in call.args.items():
        settled = (value.first if first else value.rest) if isinstance(value, tree.Then) else value
        args[name] = settled
    return tree.Call(call.block, args)


def split_repeats(p: tree.Program, r: Random) -> tree.Program:
    """Each repeat cut in two."""

    def change(step: tree.Step) -> list[tree.Step]:
        fits = isinstance(step, tree.Repeat) and not step.shared and not has_labels(step.step)
        if not fits or not isinstance(step, tree.Repeat) or is_then(step.step):
            return [step]
        first = r.randint(0, step.count)
        return [tree.Repeat(step.step, first), tree.Repeat(step.step, step.count - first)]

    return Rewriter(change).program(p)


def is_then(step: tree.Step) -> bool:
    """Whether the first repetition differs."""
    return isinstance(step, tree.Call) and any(isinstance(v, tree.Then) for v in step.args.values())


def inline_calls(p: tree.Program) -> tree.Program:
    """Calls as the bodies of their blocks, where these give no names."""

    def change(step: tree.Step) -> list[tree.Step]:
        if not isinstance(step, tree.Call) or step.tensors or step.share or is_then(step):
            return [step]
        group = tree.Group(step.block.body)
        if has_labels(group) or loop_names(group) & set(step.block.params):
            return [step]
        values = {n: step.args.get(n, d) for n, d in step.block.params.items()}
        inner = Rewriter(lambda s: [substituted(s, values)])
        inner.block = lambda b: b  # type: ignore[method-assign]
        return [tree.Group(inner.body(step.block.body))]

    rewriter = Rewriter(change)
    labelled = shared_labels(p)
    original = rewriter.line

    def line(given: tree.Line) -> tree.Line:
        return given if given.label in labelled else original(given)

    rewriter.line = line  # type: ignore[method-assign, assignment]
    rewriter.block = lambda b: b  # type: ignore[method-assign]
    return rewriter.program(p)


def shared_labels(p: tree.Program) -> set[str]:
    """Labels that a `share=` speaks of."""
    found: set[str] = set()

    def note(step: tree.Step) -> list[tree.Step]:
        if isinstance(step, (tree.Layer, tree.Call)) and step.share:
            found.add(step.share)
        return [step]

    Rewriter(note).program(p)
    return found


def substituted(step: tree.Step, values: dict[str, object]) -> tree.Step:
    """A step with parameters replaced by values."""

    def put(v: object) -> object:
        if isinstance(v, tree.Then):
            return tree.Then(put(v.first), put(v.rest))
        return values.get(v.name, v) if isinstance(v, tree.Param) else v

    if isinstance(step, tree.Layer):
        attrs = {n: put(v) for n, v in step.attrs.items()}
        return tree.Layer(step.kind, attrs, step.more, step.tensors, step.share)
    if isinstance(step, tree.Call):
        return tree.Call(
            step.block, {n: put(v) for n, v in step.args.items()}, step.tensors, step.share
        )
    if isinstance(step, tree.Param):
        ref = values.get(step.name)
        return tree.Layer(ref.kind, dict(ref.attrs)) if isinstance(ref, tree.Ref) else step
    return step


def wrap_lines(p: tree.Program) -> tree.Program:
    """The lines of the network that speak of no tensor, each in a block of its own."""
    copy = Rewriter(lambda s: [s]).program(p)
    labelled = shared_labels(p)
    for i, line in enumerate(copy.body):
        if not isinstance(line, tree.Line) or not line.steps or line.label in labelled:
            continue
        if any(has_labels(s) or is_several(s) or in_let(s, copy) for s in line.steps):
            continue
        block = tree.Block(f"wrapped{i}_", {}, [tree.Line(line.steps)])
        copy.blocks.append(block)
        line.steps = [tree.Call(block)]
    return copy


def is_several(step: tree.Step) -> bool:
    """Whether a step gives several tensors."""
    return isinstance(step, tree.Layer) and step.kind == "split"


def in_let(step: tree.Step, p: tree.Program) -> bool:
    """Whether a step may speak of a `let`, which a block written above it does not see."""
    return bool(p.lets)


def letted(p: tree.Program) -> tree.Program:
    """Numbers of output channels by the name of a `let`."""
    lets: dict[str, object] = dict(p.lets)

    def change(step: tree.Step) -> list[tree.Step]:
        out = step.attrs.get("out") if isinstance(step, tree.Layer) else None
        if isinstance(step, tree.Layer) and isinstance(out, int):
            lets[f"n{out}_"] = out
            step.attrs["out"] = tree.Param(f"n{out}_")
        return [step]

    made = Rewriter(change).program(p)
    made.lets = lets
    return made


def with_unused_block(p: tree.Program) -> tree.Program:
    """A block more."""
    copy = Rewriter(lambda s: [s]).program(p)
    copy.blocks.append(
        tree.Block("nobody_", {"q": 3}, [tree.Line([tree.Layer("conv", {"kernel": 3, "out": 5})])])
    )
    return copy


def reverse_concats(p: tree.Program) -> tree.Program:
    """Branches of every concat the other way round."""

    def change(step: tree.Step) -> list[tree.Step]:
        if isinstance(step, tree.Join) and step.kind == "concat":
            step.branches.reverse()
        return [step]

    return Rewriter(change).program(p)


def without_last(p: tree.Program) -> tree.Program | None:
    """The program without its last line."""
    if len(p.body) < 2 or not all(isinstance(s, tree.Line) and not s.start for s in p.body[-2:]):
        return None
    before = p.body[-2]
    assert isinstance(before, tree.Line)
    if before.steps and is_several(before.steps[-1]):
        return None
    return tree.Program(p.inputs, p.body[:-1], p.blocks, p.lets, p.defaults)


def swap_sides(p: tree.Program) -> tree.Program | None:
    """Height for width in every size; None where a layout mixes them with other axes."""
    mixing = False

    def change(step: tree.Step) -> list[tree.Step]:
        nonlocal mixing
        if isinstance(step, tree.Layer):
            mixing = mixing or step.kind in ("permute", "reshape", "untokens", "transpose")
            step.attrs = {n: swapped(n, v) for n, v in step.attrs.items()}
        if isinstance(step, tree.Join):
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
