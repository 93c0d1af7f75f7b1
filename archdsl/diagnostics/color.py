"""Colours of a terminal, used or not."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Paint = Callable[[str, str], str]

RED = "\x1b[1;31m"
YELLOW = "\x1b[1;33m"
BLUE = "\x1b[1;34m"
GREEN = "\x1b[1;32m"
BOLD = "\x1b[1m"
PLAIN = "\x1b[0m"


def painter(color: bool) -> Paint:
    """A function that puts a colour around a text, or does not."""
    return (lambda code, text: f"{code}{text}{PLAIN}") if color else (lambda code, text: text)
