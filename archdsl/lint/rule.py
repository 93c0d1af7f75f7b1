"""The base of all rules: an id, a page, and a check that yields diagnostics."""

from __future__ import annotations

from archdsl.diagnostics.model import Diagnostic, Fix, Label
from archdsl.source import Span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import ClassVar

    from archdsl.lint.subject import Subject


class Rule:
    """Something legal that is probably not meant. Subclasses set `id`; their docstring is the page.

    A rule of severity `note` is advice, and runs only where it is asked for (`--all`, `--only`).
    """

    id: ClassVar[str] = ""
    severity: ClassVar[str] = "warning"
    of_design: ClassVar[bool] = True  # looks at networks, so a file of blocks shows nothing to it
    registry: ClassVar[dict[str, type[Rule]]] = {}

    def __init_subclass__(cls) -> None:
        if cls.id:
            assert cls.id not in Rule.registry, cls.id
            Rule.registry[cls.id] = cls

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        """What it finds, in any order; at most one diagnostic for a place of the text."""
        raise NotImplementedError(self.id)

    def found(
        self,
        span: Span,
        message: str,
        label: str = "",
        notes: tuple[str, ...] = (),
        help: str = "",
        others: tuple[Label, ...] = (),
        fix: Fix | None = None,
    ) -> Diagnostic:
        """A diagnostic of this rule at a place."""
        here = (span.file.name, span.start, span.end)
        elsewhere = tuple(o for o in others if (o.span.file.name, o.span.start, o.span.end) != here)
        return Diagnostic(
            self.id, message, Label(span, label), elsewhere, notes, help, fix, self.severity
        )
