"""Stages of a network's body: plain layers up to a label or to a pool, folded together."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.backends.html.items import Data

LONGEST = 44
"""Characters of a stage's title."""


def group_stages(modules: list[Data]) -> list[Data]:
    """The stages of the last module: the first item, one behind the last, name and title.

    Blocks and repeats of blocks stand for themselves; what follows the last stage is none.
    """
    items: list[Data] = modules[-1]["items"]
    found: list[Data] = []
    start = 0
    for at, item in enumerate(items):
        step = bare_step(item, modules)
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
