"""`archdsl passes`: the rewrites that `--passes` and `--optimize` run."""

from __future__ import annotations

from archdsl.cli.output import say, say_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def options(parser: ArgumentParser) -> None:
    """`archdsl passes`."""
    parser.add_argument("--json", action="store_true", help="the list for programs")


def run(args: Namespace) -> int:
    """A line for each pass, and the levels that run it."""
    from archdsl.passes.run import LEVELS, PASSES

    rows = [
        {
            "name": name,
            "summary": kind.summary,
            "keeps": kind.keeps,
            "levels": [level for level, names in LEVELS.items() if name in names],
            "options": kind.options,
        }
        for name, kind in PASSES.items()
    ]
    if args.json:
        say_json(rows)
        return 0
    wide = max(map(len, PASSES))
    for kind in PASSES.values():
        levels = [level for level, names in LEVELS.items() if kind.name in names]
        say(f"{kind.name:<{wide}}  {kind.summary}; keeps {kind.keeps}")
        say(f"{'':<{wide}}  " + ("in --optimize " + ", ".join(levels) if levels else "on request"))
    return 0
