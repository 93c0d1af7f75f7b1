"""A difference as plain values: entries of two aligned networks, and what changed in each."""

from __future__ import annotations

from archdsl.analysis.cost import Cost

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.analysis.diff.pieces import Piece
    from archdsl.ir.model import Network

SAME, RESHAPED, CHANGED, ADDED, REMOVED = "same", "reshaped", "changed", "added", "removed"
"""States of an entry. A reshaped one is the same layer with the same weights on another shape."""


class Change:
    """One thing that differs: `kernel` was "3" and is "5". An empty text: it is not there."""

    __slots__ = ("after", "before", "what")

    def __init__(self, what: str, before: str, after: str) -> None:
        self.what = what
        self.before = before
        self.after = after

    def __repr__(self) -> str:
        return f"Change({self.what!r}, {self.before!r}, {self.after!r})"


class Inside:
    """What differs in the bodies of two blocks or repeats, for one repetition.

    `at` says which repetitions: "" for all of them, else as in `first`, `others`.
    """

    __slots__ = ("at", "body")

    def __init__(self, at: str, body: Body) -> None:
        self.at = at
        self.body = body


class Entry:
    """A piece of one network beside its partner in the other; one of them may be None.

    `params`, `macs` and the rest of `delta` are what the second has more than the first, all
    repetitions together. `moved` marks a removed piece that was added elsewhere, and that one.
    """

    __slots__ = ("after", "before", "changes", "inside", "moved", "state")

    def __init__(
        self,
        state: str,
        before: Piece | None,
        after: Piece | None,
        changes: tuple[Change, ...] = (),
        inside: tuple[Inside, ...] = (),
    ) -> None:
        self.state = state
        self.before = before
        self.after = after
        self.changes = changes
        self.inside = inside
        self.moved: Piece | None = None  # where it went, or where it came from

    @property
    def piece(self) -> Piece:
        """The one that there is; the second's where there are both."""
        piece = self.after or self.before
        assert piece is not None
        return piece

    @property
    def delta(self) -> Cost:
        """What it costs more in the second network."""
        return subtract(
            self.after.cost if self.after else Cost(), self.before.cost if self.before else Cost()
        )


class Body:
    """Two modules side by side: their entries in order, and changes of what goes in and out."""

    __slots__ = ("changes", "entries")

    def __init__(self, entries: tuple[Entry, ...], changes: tuple[Change, ...] = ()) -> None:
        self.entries = entries
        self.changes = changes

    @property
    def is_empty(self) -> bool:
        """Whether nothing differs, shapes included."""
        return not self.changes and all(entry.state == SAME for entry in self.entries)

    @property
    def changed(self) -> list[Entry]:
        """Entries that differ in more than their shapes."""
        return [e for e in self.entries if e.state not in (SAME, RESHAPED)]


class Totals:
    """Exact totals of one network."""

    __slots__ = ("cost", "depth")

    def __init__(self, cost: Cost, depth: int) -> None:
        self.cost = cost
        self.depth = depth


class Difference:
    """All that changed from `before` to `after`; `regrouped`: written otherwise, and the same."""

    __slots__ = ("after", "before", "body", "regrouped", "totals")

    def __init__(
        self,
        before: Network,
        after: Network,
        totals: tuple[Totals, Totals],
        body: Body,
        regrouped: bool = False,
    ) -> None:
        self.before = before
        self.after = after
        self.totals = totals
        self.body = body
        self.regrouped = regrouped

    @property
    def is_empty(self) -> bool:
        """Whether the networks compute the same with the same weights."""
        return self.body.is_empty

    @property
    def delta(self) -> Cost:
        """What the second costs more."""
        return subtract(self.totals[1].cost, self.totals[0].cost)


def subtract(one: Cost, other: Cost) -> Cost:
    """One cost less another, field by field."""
    return Cost(**{name: getattr(one, name) - getattr(other, name) for name in Cost.__slots__})
