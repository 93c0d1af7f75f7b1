"""The base of all errors that a spec can have; each subclass is one error with its page."""

from __future__ import annotations


class ArchError(Exception):
    """A rule that a spec broke. Subclasses set `id`; their docstring is the `explain` page.

    It knows no span: the stage that catches it puts one on. `message` says what is wrong,
    `label` the few words under the caret, `notes` the arithmetic, `help` what to write instead;
    `before` is a layer that would mend it if it stood before the one that is blamed.
    """

    id = ""
    registry: dict[str, type[ArchError]] = {}

    def __init__(
        self,
        message: str,
        *,
        label: str = "",
        notes: tuple[str, ...] = (),
        help: str = "",
        before: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.label = label
        self.notes = notes
        self.help = help
        self.before = before

    def __init_subclass__(cls) -> None:
        if cls.id:
            assert cls.id not in ArchError.registry, cls.id
            ArchError.registry[cls.id] = cls
