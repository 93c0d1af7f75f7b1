"""Which network of one file is compared with which of another."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.ir.model import Design, Network


class Pairing:
    """Networks to compare, and the names that only one of two files has."""

    __slots__ = ("added", "pairs", "removed")

    def __init__(
        self, pairs: list[tuple[Network, Network]], removed: list[str], added: list[str]
    ) -> None:
        self.pairs = pairs
        self.removed = removed
        self.added = added


def pair_networks(before: Design, after: Design) -> Pairing:
    """Networks of equal names; where each file has one, these, whatever their names are."""
    mine = {n.name: n for n in before.networks}
    theirs = {n.name: n for n in after.networks}
    if len(mine) == len(theirs) == 1:
        return Pairing([(before.networks[0], after.networks[0])], [], [])
    pairs = [(network, theirs[name]) for name, network in mine.items() if name in theirs]
    removed = [name for name in mine if name not in theirs]
    return Pairing(pairs, removed, [name for name in theirs if name not in mine])
