"""A module as a sequence of pieces: layers with their norm and activation, calls, repeats."""

from __future__ import annotations

from archdsl.analysis.cost import Cost, node_cost
from archdsl.analysis.parts import describe
from archdsl.ir.model import CallNode, OpNode, RepeatNode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.analysis.diff.forms import Forms
    from archdsl.ir.model import Module, Node, Value

    Ops = tuple[OpNode, ...]
    Runs = tuple[tuple[Module, int], ...]

WRITTEN = 64  # repetitions of a layer that are pieces of their own


def main_of(ops: Ops) -> OpNode:
    """The layer itself, neither the `flatten` before it nor the norm around it."""
    return next((o for o in ops if o.op.hidden), ops[0])


class Piece:
    """A step of the text: a layer with its norm and activation, or a block or group with its runs.

    `first` and `last` are the indices of its nodes in the module; `count` says how often it is
    repeated. One of several repetitions of a layer is a piece too, `chained` to the one before.
    Equal `unit`s are equal pieces but for count and shapes; `cost` is that of all repetitions.
    """

    __slots__ = (
        "chained",
        "cost",
        "count",
        "first",
        "in_types",
        "label",
        "last",
        "module",
        "ops",
        "out_types",
        "runs",
        "tied",
        "unit",
    )

    def __init__(
        self,
        module: Module,
        first: int,
        last: int,
        ops: Ops = (),
        runs: Runs = (),
        count: int = 1,
        tied: bool = False,
    ) -> None:
        self.module = module
        self.first = first
        self.last = last
        self.ops = ops
        self.runs = runs
        self.count = count
        self.tied = tied
        self.chained = False
        self.in_types = tuple(map(module.type_of, module.nodes[first].inputs))
        self.out_types = module.nodes[last].outputs
        self.unit = 0
        self.label = ""
        self.cost = Cost()

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Its nodes in the module."""
        return self.module.nodes[self.first : self.last + 1]

    @property
    def inputs(self) -> tuple[Value, ...]:
        """The tensors of the module that it starts from."""
        return self.module.nodes[self.first].inputs

    @property
    def name(self) -> str:
        """Its label, or the names of its nodes: `conv5`, `conv5…conv7`."""
        if self.label:
            return self.label
        node = self.module.nodes[self.first]
        if not self.ops or isinstance(node, RepeatNode):
            return node.name
        name = main_of(self.ops).name
        ends = self.module.nodes[self.last - len(self.ops) + 1]
        return f"{name}…{ends.name}" if self.count > 1 else name

    @property
    def text(self) -> str:
        """What it is, with all its attributes and without the count: `conv3-64, bn, relu`."""
        if self.ops:
            return ", ".join(node.op.text() for node in self.ops)
        return describe(self.nodes[:1]).removesuffix(f" ×{self.count}")

    @property
    def title(self) -> str:
        """What it is in few words: a layer by its shorthand, a block by its name alone."""
        if self.ops:
            main = main_of(self.ops)
            texts = [
                node.op.text().partition("(")[0] if node is main else node.op.name
                for node in self.ops
            ]
            return ", ".join(texts)
        if self.runs[0][0].kind == "group":
            return self.text
        return self.runs[0][0].name


def cut(module: Module, forms: Forms, costs: dict[Module, Cost]) -> list[Piece]:
    """The pieces of a module in execution order."""
    labels = _labels(module)
    known: dict[object, Cost] = {}
    pieces: list[Piece] = []
    for step in _steps(module):
        node = module.nodes[step.first]
        step.unit = _unit(step, forms)
        if isinstance(node, RepeatNode) and step.ops and not step.tied and step.count <= WRITTEN:
            pieces += _write_out(step, node, costs)
        else:
            step.cost = _cost(step, costs, known)
            pieces.append(step)
        pieces[-1].label = labels.get(step.last, "")
    return pieces


def merge(pieces: list[Piece]) -> Piece:
    """Equal pieces in a row as one."""
    start, end = pieces[0], pieces[-1]
    count = sum(piece.count for piece in pieces)
    runs = tuple(run for piece in pieces for run in piece.runs)
    whole = Piece(start.module, start.first, end.last, start.ops, runs, count)
    whole.in_types, whole.out_types = start.in_types, end.out_types
    whole.unit, whole.label, whole.chained = start.unit, end.label, start.chained
    for piece in pieces:
        whole.cost.add_work(piece.cost)
        whole.cost.add_weights(piece.cost)
    return whole


def follows(piece: Piece, before: Piece) -> bool:
    """Whether a piece starts from what another one gives, and from nothing else."""
    return piece.chained or piece.inputs == ((before.last, 0),)


def _write_out(step: Piece, node: RepeatNode, costs: dict[Module, Cost]) -> list[Piece]:
    """The repetitions of a layer, one by one."""
    pieces: list[Piece] = []
    for run, times in node.runs:
        for _ in range(times):
            piece = Piece(step.module, step.first, step.last, _single(run))
            piece.in_types = tuple(port.type for port in run.inputs)
            piece.out_types = run.output_types()
            piece.chained = bool(pieces)
            piece.unit = step.unit
            piece.cost.add_work(costs[run])
            piece.cost.add_weights(costs[run], node.shares is None)
            pieces.append(piece)
    return pieces


def _steps(module: Module) -> list[Piece]:
    """One piece for each step of the text."""
    pieces: list[Piece] = []
    for at, node in enumerate(module.nodes):
        before = module.nodes[at - 1] if at else None
        if isinstance(node, OpNode):
            if isinstance(before, OpNode) and _follows(node, before, at):
                pieces[-1].ops += (node,)
                pieces[-1].last = at
                pieces[-1].out_types = node.outputs
            else:
                pieces.append(Piece(module, at, at, (node,)))
        elif isinstance(node, CallNode):
            pieces.append(Piece(module, at, at, (), ((node.module, 1),)))
        elif isinstance(node, RepeatNode):
            pieces.append(_repeat(module, at, node))
    return pieces


def _follows(node: OpNode, before: OpNode, at: int) -> bool:
    """Whether a layer belongs to the one before it: a norm, an activation, what `FC` flattens."""
    return node.step == before.step and node.inputs == ((at - 1, 0),) and node.shares is None


def _repeat(module: Module, at: int, node: RepeatNode) -> Piece:
    """A repeat of a single step is that step so many times, as if written out."""
    ops = [_single(run) for run, _ in node.runs]
    keys = {tuple((o.op.key, o.init) for o in found) for found in ops}
    if len(keys) == 1 and ops[0] and len(node.inputs) == 1:
        return Piece(module, at, at, ops[0], (), node.count, node.tied)
    return Piece(module, at, at, (), node.runs, node.count, node.tied)


def _single(module: Module) -> Ops:
    """The layers of a group that is one step, or nothing."""
    nodes = module.nodes
    if module.kind != "group" or not nodes or len(module.inputs) != 1 or len(module.outputs) != 1:
        return ()
    if module.outputs[0].value != (len(nodes) - 1, 0) or nodes[0].inputs != ((-1, 0),):
        return ()
    ops = tuple(node for node in nodes if isinstance(node, OpNode))
    if len(ops) != len(nodes) or nodes[0].shares is not None:
        return ()
    chained = all(_follows(node, ops[at], at + 1) for at, node in enumerate(ops[1:]))
    return ops if chained else ()


def _unit(piece: Piece, forms: Forms) -> int:
    node = piece.module.nodes[piece.first]
    shares = node.shares is not None
    tied = piece.count if piece.tied else 0
    if piece.ops:
        layers = tuple((o.op.key, o.init) for o in piece.ops)
        return forms.number(("layers", layers, len(node.inputs), shares, tied))
    runs = tuple((forms.form[module], times) for module, times in piece.runs)
    if len({form for form, _ in runs}) == 1:
        return forms.number(("body", runs[0][0], len(node.inputs), shares, tied))
    return forms.number(("runs", runs, shares, tied))


def _cost(piece: Piece, costs: dict[Module, Cost], known: dict[object, Cost]) -> Cost:
    """What it costs; `known` are layers met before, since long chains repeat a few."""
    total = Cost()
    for node in piece.nodes:
        key: object = node
        if isinstance(node, OpNode):
            key = (node.op, node.in_types, node.shares is None)
        part = known.get(key) or known.setdefault(key, node_cost(node, costs))
        total.add_work(part)
        total.add_weights(part)
    return total


def _labels(module: Module) -> dict[int, str]:
    """The text's names by node; the first where there are several."""
    names: dict[int, str] = {}
    for label, (index, _) in module.labels.items():
        names.setdefault(index, label)
    return names
