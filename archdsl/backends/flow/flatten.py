"""The steps of a network in execution order, calls and repeats opened, up to a limit."""

from __future__ import annotations

from archdsl.analysis.cost import copies, op_cost
from archdsl.backends.dot.steps import group_steps
from archdsl.ir.model import CallNode, Module, OpNode, RepeatNode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.backends.dot.steps import Step
    from archdsl.ir.model import Node, Value
    from archdsl.ops.base import Kind
    from archdsl.tensor import TensorType

INPUT = -1


class Full(Exception):
    """There are more steps than the limit."""


class Use:
    """One call of a module: its path, and how many steps are in it."""

    __slots__ = ("module", "path", "size")

    def __init__(self, path: str, module: Module) -> None:
        self.path = path
        self.module = module
        self.size = 0


class Frame:
    """A run of equal repetitions that is walked once."""

    __slots__ = ("tied", "times")

    def __init__(self, times: int, tied: bool) -> None:
        self.times = times
        self.tied = tied


class Place:
    """Where a step stands: path in front of it, calls and folded runs around it."""

    __slots__ = ("frames", "held", "prefix", "uses")

    def __init__(
        self, prefix: str, uses: tuple[Use, ...], frames: tuple[Frame, ...], held: bool
    ) -> None:
        self.prefix = prefix
        self.uses = uses
        self.frames = frames
        self.held = held


class Flat:
    """A step in its place; `inputs` are numbers of earlier steps, INPUT for the network's."""

    __slots__ = ("inputs", "path", "place", "step")

    def __init__(self, step: Step, place: Place, inputs: tuple[int, ...]) -> None:
        self.step = step
        self.path = place.prefix + step.nodes[step.main].name
        self.place = place
        self.inputs = inputs

    @property
    def op(self) -> Kind:
        """The layer that names the step."""
        return self.step.op

    @property
    def in_type(self) -> TensorType:
        """Type of what comes in first."""
        return self.step.nodes[0].in_types[0]

    @property
    def out_type(self) -> TensorType:
        """Type of what goes out first."""
        return self.step.nodes[-1].outputs[0]

    @property
    def params(self) -> int:
        """Parameters that the step holds; none where it shares all of them."""
        return sum(op_cost(node).params for node in self.step.nodes) if self.place.held else 0


class Flattener:
    """Walks a network; raises `Full` beyond `limit` steps. With `fold` equal runs count once."""

    def __init__(self, fold: bool, limit: int) -> None:
        self.flats: list[Flat] = []
        self._fold = fold
        self._limit = limit
        self._steps: dict[Module, dict[int, Step]] = {}
        self._opened = 0

    def flatten(self, module: Module) -> list[int]:
        """Opens the network; the numbers of the steps that give its outputs."""
        return self._open(module, [INPUT] * len(module.inputs), Place("", (), (), True))

    def _open(self, module: Module, sources: list[int], place: Place) -> list[int]:
        self._opened += 1
        if self._opened > 4 * self._limit:  # modules without a step take time too
            raise Full
        steps = self._steps.get(module)
        if steps is None:
            steps = self._steps[module] = group_steps(module)
        values: dict[Value, int] = {(-1, i): source for i, source in enumerate(sources)}
        for i, node in enumerate(module.nodes):
            if not isinstance(node, OpNode):
                feeds = [values[v] for v in node.inputs]
                made = self._use(node, feeds, place)
            elif i in steps:
                first = steps[i].nodes[0]
                # What `crop` is like gives it a size and no element.
                reads = first.inputs[:1] if first.op.name == "crop" else first.inputs
                feeds = [values[v] for v in reads]
                made = [self._add(steps[i], place, feeds)] * len(node.outputs)
            else:
                continue  # a later layer of its step stands for it
            values.update(((i, port), source) for port, source in enumerate(made))
        return [values[o.value] for o in module.outputs]

    def _add(self, step: Step, place: Place, feeds: list[int]) -> int:
        if len(self.flats) >= self._limit:
            raise Full
        for use in place.uses:
            use.size += 1
        self.flats.append(Flat(step, place, tuple(feeds)))
        return len(self.flats) - 1

    def _use(self, node: Node, feeds: list[int], place: Place) -> list[int]:
        path = place.prefix + node.name
        if isinstance(node, CallNode):
            held = place.held and node.shares is None
            return self._open(node.module, feeds, _inside(place, path, node.module, held))
        assert isinstance(node, RepeatNode)
        around, start, results = feeds[1:], 0, feeds
        for run, (module, times) in enumerate(node.runs):
            own = copies(node, run)
            frame = (Frame(times, node.tied),) if self._fold and times > 1 else ()
            for k in range(1 if self._fold else times):
                here = f"{path}.{0 if node.tied else start + k}"
                inside = _inside(place, here, module, place.held and k < own, frame)
                results = self._open(module, feeds, inside)
                feeds = [results[0], *around]
            start += times
        return results


def _inside(
    place: Place, path: str, module: Module, held: bool, frame: tuple[Frame, ...] = ()
) -> Place:
    return Place(path + ".", (*place.uses, Use(path, module)), (*place.frames, *frame), held)
