"""Which stored layer is which layer of a network: by order, or by names' numbers and shapes."""

from __future__ import annotations

from archdsl.weights.conventions import is_shortcut
from archdsl.weights.errors import PortError
from archdsl.weights.fit import fits
from archdsl.weights.tree import plant

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.weights.layers import Layer
    from archdsl.weights.tree import Tree

    State = tuple[int, ...]
    Cost = tuple[int, int, int]
    Step = tuple[State, Tree]

MAX_STATES = 2_000
MAX_CHAINS = 40


def in_order(theirs: list[Layer], ours: list[Layer]) -> bool:
    """Whether the layers fit one by one."""
    return len(theirs) == len(ours) and all(map(fits, theirs, ours))


def arrange(theirs: list[Layer], ours: list[Layer], trust_order: bool) -> list[Layer] | None:
    """The stored layers in the order of `ours`, where the file has another order, or None.

    What stands below one prefix stays together, and parts whose names differ in numbers keep
    the order of the numbers. Of the orders left, one where no module of the file cuts through a
    module of the network is better; of those, one where shortcuts are called shortcuts; of those,
    with `trust_order`, the one nearest to the file's. Raises PortError where several are left.
    """
    if len(theirs) != len(ours):
        return None
    search = _Search(ours, trust_order)
    root = plant(theirs)
    best = search.place(root, 0)
    if best is None:
        return None
    if best.count > 1:
        raise PortError(
            "these weights fit in more than one way: shapes and the numbers in the keys do not"
            " say which layer is which",
            _differences(search, root),
        )
    return search.read(root, 0)


class _Found:
    """The cheapest ways to place a tree: (modules cut, words that differ, inversions), how many."""

    __slots__ = ("cost", "count", "steps")

    def __init__(self, cost: Cost, count: int, steps: list[dict[State, _Way]]) -> None:
        self.cost = cost
        self.count = count
        self.steps = steps


class _Way:
    """The cheapest ways to one state, and two of the steps that led there."""

    __slots__ = ("cost", "count", "steps")

    def __init__(self, cost: Cost, count: int, step: Step | None) -> None:
        self.cost = cost
        self.count = count
        self.steps = [step] if step else []


class _Search:
    """Places trees at positions of `ours`; what is known of a tree at a position is kept."""

    def __init__(self, ours: list[Layer], trust_order: bool) -> None:
        self.ours = ours
        self.trust_order = trust_order
        self.known: dict[tuple[int, int], _Found | None] = {}
        self.ends = _ends(ours)

    def place(self, tree: Tree, at: int) -> _Found | None:
        """The cheapest ways to let a tree begin at a position."""
        key = (id(tree), at)
        if key not in self.known:
            self.known[key] = self._place(tree, at)
        return self.known[key]

    def _place(self, tree: Tree, at: int) -> _Found | None:
        if at + tree.size > len(self.ours):
            return None
        if tree.layer is not None:
            if not fits(tree.layer, self.ours[at]):
                return None
            differs = is_shortcut(tree.layer.path) != is_shortcut(self.ours[at].path)
            return _Found((0, int(differs), 0), 1, [])
        if len(tree.parts) == 1:
            (part,) = tree.parts.values()
            return self.place(part, at)
        chains = tree.chains()
        if len(chains) > MAX_CHAINS:
            raise PortError(
                f"{len(chains)} parts of one module have names without numbers, and the file does"
                " not hold them in our order: too many orders would have to be tried"
            )
        start: State = (0,) * len(chains)
        levels: list[dict[State, _Way]] = [{start: _Way((0, 0, 0), 1, None)}]
        for _ in range(len(tree.parts)):
            levels.append(self._step(chains, levels[-1], at))
            if not levels[-1]:
                return None
            if len(levels[-1]) > MAX_STATES:
                raise PortError("too many orders of these weights would have to be tried")
        (last,) = levels[-1].values()
        cuts = self._cuts(at, at + tree.size) + last.cost[0]
        return _Found((cuts, *last.cost[1:]), last.count, levels)

    def _step(
        self, chains: list[list[Tree]], level: dict[State, _Way], at: int
    ) -> dict[State, _Way]:
        """The states after one more part."""
        found: dict[State, _Way] = {}
        for state, way in level.items():
            left = [
                (k, chain[i])
                for k, (chain, i) in enumerate(zip(chains, state, strict=True))
                if i < len(chain)
            ]
            position = at + sum(t.size for c, i in zip(chains, state, strict=True) for t in c[:i])
            for k, part in left:
                placed = self.place(part, position)
                if placed is None:
                    continue
                earlier = sum(other.place < part.place for _, other in left)
                inversions = earlier if self.trust_order else 0
                sums = [a + b for a, b in zip(way.cost, placed.cost, strict=True)]
                cost = (sums[0], sums[1], sums[2] + inversions)
                after = (*state[:k], state[k] + 1, *state[k + 1 :])
                _add(found, after, _Way(cost, min(way.count * placed.count, 2), (state, part)))
        return found

    def _cuts(self, begin: int, end: int) -> int:
        """How many modules of ours a module at [begin, end) cuts through."""
        after = sum(e < end for e in self.ends.get(begin, ()))
        # Modules that hold both sides of `end` and begin inside.
        depth = _common(self.ours, end)
        inside = (
            sum(self.ours[begin].path[:d] != self.ours[end].path[:d] for d in range(1, depth + 1))
            if depth
            else 0
        )
        return after + inside

    def read(self, tree: Tree, at: int) -> list[Layer]:
        """The layers of a tree in the cheapest order."""
        if tree.layer is not None:
            return [tree.layer]
        out: list[Layer] = []
        for part in self.order(tree, at):
            out += self.read(part, at + len(out))
        return out

    def order(self, tree: Tree, at: int) -> list[Tree]:
        """The parts of a tree in the cheapest order."""
        if len(tree.parts) == 1:
            return list(tree.parts.values())
        found = self.place(tree, at)
        assert found is not None
        ((state, _),) = found.steps[-1].items()
        out = []
        for level in reversed(found.steps[1:]):
            state, part = level[state].steps[0]
            out.append(part)
        return out[::-1]


def _add(found: dict[State, _Way], state: State, way: _Way) -> None:
    old = found.get(state)
    if old is None or way.cost < old.cost:
        found[state] = way
    elif way.cost == old.cost:
        old.count = min(old.count + way.count, 2)
        old.steps += way.steps


def _common(ours: list[Layer], at: int) -> int:
    """How many modules hold both the layer before a position and the one behind it."""
    if not 0 < at < len(ours):
        return 0
    depth = 0
    for a, b in zip(ours[at - 1].path[:-1], ours[at].path[:-1], strict=False):
        if a != b:
            break
        depth += 1
    return depth


def _ends(ours: list[Layer]) -> dict[int, list[int]]:
    """For each position that lies inside of modules: where those modules end."""
    last: dict[tuple[str, ...], int] = {}
    for i, layer in enumerate(ours):
        for d in range(1, len(layer.path)):
            last[layer.path[:d]] = i + 1
    return {
        at: [last[ours[at].path[:d]] for d in range(1, depth + 1)]
        for at in range(1, len(ours))
        if (depth := _common(ours, at))
    }


def _differences(search: _Search, tree: Tree, at: int = 0) -> tuple[str, ...]:
    """Two parts that could change places."""
    found = search.place(tree, at)
    if found is None or found.count < 2:
        return ()
    if not found.steps:
        return _differences(search, next(iter(tree.parts.values())), at)
    for part in search.order(tree, at):
        below = _differences(search, part, at)
        if below:
            return below
        at += part.size
    for level in found.steps[1:]:
        for way in level.values():
            if len(way.steps) > 1:
                first, second = (_first(part).describe() for _, part in way.steps[:2])
                return (f"either of these may stand behind the other: {first} | {second}",)
    return ()


def _first(tree: Tree) -> Layer:
    while tree.layer is None:
        tree = next(iter(tree.parts.values()))
    return tree.layer
