"""Accelerators with the figures that their makers publish."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

LIST = "list"
"""The name that stands for all of them."""


class UnknownCard(Exception):
    """A name that is none of the table's; the text says what is near."""


class Card:
    """An accelerator: `flops` a second by dtype, `bandwidth` in bytes a second, `memory` in bytes.

    Peaks are those of dense products; `source` says where they are published, `also` other names.
    """

    __slots__ = ("also", "bandwidth", "flops", "memory", "name", "source")

    def __init__(
        self,
        name: str,
        also: tuple[str, ...],
        flops: dict[str, float],
        bandwidth: float,
        memory: float,
        source: str,
    ) -> None:
        self.name = name
        self.also = also
        self.flops = flops
        self.bandwidth = bandwidth
        self.memory = memory
        self.source = source


def cards() -> list[Card]:
    """All of the table, in its order."""
    import tomllib
    from importlib.resources import files

    text = (files("archdsl.bench") / "cards.toml").read_text(encoding="utf-8")
    return [
        Card(
            row["name"],
            tuple(row["also"]),
            {dtype: 1e12 * value for dtype, value in row["teraflops"].items()},
            1e9 * row["bandwidth"],
            1e9 * row["memory"],
            row["source"],
        )
        for row in tomllib.loads(text)["card"]
    ]


def find_card(name: str) -> Card:
    """The card of a name: letters and digits count, `nvidia h100-sxm` is `H100 SXM`.

    Raises UnknownCard.
    """
    from archdsl.elaborate.suggest import nearest

    table = cards()
    by_key = {key: card for card in reversed(table) for key in _keys(card)}
    wanted = _key(name)
    if wanted in by_key:
        return by_key[wanted]
    near = by_key.get(nearest(wanted, by_key))
    help = f"did you mean `{near.name}`?" if near else f"there are {_names(table)}"
    raise UnknownCard(f"no card {name!r} in the table: {help}")


def _keys(card: Card) -> list[str]:
    return [_key(name) for name in (card.name, *card.also)]


def _key(name: str) -> str:
    letters = "".join(c for c in name.lower() if c.isalnum())
    return letters.removeprefix("nvidia").removeprefix("amd")


def _names(table: Iterable[Card]) -> str:
    return ", ".join(card.name for card in table)
