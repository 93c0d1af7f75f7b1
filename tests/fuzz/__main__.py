"""`python -m tests.fuzz`: mutated specs through the commands; `--case I` runs one again."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

from tests.fuzz.cases import COMMANDS, SHARES, make_case
from tests.fuzz.judge import FAILING
from tests.fuzz.run import Summary, fuzz, signature

SHOWN = 20  # kinds of failure


def main(argv: list[str] | None = None) -> int:
    """Exit 1 where any case failed."""
    options = read_options(argv)
    if options.case is not None:
        first, n, jobs = options.case, 1, 1
    else:
        first, n, jobs = options.first, options.n, options.jobs
    summary = fuzz(options.seed, first, n, jobs, options.form, options.command, progress(n))
    keep(options, summary)
    if options.case is not None:
        show_case(options)
    show(options, summary)
    if options.json:
        Path(options.json).write_text(json.dumps(as_data(summary), indent=1), encoding="utf-8")
    return int(bool(summary.failures) or summary.cases != n)


def read_options(argv: list[str] | None) -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--n", type=int, default=3000, help="how many cases")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, metavar="I", help="number of the first")
    parser.add_argument("--case", type=int, metavar="I", help="this one again, with its text")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--form", choices=SHARES, help="only mutants of this form")
    parser.add_argument("--command", choices=COMMANDS, help="only this command")
    parser.add_argument("--keep", metavar="DIR", help="where to put the texts that fail")
    parser.add_argument("--json", metavar="F", help="a file for the results")
    return parser.parse_args(argv)


def progress(n: int) -> Callable[[Summary], None]:
    """Says on a terminal how far it is."""

    def tell(summary: Summary) -> None:
        if sys.stderr.isatty():
            print(f"\r{summary.cases:,} of {n:,}", end="", file=sys.stderr)

    return tell


def keep(options: argparse.Namespace, summary: Summary) -> None:
    """Writes the texts that fail into a folder."""
    if not options.keep:
        return
    folder = Path(options.keep)
    folder.mkdir(parents=True, exist_ok=True)
    for result in summary.failures:
        case = make_case(options.seed, result.number, options.form, options.command)
        (folder / f"{result.kind}-{options.seed}-{case.path}").write_bytes(case.text)


def show_case(options: argparse.Namespace) -> None:
    """The text of the one case, and what becomes of it."""
    case = make_case(options.seed, options.case, options.form, options.command)
    print(f"{case.origin}: {', '.join(case.used)}")
    print("archdsl " + " ".join(case.words))
    print(case.text.decode("utf-8", "backslashreplace")[:4000])


def show(options: argparse.Namespace, summary: Summary) -> None:
    """The counts, and an example of each kind of failure."""
    print(
        f"{summary.cases:,} cases in {summary.seconds:.0f} s ({summary.rate:,.0f} a minute),"
        f" slowest {summary.slowest:.2f} s: {dict(summary.kinds.most_common())}"
    )
    known: dict[str, list[int]] = {}
    said: dict[str, str] = {}
    for result in summary.failures:
        known.setdefault(signature(result), []).append(result.number)
        said.setdefault(signature(result), result.said)
    for name, numbers in sorted(known.items(), key=lambda pair: -len(pair[1]))[:SHOWN]:
        print(f"{len(numbers):6d} x {name}")
        print(f"         again: python -m tests.fuzz --seed {options.seed} --case {numbers[0]}")
        if options.case is not None:
            print(said[name])


def as_data(summary: Summary) -> dict[str, object]:
    """The results for programs."""
    failures = [{"case": r.number, "class": r.kind, "said": r.said} for r in summary.failures]
    counts = {kind: summary.kinds.get(kind, 0) for kind in ("ok", "clean", *FAILING)}
    return {
        "cases": summary.cases,
        "seconds": round(summary.seconds, 1),
        "slowest": round(summary.slowest, 3),
        "classes": counts,
        "failures": failures,
    }


if __name__ == "__main__":
    sys.exit(main())
