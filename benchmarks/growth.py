"""Tables of how costs grow: stages over sizes, peers over sizes, forms of a text, hard texts."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from hard import HARD, fill
from measure import growth_exponent, measure_run
from page import row, table, times

SIZES = (10, 100, 1_000, 10_000, 100_000)
MOST_OF_PEERS = {"torchinfo": 1_000, "torchview": 1_000, "fvcore": 100, "torch.export": 100}
STAGES = ("parse", "check", "count", "emit", "draw", "report", "fmt", "lint", "yaml")
REFUSED = 3

Measure = Callable[[str, str], float | None]
"""CPU milliseconds of a stage on a source of `stages.py`; None where the stage refuses it."""


def stages_table(measure: Measure, form: str, sizes: Sequence[int]) -> str:
    """Stages over sizes, in process, with the exponent of growth from 1,000 on."""
    lines = []
    found: dict[str, list[tuple[int, float]]] = {stage: [] for stage in STAGES}
    for size in sizes:
        cells = []
        for stage in STAGES:
            if refused_before(found[stage], size, sizes):
                cells.append("refused")
                continue
            ms = measure(stage, f"{form}:{size}")
            if ms is not None:
                found[stage].append((size, ms))
            cells.append("refused" if ms is None else f"{ms:.3g}")
        lines.append(row(f"{size:,}", *cells))
    lines.append(row("exponent", *(exponent(found[stage]) for stage in STAGES)))
    return table((f"{form}, in process, CPU ms", *STAGES), lines)


def refused_before(found: list[tuple[int, float]], size: int, sizes: Sequence[int]) -> bool:
    """Whether a smaller network was refused already."""
    return len(found) < list(sizes).index(size)


def exponent(found: list[tuple[int, float]]) -> str:
    """Growth from 1,000 on: 1 is linear."""
    large = [pair for pair in found if pair[0] >= 1_000]
    if len(large) < 2:
        return ""
    return f"{growth_exponent([n for n, _ in large], [ms for _, ms in large]):.2f}"


def chain_table(
    check: Callable[[Path], list[str]],
    peer: Callable[[str, str], list[str] | None],
    folder: Path,
    full: bool,
) -> str:
    """Whole processes on a chain of convolutions, a line for each, and peers as far as they go."""
    lines = []
    costs = []
    for size in SIZES:
        file = folder / "chain.arch"
        file.write_text("input 8x32x32\n" + "conv3-8\n" * size, encoding="utf-8")
        cpu, peak = measure_run(check(file))
        costs.append(cpu)
        cells = []
        for name, most in MOST_OF_PEERS.items():
            command = peer(name, f"chain:{size}") if size <= most * (10 if full else 1) else None
            cells.append("-" if command is None else against(measure_run(command), cpu, peak))
        lines.append(row(f"{size:,}", f"{cpu:.3f} s, {peak:.0f} MiB", *cells))
    lines.append(
        row("exponent from 1,000", f"{growth_exponent(SIZES[2:], costs[2:]):.2f}", *"....")
    )
    heads = ("chain, whole process: CPU and peak", "archdsl", *MOST_OF_PEERS)
    return table(heads, lines).replace(" . ", "  ")


def against(theirs: tuple[float, float], cpu: float, peak: float) -> str:
    """A peer's cost and how many times ours it is."""
    return (
        f"{theirs[0]:.2f} s ({times(theirs[0] / cpu)}),"
        f" {theirs[1]:.0f} MiB ({times(theirs[1] / peak)})"
    )


def hard_table(check: Callable[[Path], list[str]], folder: Path) -> str:
    """The texts of `hard.py`, each a megabyte long: whole processes, the worst first."""
    found = []
    for name, make in HARD.items():
        file = folder / "hard.arch"
        text = fill(make)
        file.write_text(text, encoding="utf-8")
        cpu, peak = measure_run(check(file), (0, 1))
        found.append((cpu, peak, name, len(text)))
    lines = [
        row(name, f"{size / 1024:.0f}", f"{cpu:.2f}", f"{peak:.0f}")
        for cpu, peak, name, size in sorted(found, reverse=True)
    ]
    return table(("hard texts, whole process", "KiB", "CPU s", "peak MiB"), lines)


def ask_stage(python: str, script: Path, seconds: float) -> Measure:
    """Runs `stages.py` under a Python."""

    def measure(stage: str, source: str) -> float | None:
        import json

        command = [python, str(script), stage, source, str(seconds)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode == REFUSED:
            return None
        if done.returncode:
            raise subprocess.CalledProcessError(done.returncode, command, stderr=done.stderr)
        return float(json.loads(done.stdout)["least"])

    return measure
