"""Grows random valid networks: each step is drawn for the tensor that is there, and laid out."""

from __future__ import annotations

from random import Random

from archdsl.tensor import SEQUENCE, TOKENS, VECTOR, TensorType
from tests.differential import draw, draw_maps, tree
from tests.differential.draw_defaults import ACTS, INITS, NORMS, REFUSED, draw_defaults
from tests.differential.flat import Frame, Unfit, kind_of
from tests.differential.grow_forks import Forks
from tests.differential.reference import Reference

UNSHARED = frozenset({"zero", "droppath", "dropout", "identity"})  # rare, or all would be dead


def grow(seed: int | str, size: int = 5) -> tree.Program:
    """The program of a seed; `size` is about how many lines its body has."""
    for again in range(100):
        try:
            grower = Grower(f"{seed}.{again}", size)
            program = grower.program()
            program.defaults = draw_defaults(grower.r, program)
            return program
        except REFUSED:
            continue
    raise Unfit(f"seed {seed} grows nothing")


class Grower(Forks):
    """Grows one program."""

    def __init__(self, seed: str, size: int = 5) -> None:
        self.r = Random(seed)
        self.size = size
        self.ref = Reference()
        self.blocks: list[tree.Block] = []
        self.count = 0
        self.depth = 0

    def name(self, stem: str) -> str:
        """A name that nothing has yet."""
        self.count += 1
        return f"{stem}{self.count}_"

    def program(self) -> tree.Program:
        """A whole network."""
        r = self.r
        lets = {"wide": r.choice([2, 4, 6])} if r.random() < 0.4 else {}
        frame = Frame(dict(lets), (), {})
        inputs = self.inputs(frame)
        body: list[tree.Line | tree.Output] = []
        x = 0
        if len(inputs) > 1:
            lines, x = self.joined_inputs(inputs, frame)
            body += lines
        for _ in range(r.randint(1, self.size)):
            lines, x = self.lines(x, frame)
            body += lines
            if r.random() < 0.1:
                body.append(self.output(x, frame))
        if not self.ref.layers or isinstance(body[-1], tree.Output):
            step, _ = self.plain(x)
            body.append(tree.Line([step]))
        return tree.Program(inputs, body, self.blocks, dict(lets))

    def plain(self, x: int) -> tuple[tree.Layer, int]:
        """A layer that always fits."""
        tokens = self.ref.types[x].layout == TOKENS
        layer = tree.Layer("embed", {"vocab": 3, "dim": 2}) if tokens else tree.Layer("tanh")
        return layer, self.ref.run(layer, x, NO_FRAME)

    def inputs(self, frame: Frame) -> dict[str, TensorType]:
        """What enters: mostly one image."""
        r = self.r
        count = r.choice([1] * 7 + [2, 2, 3])
        found = {}
        first = draw.input_type(r)
        for i in range(count):
            type = first if r.random() < 0.5 else draw.input_type(r)
            found["in0" if count == 1 else f"left{i}_"] = type if i else first
        for name, type in found.items():
            tensor = self.ref.add_tensor(type)
            if count > 1:
                frame.labels[name] = tensor
        return found

    def output(self, x: int, frame: Frame) -> tree.Output:
        """A side chain; what follows goes on from before it."""
        r = self.r
        names = dict(frame.labels)
        line, _ = self.line(x, frame, r.randint(1, 2))
        line.label = None
        frame.labels.clear()
        frame.labels.update(names)
        name = self.name("aux")
        return tree.Output(name, line, r.random() < 0.5, r.choice([None, 0.3]))

    def lines(self, x: int, frame: Frame) -> tuple[tree.Body, int]:
        """A line, or some that fork and join."""
        r = self.r
        if r.random() < 0.25:
            before = self.ref.mark(), dict(frame.labels)
            try:
                return self.fork(x, frame)
            except REFUSED:
                self.restore(before, frame)
        line, end = self.line(x, frame, r.randint(1, 3))
        return [line], end

    def restore(self, before: tuple[tuple[int, int], dict[str, object]], frame: Frame) -> None:
        """Forgets what was tried."""
        self.ref.undo(before[0])
        frame.labels.clear()
        frame.labels.update(before[1])

    def line(self, x: int, frame: Frame, count: int) -> tuple[tree.Line, int]:
        """A line of some steps, perhaps with a label."""
        r = self.r
        line = tree.Line([])
        before = x
        for _ in range(count):
            before = x
            step, x = self.step(x, frame)
            line.steps.append(step)
        if r.random() < 0.35:
            line.label = self.name("t")
            frame.labels[line.label] = x
            last = line.steps[-1]
            if isinstance(last, (tree.Layer, tree.Call)):
                frame.labels["*" + line.label] = (*frame.scope, id(last))
                frame.labels["#" + line.label] = last
                frame.labels["~" + line.label] = before
        return line, x

    def body(self, x: int, frame: Frame, count: int) -> tuple[tree.Body, int]:
        """Some lines, one deeper."""
        self.depth += 1
        found: tree.Body = []
        try:
            for _ in range(count):
                if self.r.random() < 0.7:
                    line, x = self.line(x, frame, self.r.randint(1, 2))
                    found.append(line)
                else:
                    lines, x = self.lines(x, frame)
                    found += lines
        finally:
            self.depth -= 1
        return found, x

    def step(self, x: int, frame: Frame) -> tuple[tree.Step, int]:
        """A step that fits, laid out."""
        for _ in range(30):
            before = self.ref.mark(), dict(frame.labels)
            try:
                step = self.draw_step(x, frame)
                self.restore(before, frame)
                return step, self.ref.run(step, x, frame)
            except REFUSED:
                self.restore(before, frame)
        return tree.Layer("identity"), x

    def draw_step(self, x: int, frame: Frame) -> tree.Step:
        """Any kind of step, which may not fit yet."""
        r = self.r
        deep = self.depth < 2 and self.ref.types[x].layout != TOKENS
        case = r.random()
        if not deep or case < 0.6:
            return self.layer(x, frame)
        if case < 0.69:
            return self.join(x, frame)
        if case < 0.77:
            return self.residual(x, frame)
        if case < 0.86:
            return self.repeat(x, frame)
        if case < 0.95:
            return self.call(x, frame)
        return self.control(x, frame)

    def layer(self, x: int, frame: Frame) -> tree.Layer | tree.Param:
        """A layer of any kind that suits the tensor."""
        r = self.r
        type = self.ref.types[x]
        refs = [n for n, v in frame.env.items() if isinstance(v, tree.Ref)]
        if refs and r.random() < 0.5:
            return tree.Param(r.choice(refs))
        draws = draw.kinds_for(type)
        kind = r.choice([k for k in draws if k != "split"])
        if kind in UNSHARED and r.random() < 0.6:
            raise Unfit(kind)
        shared = self.sharing(x, frame)
        if shared is not None and r.random() < 0.5:
            return shared
        layer = self.with_tensor(kind, x, frame)
        if layer is None:
            attrs = draws[kind](r, type)
            if attrs is None:
                raise Unfit(kind)
            layer = tree.Layer(kind, attrs)
        self.decorate(layer, frame)
        return layer

    def decorate(self, layer: tree.Layer, frame: Frame) -> None:
        """Parameters for numbers, norms, activations and how weights start."""
        r = self.r
        kind = kind_of(layer.kind)
        numbers = {n for n, v in frame.env.items() if isinstance(v, int)}
        for param, attr in (("w", "out"), ("s", "stride"), ("k", "kernel"), ("wide", "out")):
            known = param in numbers and any(f.name == attr for f in kind.fields)
            if known and "connect" not in layer.attrs and r.random() < 0.6:
                layer.attrs[attr] = tree.Param(param)
        if kind.hidden and r.random() < 0.35:
            layer.more["norm"] = r.choice(NORMS)
        if kind.hidden and r.random() < 0.35:
            layer.more["act"] = r.choice(ACTS)
        if layer.more and kind.hidden and r.random() < 0.15:
            layer.more["order"] = r.choice(["pre", "post"])
        if kind.family in ("conv", "linear") and kind.hidden and r.random() < 0.15:
            layer.more["init"] = r.choice(INITS)

    def join(self, x: int, frame: Frame) -> tree.Join:
        """Branches that end alike, or nearly so."""
        r = self.r
        kind = r.choice(draw.JOINS)
        count = 2 if kind == "sub" else r.choice([1, 2, 2, 3])
        branches: list[tree.Body] = []
        inner = frame.inside(x)
        target = None
        for _ in range(count):
            branch, end = self.body(x, inner, 1)
            self.unbranch(branch)
            if target is not None and self.ref.types[end] != target:
                steps, end = self.fitting(end, target, kind)
                branch.append(tree.Line(steps))
            target = target or self.ref.types[end]
            branches.append(branch)
        if r.random() < 0.2 and kind != "sub":
            branches.append([tree.Line([tree.Layer("identity")])])
        attrs: dict[str, object] = {}
        if kind == "concat" and target is not None and r.random() < 0.4:
            attrs["axis"] = draw.axis(r, target)
        join = tree.Join(kind, branches, attrs)
        self.decorate_join(join)
        return join

    def unbranch(self, branch: tree.Body) -> None:
        """A lone `for` or `if` would make branches of its own."""
        only = branch[0]
        if (
            len(branch) == 1
            and len(only.steps) == 1
            and isinstance(only.steps[0], (tree.For, tree.If))
        ):
            only.steps.insert(0, tree.Layer("tanh"))

    def decorate_join(self, join: tree.Join) -> None:
        """A norm or an activation behind a join."""
        if self.r.random() < 0.25:
            join.more["act"] = self.r.choice(ACTS)
        if self.r.random() < 0.2:
            join.more["norm"] = self.r.choice(NORMS)

    def fitting(self, end: int, to: TensorType, kind: str) -> tuple[list[tree.Step], int]:
        """Steps that make a branch end like another one, where that is easy."""
        x = self.ref.types[end]
        steps: list[tree.Step] = []
        if x.is_map and to.layout == x.layout:
            if x.spatial != to.spatial:
                steps.append(tree.Layer("adaptiveavgpool", {"size": draw_maps.sizes(to.spatial)}))
            steps.append(tree.Layer("conv", {"kernel": 1, "out": to.channels}))
        elif to.layout in (VECTOR, SEQUENCE) and to.layout == x.layout:
            steps.append(tree.Layer("FC", {"out": to.channels}))
        elif kind != "concat" and to.layout != VECTOR:
            steps += [tree.Layer("flatten"), tree.Layer("FC", {"out": to.channels})]
        if not steps:
            raise Unfit("join")
        for step in steps:
            end = self.ref.run(step, end, NO_FRAME)
        return steps, end

    def residual(self, x: int, frame: Frame) -> tree.Join:
        """A body and any of the shortcuts."""
        r = self.r
        inner = frame.inside(x)
        body, end = self.body(x, inner, 1)
        self.unbranch(body)
        attrs: dict[str, object] = {}
        shortcut = r.choice(["identity", "conv", "pad", "match", "all", "all"])
        if shortcut != "identity" or r.random() < 0.2:
            attrs["shortcut"] = shortcut
        attrs |= draw_maps.some(r, 0.25, {"scale": r.choice([0.2, 1]), "droppath": 0.2})
        branches = [body]
        if r.random() < 0.15:
            attrs.pop("shortcut", None)
            other, last = self.body(x, inner, 1)
            self.unbranch(other)
            if self.ref.types[last] != self.ref.types[end]:
                other.append(tree.Line(self.fitting(last, self.ref.types[end], "add")[0]))
            branches.append(other)
        join = tree.Join("residual", branches, attrs)
        self.decorate_join(join)
        return join

    def repeat(self, x: int, frame: Frame) -> tree.Step:
        """A step again and again."""
        r = self.r
        count = r.choice([0, 1, 2, 2, 2, 3, 4])
        shared = r.random() < 0.3
        inner = Frame(frame.env, (*frame.scope, "?"), dict(frame.labels), x)
        case = r.random()
        step: tree.Step
        if case < 0.3:
            drawn = self.layer(x, inner)
            if isinstance(drawn, tree.Param) or drawn.share or drawn.kind == "identity":
                raise Unfit("repeat")
            step = drawn
        elif case < 0.6:
            step = tree.Group(self.body(x, inner, r.randint(1, 2))[0])
        elif case < 0.7:
            step = self.residual(x, inner)
        else:
            step = self.call(x, inner, then=not shared)
            if step.block.tensors or step.share:
                raise Unfit("repeat")
        return tree.Repeat(step, count, shared)

    def call(self, x: int, frame: Frame, then: bool = False) -> tree.Call:
        """A block that is there, or a new one."""
        r = self.r
        known = [b for b in self.blocks if not b.tensors]
        shared = self.sharing_call(x, frame)
        if shared is not None and r.random() < 0.4:
            return shared
        block = r.choice(known) if known and r.random() < 0.4 else self.block(x)
        args: dict[str, object] = {}
        for name, default in block.params.items():
            if default is None or r.random() < 0.5:
                args[name] = self.argument(name, frame)
            if then and name == "s" and r.random() < 0.6:
                args[name] = tree.Then(r.randint(1, 3), r.randint(1, 2))
        return tree.Call(block, args)

    def argument(self, name: str, frame: Frame) -> object:
        """A value for a parameter of a block."""
        r = self.r
        if name == "f":
            return r.choice([a for a in (*ACTS, *NORMS) if a is not None])
        own = [n for n, v in frame.env.items() if isinstance(v, int)]
        if own and r.random() < 0.3:
            return tree.Param(r.choice(own))
        return {"s": r.randint(1, 2), "k": r.choice([1, 3])}.get(name, r.choice([2, 4, 6]))

    def block(self, x: int) -> tree.Block:
        """A new block, grown on this tensor with some arguments."""
        r = self.r
        names = [n for n in ("w", "s", "k", "f") if r.random() < 0.5] or ["w"]
        defaults = {n: None if r.random() < 0.5 else self.argument(n, NO_FRAME) for n in names}
        ordered = dict(sorted(defaults.items(), key=lambda p: p[1] is not None))
        env = {n: d or self.argument(n, NO_FRAME) for n, d in ordered.items()}
        block = tree.Block(self.name("part"), ordered, [])
        block.body = self.body(x, Frame(env, ("?",), {}, x), r.randint(1, 2))[0]
        self.blocks.append(block)
        return block

    def control(self, x: int, frame: Frame) -> tree.Step:
        """A group, an `if` or a `for`."""
        r = self.r
        if r.random() < 0.35:
            return tree.Group(self.body(x, frame, 1)[0])
        if r.random() < 0.5:
            cond = r.random() < 0.6
            other = [tree.Line([tree.Layer(r.choice(["relu", "tanh", "identity"]))])]
            body, _ = self.body(x, frame, 1)
            return tree.If(cond, body, other) if cond else tree.If(cond, other, body)
        values = tuple(r.choice([2, 4]) for _ in range(r.randint(1, 3)))
        inner = Frame({**frame.env, "w": values[0]}, (*frame.scope, "?"), frame.labels, frame.entry)
        return tree.For("w", values, self.body(x, inner, 1)[0])


NO_FRAME = Frame({}, (), {})
