"""Proves what a table states on the spec made of it, and puts each mistake at its cell."""

from __future__ import annotations

from archdsl.diagnostics.model import Diagnostic, Label
from archdsl.importers.table.draft import Draft
from archdsl.importers.table.errors import TableCell, TableClaim
from archdsl.importers.table.model import Cell, quote
from archdsl.source import SourceFile, Span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from archdsl.ir.model import Design

    Compile = Callable[[SourceFile], tuple[Design | None, list[Diagnostic]]]


def settle(draft: Draft, compile: Compile) -> tuple[Design | None, str, list[Diagnostic]]:
    """The design and the text of a draft, or what is wrong with the table.

    A rounded claim that does not hold becomes a comment; so does any claim under `--loose`.
    """
    loose = draft.reading.options.loose
    while True:
        lines = draft.assembled()
        text = "\n".join(line for line, _ in lines) + "\n"
        file = SourceFile("<import>", text)
        design, found = compile(file)
        if not found:
            return design, text, []
        false = [d for d in found if d.id == "false-claim"]
        if len(false) < len(found):
            others = [d for d in found if d.id != "false-claim"]
            return None, text, [moved(draft, lines, d) for d in others]
        numbers = {d.primary.span.line - 1: d for d in false}
        hard = [d for at, d in numbers.items() if not may_drop(draft, lines[at][0], loose)]
        if hard:
            return None, text, [moved(draft, lines, d) for d in hard]
        for at, d in numbers.items():
            drop(draft, lines[at], d)


def may_drop(draft: Draft, line: str, loose: bool) -> bool:
    """Whether a claim that does not hold becomes a comment."""
    return loose or any(c.rounded and f"expect {c.text}" == line for c in draft.claims)


def drop(draft: Draft, line: tuple[str, Cell | None], problem: Diagnostic) -> None:
    """Takes a claim out, and says so in a comment."""
    text, cell = line
    draft.claims = [c for c in draft.claims if f"expect {c.text}" != text]
    draft.lines = [entry for entry in draft.lines if entry is not line and entry != line]
    stated = f"the table says {quote(cell.text)}" if cell is not None else "the table says so"
    claim = text.strip().removeprefix("expect ")
    note = problem.message.replace("`", "")
    draft.false.append(f"Not so, `{claim}`: {stated}; here {note}.")


def moved(draft: Draft, lines: list[tuple[str, Cell | None]], problem: Diagnostic) -> Diagnostic:
    """A mistake of the spec, at the cell that its line comes from."""
    at = min(problem.primary.span.line - 1, len(lines) - 1)
    line, cell = lines[at]
    file = draft.reading.file
    if cell is None:
        option = "stem" in line or "head" in line
        source = "comes from --stem or --head" if option else "stands in no cell of its own"
        message = f"{problem.message} (in `{line.strip()}`, which {source})"
        place = Label(Span(file, 0, 0))
    else:
        message = f"row {cell.row}, column {cell.column}: {problem.message}"
        place = Label(Span(file, cell.start, cell.end), f"read as `{line.strip()}`")
    false = problem.id == "false-claim"
    kind = TableClaim if false else TableCell
    help = "mend the table, or drop claims that are false with --loose" if false else problem.help
    return Diagnostic(kind.id, message, place, notes=problem.notes, help=help)
