"""Diagnostics for the page: the mistake, its places in the texts, and its picture."""

from __future__ import annotations

from archdsl.diagnostics.render import render

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.backends.html.texts import Texts
    from archdsl.diagnostics.model import Diagnostic


def describe_problem(problem: Diagnostic, texts: Texts) -> dict[str, object]:
    """One diagnostic; `picture` is the terminal's, with its colour codes."""
    return {
        "id": problem.id,
        "severity": problem.severity,
        "message": problem.message,
        "label": problem.primary.text,
        "at": texts.place(problem.primary.span),
        "also": [[texts.place(s.span), s.text] for s in problem.secondary],
        "notes": list(problem.notes),
        "help": problem.help,
        "picture": render(problem, color=True),
    }
