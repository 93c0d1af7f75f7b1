"""`--optimize`, `--passes` and `--dense`: passes over what a spec says, for every command alike."""

from __future__ import annotations

from archdsl.cli.specs import Spec, Usage, parse_input
from archdsl.diagnostics.model import Diagnostic, Label
from archdsl.ir.model import Design, Network

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
    parser.add_argument(
        "--dense",
        action="store_true",
        help="FC as convolutions: scores at every position of the --input",
    )


def rewrite(spec: Spec, args: Namespace) -> None:
    """Puts the networks of a spec through the passes that the command line asks for.

    What a pass refuses becomes a mistake of the spec. Raises Usage for a pass that there is not.
    """
    words = pass_words(args)
    if spec.design is None or not (args.dense or words or args.optimize != "none"):
        return
    if "yaml" in ",".join(getattr(args, "emit", None) or ()).split(","):
        raise Usage("--emit yaml is the spec as it is written: leave the passes out")
    from archdsl.passes.retype import Refused
    from archdsl.passes.run import LEVELS as PASSES_OF
    from archdsl.passes.run import PassError

    names = [*PASSES_OF[args.optimize], *words]
    try:
        networks = tuple(_rewritten(n, names, args) for n in spec.design.networks)
        spec.design = Design(spec.design.name, networks)
    except PassError as problem:
        raise Usage(f"--passes: {problem}") from None
    except Refused as refused:
        error = refused.error
        place = Label(refused.span, error.label)
        spec.design = None
        spec.diagnostics.append(
            Diagnostic(error.id, error.message, place, notes=error.notes, help=error.help)
        )


def pass_words(args: Namespace) -> list[str]:
    """The names behind `--passes`. Raises Usage where it has none."""
    words = [word.strip() for word in (args.passes or "").split(",") if word.strip()]
    if args.passes is not None and not words:
        raise Usage("--passes takes names of passes, and none is given: see `archdsl passes`")
    return words


def _rewritten(network: Network, names: list[str], args: Namespace) -> Network:
    from archdsl.passes.retype import resize
    from archdsl.passes.run import apply

    if args.dense:
        network = apply(network, ["dense"]).network
        sizes = parse_input(args.input)
        network = resize(network, sizes) if sizes else network
    return apply(network, names).network
