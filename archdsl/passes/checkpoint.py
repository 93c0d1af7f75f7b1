"""Chooses what of a network to compute again in the backward pass, so that a budget is kept."""

from __future__ import annotations

from bisect import bisect_right

from archdsl.analysis.cost import cost, node_cost
from archdsl.analysis.memory import BYTES, VIEWS, Saved, bytes_of, storage_of
from archdsl.ir.model import CallNode, OpNode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from archdsl.analysis.cost import Cost
    from archdsl.ir.model import Module, Network, Value
    from archdsl.passes.nodes import AnyNode

    Key = frozenset[Value]
    Front = dict[Key, list["_Plan"]]

MOST = 256
"""Plans kept beside each other. Beyond, what is returned may not be the very best, and `least`
not the very least; what it returns does fit."""


class OverBudget(Exception):
    """Activations do not fit even if all is computed again; `least` bytes would be enough."""

    def __init__(self, name: str, budget: int, least: int, everything: int) -> None:
        super().__init__(
            f"the activations of {name} do not fit into {budget:,} bytes: {least:,} are the least"
            f" with checkpoints around its blocks, and {everything:,} without any"
        )
        self.budget = budget
        self.least = least


def plan_checkpoints(
    network: Network, budget_bytes: int, batch: int = 1, dtype: str = "float32"
) -> tuple[str, ...]:
    """Names of nodes of the network's own body to wrap in checkpoints, in order; none if all fits.

    A call that is named keeps its inputs only and runs again in the backward pass; of a repeat
    each repetition does so by itself. Among all choices whose activations, with those of the one
    block that is being computed again, never take more than `budget_bytes` it is one with the
    fewest multiply-accumulates done twice. The bytes are those of `analysis.memory` for `batch`
    examples of `dtype`: no weights, no gradients. Raises OverBudget, and ValueError for a dtype
    that is not in `BYTES` or a batch below 1.
    """
    if dtype not in BYTES:
        raise ValueError(f"dtype is one of {', '.join(BYTES)}, not {dtype!r}")
    if isinstance(batch, bool) or not isinstance(batch, int) or batch < 1:
        raise ValueError(f"a batch has at least one example, not {batch!r}")
    budget = budget_bytes // batch
    chain = Chain(network.module, BYTES[dtype])
    plans = chain.plans(lambda plan: (plan.bytes, plan.macs, plan.wrapped), budget)
    if not plans:
        leanest = chain.plans(lambda plan: (plan.bytes, plan.peak))
        plans = [plan for plan in leanest if plan.peak <= budget]
        if not plans:
            least = min(plan.peak for plan in leanest)
            everything, _ = chain.measure(frozenset())
            raise OverBudget(network.name, budget_bytes, least * batch, everything * batch)
    return min(plans, key=lambda plan: (plan.macs, plan.wrapped, plan.bytes)).names()


class _Plan:
    """A choice for the nodes so far: bytes kept, the most at any time, work done twice."""

    __slots__ = ("before", "bytes", "macs", "name", "peak", "wrapped")

    def __init__(
        self, before: _Plan | None, name: str, bytes: int, peak: int, macs: int, wrapped: int
    ) -> None:
        self.before = before
        self.name = name  # of the node that is wrapped here, or empty
        self.bytes = bytes
        self.peak = peak
        self.macs = macs
        self.wrapped = wrapped

    def names(self) -> tuple[str, ...]:
        """The nodes that are wrapped, in order."""
        found: list[str] = []
        plan: _Plan | None = self
        while plan is not None:
            if plan.name:
                found.append(plan.name)
            plan = plan.before
        return tuple(reversed(found))


class Way:
    """What one way to run a node keeps, for one example.

    `values` are the tensors of the network's body that it keeps, `holds` those of its outputs
    that `inside` counts already. `again` is what the backward pass needs besides while it
    computes a block again, `macs` the work of that.
    """

    __slots__ = ("again", "holds", "inside", "macs", "values")

    def __init__(
        self,
        values: frozenset[Value],
        holds: frozenset[Value],
        inside: int,
        again: int = 0,
        macs: int = 0,
    ) -> None:
        self.values = values
        self.holds = holds
        self.inside = inside
        self.again = again
        self.macs = macs


class Chain:
    """The nodes of a network's body, each with the ways in which it can run."""

    __slots__ = ("costs", "last", "module", "saved", "storage", "ways")

    def __init__(self, module: Module, size: int) -> None:
        self.module = module
        self.saved = Saved(size)
        self.saved.of(module)
        self.costs: dict[Module, Cost] = {}
        cost(module, self.costs)
        self.storage = storage_of(module, VIEWS)
        self.last: dict[Value, int] = {}
        for index, node in enumerate(module.nodes):
            for value in node.inputs:
                self.last[self.storage[value]] = index
        self.ways = [self._ways(i, node) for i, node in enumerate(module.nodes)]

    def plans(
        self, better: Callable[[_Plan], tuple[int, ...]], budget: int | None = None
    ) -> list[_Plan]:
        """Plans of the whole chain none of which another beats, in what `better` tells.

        Its first number is the bytes; with a budget, plans that exceed it are dropped.
        """
        front: Front = {frozenset(): [_Plan(None, "", 0, 0, 0, 0)]}
        for index, ways in enumerate(self.ways):
            following: Front = {}
            for kept, plans in front.items():
                for number, way in enumerate(ways):
                    key, more = self._after(index, way, kept)
                    name = self.module.nodes[index].name if number else ""
                    made = [_extend(plan, name, way, more) for plan in plans]
                    fitting = [p for p in made if budget is None or p.peak <= budget]
                    following.setdefault(key, []).extend(fitting)
            front = {key: _best(plans, better) for key, plans in following.items() if plans}
            if sum(map(len, front.values())) > MOST:
                front = _narrow(front, better)
        return [plan for plans in front.values() for plan in plans]

    def measure(self, wrapped: frozenset[str]) -> tuple[int, int]:
        """The most bytes at any time, and the work done twice, with just these nodes wrapped."""
        plan = _Plan(None, "", 0, 0, 0, 0)
        kept: Key = frozenset()
        for index, ways in enumerate(self.ways):
            name = self.module.nodes[index].name
            way = ways[-1] if name in wrapped else ways[0]
            kept, more = self._after(index, way, kept)
            plan = _extend(plan, name, way, more)
        return plan.peak, plan.macs

    def _after(self, index: int, way: Way, kept: Key) -> tuple[Key, int]:
        """Which tensors that are read later are kept then, and bytes of those kept now."""
        new = way.values - kept - way.holds
        size = self.saved.size
        more = sum(bytes_of(self.module.type_of(value), size) for value in new)
        open_ = {v for v in kept | way.values | way.holds if self.last.get(v, -1) > index}
        return frozenset(open_), more

    def _ways(self, index: int, node: AnyNode) -> list[Way]:
        """The plain way, and for a call or a repeat the way with checkpoints."""
        inputs = [self.storage[value] for value in node.inputs]
        if isinstance(node, OpNode):
            kept: set[Value] = set()
            inside = self.saved.op(node, index, inputs, kept)
            return [Way(frozenset(self.storage[v] for v in kept), frozenset(), inside)]
        runs = [(node.module, 1)] if isinstance(node, CallNode) else list(node.runs)
        values = frozenset(inputs[i] for i in _ports(self.saved, runs))
        holds = frozenset((index, port) for port in self.saved.counted[runs[-1][0]])
        plain = Way(values, holds, self.saved.runs(runs))
        again = max(self.saved.bytes[module] for module, _ in runs)
        between = self._between(runs)
        macs = node_cost(node, self.costs).total_macs
        return [plain, Way(frozenset(inputs), frozenset(), between, again, macs)]

    def _between(self, runs: list[tuple[Module, int]]) -> int:
        """Bytes of what goes from one repetition to the next; none enters the first one."""
        entering = [(bytes_of(m.inputs[0].type, self.saved.size), n) for m, n in runs if m.inputs]
        return sum(size * times for size, times in entering) - (entering[0][0] if entering else 0)


def _ports(saved: Saved, runs: list[tuple[Module, int]]) -> set[int]:
    """Inputs that the first repetition keeps, and those that every one is given."""
    later = set[int]().union(*(saved.ports[module] for module, _ in runs[1:]))
    return later - {0} | saved.ports[runs[0][0]]


def _extend(plan: _Plan, name: str, way: Way, more: int) -> _Plan:
    """The plan with one more node."""
    bytes = plan.bytes + way.inside + more
    return _Plan(
        plan,
        name,
        bytes,
        max(plan.peak, bytes + way.again),
        plan.macs + way.macs,
        plan.wrapped + bool(name),
    )


def _best(plans: list[_Plan], better: Callable[[_Plan], tuple[int, ...]]) -> list[_Plan]:
    """The plans that no other beats in bytes and in the rest, fewest bytes first."""
    found: list[_Plan] = []
    for plan in sorted(plans, key=better):
        if not found or better(plan)[1:] < better(found[-1])[1:]:
            found.append(plan)
    return found


def _narrow(front: Front, better: Callable[[_Plan], tuple[int, ...]]) -> Front:
    """At most `MOST` plans: those that no other beats whatever it keeps, then the next best."""
    rest = [(better(plan), key, plan) for key, plans in front.items() for plan in plans]
    rest.sort(key=lambda scored: scored[0])
    layers: list[list[tuple[Key, _Plan]]] = []  # each beaten by none but the one before
    lowest: list[tuple[int, ...]] = []
    for score, key, plan in rest:
        at = bisect_right(lowest, score[1:])
        if at == len(layers):
            layers.append([])
            lowest.append(())
        layers[at].append((key, plan))
        lowest[at] = score[1:]
    narrow: Front = {}
    room = MOST
    for layer in layers:
        chosen = layer[:: -(-len(layer) // room)]
        for key, plan in chosen:
            narrow.setdefault(key, []).append(plan)
        room -= len(chosen)
        if room <= 0:
            break
    return narrow
