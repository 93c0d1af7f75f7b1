"""The diagnostic: one mistake with its places, arithmetic, help and fix."""

from __future__ import annotations

from archdsl.source import Span


class Label:
    """A span with a word on it: the place of the mistake or of something that it depends on."""

    __slots__ = ("span", "text")

    def __init__(self, span: Span, text: str = "") -> None:
        self.span = span
        self.text = text


class Edit:
    """One replacement: `span` becomes `text`."""

    __slots__ = ("span", "text")

    def __init__(self, span: Span, text: str) -> None:
        self.span = span
        self.text = text


class Fix:
    """Replacements that mend the mistake together: `span` becomes `text`, and so for `more`.

    `safety` is `sure` where nothing else can be meant, `claim` where a claimed value becomes the
    computed one, `guess` where the mistake has several cures: only the first is made unasked.
    """

    __slots__ = ("edits", "safety", "title")

    def __init__(
        self, span: Span, text: str, title: str, more: tuple[Edit, ...] = (), safety: str = "sure"
    ) -> None:
        self.edits = (Edit(span, text), *more)
        self.title = title
        self.safety = safety

    @property
    def span(self) -> Span:
        """What the first edit replaces."""
        return self.edits[0].span

    @property
    def text(self) -> str:
        """What the first edit writes."""
        return self.edits[0].text


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
