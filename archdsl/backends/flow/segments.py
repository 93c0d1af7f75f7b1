"""Where a graph narrows to one tensor, and the branches between two such places."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from archdsl.backends.flow.flatten import Flat


class Segment:
    """Steps between two narrow places: they read `source` only, and the last one is read only.

    `branches` are the ways from the source to the last step, each closed in itself and in the
    order in which that step takes them, `[]` for a direct one; None where they are entangled.
    """

    __slots__ = ("branches", "sink", "source", "steps")

    def __init__(self, source: int, steps: list[int], branches: list[list[int]] | None) -> None:
        self.source = source
        self.steps = steps
        self.sink = steps[-1]
        self.branches = branches


def cut(flats: list[Flat], steps: list[int], source: int) -> Iterator[Segment]:
    """Cuts steps, in order, wherever all later ones depend on no more than one of them."""
    inside = set(steps)
    last_use: dict[int, int] = {}
    for position, step in enumerate(steps):
        for before in flats[step].inputs:
            last_use[before if before in inside else source] = position
    reach = last_use.get(source, 0)
    start, entry = 0, source
    for position, step in enumerate(steps):
        if reach <= position:  # nothing from before is read behind this step
            inner = steps[start : position + 1]
            yield Segment(entry, inner, _branches(flats, inner, entry))
            start, entry = position + 1, step
        reach = max(reach, last_use.get(step, 0))


def _branches(flats: list[Flat], steps: list[int], source: int) -> list[list[int]] | None:
    """The ways from the source into the last step; None where they are not apart."""
    if len(steps) == 1:
        return [[]]
    root = {step: step for step in steps[:-1]}

    def find(step: int) -> int:
        while root[step] != step:
            root[step] = root[root[step]]
            step = root[step]
        return step

    for step in steps[:-1]:
        for before in flats[step].inputs:
            if before in root:
                root[find(step)] = find(before)
    groups: dict[int, list[int]] = {}
    for step in steps[:-1]:
        groups.setdefault(find(step), []).append(step)
    out: list[list[int]] = []
    for before in flats[steps[-1]].inputs:
        branch = groups.pop(find(before), None) if before in root else []
        if branch is None or (branch and branch[-1] != before):
            return None  # a branch gives two tensors, or goes on behind the one that is read
        out.append(branch)
    return None if groups else out
