"""The comparison: pieces of two modules aligned, partners looked into, level by level."""

from __future__ import annotations

from archdsl.analysis.cost import Cost, cost
from archdsl.analysis.depth import depth
from archdsl.analysis.diff.align import align
from archdsl.analysis.diff.changes import (
    ends_changes,
    input_change,
    network_changes,
    own_changes,
    pair_runs,
)
from archdsl.analysis.diff.forms import Forms
from archdsl.analysis.diff.gather import find_moves, gather
from archdsl.analysis.diff.likeness import Likeness, unwrap
from archdsl.analysis.diff.model import (
    ADDED,
    CHANGED,
    REMOVED,
    RESHAPED,
    SAME,
    Body,
    Difference,
    Entry,
    Inside,
    Totals,
)
from archdsl.analysis.diff.pieces import Piece, cut
from archdsl.analysis.diff.wiring import Wires

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.analysis.diff.align import Pair
    from archdsl.ir.model import Module, Network


def diff(before: Network, after: Network) -> Difference:
    """What changed from one network to another; takes time in the size of the IR.

    The differences of the top entries add up to the difference of the totals, exactly.
    """
    one, other = unwrap(before.module), unwrap(after.module)
    comparison = _Comparison(one, other)
    body = comparison.bodies(one, other)
    facts = network_changes(before, after)
    body = Body(body.entries, (*facts, *body.changes))
    totals = (
        Totals(comparison.costs[one], depth(before.module)),
        Totals(comparison.costs[other], depth(after.module)),
    )
    forms = comparison.forms
    regrouped = body.is_empty and forms.named[one] != forms.named[other] and one.name == other.name
    return Difference(before, after, totals, body, regrouped)


class _Comparison:
    """Two networks being compared; each pair of modules is compared once."""

    __slots__ = ("_bodies", "_pieces", "costs", "forms")

    def __init__(self, one: Module, other: Module) -> None:
        self.forms = Forms(one, other)
        self.costs: dict[Module, Cost] = {}
        cost(one, self.costs)
        cost(other, self.costs)
        self._pieces: dict[Module, list[Piece]] = {}
        self._bodies: dict[tuple[Module, Module], Body] = {}

    def pieces(self, module: Module) -> list[Piece]:
        """The pieces of a module."""
        found = self._pieces.get(module)
        if found is None:
            found = self._pieces[module] = cut(module, self.forms, self.costs)
        return found

    def bodies(self, one: Module, other: Module) -> Body:
        """Two modules side by side."""
        key = (one, other)
        found = self._bodies.get(key)
        if found is None:
            found = self._bodies[key] = self._compare(one, other)
        return found

    def _compare(self, one: Module, other: Module) -> Body:
        mine, theirs = self.pieces(one), self.pieces(other)
        pairs = self._align(mine, theirs)
        matched = [(i, j) for i, j in pairs if i is not None and j is not None]
        left = Wires(one, mine, {i: k for k, (i, _) in enumerate(matched)})
        right = Wires(other, theirs, {j: k for k, (_, j) in enumerate(matched)})
        entries = []
        for i, j in pairs:
            if i is None:
                assert j is not None
                entries.append(Entry(ADDED, None, theirs[j]))
            elif j is None:
                entries.append(Entry(REMOVED, mine[i], None))
            else:
                entries.append(self._entry(left, i, right, j))
        entries = gather(entries)
        find_moves(entries)
        return Body(tuple(entries), ends_changes(left, right))

    def _align(self, mine: list[Piece], theirs: list[Piece]) -> list[Pair]:
        """Pairs of pieces, the same in either direction."""
        units, others = [p.unit for p in mine], [p.unit for p in theirs]
        keys = [(len(pieces), [p.text for p in pieces]) for pieces in (mine, theirs)]
        if keys[0] <= keys[1]:
            return align(units, others, Likeness(mine, theirs, self.forms))
        pairs = align(others, units, Likeness(theirs, mine, self.forms))
        return [(i, j) for j, i in pairs]

    def _entry(self, left: Wires, i: int, right: Wires, j: int) -> Entry:
        """Two partners: what differs in them, then in what they are made of."""
        one, other = left.pieces[i], right.pieces[j]
        changes = own_changes(left, i, right, j)
        inside = self._inside(one, other)
        reshaped = (one.in_types, one.out_types) != (other.in_types, other.out_types)
        held = [(p.cost.params, p.cost.buffers) for p in (one, other)]
        if held[0] != held[1] and not changes and not inside:
            changes = (input_change(one, other),)
        if changes or inside:
            return Entry(CHANGED, one, other, changes, inside)
        return Entry(RESHAPED if reshaped else SAME, one, other)

    def _inside(self, one: Piece, other: Piece) -> tuple[Inside, ...]:
        """Bodies that differ, each difference once."""
        found: list[Inside] = []
        if one.ops or other.ops:
            return ()
        pairs = pair_runs(one.runs, other.runs)
        for at, (mine, theirs) in pairs:
            if mine is theirs or self._equal(mine, theirs):
                continue
            body = self.bodies(unwrap(mine), unwrap(theirs))
            if body.changes or body.changed:
                found.append(Inside(at if len(pairs) > 1 else "", body))
        return tuple(found)

    def _equal(self, one: Module, other: Module) -> bool:
        """Whether two modules are the same, names and shapes included."""
        ports = [[port.type for port in module.inputs] for module in (one, other)]
        return self.forms.named[one] == self.forms.named[other] and ports[0] == ports[1]
