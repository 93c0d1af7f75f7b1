"""The diagnostic: one mistake with its places, arithmetic, help and fix."""

from __future__ import annotations

from archdsl.source import Span


class Label:
    """A span with a word on it: the place of the mistake or of something that it depends on."""

    __slots__ = ("span", "text")

    def __init__(self, span: Span, text: str = "") -> None:
        self.span = span
        self.text = text


class Fix:
    """A replacement that mends the mistake: `span` becomes `text`."""

    __slots__ = ("span", "text", "title")

    def __init__(self, span: Span, text: str, title: str) -> None:
        self.span = span
        self.text = text
        self.title = title


class Diagnostic:
    """One mistake: a stable id, a message, the place, other places, arithmetic, help and a fix."""

    __slots__ = ("fix", "help", "id", "message", "notes", "primary", "secondary", "severity")

    def __init__(
        self,
        id: str,
        message: str,
        primary: Label,
        secondary: tuple[Label, ...] = (),
        notes: tuple[str, ...] = (),
        help: str = "",
        fix: Fix | None = None,
        severity: str = "error",
    ) -> None:
        self.id = id
        self.message = message
        self.primary = primary
        self.secondary = secondary
        self.notes = notes
        self.help = help
        self.fix = fix
        self.severity = severity
