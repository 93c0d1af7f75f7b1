"""Reading specs: bounded, regular files only, decoded with care; other files below one root."""

from __future__ import annotations

import os
import stat

from archdsl.source import SourceFile

MAX_BYTES = 1 << 20
STD_BLOCKS: dict[str, str] = {}  # the file of each block of the standard library; read when needed


class FileProblem(Exception):
    """A file that cannot be read: exit 2."""


class TooLarge(FileProblem):
    """A file beyond the limit: the spec's fault, exit 1."""


class EncodingProblem(Exception):
    """A file that is no UTF-8 text: (message, offset of the byte, text before it)."""

    def __init__(self, message: str, before: bytes) -> None:
        super().__init__(message)
        self.message = message
        self.before = before


def read_spec(path: str, limit: int = MAX_BYTES) -> SourceFile:
    """The text of a file; raises FileProblem or EncodingProblem."""
    return SourceFile(path, decode(read_bytes(path, limit)))


def read_bytes(path: str, limit: int = MAX_BYTES) -> bytes:
    """The bytes of a regular file of bounded size."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise FileProblem(f"cannot read {path!r}: {error.strerror}") from None
    except ValueError:
        raise FileProblem("a path with a NUL byte") from None
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise FileProblem(f"cannot read {path!r}: not a regular file")
        chunks = []
        size = 0
        while chunk := os.read(handle, 1 << 16):
            chunks.append(chunk)
            size += len(chunk)
            if size > limit:
                raise TooLarge(f"{path!r} is larger than {limit:,} bytes")
    except OSError as error:
        raise FileProblem(f"cannot read {path!r}: {error.strerror}") from None
    finally:
        os.close(handle)
    return b"".join(chunks)


def decode(data: bytes) -> str:
    """UTF-8 text without NUL; raises EncodingProblem."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise EncodingProblem("this is UTF-16, not UTF-8", b"") from None
        raise EncodingProblem(
            f"the byte 0x{data[error.start]:02X} here is no UTF-8", data[: error.start]
        ) from None
    at = text.find("\0")
    if at >= 0:
        raise EncodingProblem("a NUL byte", text[:at].encode())
    return text


def std_folder() -> str:
    """Where the standard library lies."""
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), "std")


def std_files() -> list[str]:
    """The files of the standard library, as `use std/…` names them."""
    return sorted(f[:-5] for f in os.listdir(std_folder()) if f.endswith(".arch"))


def find_std_block(name: str) -> str:
    """The file of the standard library that defines a block, as `use` names it; "" if none does."""
    if not STD_BLOCKS:
        import re

        head = re.compile(r"^block (\w+)", re.M)
        for file in reversed(std_files()):  # of two blocks of one name the first is found
            with open(os.path.join(std_folder(), file + ".arch"), encoding="utf-8") as f:
                STD_BLOCKS.update(dict.fromkeys(head.findall(f.read()), "std/" + file))
    return STD_BLOCKS.get(name, "")


def read_used(path: str, asking: SourceFile, std: bool) -> SourceFile | str:
    """A file that a `use` names, or what is wrong with it. Nothing outside the root is read."""
    if std:
        folder = std_folder()
        name = path.split("/", 1)[1] if "/" in path else ""
        full = os.path.join(folder, name + ".arch")
        if not name or not os.path.isfile(full):
            return f"the standard library has no `{name}`"
        shown = f"std/{name}.arch"
        with open(full, encoding="utf-8") as f:
            return SourceFile(shown, f.read())
    if asking.name.startswith("std/") or asking.name.startswith("<"):
        return "this text comes from no file, so it can use the standard library only"
    if os.path.isabs(path) or ".." in path.replace("\\", "/").split("/"):
        return f"`{path}` lies outside of the folder of this file"
    root = os.path.realpath(os.path.dirname(asking.name) or ".")
    full = os.path.join(root, path)
    real = os.path.realpath(full)
    if real != root and not real.startswith(root + os.sep):
        return f"`{path}` leads outside of the folder of this file"
    try:
        text = decode(read_bytes(real))
    except FileProblem as problem:
        reason = str(problem)
        return f"cannot read `{path}`: " + reason.rsplit(": ", 1)[-1]
    except EncodingProblem:
        return f"cannot read `{path}`: it is no UTF-8 text"
    shown = os.path.join(os.path.dirname(asking.name), path)
    return SourceFile(os.path.normpath(shown), text)
