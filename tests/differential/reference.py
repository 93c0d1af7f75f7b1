"""What a tree means: its layers in a row, their wiring and whose weights they use.

Written from the language reference, apart from the elaborator, so that the two can be compared.
"""

from __future__ import annotations

from archdsl.ops.base import Kind
from archdsl.tensor import TensorType
from tests.differential import tree
from tests.differential.flat import Env, Flat, Frame, Unfit, kind_of, make, settle
from tests.differential.hidden import NOWHERE, Place, output_places, places
from tests.differential.residuals import Residuals

LIMIT = 120  # layers that a network may have
LARGEST = 1200  # elements that a tensor may have


class Reference(Residuals):
    """Lays a tree out; `layers` grows as bodies are run."""

    def __init__(self) -> None:
        self.types: list[TensorType] = []
        self.layers: list[Flat] = []
        self.outputs: list[tuple[str, int, bool]] = []
        self.owners: dict[object, int] = {}  # the layer that first held some weights
        self.held: dict[object, list[tuple[str, object]]] = {}  # layers and weights of a call
        self.defaults: dict[str, dict[str, object]] = {}  # by kind
        self.graph: object = None
        self.lets: Env = {}  # which blocks see too

    def add_tensor(self, type: TensorType) -> int:
        """A number for a tensor."""
        self.types.append(type)
        return len(self.types) - 1

    def mark(self) -> tuple[int, int]:
        """Where things stand, for `undo`."""
        return len(self.types), len(self.layers)

    def undo(self, mark: tuple[int, int]) -> None:
        """Forgets what came after a mark."""
        del self.types[mark[0] :], self.layers[mark[1] :]

    def run_program(self, program: tree.Program) -> Frame:
        """Lays out the network; the inputs are the first tensors. Its names."""
        frame = Frame(dict(program.lets), (), {})
        self.lets = program.lets
        if program.defaults is not None:
            kinds = program.defaults.kind.split(" + ")
            self.defaults = dict.fromkeys(kinds, program.defaults.more)
        for name, type in program.inputs.items():
            found = self.add_tensor(type)
            if len(program.inputs) > 1:  # a single one has no name
                frame.labels[name] = found
        current = 0 if len(program.inputs) == 1 else -1
        ended = bool(program.body) and isinstance(program.body[-1], tree.Output)
        lines = [stmt for stmt in program.body if isinstance(stmt, tree.Line)]
        spots = iter(places(lines, frame.env, not ended, False))
        for stmt in program.body:
            if isinstance(stmt, tree.Output):
                end = self.run_line(stmt.line, current, frame, output_places(stmt.line, frame.env))
                self.outputs.append((stmt.name, end, stmt.train))
            else:
                current = self.run_line(stmt, current, frame, next(spots))
        if not ended:
            self.outputs.append(("out", current, False))
        return frame

    def run_body(
        self, body: tree.Body, current: int, frame: Frame, tail: bool = False, after: bool = False
    ) -> int:
        """The last tensor of a body, in tail position, or with an activation after it."""
        for line, spots in zip(body, places(body, frame.env, tail, after), strict=True):
            current = self.run_line(line, current, frame, spots)
        return current

    def run_line(
        self, line: tree.Line, current: int, frame: Frame, spots: list[Place] | None = None
    ) -> int:
        """The last tensor of a line, which its label names."""
        if line.start is not None:
            current = self.find(line.start, frame)
        for i, step in enumerate(line.steps):
            frame.place = spots[i] if spots is not None else NOWHERE
            self.graph = frame.graph
            current = self.run(step, current, frame)
            if isinstance(step, tree.Layer) and step.kind == "split":
                for k, part in enumerate(self.layers[-1].outputs):
                    frame.labels[f"{line.label}[{k}]"] = part
        last = line.steps[-1] if line.steps else None
        if line.label and not (isinstance(last, tree.Layer) and last.kind == "split"):
            frame.labels[line.label] = current
            if isinstance(last, (tree.Layer, tree.Call)):
                frame.labels["*" + line.label] = (*frame.scope, id(last))
        return current

    def find(self, name: str, frame: Frame) -> int:
        """The tensor of a label, or the one that entered."""
        found = frame.entry if name == "in" else frame.labels.get(name, -1)
        if not isinstance(found, int) or found < 0:
            raise Unfit(f"no tensor {name}")
        return found

    def run(self, step: tree.Step, x: int, frame: Frame) -> int:
        """The tensor behind a step."""
        match step:
            case tree.Layer():
                return self.run_layer(step, x, frame)
            case tree.Param():
                ref = frame.env[step.name]
                assert isinstance(ref, tree.Ref)
                return self.add(make(ref, frame.env), (x,), (*frame.scope, id(step)))
            case tree.Join():
                return self.run_join(step, x, frame)
            case tree.Group():
                return self.run_body(step.body, x, frame, frame.place.tail, frame.place.after)
            case tree.If():
                body = step.yes if step.cond else step.no
                return self.run_body(body, x, frame, frame.place.tail, frame.place.after)
            case tree.For():
                return self.run_for(step, x, frame)
            case tree.Repeat():
                return self.run_repeat(step, x, frame)
            case tree.Call():
                return self.run_call(step, x, frame)

    def run_layer(self, layer: tree.Layer, x: int, frame: Frame) -> int:
        """A layer with its norm and activation."""
        if layer.kind == "identity":
            return x
        key: object = (*frame.scope, id(layer))
        if layer.share is not None:
            key = frame.labels.get("*" + layer.share)
            if key is None:
                raise Unfit("share")
        attrs = dict(layer.attrs)
        kind = kind_of(layer.kind)
        norm, act, pre = self.parts(kind, layer.more, frame.place)
        if norm is not None and "bias" not in attrs:
            attrs |= {"bias": False} if any(f.name == "bias" for f in kind.fields) else {}
        own = (*frame.scope, id(layer))  # of a norm that the layer it shares with has not
        x = self.add_around(norm, act, x, key, frame, own) if pre else x
        op = make(tree.Ref(layer.kind, tuple(attrs.items())), frame.env, frame.first)
        inputs = (x, *(self.find(t, frame) for t in layer.tensors.values()))
        for before in op.before(tuple(self.types[i] for i in inputs)):
            inputs = (self.add(before, inputs[:1], None), *inputs[1:])
        x = self.add(op, inputs, key)
        return x if pre else self.add_around(norm, act, x, key, frame, own)

    def parts(
        self, kind: type[Kind], more: dict[str, object], place: Place
    ) -> tuple[object, object, bool]:
        """Norm and activation of a step at a place, and whether they stand before it."""
        if not kind.hidden:
            return None, None, False
        given = self.defaults.get(kind.name, {})
        pre = more.get("order", given.get("order", "post")) == "pre"
        norm = None if place.tail and not pre else given.get("norm")
        act = None if (place.tail or place.follows) and not pre else given.get("act")
        return more.get("norm", norm), more.get("act", act), pre

    def add_around(
        self, norm: object, act: object, x: int, key: object, frame: Frame, own: object = None
    ) -> int:
        """The norm and the activation that a step takes."""
        for word, ref in (("norm", norm), ("act", act)):
            if isinstance(ref, tree.Ref):
                shared = own is None or (key, word) in self.owners
                held = (key if shared else own, word)
                x = self.add(make(ref, frame.env), (x,), held)
        return x

    def add(self, op: Kind, inputs: tuple[int, ...], weights: object) -> int:
        """Appends a layer; its first output."""
        in_types = tuple(self.types[i] for i in inputs)
        out_types = op.infer(in_types)
        if len(self.layers) >= LIMIT or any(t.numel > LARGEST for t in out_types):
            raise Unfit("too large")
        held = weights if op.weights(in_types) else None
        self.check_shared(op, in_types, held)
        outputs = tuple(self.add_tensor(t) for t in out_types)
        self.layers.append(Flat(op, inputs, in_types, outputs, out_types, held))
        self.layers[-1].graph = self.graph
        return outputs[0]

    def check_shared(self, op: Kind, in_types: tuple[TensorType, ...], held: object) -> None:
        """What is used again must be the same layer; an embedding may be an `FC` too."""
        found = self.owners.get(held, len(self.layers)) if held is not None else len(self.layers)
        first = self.layers[found] if found < len(self.layers) else None
        if first is None or first.weights != held:
            self.owners[held] = len(self.layers)
            return
        shapes = [
            [w.shape for w in o.weights(t)] for o, t in ((op, in_types), (first.op, first.in_types))
        ]
        tied = (first.op.name, op.name) == ("embed", "FC")
        if shapes[0] != shapes[1] or not (
            tied or op.form(in_types) == first.op.form(first.in_types)
        ):
            raise Unfit("share")

    def run_join(self, join: tree.Join, x: int, frame: Frame) -> int:
        """A join of branches."""
        inner, place, start = frame.inside(x), frame.place, len(self.layers)
        norm, act, _ = self.parts(kind_of(join.kind), join.more, place)
        ends = []
        for branch in join.branches:
            ends += self.run_branch(branch, x, inner, place.tail, act is not None)
        key = (*frame.scope, id(join))
        self.graph = frame.graph
        if join.kind == "residual":
            ends = self.add_residual(join, x, ends, key, start)
            op = make(tree.Ref("add"), {})
        else:
            op = make(tree.Ref(join.kind, tuple(join.attrs.items())), frame.env)
        end = ends[0] if len(ends) == 1 else self.add(op, tuple(ends), None)
        return self.add_around(norm, act, end, key, frame)

    def run_branch(
        self, branch: tree.Body, x: int, frame: Frame, tail: bool, after: bool
    ) -> list[int]:
        """The tensors of a branch: several of `@s[*]`."""
        only = branch[0]
        if only.start is None or not only.start.endswith("[*]"):
            return [self.run_body(branch, x, frame, tail, after)]
        stem = only.start[:-3]
        found = [v for name, v in frame.labels.items() if name.startswith(stem + "[")]
        return [v for v in found if isinstance(v, int)]

    def run_for(self, step: tree.For, x: int, frame: Frame) -> int:
        """Each round with weights of its own."""
        for i, value in enumerate(step.values):
            inner = Frame({**frame.env, step.var: value}, (*frame.scope, id(step), i), frame.labels)
            inner.entry, inner.graph = frame.entry, frame.graph
            x = self.run_body(step.body, x, inner)
        return x

    def run_repeat(self, step: tree.Repeat, x: int, frame: Frame) -> int:
        """Each repetition with weights of its own unless they are shared."""
        spot = frame.place
        once = Place(False, spot.follows, spot.follows)
        for i in range(step.count):
            scope = (*frame.scope, id(step), 0 if step.shared else i)
            inner = Frame(frame.env, scope, dict(frame.labels), x)
            inner.first, inner.graph = i == 0, (*frame.scope, id(step), i)
            inner.place = NOWHERE if isinstance(step.step, tree.Group) else once
            self.graph = inner.graph
            before = self.types[x]
            x = self.run(step.step, x, inner)
            if step.shared and self.types[x] != before:
                raise Unfit("a shared body keeps its shape")
        return x

    def run_call(self, call: tree.Call, x: int, frame: Frame) -> int:
        """A block with its arguments."""
        env: Env = dict(self.lets)
        for name, default in call.block.params.items():
            env[name] = settle(call.args.get(name, default), frame.env, frame.first)
        scope = (*frame.scope, id(call))
        if call.share is not None:
            found = frame.labels.get("*" + call.share)
            if not isinstance(found, tuple):
                raise Unfit("share")
            scope = found
        labels: dict[str, object] = {}
        for name, source in zip(call.block.tensors, call.tensors, strict=True):
            labels[name] = self.find(source, frame)
        inner = Frame(env, scope, labels, x)
        inner.graph = (*frame.scope, id(call), "call")
        start = len(self.layers)
        x = self.run_body(call.block.body, x, inner, frame.place.tail)
        held = [(f.op.text(), f.weights) for f in self.layers[start:]]
        if call.share is None:
            self.held[scope] = held
        elif self.held.get(scope) != held or start == len(self.layers):
            # In tail position a block may have a norm or an activation less, and is another one
            # then; one without layers shares nothing.
            raise Unfit("share")
        return x


def lay_out(program: tree.Program) -> Reference:
    """The layers of a program."""
    made = Reference()
    made.run_program(program)
    return made
