"""What the command line writes: text that survives any terminal; files go through `writing`."""

from __future__ import annotations

import errno
import os
import sys

from archdsl.writing import OutputProblem, write_files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

__all__ = [
    "OutputProblem",
    "put",
    "say",
    "say_json",
    "terminal_width",
    "uses_color",
    "warn",
    "write_files",
]


def say(text: str) -> None:
    """Text on standard output, whatever its encoding."""
    if sys.stdout is None:
        raise OSError(errno.EBADF, "standard output is closed")
    put(sys.stdout, text)


def say_line(text: str) -> None:
    """A line about a file or a network; the characters of a path do nothing to a terminal."""
    from archdsl.diagnostics.characters import escape

    say(escape(text))


def warn(text: str) -> None:
    """Text on standard error."""
    if sys.stderr is not None:
        put(sys.stderr, text)


def put(out: TextIO, text: str) -> None:
    """Writes with a newline; characters that the stream cannot show are escaped."""
    if not text.endswith("\n"):
        text += "\n"
    try:
        out.write(text)
    except UnicodeEncodeError:
        encoding = out.encoding or "ascii"
        out.write(text.encode(encoding, "backslashreplace").decode(encoding))


def uses_color(stream: object) -> bool:
    """Whether a stream is a terminal that wants colour (https://no-color.org)."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    isatty = getattr(stream, "isatty", None)
    return bool(isatty and isatty())


def terminal_width(default: int = 100) -> int:
    """Columns of the terminal."""
    import shutil

    return max(40, shutil.get_terminal_size((default, 24)).columns)


def say_json(value: object) -> None:
    """A value for programs."""
    import json

    say(json.dumps(value, indent=2))
