"""The repetitions of a repeat as the source writes them: equal ones in one loop."""

from __future__ import annotations

from itertools import pairwise

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.backends.torch.plan import ClassPlan

SHORTEST = 3  # repetitions that are worth a formula


class Run:
    """Repetitions of one class: arguments and count as they are written.

    In a progression the arguments are formulas of `i`, the number of the repetition.
    """

    __slots__ = ("child", "count", "is_progression", "texts")

    def __init__(
        self, child: ClassPlan, texts: list[str | None], count: str, is_progression: bool = False
    ) -> None:
        self.child = child
        self.texts = texts
        self.count = count
        self.is_progression = is_progression


def read_runs(plan: ClassPlan, i: int) -> list[Run]:
    """The runs of node `i`: neighbours that are written alike make one, and so do single ones
    whose arguments grow evenly (a DenseNet's)."""
    runs: list[Run] = []
    texts, position = plan.texts[i], 0
    for child in plan.children[i]:
        end = position + len(child.params)
        run = Run(child, texts[position:end], texts[end] or "")
        position = end + 1
        if runs and (runs[-1].child, runs[-1].texts) == (run.child, run.texts):
            run.count = add_counts([runs.pop().count, run.count])
        runs.append(run)
    return _find_progressions(runs)


def add_counts(counts: list[str]) -> str:
    """The sum of counts that are literals, names or `name - 1`."""
    total = sum(int(c) for c in counts if c.isdigit())
    names = [c for c in counts if not c.isdigit()]
    if total and names and names[0].endswith(" - 1"):
        names[0] = names[0].removesuffix(" - 1")
        total -= 1
    return " + ".join([str(total)] * (total > 0 or not names) + names)


def _find_progressions(runs: list[Run]) -> list[Run]:
    out: list[Run] = []
    at = 0
    while at < len(runs):
        end = at + 2
        while end <= len(runs) and _steps(runs[at:end]) is not None:
            end += 1
        length = end - 1 - at
        steps = _steps(runs[at : at + length])
        if length < SHORTEST or steps is None:
            out.append(runs[at])
            at += 1
            continue
        texts = [
            text if step == 0 else f"{text} + {step} * i"
            for text, step in zip(runs[at].texts, steps, strict=True)
        ]
        out.append(Run(runs[at].child, list(texts), str(length), is_progression=True))
        at += length
    return out


def _steps(runs: list[Run]) -> list[int] | None:
    """By how much each argument grows from one run to the next; None where it does not evenly."""
    first = runs[0]
    if any(run.child is not first.child or run.count != "1" for run in runs):
        return None
    found = []
    for column in zip(*(run.texts for run in runs), strict=True):
        sums = [_read_sum(text or "") for text in column]
        steps = {b - a for (_, a), (_, b) in pairwise(sums)}
        if len(set(column)) == 1:
            found.append(0)
        elif len({base for base, _ in sums}) == 1 and len(steps) == 1 and min(steps) > 0:
            found.append(steps.pop())
        else:
            return None
    return found


def _read_sum(text: str) -> tuple[str, int]:
    """`in_channels + 32` as its name and its number; what is no such sum is a name as a whole."""
    name, _, number = text.rpartition(" + ")
    if number.isdigit():
        return name, int(number)
    return text, 0
