"""The tree that the dotted keys of a checkpoint make, and what their numbers say about order."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.weights.layers import Layer

# `3a` of `inception3a` counts as a number too; a kernel's `3x3` has no order.
_NUMBER = re.compile(r"([0-9]+)((?:[a-z](?![A-Za-z]))?)(?!x[0-9])")
MAX_DEPTH = 64


class Tree:
    """A layer, or the parts of a module in the order of the file; `size` counts layers."""

    __slots__ = ("layer", "parts", "place", "size")

    def __init__(self, place: int) -> None:
        self.place = place  # index of its first layer in the file
        self.layer: Layer | None = None
        self.parts: dict[str, Tree] = {}
        self.size = 0

    def chains(self) -> list[list[Tree]]:
        """Parts whose names differ by numbers only, by number; nothing is known of the rest."""
        found: dict[str, list[tuple[tuple[tuple[int, str], ...], int]]] = {}
        parts = list(self.parts.items())
        for i, (name, _) in enumerate(parts):
            numbers = tuple((int(n[:9]), letter) for n, letter in _NUMBER.findall(name))
            found.setdefault(_NUMBER.sub("#", name), []).append((numbers, i))
        return [[parts[i][1] for _, i in sorted(chain)] for chain in found.values()]


def plant(layers: list[Layer]) -> Tree:
    """The tree of some layers, which stand in the order of the file."""
    root = Tree(0)
    for place, layer in enumerate(layers):
        node = root
        node.size += 1
        for part in layer.path[:MAX_DEPTH]:
            node = node.parts.setdefault(part, Tree(place))
            node.size += 1
        # A module may have a tensor of its own beside its parts.
        leaf = node.parts.setdefault("\0" + layer.name, Tree(place))
        leaf.size = 1
        leaf.layer = layer
    return root
