"""`archdsl explain`: the page of an error or of a rule of `lint`."""

from __future__ import annotations

import inspect

import archdsl.cli.pages
import archdsl.lint.rules  # noqa: F401  (these fill the registries)
from archdsl.cli.output import say, say_json
from archdsl.cli.specs import Usage
from archdsl.diagnostics.errors import ArchError
from archdsl.elaborate.suggest import did_you_mean
from archdsl.lint.rule import Rule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def options(parser: ArgumentParser) -> None:
    """`archdsl explain [ID]`."""
    parser.add_argument("error", nargs="?", metavar="ID", help="of an error or of a lint")
    parser.add_argument("--json", action="store_true", help="answer for programs")


def run(args: Namespace) -> int:
    """The list of errors and lints, or the page of one."""
    registry: dict[str, type[ArchError] | type[Rule]] = {**ArchError.registry, **Rule.registry}
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
        raise Usage(f"no error or lint is called {args.error!r}" + (f"; {help}" if help else ""))
    text = inspect.getdoc(found) or ""
    if args.json:
        say_json({"id": found.id, "page": text})
    else:
        say(f"{found.id}\n\n{text}")
    return 0
