"""Markdown of the measurements: tables, ratios, verdicts, and their place in a document."""

from __future__ import annotations

import math
import os
import platform
from collections.abc import Sequence
from pathlib import Path

FRONT_END = "front end"
BEGIN, END = f"<!-- {FRONT_END}: begin -->\n", f"<!-- {FRONT_END}: end -->\n"


def describe_machine() -> str:
    """Versions and cores, without which no second means anything, and how busy they were."""
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return (
        f"Python {platform.python_version()} on {platform.system()} {platform.machine()},"
        f" {os.cpu_count()} shared cores{load}. CPU time of user and system; medians, and the"
        " least of several where it is said. Trust the ratios, not the seconds.\n"
    )


def write_section(file: Path, text: str, name: str = FRONT_END) -> None:
    """Replaces what stands between a section's markers in a document, or adds it at the end."""
    begin, end = BEGIN.replace(FRONT_END, name), END.replace(FRONT_END, name)
    old = file.read_text(encoding="utf-8") if file.exists() else "# Performance\n\n"
    head, _, rest = old.partition(begin)
    _, _, tail = rest.partition(end)
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"{head.rstrip()}\n\n{begin}{text}{end}{tail}", encoding="utf-8")


def table(heads: Sequence[str], lines: Sequence[str]) -> str:
    """A Markdown table."""
    return "\n".join([row(*heads), row(*["---" for _ in heads]), *lines]) + "\n"


def row(*cells: str) -> str:
    """A row of a Markdown table."""
    return "| " + " | ".join(cells) + " |"


def times(ratio: float) -> str:
    """A ratio with two digits that count: `4.6×`, `151×`."""
    return f"{ratio:.1f}×" if ratio < 10 else f"{ratio:.0f}×"


def judge(what: str, value: float, least: float = 0.0, most: float = math.inf) -> tuple[str, bool]:
    """A line that sets a value beside its target, and whether it is met."""
    met = least <= value <= most
    target = f"at least {least:g}" if least else f"at most {most:g}"
    return f"{what}: {value:.2f} (target: {target}; {'met' if met else 'MISSED'})", met
