"""`--optimize`, `--passes` and `--dense`: passes over what a spec says, for every command alike."""

from __future__ import annotations

from archdsl.cli.specs import Usage
from archdsl.ir.model import Design

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

LEVELS = ("none", "training", "inference")


def add_pass_options(parser: ArgumentParser) -> None:
    """The options that rewrite a network before it is shown or written."""
    parser.add_argument(
        "--optimize", choices=LEVELS, default="none", help="the passes of a level (none)"
    )
    parser.add_argument(
        "--passes", metavar="NAME,…", help="these passes, in this order: see `archdsl passes`"
    )


def rewrites(args: Namespace) -> bool:
    """Whether the command line asks for passes."""
    return bool(getattr(args, "passes", None)) or getattr(args, "optimize", "none") != "none"


def rewrite(design: Design, args: Namespace) -> Design:
    """The design after the passes that the command line asks for. Raises Usage."""
    if not rewrites(args):
        return design
    from archdsl.passes.run import LEVELS as PASSES_OF
    from archdsl.passes.run import PassError, apply

    words = (args.passes or "").split(",") if args.passes else []
    names = [*PASSES_OF[args.optimize], *(word.strip() for word in words if word.strip())]
    try:
        return Design(design.name, tuple(apply(n, names).network for n in design.networks))
    except PassError as problem:
        raise Usage(f"--passes: {problem}") from None
