"""A spec's text with the files that it uses and its settings: all that says a network anew."""

from __future__ import annotations

import os

from archdsl.deploy.errors import BrokenBundle
from archdsl.files import read_used
from archdsl.ir.model import Design
from archdsl.ops.base import show
from archdsl.pipeline import Limits, Request, compile_text, read_value
from archdsl.source import SourceFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from archdsl.diagnostics.model import Diagnostic
    from archdsl.ir.model import Network

LONGEST_NAME = 200  # characters of a file's path inside
MOST_FILES = 256  # what a spec may use
MOST_SETTINGS = 1000
LARGEST_INPUT = 2**31 - 1
FOREIGN = {"<stdin>": "stdin", "<text>": "text"}  # texts of no file, and what they are called


class Bundle:
    """The files of a spec by their paths below it, the first one the spec itself.

    `settings` are values as the language writes them, `input` other sizes of the first input.
    """

    __slots__ = ("files", "input", "network", "settings")

    def __init__(
        self,
        files: Mapping[str, str],
        network: str,
        settings: Mapping[str, str] | None = None,
        input: tuple[int, ...] | None = None,
    ) -> None:
        self.files = dict(files)
        self.network = network
        self.settings = dict(settings or {})
        self.input = input

    @property
    def main(self) -> str:
        """The path of the spec itself."""
        return next(iter(self.files))

    def read(self, path: str, asking: SourceFile, std: bool) -> SourceFile | str:
        """What a `use` of these files names, or what is wrong with it; no other file is read."""
        if std:
            return read_used(path, asking, True)
        if asking.name.startswith("std/"):
            return "the standard library uses itself only"
        name = below(os.path.dirname(asking.name), path)
        if name not in self.files:
            return f"`{path}` is not among the files that this one brings along"
        return SourceFile(name, self.files[name])


def gather(file: SourceFile, network: Network, request: Request) -> Bundle:
    """The bundle of a network that a file defines. Raises BrokenBundle where it says another one.

    `file` was compiled with `request`, and what it uses is read again.
    """
    root = os.path.dirname(file.name)
    files = {main_name(file): file.text}

    def read_other(path: str, asking: SourceFile, std: bool) -> SourceFile | str:
        found = read_used(path, asking, std)
        if isinstance(found, SourceFile) and not std:
            name = os.path.relpath(found.name, root or ".").replace(os.sep, "/")
            files[name] = found.text
        return found

    only = Request(network.name, request.settings, request.input)
    compile_text(file, only, Limits(), read_other=read_other)
    odd = next((name for name in files if not is_plain(name)), None)
    if odd is not None:
        raise BrokenBundle(
            f"the file {odd!r} cannot go along with the weights under this name: no part of it"
            f" begins with `.`, all is printable, and it has {LONGEST_NAME} characters at most",
            help="rename it",
        )
    settings = {name: show(value) for name, value in request.settings.items()}
    bundle = Bundle(files, network.name, settings, request.input)
    again, problems = unpack(bundle)
    if again is None or not same(again, network):
        why = f": {problems[0].message}" if problems else ""
        raise BrokenBundle(
            f"without its folder, the text of `{network.name}` does not give the same network{why}"
        )
    return bundle


def unpack(bundle: Bundle) -> tuple[Network | None, list[Diagnostic]]:
    """The network that a bundle says, or None with what is wrong. Raises BrokenBundle.

    The text goes through the checks and limits of every spec.
    """
    settings = {name: setting(name, text) for name, text in bundle.settings.items()}
    request = Request(bundle.network, settings, bundle.input)
    file = SourceFile(bundle.main, bundle.files[bundle.main])
    design, diagnostics = compile_text(file, request, Limits(), read_other=bundle.read)
    if design is None:
        return None, diagnostics
    if len(design.networks) != 1:
        raise BrokenBundle(f"the text inside defines no single network `{bundle.network[:80]}`")
    return design.networks[0], []


def setting(name: str, text: str) -> object:
    """A value written in the language. Raises BrokenBundle."""
    value, problem = read_value(text)
    if problem:
        raise BrokenBundle(f"the setting `{name[:80]}` inside is no value: {problem}")
    return value


def same(one: Network, other: Network) -> bool:
    """Whether two networks are the same, layer by layer."""
    from archdsl.ir.text import render

    return render(Design("", (one,))) == render(Design("", (other,)))


def main_name(file: SourceFile) -> str:
    """What a spec is called inside of a bundle; its suffix says which form it is written in."""
    from archdsl.syntax.forms import is_data

    if file.name in FOREIGN:
        return FOREIGN[file.name] + (".yaml" if is_data(file) else ".arch")
    return os.path.basename(file.name)


def is_plain(name: str) -> bool:
    """Whether a file may be called so inside: a short path below a folder, of nothing hidden."""
    hidden = any(part.startswith(".") for part in name.split("/"))  # .git/…, .bashrc
    short = name.isprintable() and 0 < len(name) <= LONGEST_NAME
    return short and not hidden and below("", name) == name and not name.startswith("<")


def below(folder: str, path: str) -> str | None:
    """A path from a folder of the bundle, or None where it leads out of that folder."""
    parts = path.replace("\\", "/").split("/")
    if os.path.isabs(path) or ".." in parts:
        return None
    return os.path.normpath(os.path.join(folder, path)).replace(os.sep, "/")
