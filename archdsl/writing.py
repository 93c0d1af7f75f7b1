"""Files written whole or not at all, and temporary files that killed writers left."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class OutputProblem(Exception):
    """Something cannot be written: exit 2."""


def write_files(files: Mapping[str, bytes], sources: tuple[str, ...] = ()) -> None:
    """Writes files, each atomically, after all of them are ready; never over a source.

    Raises OutputProblem; files not yet in place stay as they were, and folders made for them go
    again. A process that is killed leaves no more than a hidden temporary file, which the next
    one to write there removes.
    """
    for path in files:
        for source in sources:
            if os.path.exists(path) and os.path.exists(source) and os.path.samefile(path, source):
                raise OutputProblem(f"{path!r} is read here, so it is not written over")
    staged: list[tuple[Staged, str]] = []
    folders = missing_folders(files)
    try:
        for named, data in files.items():
            path = os.path.realpath(named) if os.path.islink(named) else named  # a link stays one
            staged.append((stage(path, data), path))
        for one, path in staged:
            os.replace(one.path, path)
    except OSError as error:
        name = error.filename2 or error.filename or path
        raise OutputProblem(f"cannot write {name!r}: {error.strerror}") from None
    finally:
        for one, _ in staged:
            one.close()
        remove_empty(folders)


def missing_folders(paths: Iterable[str]) -> list[str]:
    """The folders that must be made for files, outer ones first."""
    found: list[str] = []
    for path in paths:
        folder = os.path.dirname(path)
        above: list[str] = []
        while folder and not os.path.lexists(folder) and folder not in found:
            above.append(folder)
            folder = os.path.dirname(folder)
        found += reversed(above)
    return found


def remove_empty(folders: list[str]) -> None:
    """Removes those of the folders that hold nothing."""
    for folder in reversed(folders):
        try:
            os.rmdir(folder)
        except OSError:
            continue  # it has files, or was never made


class Staged:
    """A temporary file beside a path, locked as long as its process lives."""

    __slots__ = ("handle", "path")

    def __init__(self, folder: str, name: str) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
        while True:
            self.path = os.path.join(folder, f".{name}.{os.urandom(6).hex()}.tmp")
            self.handle = os.open(self.path, flags, 0o666)
            if lock(self.handle) is not False and self.is_there():
                return
            os.close(self.handle)  # another took it for left over before it was locked

    def is_there(self) -> bool:
        """Whether the path still names this file."""
        try:
            return os.path.samestat(os.lstat(self.path), os.fstat(self.handle))
        except FileNotFoundError:
            return False

    def write(self, data: bytes, like: str) -> None:
        """All of the data, down to the disk; permissions are those of the file `like`, if any."""
        if os.path.exists(like) and hasattr(os, "fchmod"):
            os.fchmod(self.handle, os.stat(like).st_mode & 0o777)
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self.handle, rest) :]
        os.fsync(self.handle)

    def close(self) -> None:
        """Gives the lock back; a file that did not move to its place goes."""
        if self.is_there():
            os.unlink(self.path)
        os.close(self.handle)


def stage(path: str, data: bytes) -> Staged:
    """The data in a temporary file beside its place. Raises OSError or OutputProblem."""
    folder = os.path.dirname(path) or "."
    os.makedirs(folder, exist_ok=True)
    if os.path.isdir(path):
        raise OutputProblem(f"{path!r} is a folder")
    if os.path.islink(path):  # its target was looked for
        raise OutputProblem(f"{path!r} is a link that leads round to itself")
    if os.path.exists(path) and not os.path.isfile(path):  # /dev/null would become a file
        raise OutputProblem(f"{path!r} is no regular file; `-o -` writes to standard output")
    name = os.path.basename(path)[:200]
    remove_left_over(folder, name)
    try:
        one = Staged(folder, name)
    except OSError as error:  # it is the file that cannot be written, whatever we call its draft
        raise OSError(error.errno, error.strerror, path) from None
    try:
        one.write(data, path)
    except BaseException:
        one.close()
        raise
    return one


def remove_left_over(folder: str, name: str) -> None:
    """Removes what killed processes left of a file: temporary files that nobody locks."""
    start, end = f".{name}.", ".tmp"
    for entry in os.listdir(folder):
        if entry.startswith(start) and entry.endswith(end) and len(entry) == len(start + end) + 12:
            remove_unlocked(os.path.join(folder, entry))


def remove_unlocked(path: str) -> None:
    """Removes a temporary file if its writer is gone."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    except OSError:
        return  # gone meanwhile, or not ours to read
    try:
        if lock(handle):
            os.unlink(path)
    except OSError:
        return  # gone meanwhile, or not ours to remove
    finally:
        os.close(handle)


def lock(handle: int) -> bool | None:
    """Whether a file could be locked; None where the system has no locks for it."""
    try:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except (ImportError, OSError):
        return None
    return True
