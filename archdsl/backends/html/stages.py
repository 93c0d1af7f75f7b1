"""Stages of a network's body: plain layers up to a label or to a pool, folded together."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.backends.html.items import Data

LONGEST = 44
"""Characters of a stage's title."""

MOST = 150
"""Things that a body may show at first; a longer one is cut into parts of equal length."""

PARTS = 100


def group_stages(modules: list[Data]) -> list[Data]:
    """The stages of the last module: the first item, one behind the last, name and title.

    Blocks and repeats of blocks stand for themselves; what follows the last stage is none.
    Where that leaves more than anyone could see at once, all is cut into parts instead.
    """
    items: list[Data] = modules[-1]["items"]
    found = _stages(items, modules)
    shown = len(items) - sum(stage["end"] - stage["first"] - 1 for stage in found)
    return found if shown <= MOST else _parts(items, modules)


def _parts(items: list[Data], modules: list[Data]) -> list[Data]:
    """About a hundred parts of equal length."""
    length = -(-len(items) // PARTS)
    found = []
    for first in range(0, len(items), length):
        end = min(first + length, len(items))
        title = _title(items[first:end], modules)
        name = f"{first + 1:,}–{end:,} of {len(items):,}"
        found.append({"first": first, "end": end, "name": name, "title": title})
    return found


def _stages(items: list[Data], modules: list[Data]) -> list[Data]:
    found: list[Data] = []
    start = 0
    for at, item in enumerate(items):
        step = bare_step(item, modules)
        if at > start and not _follows(item, items[at - 1]):
            start = at
        if step is None:
            start = at + 1
        elif "label" in item or step["role"] == "pool":
            if at > start:
                inside = items[start : at + 1]
                name = item.get("label") or f"stage {len(found) + 1}"
                title = _title(inside, modules)
                found.append({"first": start, "end": at + 1, "name": name, "title": title})
            start = at + 1
    return found


def bare_step(item: Data, modules: list[Data]) -> Data | None:
    """The step that an item is, or that a repeat repeats; None for all else."""
    if item["type"] == "step":
        return item
    if item["type"] == "call":
        return None
    inside = [modules[m]["items"] for m, *_ in item["runs"]]
    bare = all(len(items) == 1 and items[0]["type"] == "step" for items in inside)
    return inside[0][0] if bare else None


def _follows(item: Data, before: Data) -> bool:
    """Whether an item goes on from the one before it, and exists where that does."""
    together = item.get("training") == before.get("training")
    return together and any(source == before["i"] for source, _ in item["in"])


def _title(items: list[Data], modules: list[Data]) -> str:
    """`conv3-64 ×2, maxpool`."""
    runs: list[tuple[str, int]] = []
    for item in items:
        step = bare_step(item, modules) or item
        times = sum(n for _, n, *_ in item.get("runs", [[0, 1]]))
        word = step["title"]
        if runs and runs[-1][0] == word:
            word, before = runs.pop()
            times += before
        runs.append((word, times))
    text = ", ".join(word if n == 1 else f"{word} ×{n:,}" for word, n in runs)
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip(", ") + "…"
