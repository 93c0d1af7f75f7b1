"""The order of the stages: text, tree, design. The only file that knows it."""

from __future__ import annotations

from archdsl.diagnostics.model import Diagnostic
from archdsl.elaborate.context import Limits
from archdsl.elaborate.networks import Request, elaborate
from archdsl.files import read_used
from archdsl.ir.model import Design, Network
from archdsl.source import SourceFile, Span
from archdsl.syntax.forms import is_data, keep_fixes, read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from archdsl.elaborate.watch import Watch
    from archdsl.lint.run import Choice
    from archdsl.syntax import ast

    Reader = Callable[[str, SourceFile, bool], SourceFile | str]

__all__ = [
    "Limits",
    "Request",
    "Sketch",
    "compile_text",
    "lint_text",
    "read_value",
    "sketch",
    "trace",
]


FALSE_CLAIMS = frozenset(("false-claim",))
"""The mistakes with which all layers are known: reports and pictures help to find the wrong one."""


def compile_text(
    file: SourceFile,
    request: Request | None = None,
    limits: Limits | None = None,
    bearable: frozenset[str] = frozenset(),
    read_other: Reader = read_used,
) -> tuple[Design | None, list[Diagnostic]]:
    """The design of a text, or None with what is wrong, and with other than `bearable` mistakes.

    `read_other` gives the files that a `use` names.
    """
    tree, wrong = read(file)
    design, found = compile_tree(tree, wrong, request, limits, read_other)
    return (None if any(d.id not in bearable for d in found) else design), found


def compile_tree(
    tree: ast.File,
    wrong: list[Diagnostic],
    request: Request | None,
    limits: Limits | None,
    read_other: Reader = read_used,
) -> tuple[Design | None, list[Diagnostic]]:
    """The design of what could be read, and all that is wrong, in the order of the text."""
    if tree.lost is None:  # too much is broken: what the rest means is unknown
        return None, wrong
    design, diagnostics = elaborate(tree, read_other, limits, request)
    found = [*wrong, *diagnostics]
    keep_fixes(found)
    found.sort(key=lambda d: (d.primary.span.file is not tree.source, d.primary.span.start))
    return design, found


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


class Sketch:
    """A text as far as it goes: its networks, those of `partial` drawn up to a mistake.

    `files` are the paths of the files that it uses, those of the standard library left out.
    """

    __slots__ = ("diagnostics", "files", "networks", "partial")

    def __init__(self, diagnostics: list[Diagnostic]) -> None:
        self.diagnostics = diagnostics
        self.files: list[str] = []
        self.networks: dict[str, Network] = {}
        self.partial: set[str] = set()


def sketch(
    file: SourceFile, request: Request | None = None, limits: Limits | None = None
) -> Sketch:
    """For pages that follow a text: its networks, right or not, beside all that is wrong."""
    from archdsl.elaborate.partial import is_whole, partial_network
    from archdsl.elaborate.watch import Watch

    tree, wrong = read(file)
    made = Sketch(wrong)
    if tree.lost is None:
        return made

    def read_other(path: str, asking: SourceFile, std: bool) -> SourceFile | str:
        found = read_used(path, asking, std)
        if isinstance(found, SourceFile) and not std:
            made.files.append(found.name)
        return found

    watch = Watch(lambda: None)
    design, diagnostics = elaborate(tree, read_other, limits, request, watch)
    right = {n.name: n for n in design.networks}
    for name, graph in watch.graphs.items():
        network = right.get(name) or partial_network(name, graph, Span(file, 0, 0))
        if network is not None:
            made.networks[name] = network
        if network is not None and name not in right and not is_whole(network):
            made.partial.add(name)
    made.diagnostics = [*wrong, *diagnostics]
    made.diagnostics.sort(key=lambda d: (d.primary.span.file is not file, d.primary.span.start))
    return made


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
        tree, mistakes = read(text)
        design, problems = compile_tree(tree, mistakes, request, limits)
        if problems or design is None:
            return problems, []
        return [], find(tree, design, chosen, whole)

    wrong, found = look(file)
    if wrong:
        return wrong, []
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
    from archdsl.syntax.parse import parse_piece

    file = SourceFile("<value>", text)
    tree, problems = parse_piece(file, 0, len(text), "expr", [])
    if problems or not isinstance(tree, ast.Expr):
        return None, problems[0].message if problems else "nothing written"
    run = Run(Limits(), read_used)
    try:
        return evaluate(tree, Context(run, Scope(None, {}), Graph(), None, None)), ""
    except Located as problem:
        return None, problem.error.message
    except Silent:
        return None, "no value"
