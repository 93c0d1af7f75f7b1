"""`archdsl explain`: an error's page."""

from __future__ import annotations

import inspect

import archdsl.cli.pages  # noqa: F401  (fills the registry of errors)
from archdsl.cli.output import say, say_json
from archdsl.cli.specs import Usage
from archdsl.diagnostics.errors import ArchError
from archdsl.elaborate.suggest import did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def options(parser: ArgumentParser) -> None:
    """`archdsl explain [ERROR-ID]`."""
    parser.add_argument("error", nargs="?", metavar="ERROR-ID")
    parser.add_argument("--json", action="store_true", help="answer for programs")


def run(args: Namespace) -> int:
    """The list of errors, or the page of one."""
    registry = ArchError.registry
    if args.error is None:
        if args.json:
            say_json(sorted(registry))
            return 0
        for id in sorted(registry):
            say(f"{id:<22} {(inspect.getdoc(registry[id]) or '').splitlines()[0]}")
        return 0
    found = registry.get(args.error)
    if found is None:
        help = did_you_mean(args.error, registry)
        raise Usage(f"no error is called {args.error!r}" + (f"; {help}" if help else ""))
    text = inspect.getdoc(found) or ""
    if args.json:
        say_json({"id": found.id, "page": text})
    else:
        say(f"{found.id}\n\n{text}")
    return 0
