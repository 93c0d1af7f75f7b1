"""Random networks, until the first one that does not agree with torch."""

from __future__ import annotations

import sys
import time
from collections import Counter

from tests.differential.agree import Mismatch
from tests.differential.grow import grow
from tests.differential.run import check_seed, prepare, run_negative

CAUGHT, MISSED = 9, 0
SECONDS = 60  # of the processor, without those that Python and torch take to start


def main(first: int, last: int) -> int:
    """CAUGHT, with a line about the network that told, or MISSED; every fourth may be wrong."""
    prepare()
    begin = time.process_time()
    for seed in range(first, last):
        problem = look(seed)
        spent = time.process_time() - begin
        if problem is not None:
            what = " ".join(str(problem).split())
            print(f"{spent:.1f} s, {seed - first + 1}: {type(problem).__name__}: {what}")
            return CAUGHT
        if spent > SECONDS:
            print(f"{spent:.1f} s, {seed - first + 1} networks")
            return MISSED
    return MISSED


def look(seed: int) -> Exception | None:
    """What is wrong with a network."""
    kinds: Counter[str] = Counter()
    if seed % 4 == 3:
        found = run_negative(seed, kinds)
        return Mismatch(found["what"]) if found is not None else None
    try:
        check_seed(grow(seed), seed, kinds)
    except Exception as problem:
        return problem
    return None


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
