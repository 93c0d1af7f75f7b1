"""`archdsl check`: parses, infers every shape, proves every claim; writes nothing."""

from __future__ import annotations

from archdsl.cli.options import add_files, add_spec_options
from archdsl.cli.output import say, say_json
from archdsl.cli.show import names_of, problems_of, show_problems, summary
from archdsl.cli.specs import read_all

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def options(parser: ArgumentParser) -> None:
    """`archdsl check FILE…`."""
    add_files(parser)
    add_spec_options(parser)


def run(args: Namespace) -> int:
    """1 where any file is wrong."""
    specs = read_all(args)
    if args.json:
        say_json([{**problems_of(s), "networks": names_of(s)} for s in specs])
        return int(any(s.diagnostics for s in specs))
    failed = show_problems(specs)
    for spec in specs:
        if spec.design is not None:
            for line in summary(spec):
                say(line)
    return failed
