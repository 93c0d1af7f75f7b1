"""The walk over the IR that makes the boxes, clusters and edges of one level of detail."""

from __future__ import annotations

from archdsl.analysis.cost import copies, node_cost, op_cost
from archdsl.backends.dot.model import Box, Cluster, Edge
from archdsl.backends.dot.steps import group_steps, needed_nodes
from archdsl.backends.dot.words import (
    attributes_of,
    call_title,
    contents_of,
    is_pointwise,
    shape_text,
    title_of,
    which_times,
    with_times,
)
from archdsl.ir.model import CallNode, OpNode, RepeatNode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.analysis.cost import Cost
    from archdsl.backends.dot.fold import Fold
    from archdsl.backends.dot.steps import Step
    from archdsl.ir.model import Module, Value
    from archdsl.ops.base import Kind
    from archdsl.tensor import TensorType

Source = tuple[str, str]
"""A tensor in the picture: the id of the box that it leaves, and its shape in words."""

Children = list[Box | Cluster]
Made = tuple[Children, list[Source]]
"""What was made, and the tensors that come out of it."""


class Full(Exception):
    """The picture has more boxes than it may."""


class Place:
    """Where a part stands: path of what holds it, calls around it, whether for training only."""

    __slots__ = ("depth", "path", "training")

    def __init__(self, path: str, depth: int, training: bool) -> None:
        self.path = path
        self.depth = depth
        self.training = training

    def inside(self, path: str) -> Place:
        """The place of what is in a call of that path."""
        return Place(path + ".", self.depth + 1, self.training)


class Contents:
    """Makes boxes, clusters and edges; raises `Full` when there are more than `limit` boxes."""

    def __init__(self, fold: Fold, memo: dict[Module, Cost], limit: int) -> None:
        self.edges: list[Edge] = []
        self._fold = fold
        self._memo = memo
        self._limit = limit
        self._seen: set[Module] = set()
        self._boxes = 0
        self._opened = 0

    def add_network(self, module: Module) -> Children:
        """The whole picture: inputs, contents, outputs."""
        children: Children = []
        sources = []
        for port in module.inputs:
            title = port.name if len(module.inputs) > 1 else "input"
            box = Box(self._new_id(), port.name, "input", title, below=port.type.layout)
            box.out = shape_text(port.type)
            children.append(box)
            sources.append((box.id, shape_text(port.type)))
        made, results = self._add_module(module, sources, Place("", 0, False))
        children += made
        for output, source in zip(module.outputs, results, strict=True):
            title = output.name if len(results) > 1 else "output"
            below = "training only" if output.train_only else ""
            box = Box(self._new_id(), output.name, "output", title, below=below)
            box.training = output.train_only
            children.append(box)
            self._connect([source], box)
        return children

    def _add_module(self, module: Module, sources: list[Source], place: Place) -> Made:
        """What is in a module that `sources` feed."""
        self._opened += 1
        if self._opened > 4 * self._limit:  # modules without a box cost time too
            raise Full
        self._seen.add(module)
        steps = group_steps(module, self._fold.split)
        needed = needed_nodes(module)
        labels: dict[int, str] = {}
        for label, (index, _) in module.labels.items():
            labels.setdefault(index, label)
        values: dict[Value, Source] = {(-1, i): s for i, s in enumerate(sources)}
        children: Children = []
        for i, node in enumerate(module.nodes):
            here = Place(place.path, place.depth, place.training or i not in needed)
            made: Made
            if isinstance(node, OpNode):
                if i not in steps:
                    continue  # a later layer's box shows it
                feeds = [values[v] for v in steps[i].nodes[0].inputs]
                made = self._add_step(steps[i], feeds, here)
            else:
                feeds = [values[v] for v in node.inputs]
                made = self._add_use(node, labels.get(i, ""), feeds, here)
            children += made[0]
            values.update(((i, port), source) for port, source in enumerate(made[1]))
        return children, [values[o.value] for o in module.outputs]

    def _add_step(self, step: Step, sources: list[Source], place: Place) -> Made:
        main = step.nodes[step.main]
        shared = "" if main.shares is None else "shared weights"
        box = Box(
            self._new_id(),
            place.path + main.name,
            role_of(step.op),
            title_of(step.op),
            above=step.above,
            below=", ".join(filter(None, (attributes_of(step.op), step.below, shared))),
            params=sum(op_cost(node).params for node in step.nodes),
            macs=sum(op_cost(node).total_macs for node in step.nodes),
            training=place.training,
        )
        return self._place(box, sources, step.nodes[-1].outputs)

    def _add_use(
        self, node: CallNode | RepeatNode, label: str, sources: list[Source], place: Place
    ) -> Made:
        """A call or a repeat: a cluster with its contents, or one box."""
        path = place.path + node.name
        whole = node_cost(node, self._memo)
        params, macs = whole.params, whole.total_macs
        runs = ((node.module, 1),) if isinstance(node, CallNode) else node.runs
        tied = isinstance(node, RepeatNode) and node.tied
        times = sum(count for _, count in runs)
        name = call_title(label, runs[0][0])
        title = with_times(name, times, tied)
        step = self._alike(runs)
        if step is not None and isinstance(node, RepeatNode) and not self._fold.unroll:
            feeds = [sources[port] for _, port in step.nodes[0].inputs]
            made = self._add_step(step, feeds, place)
            (box,) = made[0]
            assert isinstance(box, Box)
            box.title, box.params = with_times(box.title, times, tied), params
            box.macs, box.out = macs, ", ".join(map(shape_text, node.outputs))
            return made[0], [(box.id, shape_text(t)) for t in node.outputs]
        if not self._shows(runs[0][0], place):
            title = with_times(name or contents_of(runs[0][0]), times, tied)
            box = Box(self._new_id(), path, "block", title, params=params, macs=macs, folded=True)
            box.training = place.training
            return self._place(box, sources, node.outputs)
        if isinstance(node, RepeatNode) and (len(runs) > 1 or self._fold.unroll):
            children, results = self._add_runs(node, sources, place)
        else:
            children, results = self._add_module(runs[0][0], sources, place.inside(path))
        return self._frame(path, title, children, params, place), results

    def _add_runs(self, node: RepeatNode, sources: list[Source], place: Place) -> Made:
        """The runs of a repeat one after the other, or all its repetitions when they unroll."""
        children: Children = []
        around = sources[1:]
        if self._fold.unroll and node.count > 4 * self._limit:
            raise Full
        start = 0
        for run, (module, times) in enumerate(node.runs):
            held = copies(node, run)
            for first, count in _parts(start, times, self._fold.unroll):
                path = f"{place.path}{node.name}.{first}"
                title = which_times(first + 1, count)
                params = self._memo[module].params * (held if count == times else held > 0)
                if self._shows(module, place):
                    made, sources = self._add_module(module, sources, place.inside(path))
                    children += self._frame(path, title, made, params, place)
                else:
                    box = Box(self._new_id(), path, "block", title, params=params, folded=True)
                    box.training = place.training
                    box.macs = self._memo[module].total_macs * count
                    made, sources = self._place(box, sources, module.output_types())
                    children += made
                results = sources
                sources = [*sources[:1], *around]
            start += times
        return children, results

    def _alike(self, runs: tuple[tuple[Module, int], ...]) -> Step | None:
        """The one step of all the runs, if that is all they have and it reads the same."""
        found: list[Step] = []
        for module, _ in runs:
            steps = group_steps(module, self._fold.split)
            last = len(module.nodes) - 1
            whole = last in steps and len(steps[last].nodes) == last + 1
            if not whole or [o.value for o in module.outputs] != [(last, 0)]:
                return None
            found.append(steps[last])
        words = {(title_of(s.op), s.above, s.below, attributes_of(s.op)) for s in found}
        return found[0] if len(words) == 1 else None

    def _shows(self, module: Module, place: Place) -> bool:
        seen = self._fold.once and module in self._seen
        return self._fold.opens(place.depth) and not seen

    def _frame(
        self, path: str, title: str, children: Children, params: int, place: Place
    ) -> Children:
        """The children in a cluster; nothing where there are none."""
        if not children:
            return []
        cluster = Cluster(f"cluster_{children[0].id}", path, title, tuple(children), params=params)
        cluster.training = place.training
        return [cluster]

    def _place(self, box: Box, sources: list[Source], outputs: tuple[TensorType, ...]) -> Made:
        self._connect(sources, box)
        box.out = ", ".join(map(shape_text, outputs))
        return [box], [(box.id, shape_text(t)) for t in outputs]

    def _connect(self, sources: list[Source], box: Box) -> None:
        for source, shape in sources:
            self.edges.append(Edge(source, box.id, shape, training=box.training))

    def _new_id(self) -> str:
        if self._boxes >= self._limit:
            raise Full
        self._boxes += 1
        return f"n{self._boxes}"


def role_of(op: Kind) -> str:
    """The row of the style table: the family, and a role of its own for 1×1 convolutions."""
    return "conv1" if is_pointwise(op) else op.family


def _parts(start: int, times: int, unroll: bool) -> list[tuple[int, int]]:
    """(first, how many) of the repetitions that are drawn together."""
    return [(start + i, 1) for i in range(times)] if unroll else [(start, times)]
