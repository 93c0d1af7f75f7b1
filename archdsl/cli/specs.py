"""Reading the specs that a command names: files, standard input, settings, limits."""

from __future__ import annotations

import os
import sys

from archdsl.diagnostics.model import Diagnostic, Label
from archdsl.files import (
    MAX_BYTES,
    EncodingProblem,
    FileProblem,
    TooLarge,
    decode,
    read_bytes,
)
from archdsl.ir.model import Design
from archdsl.pipeline import Limits, Request, compile_text
from archdsl.source import SourceFile, Span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace


class Usage(Exception):
    """A command line that cannot be followed: exit 2."""


class Spec:
    """A file with its design, or with what is wrong."""

    __slots__ = ("design", "diagnostics", "file", "name")

    def __init__(
        self, name: str, file: SourceFile, design: Design | None, diagnostics: list[Diagnostic]
    ) -> None:
        self.name = name
        self.file = file
        self.design = design
        self.diagnostics = diagnostics


def read_all(args: Namespace, bearable: frozenset[str] = frozenset()) -> list[Spec]:
    """Every file of the command line, compiled; `bearable` mistakes leave it its design."""
    request = make_request(args)
    limits = make_limits(args.limit)
    specs = [read_one(name, request, limits, bearable) for name in args.files]
    if hasattr(args, "passes"):  # the commands that take passes
        from archdsl.cli.rewrite import rewrite

        for spec in specs:
            rewrite(spec, args)
    return specs


def read_one(
    name: str, request: Request, limits: Limits, bearable: frozenset[str] = frozenset()
) -> Spec:
    """One file; `FILE:NETWORK` names a network of it."""
    path, network = split_name(name)
    if network is not None:
        request = Request(network, request.settings, request.input)
    file, wrong = read_source(path)
    if wrong:
        return Spec(name, file, None, wrong)
    design, diagnostics = compile_text(file, request, limits, bearable)
    return Spec(name, file, design, diagnostics)


def read_source(path: str) -> tuple[SourceFile, list[Diagnostic]]:
    """The text of a path, `-` for standard input, and what keeps it from being one."""
    shown = "<stdin>" if path == "-" else path
    try:
        data = read_stdin() if path == "-" else read_bytes(path)
    except TooLarge:
        file = SourceFile(shown, "")
        large = Diagnostic(
            "limit",
            f"a spec of more than {MAX_BYTES:,} bytes",
            Label(Span(file, 0, 0)),
            help="repeats, blocks and `use` say much in few bytes",
        )
        return file, [large]
    try:
        return SourceFile(shown, decode(data)), []
    except EncodingProblem as problem:
        before = problem.before.decode("utf-8", "replace")
        file = SourceFile(shown, before.replace("\0", "\ufffd"))
        at = Span(file, len(before), len(before))
        wrong = Diagnostic(
            "bad-encoding", problem.message, Label(at), help="save the file as UTF-8 text"
        )
        return file, [wrong]


def split_name(name: str) -> tuple[str, str | None]:
    """A path, and the network behind a colon if there is one."""
    if name == "-" or os.path.lexists(name):
        return name, None
    path, colon, network = name.rpartition(":")
    if colon and network and (path == "-" or os.path.lexists(path)):
        return path, network
    return name, None


def read_stdin() -> bytes:
    """Standard input, bounded."""
    if sys.stdin is None:
        raise FileProblem("there is no standard input")
    data = sys.stdin.buffer.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise TooLarge(f"standard input is larger than {MAX_BYTES:,} bytes")
    return data


def make_request(args: Namespace) -> Request:
    """Network, settings and input of the command line.

    A network that is to be evaluated densely is read with the input of the spec.
    """
    sizes = None if getattr(args, "dense", False) else parse_input(args.input)
    return Request(args.network, parse_settings(args.set), sizes)


def parse_settings(pairs: list[str]) -> dict[str, object]:
    """`--set depth=[2, 2]`: values as the language writes them. Raises Usage."""
    settings: dict[str, object] = {}
    for pair in pairs:
        name, equal, text = pair.partition("=")
        if not equal or not name.strip().isidentifier():
            raise Usage(f"--set takes NAME=VALUE, not {pair!r}")
        if name.strip() in settings:
            raise Usage(f"--set gives {name.strip()!r} twice")
        value = read_setting(text)
        if isinstance(value, Usage):
            raise value
        settings[name.strip()] = value
    return settings


def read_setting(text: str) -> object:
    """A value in the language's own notation."""
    from archdsl.pipeline import read_value

    value, problem = read_value(text)
    if problem:
        return Usage(f"--set: {text!r} is no value: {problem}")
    return value


def parse_input(text: str | None) -> tuple[int, ...] | None:
    """`--input 3x384x384`. Raises Usage."""
    if text is None:
        return None
    parts = text.lower().replace("×", "x").split("x")
    if not all(p.isascii() and p.isdigit() and 0 < len(p) < 11 for p in parts):
        raise Usage(f"--input takes sizes such as 3x384x384, not {text!r}")
    sizes = tuple(int(p) for p in parts)
    if not all(1 <= n < 2**31 for n in sizes):
        raise Usage(f"--input: sizes are 1 to 2147483647, not {text!r}")
    return sizes


def make_limits(pairs: list[str]) -> Limits:
    """`--limit steps=500000`. Raises Usage."""
    limits = Limits()
    caps = {"steps": 10_000_000, "modules": 1_000_000, "depth": 80}
    for pair in pairs:
        name, _, text = pair.partition("=")
        if name not in caps or not (text.isascii() and text.isdigit() and len(text) < 12):
            raise Usage(f"--limit takes one of {', '.join(caps)} with a number, not {pair!r}")
        if not 1 <= int(text) <= caps[name]:
            raise Usage(f"--limit {name}: at most {caps[name]:,}")
        setattr(limits, name, int(text))
    return limits
