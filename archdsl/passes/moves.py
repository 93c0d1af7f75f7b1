"""How weights move with a rewrite: plain data, without torch, as large as the IR and no larger."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    Roles = tuple[tuple[str, str], ...]


class Move:
    """What becomes of some weights of a module, by paths relative to it; all others are kept.

    `sources` are (role, path) before the rewrite and `targets` after it; the `rule`, one of those
    in `archdsl.weights.rules`, makes these of those and back, with `options` as (name, value).
    `drop` and `rename` are rules for all below a path, and theirs are prefixes: `aux1.`.
    """

    __slots__ = ("options", "rule", "sources", "targets")

    def __init__(
        self,
        rule: str,
        sources: Roles,
        targets: Roles = (),
        options: tuple[tuple[str, object], ...] = (),
    ) -> None:
        self.rule = rule
        self.sources = sources
        self.targets = targets
        self.options = options

    @property
    def key(self) -> tuple[object, ...]:
        """All that it is, to compare it by."""
        return (self.rule, self.sources, self.targets, self.options)

    def below(self, prefix: str) -> Move:
        """The same move of a module that stands at this path (it ends with a dot)."""
        return Move(
            self.rule,
            tuple((role, prefix + path) for role, path in self.sources),
            tuple((role, prefix + path) for role, path in self.targets),
            self.options,
        )

    def __repr__(self) -> str:
        old, new = (", ".join(path for _, path in side) for side in (self.sources, self.targets))
        return f"<{self.rule}: {old} -> {new or 'nothing'}>"


class Moves:
    """The moves of one pass in a module: `inside` those of the modules that it uses, then its own.

    A row of `inside` is (name of the node, numbers of the repetitions or None for a call, their
    moves). Modules share theirs as they share layers, so a million repetitions take no more room
    than one; iteration writes them out. `number` is equal where all of it is equal.
    """

    __slots__ = ("inside", "number", "own")

    def __init__(
        self,
        own: tuple[Move, ...],
        inside: tuple[tuple[str, range | None, Moves], ...],
        number: int,
    ) -> None:
        self.own = own
        self.inside = inside
        self.number = number

    def __bool__(self) -> bool:
        return self.number != 0

    def __iter__(self) -> Iterator[Move]:
        """Every move with whole paths, in the order in which they are made."""
        for name, numbers, moves in self.inside:
            for tail in ("",) if numbers is None else tuple(f".{k}" for k in numbers):
                for move in moves:
                    yield move.below(f"{name}{tail}.")
        yield from self.own


class Numbering:
    """Makes `Moves`, equal ones with equal numbers; 0 is that of no move at all."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[object, int] = {}

    def make(self, own: list[Move], inside: list[tuple[str, range | None, Moves]]) -> Moves:
        """The moves of a module; of `inside` only what moves."""
        real = tuple(row for row in inside if row[2])
        key = (
            tuple(move.key for move in own),
            tuple((name, numbers, moves.number) for name, numbers, moves in real),
        )
        number = self._known.setdefault(key, len(self._known) + 1) if any(key) else 0
        return Moves(tuple(own), real, number)
