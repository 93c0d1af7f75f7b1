"""`python -m tests.fuzz.worker SEED FIRST LAST FORM COMMAND`: runs cases, writes the results."""

from __future__ import annotations

import sys
from importlib import import_module

from tests.fuzz.cases import COMMANDS, make_case
from tests.fuzz.forks import pickled, run_case, run_cases


def main(seed: str, first: str, last: str, form: str, command: str) -> None:
    """Results on standard output, pickled one by one."""
    warm_up()
    numbers = list(range(int(first), int(last)))
    for result in run_cases(int(seed), numbers, form or None, command or None):
        sys.stdout.buffer.write(pickled(result))


def warm_up() -> None:
    """Imports what the commands import, once, before the forks."""
    from archdsl.cli.arguments import COMMANDS as MODULES

    for name in MODULES:
        import_module(f"archdsl.cli.{name}")
    for number in range(40):  # what is imported inside functions
        run_quietly(number)


def run_quietly(number: int) -> None:
    """An unmutated seed through every command, for its imports alone."""
    case = make_case(0, number)
    case.text = b"input 3x32x32\nconv3-8\ngap, FC-10\n"
    case.path = "warm.arch"
    names = list(COMMANDS)
    case.command = names[number % len(names)]
    case.words = [w.replace("{file}", case.path) for w in COMMANDS[case.command][1]]
    run_case(case)


if __name__ == "__main__":
    main(*sys.argv[1:])
