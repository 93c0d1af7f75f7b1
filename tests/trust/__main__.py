"""`python -m tests.trust`: everything that holds the compiler to its promise, in one table."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.trust.parts import PARTS, Part

ROOT = Path(__file__).resolve().parents[2]
LEAST = {"times": 4_000, "mutated": 100, "networks": 10, "negative": 10, "faults": 1, "kills": 12}


class Row:
    """A line of the table."""

    __slots__ = ("good", "got", "name", "said", "seconds", "wanted")

    def __init__(
        self, name: str, wanted: str, got: str, good: bool, seconds: float, said: str
    ) -> None:
        self.name = name
        self.wanted = wanted
        self.got = got
        self.good = good
        self.seconds = seconds
        self.said = said


def main(argv: list[str] | None = None) -> int:
    """Exit 1 where any part fails."""
    options = read_options(argv)
    chosen = [p for p in PARTS if not options.only or p.name in options.only]
    if options.scale < 1 and not options.only:  # a part of the tests takes a part of the branches
        chosen = [p for p in chosen if p.name != "coverage"]
    rows = [run(part, options) for part in chosen if part.alone]
    with ThreadPoolExecutor(options.jobs) as pool:
        rows += pool.map(lambda part: run(part, options), [p for p in chosen if not p.alone])
    print_table(rows)
    return int(not rows or any(not row.good for row in rows))


def read_options(argv: list[str] | None) -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m tests.trust", description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="a share of every size (1)")
    names = [part.name for part in PARTS]
    parser.add_argument("--only", action="append", choices=names, help="this part (again: more)")
    parser.add_argument("--jobs", type=int, default=2, help="parts at a time (2)")
    for part in PARTS:
        if part.name in LEAST:
            parser.add_argument(f"--{part.name}", type=int, metavar="N", help=f"({part.size:,})")
    return parser.parse_args(argv)


def size_of(part: Part, options: argparse.Namespace) -> int:
    """How much of a part runs: its own option, or its share."""
    own = getattr(options, part.name, None)
    if own is not None:
        return int(own)
    return max(LEAST.get(part.name, 1), round(part.size * options.scale))


def run(part: Part, options: argparse.Namespace) -> Row:
    """One part, in a process of its own."""
    n = size_of(part, options)
    wanted = part.wanted.format(n=f"{n:,}")
    print(f"{part.name}: {wanted} …", flush=True)
    begin = time.monotonic()
    done = subprocess.run(
        part.command(n),
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1", **part.environment(n)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    got, good = part.read(done.stdout, done.returncode, n)
    row = Row(part.name, wanted, got, good, time.monotonic() - begin, done.stdout)
    print(f"{part.name}: {'passed' if good else 'FAILED'}: {got}", flush=True)
    if not good:
        log = ROOT / "build" / "trust" / f"{part.name}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(done.stdout, encoding="utf-8")
        print(f"all of it is in {log}\n{done.stdout[-4000:]}", flush=True)
    return row


def print_table(rows: list[Row]) -> None:
    """Part, wanted, got, whether it passes, seconds."""
    lines = [("part", "wanted", "got", "", "s")]
    for row in rows:
        verdict = "pass" if row.good else "FAIL"
        lines.append((row.name, row.wanted, row.got, verdict, f"{row.seconds:.0f}"))
    widths = [max(len(line[i]) for line in lines) for i in range(5)]
    for line in lines:
        print(
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        )
    failed = sum(not row.good for row in rows)
    print(f"{len(rows) - failed} of {len(rows)} parts pass")


if __name__ == "__main__":
    sys.exit(main())
