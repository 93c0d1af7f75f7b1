"""A case: a mutated text and its command, as a pure function of the seed and a number."""

from __future__ import annotations

import random

from tests.fuzz.mutate import mutate
from tests.fuzz.seeds import seeds

SHARES = {".arch": 40, ".yaml": 30, ".md": 15, "table": 15}
COMMANDS: dict[str, tuple[int, list[str]]] = {
    "check": (60, ["check", "--", "{file}"]),
    "fmt": (8, ["fmt", "--", "{file}"]),
    "lint": (8, ["lint", "--", "{file}"]),
    "lint --fix": (2, ["lint", "--fix", "--", "{file}"]),
    "check --fix": (3, ["check", "--fix", "--", "{file}"]),
    "convert yaml": (4, ["convert", "{file}", "--to", "yaml", "-o", "out/m.yaml"]),
    "convert arch": (4, ["convert", "{file}", "--to", "arch", "-o", "out/m.arch"]),
    "compile": (5, ["compile", "--emit", "torch,dot,report,ir", "-o", "out", "--", "{file}"]),
    "draw": (3, ["draw", "-o", "out/m.dot", "--", "{file}"]),
    "report": (2, ["report", "--format", "json", "-o", "out/m.json", "--", "{file}"]),
    "list": (1, ["list", "--json", "--", "{file}"]),
}
IMPORT = ["import", "table", "{file}", "-o", "out/m.arch"]
LAYS_OUT_DATA = frozenset(("fmt", "lint --fix", "check --fix"))  # these change specs in .arch only


class Case:
    """A text to be, the name of its file, and the words of the command."""

    __slots__ = ("command", "number", "origin", "path", "text", "used", "words")

    def __init__(self, number: int, origin: str, used: list[str], text: bytes) -> None:
        self.number = number
        self.origin = origin  # the file that it was made of
        self.used = used  # the mutators
        self.text = text
        self.command = "check"
        self.path = f"case{number}.arch"
        self.words: list[str] = []


def make_case(seed: int, number: int, form: str | None = None, command: str | None = None) -> Case:
    """The case of this number; `form` and `command` hold what is otherwise drawn."""
    rng = random.Random(f"{seed}:{number}")
    shape = form or rng.choices(list(SHARES), list(SHARES.values()))[0]
    of_form = seeds()[shape]
    wrong = rng.random() < 0.15  # mutants of wrong texts are often wrong at once
    start = rng.choice([s for s in of_form if s.wrong == wrong] or of_form)
    used, text = mutate(rng, start.text, [other.text for other in of_form])
    case = Case(number, start.name, used, text)
    names = [c for c in COMMANDS if shape != ".yaml" or c not in LAYS_OUT_DATA]
    drawn = rng.choices(names, [COMMANDS[c][0] for c in names])[0]
    if shape == "table":
        case.command, case.path, words = "import table", f"case{number}.txt", IMPORT
    else:
        case.command = command or drawn
        case.path, words = f"case{number}{shape}", COMMANDS[case.command][1]
    case.words = [word.replace("{file}", case.path) for word in words]
    return case
