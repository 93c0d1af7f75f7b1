"""From the IR to the line: finds the way that all tensors take, and what goes around it."""

from __future__ import annotations

from archdsl.analysis.parts import signature
from archdsl.backends.dot.errors import RenderError
from archdsl.backends.flow.flatten import INPUT, Flat, Flattener, Frame, Full, Use
from archdsl.backends.flow.model import Fold, Item, Line, Part, Skip
from archdsl.backends.flow.segments import Segment, cut

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.ir.model import Network, Output
    from archdsl.ops.base import Kind

LIMIT = 4000
"""Steps of the longest line."""

DEEPEST = 60
"""Shortcuts inside shortcuts that are told apart; what is deeper is a block."""

QUIET = frozenset({"norm", "activation", "dropout", "shape"})
"""Families that may stand on a shortcut besides the one layer that makes it fit."""


class TooLong(RenderError):
    """A network with more layers than a picture can show, repetitions drawn once."""


def trace(network: Network, fold: bool = False, limit: int = LIMIT) -> Line:
    """The line of a network; where it has more than `limit` steps its repetitions are folded.

    Raises TooLong where that does not help.
    """
    for folded in (False, True)[fold:]:
        flattener = Flattener(folded, LIMIT if folded else limit)
        try:
            outputs = flattener.flatten(network.module)
        except Full:
            continue
        return _line(network, flattener.flats, outputs, folded)
    raise TooLong(
        f"{network.name} has more than {LIMIT:,} layers even with its repetitions drawn once"
    )


def _line(network: Network, flats: list[Flat], outputs: list[int], folded: bool) -> Line:
    module = network.module
    main = _main_output(module.outputs)
    needed = _ancestors(flats, outputs[main])
    aside = [f"input {port.name}" for port in module.inputs[1:]]
    aside += [
        o.name + (" (training only)" if o.train_only else "")
        for i, o in enumerate(module.outputs)
        if i != main
    ]
    items = _Lines(flats, folded).lay_out(needed, INPUT, 0)
    return Line(network, module.inputs[0].type, items, tuple(aside), folded)


def _main_output(outputs: tuple[Output, ...]) -> int:
    """The last output that is not for training only."""
    return max(range(len(outputs)), key=lambda i: (not outputs[i].train_only, i))


def _ancestors(flats: list[Flat], last: int) -> list[int]:
    found, stack = set[int](), [last]
    while stack:
        flat = stack.pop()
        if flat != INPUT and flat not in found:
            found.add(flat)
            stack.extend(flats[flat].inputs)
    return sorted(found)


class _Lines:
    """Lays steps out as items."""

    def __init__(self, flats: list[Flat], folded: bool) -> None:
        self.flats = flats
        self.folded = folded

    def lay_out(
        self, steps: list[int], source: int, depth: int, frames: int = 0
    ) -> tuple[Item, ...]:
        """Items of steps in order, of which the first ones read `source`, inside `frames` folds."""
        groups: list[tuple[Frame | None, list[Segment]]] = []
        for segment in cut(self.flats, steps, source):
            around = self._frames(segment)
            frame = around[frames] if len(around) > frames else None
            if not groups or groups[-1][0] is not frame or frame is None:
                groups.append((frame, []))
            groups[-1][1].append(segment)
        out: list[Item] = []
        for frame, segments in groups:
            if frame is None:
                out += (self._item(segment, depth, frames) for segment in segments)
            else:
                inner = [step for segment in segments for step in segment.steps]
                items = self.lay_out(inner, segments[0].source, depth, frames + 1)
                out.append(Fold(items, frame.times, frame.tied))
        return tuple(out)

    def _frames(self, segment: Segment) -> tuple[Frame, ...]:
        """The folded runs that all steps of a segment are in."""
        first = self.flats[segment.steps[0]].place.frames
        common = len(first)
        for step in segment.steps[1:]:
            other = self.flats[step].place.frames
            same = 0
            while same < min(common, len(other)) and other[same] is first[same]:
                same += 1
            common = same
        return first[:common]

    def _item(self, segment: Segment, depth: int, frames: int) -> Item:
        if len(segment.steps) == 1:
            return self._layer(segment.steps[0])
        skip = self._skip(segment, depth, frames) if depth < DEEPEST else None
        return skip or self._block(segment)

    def _layer(self, number: int) -> Part:
        flat = self.flats[number]
        extras = tuple(n.op.name for n in flat.step.nodes[flat.step.main + 1 :])
        return Part(flat.path, flat.op, flat.in_type, flat.out_type, flat.params, extras=extras)

    def _skip(self, segment: Segment, depth: int, frames: int) -> Skip | None:
        """The segment as a body with one shortcut; None where it is something else."""
        join = self.flats[segment.sink].op
        branches = segment.branches
        if join.name not in ("add", "concat") or branches is None or len(branches) != 2:
            return None
        short = [self._is_shortcut(branch, join.name) for branch in branches]
        if sum(short) != 1:
            return None
        body, way = branches[short.index(False)], branches[short.index(True)]
        items = self.lay_out(body, segment.source, depth + 1, frames)
        params = sum(self.flats[step].params for step in (*body, *way, segment.sink))
        nodes = [node for step in way for node in self.flats[step].step.nodes]
        kinds = tuple(
            node.op
            for node in nodes
            if node.op.name not in ("identity", "crop") or node.in_types[0] != node.outputs[0]
        )
        return Skip(self.flats[segment.sink].path, items, join.name, kinds, params)

    def _is_shortcut(self, branch: list[int], join: str) -> bool:
        """Whether a branch is no more than its input, made to fit."""
        ops = [n.op for step in branch for n in self.flats[step].step.nodes]
        if join == "concat":
            return all(op.name in ("identity", "crop") for op in ops)
        fitting = [op for op in ops if op.family not in QUIET]
        return len(fitting) <= 1 and all(_fits(op) for op in fitting)

    def _block(self, segment: Segment) -> Part:
        flats = [self.flats[step] for step in segment.steps]
        branches = len(segment.branches) if segment.branches else 1
        name, call, path = flats[-1].op.name, "", flats[-1].path
        for use in _common_uses(flats):
            if use.size == len(flats) and use.module.kind == "block":
                name, call, path = use.module.name, signature(use.module), use.path
                break
        return Part(
            path,
            None,
            flats[0].in_type,
            flats[-1].out_type,
            sum(flat.params for flat in flats),
            name=name,
            call=call,
            branches=branches,
        )


def _common_uses(flats: list[Flat]) -> list[Use]:
    """Calls that all the steps are in, outermost first."""
    first, last = flats[0].place.uses, flats[-1].place.uses
    common = [a for a, b in zip(first, last, strict=False) if a is b]
    return [use for use in common if all(use in flat.place.uses for flat in flats)]


def _fits(op: Kind) -> bool:
    """Whether a layer only changes the size or the channels of a shortcut."""
    if op.family == "pool":
        return True
    return op.name == "conv" and getattr(op, "kernel", 0) == 1
