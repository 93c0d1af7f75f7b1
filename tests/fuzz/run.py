"""Many cases on several processes, and what they come to."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from tests.fuzz.cases import make_case
from tests.fuzz.forks import run_cases
from tests.fuzz.judge import FAILING, Result

CHUNK = 100  # cases that a process takes at a time


class Summary:
    """Counts of each class, the failures, and how long it took."""

    __slots__ = ("failures", "kinds", "seconds", "slowest")

    def __init__(self) -> None:
        self.kinds: Counter[str] = Counter()
        self.failures: list[Result] = []
        self.slowest = 0.0
        self.seconds = 0.0

    @property
    def cases(self) -> int:
        """How many ran."""
        return sum(self.kinds.values())

    @property
    def rate(self) -> float:
        """Cases a minute, by the clock."""
        return 60 * self.cases / max(self.seconds, 1e-9)

    def add(self, results: list[Result]) -> None:
        """Counts what a chunk came to."""
        for result in results:
            self.kinds[result.kind] += 1
            self.slowest = max(self.slowest, result.seconds)
            if result.kind in FAILING:
                self.failures.append(result)


def fuzz(
    seed: int,
    first: int,
    n: int,
    jobs: int = 1,
    form: str | None = None,
    command: str | None = None,
    told: Callable[[Summary], None] | None = None,
) -> Summary:
    """Runs the cases `first` to `first + n - 1`; `told` hears of each chunk."""
    summary = Summary()
    begin = time.monotonic()
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=warm_up) as pool:
        work = [
            pool.submit(run_cases, seed, list(range(at, min(at + CHUNK, first + n))), form, command)
            for at in range(first, first + n, CHUNK)
        ]
        for done in work:
            summary.add(done.result())
            summary.seconds = time.monotonic() - begin
            if told is not None:
                told(summary)
    return summary


def warm_up() -> None:
    """Imports what the commands import, once, before the forks."""
    from importlib import import_module

    from archdsl.cli.arguments import COMMANDS

    for name in COMMANDS:
        import_module(f"archdsl.cli.{name}")
    make_case(0, 0)
    for number in range(40):  # what is imported inside functions
        run_quietly(number)


def run_quietly(number: int) -> None:
    """An unmutated seed through every command, for its imports alone."""
    from tests.fuzz.cases import COMMANDS as WORDS
    from tests.fuzz.forks import run_case

    case = make_case(0, number)
    case.text = b"input 3x32x32\nconv3-8\ngap, FC-10\n"
    case.path = "warm.arch"
    names = list(WORDS)
    case.command = names[number % len(names)]
    case.words = [w.replace("{file}", case.path) for w in WORDS[case.command][1]]
    run_case(case)


def signature(result: Result) -> str:
    """What tells one failure from another: its class and its last line, without values."""
    lines = [line for line in result.said.strip().splitlines() if line.strip()]
    last = lines[-1] if lines else ""
    return result.kind + " " + re.sub(r"`[^`]*`|'[^']*'|\"[^\"]*\"|\d+", "_", last)[:100]
