"""Progress of long work: one line on standard error, only on a terminal, gone at the end."""

from __future__ import annotations

import sys

from archdsl.diagnostics.render import escape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

ERASE = "\r\x1b[K"


class Progress:
    """A line that says what is going on: `with Progress() as progress: progress("batch 8")`."""

    __slots__ = ("shown",)

    def __init__(self) -> None:
        isatty = getattr(sys.stderr, "isatty", None)
        self.shown = bool(isatty and isatty())

    def __enter__(self) -> Progress:
        return self

    def __call__(self, text: str) -> None:
        """Shows a text in place of the one before."""
        if self.shown:
            from archdsl.cli.output import terminal_width

            sys.stderr.write(ERASE + escape(text)[: terminal_width() - 1])
            sys.stderr.flush()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.shown:
            sys.stderr.write(ERASE)
            sys.stderr.flush()
