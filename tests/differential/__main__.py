"""Compares random networks with torch: `python -m tests.differential --n 20000 --jobs 2`."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from archdsl.ops.base import Kind
from tests.differential.run import run_seeds

CHUNK = 100  # seeds that a process takes at a time


def main() -> int:
    """The command; exit code 1 where anything does not agree."""
    options = read_options()
    last = options.seed + options.n
    starts = range(options.seed, last, CHUNK)
    total: dict[str, Any] = {"networks": 0, "seconds": 0.0, "kinds": Counter(), "wrong": []}
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn")) as pool:
        work = [
            pool.submit(run_seeds, first, min(first + CHUNK, last), 1, options.negative)
            for first in starts
        ]
        for done in work:
            gather(total, done.result(), options.n)
    summarize(total, options)
    if options.json:
        Path(options.json).write_text(json.dumps(total, indent=1), encoding="utf-8")
    return 1 if total["wrong"] else 0


def read_options() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m tests.differential", description=__doc__)
    parser.add_argument("--n", type=int, default=1000, help="how many networks")
    parser.add_argument("--seed", type=int, default=0, help="the first one; --n 1 runs it alone")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--negative", action="store_true", help="networks that may be wrong")
    parser.add_argument("--json", help="a file for the results")
    return parser.parse_args()


def gather(total: dict[str, Any], part: dict[str, Any], wanted: int) -> None:
    """Adds what a process found; shows mismatches at once."""
    total["networks"] += part["networks"]
    total["seconds"] += part["seconds"]
    total["kinds"].update(part["kinds"])
    total["wrong"] += part["wrong"]
    for wrong in part["wrong"]:
        print(f"seed {wrong['seed']}: {wrong['what']}\n{wrong['spec']}", flush=True)
    if sys.stderr.isatty():
        print(f"\r{total['networks']} of {wanted}", end="", file=sys.stderr)


def summarize(total: dict[str, Any], options: argparse.Namespace) -> None:
    """What was run and found."""
    rate = 60 * total["networks"] / max(total["seconds"], 1e-9)
    there = {k.name for k in Kind.registry.values() if not k.expands} - {"identity"}
    met = f"{len(there & set(total['kinds']))} of {len(there)} kinds"
    if options.negative:
        met = f"{len(total['kinds'])} errors and judges"
    print(
        f"{total['networks']:,} networks, {len(total['wrong'])} mismatches, {met},"
        f" {rate:,.0f} networks a minute of a processor"
    )
    again = "--negative " if options.negative else ""
    for wrong in total["wrong"]:
        print(f"  again: python -m tests.differential {again}--n 1 --seed {wrong['seed']}")


if __name__ == "__main__":
    sys.exit(main())
