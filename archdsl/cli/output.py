"""What the command line writes: files whole or not at all, text that survives any terminal."""

from __future__ import annotations

import errno
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO


class OutputProblem(Exception):
    """Something cannot be written: exit 2."""


def write_files(files: dict[str, bytes], sources: tuple[str, ...] = ()) -> None:
    """Writes files, each atomically, after all of them are ready; never over a source.

    Raises OutputProblem; files not yet in place stay as they were.
    """
    for path in files:
        for source in sources:
            if os.path.exists(path) and os.path.exists(source) and os.path.samefile(path, source):
                raise OutputProblem(f"{path!r} is the spec itself")
    staged: list[tuple[str, str]] = []
    try:
        for path, data in files.items():
            staged.append((stage(path, data), path))
        for temporary, path in staged:
            os.replace(temporary, path)
    except OSError as error:
        raise OutputProblem(f"cannot write {error.filename or path!r}: {error.strerror}") from None
    finally:
        for temporary, _ in staged:
            if os.path.exists(temporary):
                os.unlink(temporary)


def stage(path: str, data: bytes) -> str:
    """The data in a temporary file beside its place; gives the temporary's name."""
    folder = os.path.dirname(path) or "."
    os.makedirs(folder, exist_ok=True)
    if os.path.isdir(path):
        raise OutputProblem(f"{path!r} is a folder")
    temporary = os.path.join(folder, f".{os.path.basename(path)}.{os.getpid()}.tmp")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0)
    try:
        handle = os.open(temporary, flags, 0o666)
        with os.fdopen(handle, "wb") as f:
            f.write(data)
            f.flush()
            os.fsync(f.fileno())
    except BaseException:
        if os.path.exists(temporary):
            os.unlink(temporary)
        raise
    return temporary


def say(text: str) -> None:
    """Text on standard output, whatever its encoding."""
    if sys.stdout is None:
        raise OSError(errno.EBADF, "standard output is closed")
    put(sys.stdout, text)


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
