"""The commands: a row each; its module has `options(parser)` and `run(args)`."""

from __future__ import annotations

import argparse
from importlib import import_module

from archdsl.cli.options import add_command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import NoReturn

COMMANDS = {
    "check": "parse, infer every shape, prove every claim; write nothing",
    "lint": "what is legal and probably not meant, with fixes",
    "compile": "write the PyTorch module and the diagram",
    "fmt": "lay files out in the one canonical layout",
    "report": "parameters, shapes, MACs, memory, receptive field",
    "draw": "draw a diagram",
    "diff": "what changed between two networks: layers, shapes, parameters, MACs",
    "convert": "the same spec in the other form: the language, YAML or JSON",
    "import": "a table pasted from a paper, as a spec",
    "list": "the networks of a file",
    "kinds": "the layer kinds with their attributes",
    "passes": "the rewrites that --optimize and --passes run",
    "weights": "port published checkpoints; start a deeper network from a shallower one",
    "bench": "time, memory and distance to the device's ceilings; estimates for other cards",
    "serve": "the interactive page of a file, redrawn as the file is saved",
    "lsp": "the language server for editors, over standard input and output",
    "explain": "the page of an error or a lint, with a wrong and a right example",
    "completion": "a script that completes commands in bash, zsh or fish",
}
"""Each command's line in `archdsl --help`; it lives in the module `archdsl.cli.<command>`."""


class Parser(argparse.ArgumentParser):
    """A parser that complains in one line, as everything else here does."""

    def error(self, message: str) -> NoReturn:
        """Says what is wrong and where to look it up, and ends with exit code 2."""
        from archdsl.cli import USAGE, complain

        named = self.get_default("named") or ""
        page = f"{self.prog} {named}".rstrip()
        text = said_better(message.removeprefix("argument "), named)
        complain(f"{text}; see `{page} --help`")
        raise SystemExit(USAGE)


def make_parser(argv: list[str] | None = None) -> argparse.ArgumentParser:
    """The parser of the command line; with `argv`, only the command that it names has options."""
    parser: argparse.ArgumentParser = Parser(
        prog="archdsl",
        description="A compiler for neural networks written as their papers' tables.",
        epilog="FILE is a path, `-` for standard input, or FILE:NETWORK for one of its networks.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="store_true", help="print the version")
    parser.add_argument("--debug", action="store_true", help=argparse.SUPPRESS)
    # A `prog` of its own keeps argparse from formatting a usage text at every start.
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", prog="archdsl")
    named = None if argv is None else next((a for a in argv if a in COMMANDS), "")
    parser.set_defaults(named=named)  # the command whose page an error of the whole line names
    for name, help in COMMANDS.items():
        command = add_command(commands, name, help)
        if named is None or named == name:  # the others' modules need not be imported
            module(name).options(command)
    return parser


def said_better(message: str, named: str) -> str:
    """What argparse complains of, with the word that was probably meant."""
    import re

    from archdsl.elaborate.suggest import did_you_mean

    wrong = re.search(r"invalid choice: '([^']*)' \(choose from (.*)\)", message)
    if wrong is not None:
        known = re.findall(r"'([^']*)'", wrong[2])
        if message.startswith("COMMAND"):
            message = f"no command is called `{wrong[1]}`"
        return ", ".join(filter(None, (message, did_you_mean(wrong[1], known))))
    unknown = re.match(r"unrecognized arguments: --([\w-]+)", message)
    if unknown is None or not named:
        return message
    parser: argparse.ArgumentParser = Parser()
    module(named).options(parser)
    known = [word[2:] for word in parser._option_string_actions if word.startswith("--")]
    return ", ".join(filter(None, (message, did_you_mean(unknown[1], known, "--{}"))))


def module(name: str) -> ModuleType:
    """The module of a command."""
    return import_module(f"archdsl.cli.{name}")
