"""Growing where a network is no chain: forks, splits, shared weights, tensors as arguments."""

from __future__ import annotations

from random import Random

from archdsl.tensor import TOKENS, VECTOR, TensorType
from tests.differential import draw, draw_maps
from tests.differential.flat import Frame, Unfit
from tests.differential.reference import Reference
from tests.differential.tree import Block, Body, Call, Join, Layer, Line, Step


class Forks:
    """The part of the grower that needs names."""

    r: Random
    ref: Reference
    blocks: list[Block]

    def name(self, stem: str) -> str:
        """A name that nothing has yet."""
        raise NotImplementedError

    def line(self, x: int, frame: Frame, count: int) -> tuple[Line, int]:
        """A line of some steps."""
        raise NotImplementedError

    def body(self, x: int, frame: Frame, count: int) -> tuple[Body, int]:
        """Some lines."""
        raise NotImplementedError

    def decorate(self, layer: Layer, frame: Frame) -> None:
        """What a layer takes besides."""
        raise NotImplementedError

    def fitting(self, end: int, to: TensorType, kind: str) -> tuple[list[Step], int]:
        """Steps that make a branch end like another one."""
        raise NotImplementedError

    def fork(self, x: int, frame: Frame) -> tuple[Body, int]:
        """Lines that begin from one tensor, and a join of their ends."""
        if self.ref.types[x].layout == TOKENS:
            raise Unfit("tokens")
        if self.r.random() < 0.4:
            return self.split(x, frame)
        if self.r.random() < 0.15:
            return self.normed_twin(x, frame)
        *heads, read = self.heads(x)
        assert read is not None
        base = Line([read], self.name("base"))
        body: list[Line] = [base]
        ends: list[tuple[str, int]] = []
        x = self.ref.run_line(base, x, frame)
        for head in heads:
            line, end = self.headed(head, x, frame)
            if ends and self.ref.types[end] != self.ref.types[ends[0][1]]:
                steps, end = self.fitting(end, self.ref.types[ends[0][1]], "add")
                line.steps += steps
                for mark in ("", "*", "#", "~"):
                    frame.labels.pop(f"{mark}{line.label}", None)
                line.label = self.name("t")
            line.start = base.label
            line.label = line.label or self.name("t")
            frame.labels[line.label] = end
            ends.append((line.label, end))
            body.append(line)
        last = Line([self.merge([name for name, _ in ends], frame)])
        return [*body, last], self.ref.run_line(last, -1, frame)

    def normed_twin(self, x: int, frame: Frame) -> tuple[Body, int]:
        """A layer with a norm, and one with the same weights without."""
        base, first, one, two = (self.name(stem) for stem in ("base", "t", "t", "t"))
        layer = self.weighted(x)
        again = Layer(layer.kind, dict(layer.attrs), share=first)
        other = draw.axis(self.r, self.ref.types[x])  # whose statistics are no kernel's factors
        norm = Layer("bn", {"axis": other} if self.r.random() < 0.5 else {})
        body = [
            Line([Layer("tanh")], base),
            Line([layer], first, base),
            Line([norm], one, first),
            Line([again], two, base),
        ]
        body.append(Line([self.merge([one, two], frame)]))
        for line in body:
            x = self.ref.run_line(line, x, frame)
        return body, x

    def heads(self, x: int) -> list[Layer | None]:
        """What two lines begin with, and behind that the layer that both read.

        Norms behind layers that others read too, and layers that could be merged, are what passes
        over the IR look for.
        """
        r = self.r
        case = r.random()
        if case < 0.5:
            return [None, None, Layer("tanh")]
        if case < 0.75:
            return [Layer("bn"), None, self.weighted(x)]
        return [self.weighted(x), self.weighted(x), Layer("tanh")]

    def weighted(self, x: int) -> Layer:
        """A pointwise convolution, or an `FC` where there is no map."""
        attrs: dict[str, object] = {"kernel": 1} if self.ref.types[x].is_map else {}
        return Layer("conv" if attrs else "FC", {**attrs, "out": self.r.choice([2, 4])})

    def headed(self, head: Layer | None, x: int, frame: Frame) -> tuple[Line, int]:
        """A line that begins with a layer."""
        if head is None:
            return self.line(x, frame, 1)
        line, end = self.line(self.ref.run(head, x, frame), frame, 1)
        line.steps.insert(0, head)
        return line, end

    def merge(self, names: list[str], frame: Frame) -> Step:
        """A join of named tensors, or a block that takes them."""
        kind = self.r.choice(["concat", "add", "mean", "max", "mul"])
        if self.r.random() < 0.3:
            a, b = "a1_", "b1_"
            join = Join(kind, [[Line([], None, a)], [Line([Layer("relu")], None, b)]])
            block = Block(self.name("fuse"), {}, [Line([join])], (a, b))
            self.blocks.append(block)
            return Call(block, {}, (names[0], names[1]))
        return Join(kind, [[Line([], None, name)] for name in names])

    def split(self, x: int, frame: Frame) -> tuple[Body, int]:
        """Parts, and a join of them."""
        r = self.r
        attrs = draw.split(r, self.ref.types[x])
        if attrs is None:
            raise Unfit("split")
        line = Line([Layer("split", attrs)], self.name("s"))
        self.ref.run_line(line, x, frame)
        parts = self.ref.layers[-1].outputs
        names = [f"{line.label}[{i}]" for i in range(len(parts))]
        word = str(attrs.get("axis", "channels"))
        equal = len({self.ref.types[p] for p in parts}) == 1
        if r.random() < 0.3:
            branches: list[Body] = [[Line([], None, f"{line.label}[*]")]]
        else:
            steps: list[Step] = [Layer(r.choice(["relu", "abs", "tanh"]))]
            branches = [[Line(steps if r.random() < 0.5 else [], None, n)] for n in names]
        kind = r.choice(["add", "mul", "max"]) if equal and r.random() < 0.5 else "concat"
        join = Join(kind, branches, {"axis": word} if kind == "concat" else {})
        last = Line([join])
        return [line, last], self.ref.run_line(last, -1, frame)

    def joined_inputs(self, inputs: dict[str, TensorType], frame: Frame) -> tuple[Body, int]:
        """A line for each input, and a join of their ends."""
        body: Body = []
        names: list[str] = []
        differ = len(set(inputs.values())) > 1
        shared = self.r.random() < 0.5
        for name, type in inputs.items():
            steps: list[Step] = []
            if type.layout == TOKENS:
                steps.append(Layer("embed", {"vocab": 5, "dim": 4}))
            if differ:
                steps += [Layer("flatten"), Layer("FC", {"out": 4})]
            elif shared and type.is_map:
                steps.append(Layer("conv", {"kernel": 3, "out": 4}))
            line = Line(steps or [Layer("relu")], self.name("t"), name)
            again = [x for x in body if x.label and self.alike(x.steps[-1], line.steps[-1])]
            if again and shared and inputs[str(again[0].start)] == type:
                layer = line.steps[-1]
                assert isinstance(layer, Layer)
                layer.share = again[0].label
            self.ref.run_line(line, -1, frame)
            body.append(line)
            names.append(str(line.label))
        last = Line([self.merge(names[:2], frame)]) if len(names) == 2 else None
        if last is None:
            last = Line([Join("concat", [[Line([], None, name)] for name in names])])
        return [*body, last], self.ref.run_line(last, -1, frame)

    def alike(self, a: Step, b: Step) -> bool:
        """Whether two layers could share weights."""
        if not isinstance(a, Layer) or not isinstance(b, Layer):
            return False
        return a.kind in ("conv", "FC") and (a.kind, a.attrs) == (b.kind, b.attrs)

    def sharing(self, x: int, frame: Frame) -> Layer | None:
        """A layer like a labelled one of this body, with its weights."""
        found = []
        for name, last in frame.labels.items():
            if not name.startswith("#") or not isinstance(last, Layer) or last.share:
                continue
            here = frame.labels["*" + name[1:]]
            if isinstance(here, tuple) and here[:-1] == frame.scope and not last.tensors:
                found.append((name[1:], last))
        if not found:
            return None
        name, last = self.r.choice(found)
        type = self.ref.types[x]
        if last.kind == "embed" and type.layout != TOKENS and not type.is_map:
            if type.channels == last.attrs["dim"]:
                return Layer("FC", {"out": last.attrs["vocab"], "bias": False}, share=name)
            return None
        was = next((f for f in self.ref.layers if f.weights == frame.labels["*" + name]), None)
        if was is None:
            return None
        held = [w.shape for w in was.op.weights(was.in_types)]
        before = was.op.before((type,))
        given = before[0].infer((type,)) if before else (type,)
        if given[0].layout != was.in_types[0].layout:
            return None
        now = [w.shape for w in was.op.weights(given)]
        if held != now or was.op.form(given) != was.op.form(was.in_types):
            return None
        return Layer(last.kind, dict(last.attrs), dict(last.more), share=name)

    def sharing_call(self, x: int, frame: Frame) -> Call | None:
        """A call like a labelled one of this body, with its weights."""
        for name, last in frame.labels.items():
            if not name.startswith("#") or not isinstance(last, Call) or last.share:
                continue
            here = frame.labels["*" + name[1:]]
            was = frame.labels["~" + name[1:]]
            fits = isinstance(was, int) and self.ref.types[was] == self.ref.types[x]
            local = isinstance(here, tuple) and here[:-1] == frame.scope
            if fits and local and not last.tensors:
                return Call(last.block, dict(last.args), share=name[1:])
        return None

    def with_tensor(self, kind: str, x: int, frame: Frame) -> Layer | None:
        """A layer that takes another tensor besides, where one fits."""
        if kind not in ("attention", "crop", "upsample") or self.r.random() < 0.5:
            return None
        type = self.ref.types[x]
        names = [n for n, v in frame.labels.items() if isinstance(v, int) and n[0] not in "*#~"]
        if frame.entry >= 0:
            names.append("in")
        self.r.shuffle(names)
        for name in names:
            found = frame.entry if name == "in" else frame.labels[name]
            assert isinstance(found, int)
            other = self.ref.types[found]
            if kind == "attention" and other.layout not in (TOKENS, VECTOR):
                attrs = draw.projections(self.r, type)
                return Layer(kind, attrs, tensors={"kv": name})
            if kind == "crop" and other.layout == type.layout:
                return Layer(kind, {}, tensors={"like": name})
            if kind == "upsample" and other.layout == type.layout:
                attrs = draw_maps.like(self.r, type) or {}
                return Layer(kind, attrs, tensors={"like": name})
        return None
