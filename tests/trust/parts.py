"""The parts of `make trust`: a command each, how much of it is wanted, and what it must say."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable

from tests.mutants.faults import FAULTS

PYTHON = [sys.executable, "-m"]
LEAST = 3  # files that the tests reach least are named


class Part:
    """A command of the size `n`; `read` makes (what was got, whether it is enough) of its words."""

    __slots__ = ("alone", "command", "environment", "name", "read", "size", "wanted")

    def __init__(
        self,
        name: str,
        wanted: str,
        size: int,
        command: Callable[[int], list[str]],
        read: Callable[[str, int, int], tuple[str, bool]],
        environment: Callable[[int], dict[str, str]] = lambda n: {},
        alone: bool = False,
    ) -> None:
        self.name = name
        self.wanted = wanted  # with {n} for the size
        self.size = size  # at scale 1
        self.command = command
        self.read = read
        self.environment = environment
        self.alone = alone  # not beside another part: it measures time


def find(pattern: str, said: str) -> list[int]:
    """The numbers of the last place where a pattern stands; none where it does not."""
    found = re.findall(pattern, said)
    if not found:
        return []
    last = found[-1] if isinstance(found[-1], tuple) else (found[-1],)
    return [int(part.replace(",", "")) for part in last]


def read_networks(said: str, code: int, n: int) -> tuple[str, bool]:
    """`20,000 networks, 0 mismatches, 72 of 72 kinds, …`."""
    match find(r"([\d,]+) networks, ([\d,]+) mismatches", said):
        case [networks, wrong]:
            met = re.findall(r"mismatches, ([^,]+),", said)
            got = ", ".join([f"{networks:,}", f"{wrong:,} wrong", *met[-1:]])
            return got, code == 0 and networks >= n and not wrong
    return "no answer", False


def read_mutants(said: str, code: int, n: int) -> tuple[str, bool]:
    """`3,000 cases in 36 s … {'clean': …}`."""
    match find(r"([\d,]+) cases in", said):
        case [cases]:
            kinds = re.findall(r": (\{.*\})", said)
            return f"{cases:,} {kinds[-1] if kinds else ''}", code == 0 and cases == n
    return "no answer", False


def read_faults(said: str, code: int, n: int) -> tuple[str, bool]:
    """`57 of 57 planted faults caught`."""
    match find(r"(\d+) of (\d+) planted faults caught", said):
        case [caught, planted]:
            return f"{caught} of {planted}", code == 0 and caught == planted > 0
    return "no answer", False


def read_tests(said: str, code: int, n: int) -> tuple[str, bool]:
    """What pytest says last."""
    lines = [line for line in said.splitlines() if " passed" in line or " failed" in line]
    return (lines[-1].strip("= ") if lines else "no answer"), code == 0 and bool(lines)


def read_coverage(said: str, code: int, n: int) -> tuple[str, bool]:
    """The percentage of coverage.py's last line, and the least that a file has."""
    found = re.findall(r"^TOTAL\b.*?(\d+(?:\.\d+)?)%", said, re.M)
    if not found:
        return "no answer", False
    rows = re.findall(r"^archdsl/(\S+)(?: +\d+){4} +(\d+(?:\.\d+)?)%", said, re.M)
    least = sorted({(float(share), name) for name, share in rows})[:LEAST]
    got = ", ".join([f"{found[-1]} %", *(f"{name} {share:g}" for share, name in least)])
    return got, code == 0 and float(found[-1]) >= 95


def read_times(said: str, code: int, n: int) -> tuple[str, bool]:
    """The line of `python -m tests.trust.times`."""
    lines = said.strip().splitlines()
    return (lines[-1] if lines else "no answer"), code == 0 and bool(lines)


def fuzz(n: int) -> list[str]:
    """Another seed for every 20,000 texts is the same as one for all: a text is of its number."""
    return [*PYTHON, "tests.fuzz", "--n", str(n)]


PARTS = [
    Part(
        *("times", "VGG-E <= 5 ms; {n} layers < 10 s, < 1 GB, linear", 100_000),
        lambda n: [*PYTHON, "tests.trust.times", str(n)],
        read_times,
        alone=True,
    ),
    Part(
        *("networks", "{n} random networks, no mismatch", 20_000),
        lambda n: [*PYTHON, "tests.differential", "--n", str(n)],
        read_networks,
    ),
    Part(
        *("negative", "{n} broken networks, none wrongly accepted", 10_000),
        lambda n: [*PYTHON, "tests.differential", "--negative", "--n", str(n)],
        read_networks,
    ),
    Part(*("mutated", "{n} mutated texts, no failing class", 100_000), fuzz, read_mutants),
    Part(
        *("faults", "{n} planted faults, each caught in a minute", len(FAULTS)),
        lambda n: [*PYTHON, "tests.mutants", "--most", str(n)],
        read_faults,
    ),
    Part(
        *("kills", "kill -9 {n} times: whole files", 1_000),
        lambda n: [
            *PYTHON,
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "tests/trust/test_writing.py",
        ],
        read_tests,
        lambda n: {"TRUST_KILLS": str(n)},
    ),
    Part(
        *("coverage", "branches taken by the tests >= 95 %", 1),
        lambda n: ["make", "coverage"],
        read_coverage,
    ),
]
