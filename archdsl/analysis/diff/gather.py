"""Entries gathered: equal pieces in a row become a number, what went elsewhere is a move."""

from __future__ import annotations

from archdsl.analysis.diff.model import ADDED, CHANGED, REMOVED, Change, Entry
from archdsl.analysis.diff.pieces import follows, merge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.analysis.diff.pieces import Piece

PLAIN = frozenset(("channels in", "features in", "input", "repetitions"))
"""Changes that the pieces of a row may have and still be the same thing, more or less often."""


def gather(entries: list[Entry]) -> list[Entry]:
    """Rows of equal pieces, some of them without partner, as one entry: `×3 → ×4`."""
    out: list[Entry] = []
    row: list[Entry] = []
    for entry in entries:
        if row and not _joins(entry, row):
            out += _as_one(row)
            row = []
        row.append(entry)
    return out + _as_one(row)


def find_moves(entries: list[Entry]) -> None:
    """Marks what was taken out at one place and put in at another."""
    added: dict[tuple[int, int], list[Entry]] = {}
    for entry in entries:
        if entry.state == ADDED and entry.after:
            added.setdefault((entry.after.unit, entry.after.count), []).append(entry)
    for entry in entries:
        if entry.state == REMOVED and entry.before:
            waiting = added.get((entry.before.unit, entry.before.count))
            if waiting:
                other = waiting.pop(0)
                entry.moved, other.moved = other.after, entry.before


def _joins(entry: Entry, row: list[Entry]) -> bool:
    """Whether an entry goes on with a row: the same thing, on what the row gives."""
    if entry.piece.unit != row[-1].piece.unit or not (_is_plain(entry) and _is_plain(row[-1])):
        return False
    sides = (([e.before for e in row], entry.before), ([e.after for e in row], entry.after))
    for before, piece in sides:
        last = next((p for p in reversed(before) if p), None)
        if last and piece and (last.label or not follows(piece, last)):
            return False
    return True


def _is_plain(entry: Entry) -> bool:
    pieces = [p for p in (entry.before, entry.after) if p]
    plain = all(c.what in PLAIN for c in entry.changes) and not entry.inside
    return plain and not any(p.tied for p in pieces) and len({p.unit for p in pieces}) == 1


def _as_one(row: list[Entry]) -> list[Entry]:
    before = [e.before for e in row if e.before]
    after = [e.after for e in row if e.after]
    if len(row) < 2 or len(before) == len(after) == len(row):
        return row
    one, other = _whole(before), _whole(after)
    if one is None or other is None:
        return [Entry(row[0].state, one, other)]
    counts = one.count, other.count
    if counts[0] == counts[1]:
        return row
    change = Change("repetitions", *(f"×{n:,}" for n in counts))
    return [Entry(CHANGED, one, other, (change,))]


def _whole(pieces: list[Piece]) -> Piece | None:
    return merge(pieces) if pieces else None
