"""Times of functions that run in turns, so that all share the machine's noise. Needs torch."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Run = Callable[[], object]

SHORTEST = 0.01  # seconds of a block, so that the clock's own cost is not seen
MOST_CALLS = 1000  # in a block


class Times:
    """Seconds of one call, a number for each round."""

    __slots__ = ("rounds",)

    def __init__(self, rounds: Sequence[float]) -> None:
        self.rounds = tuple(rounds)

    @property
    def median(self) -> float:
        """The middle one."""
        return quantile(self.rounds, 0.5)

    @property
    def spread(self) -> float:
        """The distance of the quartiles as a share of the median."""
        return (quantile(self.rounds, 0.75) - quantile(self.rounds, 0.25)) / self.median

    def ratio_of(self, other: Times) -> Times:
        """How many times as long `other` took, round by round: above 1 this one is faster."""
        return Times([b / a for a, b in zip(self.rounds, other.rounds, strict=True)])


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which that share of the values lies, between two of them in proportion."""
    ordered = sorted(values)
    at = share * (len(ordered) - 1)
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (at - low) * (ordered[high] - ordered[low])


def take_turns(runs: Mapping[str, Run], seconds: float = 1.0, rounds: int = 5) -> dict[str, Times]:
    """Times of each function: at least so many rounds, and so many seconds for each function.

    In every round each function runs as often as fills a hundredth of a second, the order turning
    from round to round. Two calls of each come first and do not count.
    """
    from time import perf_counter

    calls = {name: _calls(run) for name, run in runs.items()}
    taken: dict[str, list[float]] = {name: [] for name in runs}
    names = list(runs)
    end = perf_counter() + seconds * len(names)
    turn = 0
    while turn < rounds or perf_counter() < end:
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            taken[name].append(_time(runs[name], calls[name]))
        turn += 1
    return {name: Times(values) for name, values in taken.items()}


def _calls(run: Run) -> int:
    """How many calls make a block; they warm up caches, allocators and compilers."""
    _time(run, 1)
    return max(1, min(MOST_CALLS, round(SHORTEST / max(_time(run, 1), 1e-9))))


def _time(run: Run, calls: int) -> float:
    """Seconds of one call, by a clock that waits for what an accelerator still has to do."""
    from torch.utils.benchmark import timer

    begin = timer()
    for _ in range(calls):
        run()
    return (timer() - begin) / calls
