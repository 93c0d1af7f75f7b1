"""`archdsl diff`: what changed between two networks."""

from __future__ import annotations

import sys

from archdsl.cli.options import add_spec_options
from archdsl.cli.output import say, say_json, terminal_width, uses_color
from archdsl.cli.show import show_problems
from archdsl.cli.specs import Spec, Usage, make_limits, make_request, read_one
from archdsl.pipeline import FALSE_CLAIMS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from archdsl.analysis.diff import Difference, Pairing

FORMATS = ("text", "markdown", "json")
BY = ("layer", "stage")


def options(parser: ArgumentParser) -> None:
    """`archdsl diff A B`."""
    parser.add_argument("files", nargs=2, metavar="FILE[:NETWORK]", help="before and after")
    parser.add_argument("--format", choices=FORMATS, default="text")
    parser.add_argument("--by", choices=BY, default="layer", help="stage: the top level alone")
    parser.add_argument("--exit-code", action="store_true", help="exit with 1 where they differ")
    parser.add_argument("-q", "--quiet", action="store_true", help="print nothing, only exit so")
    add_spec_options(parser)


def run(args: Namespace) -> int:
    """Every pair of networks of equal names, or the one of each file."""
    from archdsl.analysis.diff import diff, pair_networks

    if args.files == ["-", "-"]:
        raise Usage("only one of the two can be standard input")
    request, limits = make_request(args), make_limits(args.limit)
    bearable = frozenset() if args.json else FALSE_CLAIMS
    specs = [read_one(name, request, limits, bearable) for name in args.files]
    failed = show_problems(specs, args.json)
    if any(spec.design is None for spec in specs):
        return failed
    pairing = pair_networks(*(spec.design for spec in specs if spec.design is not None))
    if not pairing.pairs:
        raise Usage(no_pairs(specs))
    found = [diff(one, other) for one, other in pairing.pairs]
    if not args.quiet:
        show(found, pairing, args)
    differ = bool(pairing.added or pairing.removed or not all(d.is_empty for d in found))
    return failed or int(differ and (args.exit_code or args.quiet))


def no_pairs(specs: list[Spec]) -> str:
    """Why nothing can be compared, and what to write."""
    parts = []
    for spec in specs:
        networks = spec.design.networks if spec.design is not None else ()
        names = ", ".join(n.name for n in networks[:8]) + (", …" if len(networks) > 8 else "")
        parts.append(f"{spec.name} has {names or 'no network'}")
    return f"no network of the same name in both: {'; '.join(parts)}; write FILE:NETWORK"


def show(found: list[Difference], pairing: Pairing, args: Namespace) -> None:
    """The differences; many networks that are alike take one line."""
    from archdsl.backends.diff import render

    if args.json or args.format == "json":
        from archdsl.backends.diff.json_form import as_object

        say_json(
            {
                "networks": [as_object(d, args.by) for d in found],
                "removed": pairing.removed,
                "added": pairing.added,
            }
        )
        return
    color = args.format == "text" and uses_color(sys.stdout)
    alike = [d for d in found if d.is_empty and not d.regrouped and len(found) > 1]
    texts = [
        render(d, args.format, args.by, terminal_width(), color) for d in found if d not in alike
    ]
    if alike:
        texts.append("alike: " + ", ".join(d.after.name for d in alike) + "\n")
    for word, names in (
        ("only in the first", pairing.removed),
        ("only in the second", pairing.added),
    ):
        if names:
            texts.append(f"{word}: {', '.join(names)}\n")
    say("\n".join(texts))
