"""CPU time, wall time and peak memory of processes, taken in turns so that all share the noise."""

from __future__ import annotations

import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple


class Cost(NamedTuple):
    """Of a process: CPU seconds (user and system), wall seconds, and the least CPU of several."""

    cpu: float
    wall: float
    least: float = 0.0


class ProcessFailed(Exception):
    """A measured process did not end with 0; carries its exit code."""

    def __init__(self, command: Sequence[str], code: int) -> None:
        super().__init__(f"{' '.join(command)} ended with {code}")
        self.code = code


def run_process(command: Sequence[str]) -> Cost:
    """Runs a program to its end, its stdout thrown away; raises ProcessFailed."""
    quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    begin = time.perf_counter()
    pid = os.posix_spawn(command[0], list(command), os.environ, file_actions=quiet)
    _, status, usage = os.wait4(pid, 0)
    wall = time.perf_counter() - begin
    code = os.waitstatus_to_exitcode(status)
    if code != 0:
        raise ProcessFailed(command, code)
    cpu = usage.ru_utime + usage.ru_stime
    return Cost(cpu, wall, cpu)


# Linux counts the memory of the process that starts a program to the program's own peak, so
# the one that starts it here is a Python with nothing loaded.
LAUNCHER = """
import os, sys
quiet = [(os.POSIX_SPAWN_OPEN, n, os.devnull, os.O_WRONLY, 0) for n in (1, 2)]
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=quiet)
_, status, usage = os.wait4(pid, 0)
print(os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime, usage.ru_maxrss)
"""


def measure_run(command: Sequence[str], codes: tuple[int, ...] = (0,)) -> tuple[float, float]:
    """CPU seconds and peak resident MiB of one run; ProcessFailed unless it ends with a code."""
    launch = [sys.executable, "-I", "-S", "-c", LAUNCHER, *command]
    done = subprocess.run(launch, check=True, stdout=subprocess.PIPE, text=True)
    code, cpu, peak = done.stdout.split()
    if int(code) not in codes:
        raise ProcessFailed(command, int(code))
    unit = 2**20 if sys.platform == "darwin" else 2**10  # of ru_maxrss: bytes there, KiB here
    return float(cpu), int(peak) / unit


def measure_peak(command: Sequence[str]) -> float:
    """Peak resident memory of a program, in MiB."""
    return measure_run(command)[1]


def take_turns(commands: Mapping[str, Sequence[str]], rounds: int) -> dict[str, Cost]:
    """Median cost of each command over `rounds` rounds in which each runs once."""
    costs: dict[str, list[Cost]] = {name: [] for name in commands}
    for command in commands.values():
        run_process(command)  # fills caches: of bytecode, of files
    for _ in range(rounds):
        for name, command in commands.items():
            costs[name].append(run_process(command))
    return {
        name: Cost(
            statistics.median(run.cpu for run in runs),
            statistics.median(run.wall for run in runs),
            min(run.cpu for run in runs),
        )
        for name, runs in costs.items()
    }


def time_calls(
    call: Callable[[], object], seconds: float = 1.0, least: int = 5
) -> tuple[float, float]:
    """Median and least CPU seconds of a call, over calls that fill `seconds`; not of the first."""
    call()
    taken: list[float] = []
    end = time.perf_counter() + seconds
    while len(taken) < least or time.perf_counter() < end:
        begin = time.process_time()
        call()
        taken.append(time.process_time() - begin)
    return statistics.median(taken), min(taken)


def growth_exponent(sizes: Sequence[int], costs: Sequence[float]) -> float:
    """Slope of log cost over log size by least squares: 1 is linear, 2 quadratic."""
    x = [math.log(size) for size in sizes]
    y = [math.log(cost) for cost in costs]
    return statistics.linear_regression(x, y).slope
