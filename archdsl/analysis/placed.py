"""Memory of each layer, stage and block at its place: what lives while it runs, what it keeps."""

from __future__ import annotations

from archdsl.analysis.follow import Lens
from archdsl.analysis.memory import VIEWS, Peak, Saved, bytes_of, storage_of
from archdsl.ir.model import CallNode, OpNode, RepeatNode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from archdsl.analysis.follow import Step
    from archdsl.analysis.memory import Call, Run
    from archdsl.ir.model import Module, Node, Value

    # For each set of inputs that a module's caller needs later, the bytes outside of it.
    Outside = dict[frozenset[int], int]
    # For each set of inputs that are kept already, how many repetitions of a module begin so.
    Begun = dict[frozenset[int], int]
    # What a node reads, which of that was kept before it, and how often.
    Before = tuple[list[Value], set[Value], int]
    Known = dict[tuple[Module, frozenset[tuple[frozenset[int], int]]], list[Step]]

ROUND = (-2, 0)  # what comes from the repetition before


class Peaks(Lens):
    """Bytes alive at once while a part runs in evaluation, those that wait around it included.

    The largest of a network's rows is its `Memory.forward`; a part for training only has 0.
    """

    __slots__ = ("known", "peak")

    def __init__(self, size: int) -> None:
        self.peak = Peak(size)
        self.known: Known = {}  # repetitions have the same surroundings

    def enter(self, root: Module) -> Outside:
        """Nothing is outside of a network."""
        self.peak.of(root)
        return {frozenset(): 0}

    def steps(self, module: Module, around: Outside) -> Iterator[Step]:
        """Each node with its peak, and its runs with what is outside of them."""
        key = (module, frozenset(around.items()))
        if key not in self.known:
            self.known[key] = list(self._steps(module, around))
        return iter(self.known[key])

    def _steps(self, module: Module, around: Outside) -> Iterator[Step]:
        peaks = [0] * len(module.nodes)
        inner: list[list[list[Run]]] = [[] for _ in module.nodes]
        for held, base in around.items():
            for index, live, runs in self.peak.run(module, held):
                placed = [(_outside(first, base), _outside(again, base)) for first, again in runs]
                inside = (self._peak(call) for run in placed for call in run)
                peaks[index] = max(peaks[index], base + live, *inside)
                inner[index].append(placed)
        yield from zip(module.nodes, peaks, inner, strict=True)

    def bodies(self, node: Node, inner: list[list[Run]], fold: bool) -> Iterator[Outside]:
        """What is outside of each repetition; of several together, the most."""
        for i, times in enumerate(_times(node)):
            first = [runs[i][0] for runs in inner]
            again = [runs[i][1] for runs in inner]
            if fold:
                yield _most(first + again)
                continue
            yield _most(first)
            for _ in range(times - 1):
                yield _most(again)

    def whole(self, module: Module, around: Outside) -> int:
        """The peak of a module, with what is outside of it."""
        return max(
            (base + self.peak.known[module, held] for held, base in around.items()), default=0
        )

    def gather(self, values: list[int]) -> int:
        """The highest of them."""
        return max(values)

    def _peak(self, call: Call) -> int:
        module, held, outside = call
        return outside + self.peak.known[module, held]


class Kept(Lens):
    """Bytes that training keeps for a part: each tensor counts where it is first kept.

    The rows of a network add up to its `Memory.saved`.
    """

    __slots__ = ("known", "saved")

    def __init__(self, size: int) -> None:
        self.saved = Saved(size)
        self.known: Known = {}

    def enter(self, root: Module) -> Begun:
        """Nothing is kept before a network."""
        self.saved.of(root)
        return {frozenset(): 1}

    def steps(self, module: Module, around: Begun) -> Iterator[Step]:
        """Each node with its bytes, all repetitions together, and what was kept before it."""
        key = (module, frozenset(around.items()))
        if key not in self.known:
            self.known[key] = list(self._steps(module, around))
        return iter(self.known[key])

    def _steps(self, module: Module, around: Begun) -> Iterator[Step]:
        storage = storage_of(module, VIEWS)
        begun = [({(-1, i) for i in kept}, times) for kept, times in around.items()]
        for index, node in enumerate(module.nodes):
            inputs = [storage[value] for value in node.inputs]
            before: list[Before] = []
            total = 0
            for kept, times in begun:
                before.append((inputs, kept.intersection(inputs), times))
                total += self._keep(module, index, inputs, kept) * times
            yield node, total, before

    def bodies(self, node: Node, inner: list[Before], fold: bool) -> Iterator[Begun]:
        """Which inputs are kept already when a repetition begins."""
        each = [self._begin(node, *before) for before in inner]
        for times in _times(node):
            first = _together(next(one) for one in each)
            again = _together(next(one) for one in each)
            if fold:
                yield _together((first, {kept: n * (times - 1) for kept, n in again.items()}))
                continue
            yield first
            for _ in range(times - 1):
                yield again

    def whole(self, module: Module, around: Begun) -> int:
        """Bytes of all its repetitions."""
        total = 0
        for kept, times in around.items():
            ports = self.saved.ports[module] - kept
            own = sum(bytes_of(module.inputs[port].type, self.saved.size) for port in ports)
            total += (self.saved.bytes[module] + own) * times
        return total

    def gather(self, values: list[int]) -> int:
        """Their sum."""
        return sum(values)

    def _keep(self, module: Module, index: int, inputs: list[Value], kept: set[Value]) -> int:
        """Bytes that one node adds to what is `kept`, which grows."""
        saved, node = self.saved, module.nodes[index]
        own: set[Value] = set()
        inside: set[Value] = set()
        if isinstance(node, OpNode):
            total = saved.op(node, index, inputs, own)
        else:
            runs = _runs(node)
            total = saved.runs(runs)
            own.update(inputs[port] for port in saved.ports_of(runs))
            inside.update((index, port) for port in saved.counted[runs[-1][0]])
        total += sum(bytes_of(module.type_of(value), saved.size) for value in own - kept)
        kept |= own | inside
        return total

    def _begin(
        self, node: Node, inputs: list[Value], kept: set[Value], times: int
    ) -> Iterator[Begun]:
        """For each run how its first repetition begins, then how the further ones do."""
        kept = set(kept)
        before: Module | None = None
        for module, _ in _runs(node):
            for _ in range(2):
                if before is not None:
                    inputs = [ROUND, *inputs[1:]]
                    kept -= {ROUND}
                    kept |= {ROUND} if 0 in self.saved.counted[before] else set()
                ports = set()
                for port, value in enumerate(inputs):
                    ports |= {port} if value in kept else set()
                    kept |= {value} if port in self.saved.ports[module] else set()
                yield {frozenset(ports): times}
                before = module


def _outside(call: Call, more: int) -> Call:
    module, held, outside = call
    return module, held, outside + more


def _most(calls: list[Call]) -> Outside:
    most: Outside = {}
    for _, held, outside in calls:
        most[held] = max(most.get(held, 0), outside)
    return most


def _together(begun: Iterable[Begun]) -> Begun:
    total: Begun = {}
    for one in begun:
        for kept, times in one.items():
            total[kept] = total.get(kept, 0) + times
    return total


def _runs(node: Node) -> list[tuple[Module, int]]:
    """Modules that a call or a repeat runs, and how often each."""
    if isinstance(node, CallNode):
        return [(node.module, 1)]
    assert isinstance(node, RepeatNode)
    return list(node.runs)


def _times(node: Node) -> list[int]:
    return [times for _, times in _runs(node)]
