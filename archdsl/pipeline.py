"""The order of the stages: text, tree, design. The only file that knows it."""

from __future__ import annotations

from archdsl.diagnostics.model import Diagnostic
from archdsl.elaborate.context import Limits
from archdsl.elaborate.networks import Request, elaborate
from archdsl.files import read_used
from archdsl.ir.model import Design
from archdsl.source import SourceFile
from archdsl.syntax.parse import parse

__all__ = ["Limits", "Request", "compile_text"]


def compile_text(
    file: SourceFile, request: Request | None = None, limits: Limits | None = None
) -> tuple[Design | None, list[Diagnostic]]:
    """The design of a text, or None with what is wrong."""
    tree, diagnostics = parse(file)
    if diagnostics:
        return None, diagnostics
    design, diagnostics = elaborate(tree, read_used, limits, request)
    return (None if diagnostics else design), diagnostics
