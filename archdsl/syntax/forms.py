"""The forms that a spec is written in: the suffix of a file says which reader it gets."""

from __future__ import annotations

from archdsl.diagnostics.model import Diagnostic
from archdsl.source import SourceFile
from archdsl.syntax import ast
from archdsl.syntax.parse import parse


def read(file: SourceFile) -> tuple[ast.File, list[Diagnostic]]:
    """The tree of a file in any form, and what is wrong with its syntax; it never raises."""
    return parse(file)
