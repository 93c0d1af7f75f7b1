"""Many cases on several processes, and what they come to."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from tests.fuzz.forks import unpickle
from tests.fuzz.judge import FAILING, Result
from tests.fuzz.seeds import ROOT

LARGEST = 2000  # cases that a process takes at a time
PATIENCE = 10  # seconds of computing: what the largest text may take, 100,000 layers


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

    def replace(self, old: Result, results: list[Result]) -> None:
        """Counts what a case came to when it ran again instead of what it came to first."""
        self.kinds -= Counter({old.kind: 1})
        self.failures.remove(old)
        self.add(results)


def fuzz(
    seed: int,
    first: int,
    n: int,
    jobs: int = 1,
    form: str | None = None,
    command: str | None = None,
    told: Callable[[Summary], None] | None = None,
) -> Summary:
    """Runs the cases `first` to `first + n - 1`; `told` hears of each chunk.

    What took too long runs once more, with none of them beside it and `PATIENCE` seconds of
    computing: two processes that share a core's units compute at half the speed. One that hangs,
    hangs then too.
    """
    summary = Summary()
    begin = time.monotonic()
    last = first + n
    size = min(LARGEST, max(1, -(-n // (2 * jobs))))
    chunks = [(at, min(at + size, last)) for at in range(first, last, size)]
    with ThreadPoolExecutor(jobs) as pool:
        for results in pool.map(lambda c: run_chunk(seed, c[0], c[1], form, command), chunks):
            summary.add(results)
            summary.seconds = time.monotonic() - begin
            if told is not None:
                told(summary)
    for late in [r for r in summary.failures if r.kind == "hang"]:
        number = late.number
        summary.replace(late, run_chunk(seed, number, number + 1, form, command, PATIENCE))
    summary.seconds = time.monotonic() - begin
    return summary


def run_chunk(
    seed: int, first: int, last: int, form: str | None, command: str | None, seconds: int = 0
) -> list[Result]:
    """The results of a process of its own; fewer than asked for where it was killed."""
    own = {"FUZZ_SECONDS": str(seconds)} if seconds else {}
    words = [str(seed), str(first), str(last), form or "", command or ""]
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.worker", *words],
        cwd=ROOT,
        env={**os.environ, **own},
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    return unpickle(done.stdout)


def signature(result: Result) -> str:
    """What tells one failure from another: its class and its last line, without values."""
    lines = [line for line in result.said.strip().splitlines() if line.strip()]
    last = lines[-1] if lines else ""
    return result.kind + " " + re.sub(r"`[^`]*`|'[^']*'|\"[^\"]*\"|\d+", "_", last)[:100]
