"""The order of the stages: text, tree, design. The only file that knows it."""

from __future__ import annotations

from archdsl.diagnostics.model import Diagnostic
from archdsl.elaborate.context import Limits
from archdsl.elaborate.networks import Request, elaborate
from archdsl.files import read_used
from archdsl.ir.model import Design
from archdsl.source import SourceFile
from archdsl.syntax.forms import is_data, keep_fixes, read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from archdsl.elaborate.watch import Watch
    from archdsl.lint.run import Choice
    from archdsl.syntax import ast

    Reader = Callable[[str, SourceFile, bool], SourceFile | str]

__all__ = ["Limits", "Request", "compile_text", "lint_text", "read_value", "trace"]


FALSE_CLAIMS = frozenset(("false-claim",))
"""The mistakes with which all layers are known: reports and pictures help to find the wrong one."""


def compile_text(
    file: SourceFile,
    request: Request | None = None,
    limits: Limits | None = None,
    bearable: frozenset[str] = frozenset(),
) -> tuple[Design | None, list[Diagnostic]]:
    """The design of a text, or None with what is wrong, and with other than `bearable` mistakes."""
    tree, wrong = read(file)
    if tree.lost is None:  # too much is broken: what the rest means is unknown
        return None, wrong
    design, diagnostics = elaborate(tree, read_used, limits, request)
    found = [*wrong, *diagnostics]
    keep_fixes(found)
    found.sort(key=lambda d: (d.primary.span.file is not file, d.primary.span.start))
    return (None if any(d.id not in bearable for d in found) else design), found


def trace(
    tree: ast.File, watch: Watch, read_other: Reader = read_used, limits: Limits | None = None
) -> tuple[Design, list[Diagnostic]]:
    """For editors: the networks that are right, beside all that is wrong with what could be read.

    `watch` sees every step that is elaborated, those of wrong networks too; `read_other` gives
    the files that a `use` names. Where too much is broken, nothing is elaborated.
    """
    if tree.lost is None:
        return Design("", ()), []
    return elaborate(tree, read_other, limits, None, watch)


def lint_text(
    file: SourceFile,
    choice: Choice | None = None,
    request: Request | None = None,
    limits: Limits | None = None,
) -> tuple[list[Diagnostic], list[Diagnostic]]:
    """What is wrong with a text, and else what is legal in it and probably not meant.

    A finding keeps its fix where the text with it is right and the finding gone.
    """
    from archdsl.lint.run import Choice, find
    from archdsl.lint.verify import keep_working

    chosen = choice or Choice()
    whole = request is None or (
        request.network is None and not request.settings and request.input is None
    )

    def look(text: SourceFile) -> tuple[list[Diagnostic], list[Diagnostic]]:
        tree, wrong = read(text)
        if wrong or tree.lost is None:
            return wrong, []
        design, problems = elaborate(tree, read_used, limits, request)
        return problems, ([] if problems else find(tree, design, chosen, whole))

    wrong, found = look(file)
    if wrong:
        return compile_text(file, request, limits)[1], []
    if is_data(file):  # the edits are those of the language
        for d in found:
            d.fix = None
    keep_working(file, found, look)
    return [], found


def read_value(text: str) -> tuple[object, str]:
    """A value written in the language, as `--set` takes it, and what is wrong with it."""
    from archdsl.elaborate.context import Context, Located, Run, Silent
    from archdsl.elaborate.expr import evaluate
    from archdsl.elaborate.graph import Graph
    from archdsl.elaborate.scope import Scope
    from archdsl.syntax import ast
    from archdsl.syntax.parse import parse_cell

    file = SourceFile("<value>", text)
    tree, problems = parse_cell(file, 0, len(text), "expr")
    if problems or not isinstance(tree, ast.Expr):
        return None, problems[0].message if problems else "nothing written"
    run = Run(Limits(), read_used)
    try:
        return evaluate(tree, Context(run, Scope(None, {}), Graph(), None, None)), ""
    except Located as problem:
        return None, problem.error.message
    except Silent:
        return None, "no value"
