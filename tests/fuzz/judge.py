"""How a run ended: fine, refused as it must be, or in one of the ways that count as a failure."""

from __future__ import annotations

import os
import re

from tests.fuzz.cases import Case
from tests.fuzz.pieces import CANARY

FAILING = (
    *("traceback", "hang", "memory", "crash", "exit", "unlocated", "flood", "partial", "injected"),
    *("unfaithful",),
)
PLACE = re.compile(r"^(\S+?):(\d+):(\d+): (?:error|warning|note)\[[a-z-]+\]: \S", re.M)
PLACE_DATA = re.compile(r'"file": "([^"]+)",\s+"line": (\d+),\s+"column": (\d+)')
STD = re.compile(r"std/[a-z_]+\.arch")  # blocks of the standard library: their calls are shown too
MAX_MEMORY = 500  # MB
MAX_OUTPUT = 256 * 1024
WITHOUT_PLACE = frozenset(("compile", "draw", "report"))  # a back end's limit is of no one place


class Result:
    """What a case came to: its class, and what was said last."""

    __slots__ = ("kind", "megabytes", "number", "said", "seconds")

    def __init__(self, number: int, kind: str, said: str, seconds: float, megabytes: float) -> None:
        self.number = number
        self.kind = kind
        self.said = said
        self.seconds = seconds
        self.megabytes = megabytes


def judge(case: Case, code: int, said: str, megabytes: float) -> str:
    """The class of a run that came to an end, in its folder."""
    if os.path.exists(CANARY) or os.path.exists(os.path.join("out", CANARY)):
        return "injected"
    if megabytes > MAX_MEMORY or "MemoryError" in said:
        return "memory"
    if "Traceback (most recent call last)" in said or code == 70:
        return "traceback"
    if len(said) > MAX_OUTPUT:
        return "flood"
    if code == 0:
        return "ok"
    if code not in (1, 2):
        return "exit"
    if os.listdir("out"):
        return "partial"
    return "clean" if has_place(case, code, said) else "unlocated"


def has_place(case: Case, code: int, said: str) -> bool:
    """Whether every error stands at a line and column that its file has."""
    if code == 2:
        one_line = said.startswith("archdsl: ") and said.count("\n") == 1
        return case.command in WITHOUT_PLACE and one_line
    places = PLACE.findall(said) + PLACE_DATA.findall(said)
    lengths = line_lengths(text_now(case))
    for path, line, column in places:
        if STD.fullmatch(path) and case.path in said:
            continue
        if path != case.path:
            return False
        if not (1 <= int(line) <= len(lengths) and 1 <= int(column) <= lengths[int(line) - 1] + 1):
            return False
    return bool(places)


def text_now(case: Case) -> bytes:
    """The text after the command, which may have mended it (`--fix`)."""
    try:
        with open(case.path, "rb") as f:
            return f.read()
    except OSError:
        return case.text


def line_lengths(text: bytes) -> list[int]:
    """How many characters each line has, counted generously where the bytes are no text."""
    return [len(line) for line in text.split(b"\n")]
