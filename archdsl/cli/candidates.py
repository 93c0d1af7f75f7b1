"""What may stand next on a command line: read off the parser itself, for completion by shells."""

from __future__ import annotations

import argparse
import os

from archdsl.cli.arguments import COMMANDS, make_parser

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    Candidate = tuple[str, str]

SPECS = (".arch", ".yaml", ".yml", ".json", ".md")
ANY_FILE = ("F", "DIR", "CHECKPOINT", "F.safetensors", "SOURCE")


def candidates(line: str) -> list[Candidate]:
    """(word, help) for the last word of a line up to the cursor, each beginning with that word."""
    words = split(line)
    current = words[-1]
    found = _next(words[1:-1], current)
    return [(word, help) for word, help in found if word.startswith(current) and _is_plain(word)]


def split(line: str) -> list[str]:
    """The words of an unfinished line, quotes removed; the last one may be empty."""
    words, word, quote, at = [""], "", "", 0
    while at < len(line):
        char = line[at]
        if quote:
            quote, word = ("", word) if char == quote else (quote, word + char)
        elif char in "'\"":
            quote = char
        elif char == "\\" and at + 1 < len(line):
            at += 1
            word += line[at]
        elif char.isspace():
            words.append(word)
            word = ""
        else:
            word += char
        at += 1
    return [*[w for w in words if w], word]


def _is_plain(word: str) -> bool:
    return word.isprintable()


def _next(before: list[str], current: str) -> Iterable[Candidate]:
    command = next((word for word in before if word in COMMANDS), None)
    if command is None:
        options = [("--help", "show the commands"), ("--version", "print the version")]
        return options if current.startswith("-") else list(COMMANDS.items())
    parser, rest = _descend(make_parser([command]), before)
    known = parser._option_string_actions
    if rest and rest[-1] in known and _takes_value(known[rest[-1]]):
        return _values(known[rest[-1]], current, rest)
    option, equal, value = current.partition("=")
    if equal and option in known:
        return [(f"{option}={w}", h) for w, h in _values(known[option], value, rest)]
    if current.startswith("-") and current != "-":
        return list(_options(parser, rest))
    return _positional(parser, rest, current)


def _descend(
    parser: argparse.ArgumentParser, words: list[str]
) -> tuple[argparse.ArgumentParser, list[str]]:
    """The parser of the innermost command, and the words behind its name."""
    rest = words
    while True:
        below = _commands(parser)
        at = next((k for k, word in enumerate(rest) if word in below), None)
        if at is None:
            return parser, rest
        parser, rest = below[rest[at]], rest[at + 1 :]


def _commands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def _takes_value(action: argparse.Action) -> bool:
    return bool(action.option_strings) and action.nargs != 0


def _options(parser: argparse.ArgumentParser, used: list[str]) -> Iterator[Candidate]:
    """Options that may still be given."""
    for action in parser._actions:
        again = isinstance(action, argparse._AppendAction)
        if action.help is argparse.SUPPRESS or not action.option_strings:
            continue
        if again or not any(name in used for name in action.option_strings):
            yield action.option_strings[-1], action.help or ""


def _positional(
    parser: argparse.ArgumentParser, words: list[str], current: str
) -> Iterable[Candidate]:
    """Values of the argument at this place."""
    below = _commands(parser)
    if below:
        return [(name, sub.description or "") for name, sub in below.items()]
    known = parser._option_string_actions
    place = 0
    for before, word in zip(["", *words], words, strict=False):
        is_value = before in known and _takes_value(known[before])
        place += not is_value and (not word.startswith("-") or word == "-")
    for action in parser._actions:
        if action.option_strings:
            continue
        most = 1 if action.nargs in (None, "?") else action.nargs
        if not isinstance(most, int) or place < most:
            return _values(action, current, words)
        place -= most
    return []


def _values(action: argparse.Action, current: str, words: list[str]) -> Iterable[Candidate]:
    """Values that an argument or an option takes."""
    metavar = action.metavar if isinstance(action.metavar, str) else ""
    if action.choices is not None:
        return [(str(choice), "") for choice in action.choices]
    if action.dest == "emit":
        from archdsl.cli.compile import EMIT_SUFFIX

        return _listed(current, EMIT_SUFFIX)
    if action.dest == "parallel":
        from archdsl.cli.parallel import WAYS

        return _listed(current, WAYS)
    if action.dest == "network":
        return [(name, "") for word in words for name in _networks(word)]
    if metavar.startswith("FILE"):
        return _specs(current)
    if metavar in ANY_FILE:
        return _files(current, ())
    if action.dest == "kind":
        return _kinds()
    if metavar in ("ID", "ERROR-ID"):
        return _errors()
    return []


def _listed(current: str, known: Iterable[str]) -> list[Candidate]:
    """What an option takes some of, with commas between them: after a comma too."""
    done, comma, _ = current.rpartition(",")
    chosen = done.split(",")
    return [(f"{done}{comma}{word}", "") for word in known if word not in chosen]


def _specs(current: str) -> list[Candidate]:
    """Spec files and folders; the networks of a file behind its colon."""
    path, colon, _ = current.rpartition(":")
    if colon and os.path.isfile(path):
        return [(f"{path}:{name}", "") for name in _networks(path)]
    return _files(current, SPECS)


def _files(current: str, suffixes: tuple[str, ...]) -> list[Candidate]:
    """Entries of the folder that the word stands in; folders end in a slash."""
    folder, slash, start = current.rpartition("/")
    found = []
    try:
        entries = sorted(
            os.scandir(os.path.expanduser(folder) + slash or "."), key=lambda e: e.name
        )
    except OSError:
        return []
    for entry in entries:
        if entry.name.startswith(".") and not start.startswith("."):
            continue
        if entry.is_dir():
            found.append((f"{folder}{slash}{entry.name}/", ""))
        elif not suffixes or entry.name.endswith(suffixes):
            found.append((f"{folder}{slash}{entry.name}", ""))
    return found


def _networks(path: str) -> list[str]:
    """Names of a file's networks; none where it is wrong."""
    from archdsl.files import EncodingProblem, FileProblem, read_spec
    from archdsl.pipeline import compile_text

    if not os.path.isfile(path):
        return []
    try:
        design, _ = compile_text(read_spec(path))
    except (FileProblem, EncodingProblem):
        return []
    return [network.name for network in design.networks] if design is not None else []


def _kinds() -> list[Candidate]:
    import archdsl.ops  # noqa: F401  (fills the registry of kinds)
    from archdsl.ops.base import Kind

    kinds = {kind.name: kind for kind in Kind.registry.values()}
    return [(name, _first_line(kinds[name])) for name in sorted(kinds, key=str.lower)]


def _errors() -> list[Candidate]:
    import archdsl.cli.pages  # noqa: F401  (fills the registry of errors)
    from archdsl.diagnostics.errors import ArchError

    return [(id, _first_line(ArchError.registry[id])) for id in sorted(ArchError.registry)]


def _first_line(thing: type) -> str:
    return (thing.__doc__ or "").strip().split("\n")[0]
