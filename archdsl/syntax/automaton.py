"""The LALR automaton as the driver runs it: a row for each state, and what each rule makes."""

from __future__ import annotations

from archdsl.syntax._tables import ROWS, RULES
from archdsl.syntax.build import Builder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Reduce = Callable[[Builder, list[object]], object]


class States(dict[int, dict[str, int]]):
    """The rows of the parse table by state, each unpacked when it is first met."""

    def __missing__(self, state: int) -> dict[str, int]:
        """A row: what each symbol does in this state."""
        row = self[state] = dict(zip(*ROWS[state], strict=True))
        return row


STATES = States()
REDUCTIONS: list[tuple[str, int, Reduce | None]] = [
    (symbol, length, getattr(Builder, name) if name else None) for symbol, length, name in RULES
]
"""By rule: the symbol that it makes, of how many, and how. One without a `how` renames a symbol."""
RENAMED: dict[tuple[int, int, str], int] = {}


def rename_top(states: list[int], kind: str) -> int:
    """The state on top after all reductions before a terminal that only rename the last symbol.

    An operand passes a dozen of them, from `atom` to `expr`; the way is remembered.
    """
    key = (states[-2], states[-1], kind)
    top = RENAMED.get(key)
    if top is None:
        below, top, _ = key
        action = STATES[top].get(kind, 0)
        while action < 0 and REDUCTIONS[~action][2] is None:
            top = STATES[below][REDUCTIONS[~action][0]]
            action = STATES[top].get(kind, 0)
        RENAMED[key] = top
    return top
