"""Proves fixes before they are shown: what does not help, or breaks a claim, is left out."""

from __future__ import annotations

from archdsl.diagnostics.mend import apply_fixes, pick
from archdsl.source import SourceFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from archdsl.diagnostics.model import Diagnostic

    Look = Callable[[SourceFile], tuple[list[Diagnostic], list[Diagnostic]]]

MAX_PROVEN = 20  # fixes that are proven one by one, where together they do not hold


def keep_working(file: SourceFile, found: list[Diagnostic], look: Look) -> None:
    """Takes the fixes away that do not work.

    `look` gives the errors and the findings of a text. One that works leaves no error, and one
    finding less for each.
    """
    fixes = [d for d in found if d.fix is not None]

    def works(batch: list[Diagnostic]) -> bool:
        text = apply_fixes(file.text, (d.fix for d in batch if d.fix is not None))
        wrong, after = look(SourceFile(file.name, text))
        return not wrong and len(after) <= len(found) - len(batch)

    together = pick(fixes)
    proven = together if len(together) > 1 and works(together) else []
    held = {id(d) for d in proven}
    left = [d for d in fixes if id(d) not in held]
    for i, d in enumerate(left):
        if i >= MAX_PROVEN or not works([d]):
            d.fix = None
