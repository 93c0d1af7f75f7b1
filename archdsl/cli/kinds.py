"""`archdsl kinds`: the layer kinds with their attributes."""

from __future__ import annotations

from archdsl.cli.output import say, say_json
from archdsl.cli.specs import Usage
from archdsl.elaborate.kind_pages import (
    all_kinds,
    first_line,
    kind_facts,
    kind_page,
    shorthand,
)
from archdsl.elaborate.suggest import did_you_mean
from archdsl.ops.base import Kind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def options(parser: ArgumentParser) -> None:
    """`archdsl kinds [KIND]`."""
    parser.add_argument("kind", nargs="?", metavar="KIND")
    parser.add_argument("--json", action="store_true", help="answer for programs")


def run(args: Namespace) -> int:
    """All kinds, or all on one."""
    if args.kind is None:
        if args.json:
            say_json([kind_facts(k) for k in all_kinds()])
            return 0
        family = ""
        for kind in all_kinds():
            if kind.family != family:
                family = kind.family
                say(f"\n{family}")
            say(f"  {shorthand(kind):<26} {first_line(kind)}")
        say("\n`archdsl kinds KIND` shows the attributes of one.")
        return 0
    found = Kind.lookup(args.kind)
    if found is None:
        help = did_you_mean(args.kind, Kind.registry)
        raise Usage(f"no layer kind is called {args.kind!r}" + (f"; {help}" if help else ""))
    if args.json:
        say_json(kind_facts(found))
    else:
        say(kind_page(found))
    return 0
