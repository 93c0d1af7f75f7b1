"""The forms that a spec is written in: the suffix of a file says which reader it gets."""

from __future__ import annotations

import re

from archdsl.diagnostics.model import Diagnostic
from archdsl.source import SourceFile
from archdsl.syntax import ast
from archdsl.syntax.parse import parse

DATA = (".yaml", ".yml", ".json")
# Standard input has no suffix: `archdsl: 1` begins data, and is no statement of the language.
DATA_HEAD = re.compile(
    r"\ufeff?(?:[ \t\r]*+(?:#[^\n]*|---[ \t\r]*)?\n)*+\s*+\{?\s*+\"?archdsl\"?[ \t]*:"
)

WORD = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


def read(file: SourceFile) -> tuple[ast.File, list[Diagnostic]]:
    """The tree of a file in any form, and what is wrong with its syntax; it never raises."""
    if is_data(file):
        from archdsl.syntax.yaml.read import read_yaml

        return read_yaml(file)
    if file.name.lower().endswith((".md", ".markdown")):
        from archdsl.syntax.literate import read_literate

        return read_literate(file)
    return parse(file)


def is_data(file: SourceFile) -> bool:
    """Whether a file is written in the YAML form (or in JSON, which is a part of it)."""
    name = file.name.lower()
    return name.endswith(DATA) or (name == "<stdin>" and DATA_HEAD.match(file.text) is not None)


def keep_fixes(diagnostics: list[Diagnostic]) -> None:
    """Takes the fixes away that data cannot hold: there a word may become another word, no more."""
    for d in diagnostics:
        if d.fix is not None and any(
            is_data(e.span.file) and not (WORD.fullmatch(e.span.text) and WORD.fullmatch(e.text))
            for e in d.fix.edits
        ):
            d.fix = None
