"""Options that several commands take."""

from __future__ import annotations

from argparse import SUPPRESS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, _SubParsersAction

THEMES = ("light", "dark", "safe", "print")


def add_command(
    commands: _SubParsersAction[ArgumentParser], name: str, help: str
) -> ArgumentParser:
    """One command."""
    made: ArgumentParser = commands.add_parser(
        name, help=help, description=help, allow_abbrev=False
    )
    made.add_argument("--debug", action="store_true", help=SUPPRESS)
    return made


def add_files(parser: ArgumentParser) -> None:
    """One or more specs."""
    parser.add_argument("files", nargs="+", metavar="FILE")


def add_spec_options(parser: ArgumentParser) -> None:
    """Options that choose what of a file is meant."""
    parser.add_argument("--network", metavar="N", help="one network of the file")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a parameter of the network (claims are not checked then)",
    )
    parser.add_argument("--input", metavar="3x384x384", help="other sizes of the (first) input")
    parser.add_argument(
        "--limit", action="append", default=[], metavar="NAME=N", help="steps, modules or depth"
    )
    parser.add_argument("--json", action="store_true", help="answers for programs")


def add_draw_options(parser: ArgumentParser) -> None:
    """Options of pictures."""
    parser.add_argument("--detail", type=int, metavar="0..9", help="from stages to single layers")
    parser.add_argument("--direction", choices=("TB", "LR"), default="TB")
    parser.add_argument(
        "--wrap",
        type=int,
        default=0,
        metavar="N",
        help="columns of a long graph (what a page holds)",
    )
    parser.add_argument("--theme", choices=THEMES, default="light")
