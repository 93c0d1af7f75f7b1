"""The diagnostic, and the base of all errors that a spec can have."""

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


class ArchError(Exception):
    """A rule that a spec broke. Subclasses set `id`; their docstring is the `explain` page.

    It knows no span: the stage that catches it puts one on. `message` says what is wrong,
    `label` the few words under the caret, `notes` the arithmetic, `help` what to write instead.
    """

    id = ""
    registry: dict[str, type[ArchError]] = {}

    def __init__(
        self, message: str, *, label: str = "", notes: tuple[str, ...] = (), help: str = ""
    ) -> None:
        super().__init__(message)
        self.message = message
        self.label = label
        self.notes = notes
        self.help = help

    def __init_subclass__(cls) -> None:
        if cls.id:
            assert cls.id not in ArchError.registry, cls.id
            ArchError.registry[cls.id] = cls
