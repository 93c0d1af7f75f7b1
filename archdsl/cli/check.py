"""`archdsl check`: parses, infers every shape, proves every claim; writes only what it fixes."""

from __future__ import annotations

from archdsl.cli.options import add_files, add_spec_options
from archdsl.cli.output import say, say_json, warn
from archdsl.cli.show import names_of, problems_of, show_problems, summary
from archdsl.cli.specs import Spec, Usage, read_all

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from archdsl.diagnostics.mend import Mended

FORMATS = ("text", "json", "sarif")


def options(parser: ArgumentParser) -> None:
    """`archdsl check FILE…`."""
    add_files(parser)
    add_spec_options(parser)
    parser.add_argument("--format", choices=FORMATS, default="text", help="of what is wrong")
    parser.add_argument("--fix", action="store_true", help="make the fixes that are sure")
    parser.add_argument("--diff", action="store_true", help="show what --fix would change")
    parser.add_argument(
        "--claims", action="store_true", help="--fix may state what is computed in false claims"
    )
    parser.add_argument("--guesses", action="store_true", help="--fix may make those not sure too")


def run(args: Namespace) -> int:
    """1 where any file is wrong."""
    if (args.claims or args.guesses) and not (args.fix or args.diff):
        raise Usage("--claims and --guesses go with --fix or --diff")
    if args.fix or args.diff:
        from archdsl.cli.fix import fix_all

        specs, mended = fix_all(args)
    else:
        specs, mended = read_all(args), []
    if args.json or args.format == "json":
        say_json([facts(s, m) for s, m in zip(specs, mended or [None] * len(specs), strict=True)])
    elif args.format == "sarif":
        import archdsl.cli.pages  # noqa: F401  (fills the registry: the rules' help)
        from archdsl.diagnostics.sarif import render

        say(render([d for s in specs for d in s.diagnostics]))
    else:
        show(specs, mended, args)
    return int(any(s.diagnostics for s in specs))


def show(specs: list[Spec], mended: list[Mended | None], args: Namespace) -> None:
    """What was mended, what remains, and a line for each network that is right."""
    if mended:
        from archdsl.cli.fix import tell

        for made in mended:
            if made is not None and made.done:
                tell(made, args.diff)
    show_problems(specs)
    guesses = sum(
        d.fix is not None and d.fix.safety == "guess" for s in specs for d in s.diagnostics
    )
    if mended and guesses and not args.guesses:
        warn(f"{guesses} of them with a fix that is a guess: --guesses makes it too")
    for spec in specs:
        if spec.design is not None:
            for line in summary(spec):
                say(line)


def facts(spec: Spec, mended: Mended | None) -> dict[str, object]:
    """A file for programs."""
    out = {**problems_of(spec), "networks": names_of(spec)}
    if mended is not None:
        from archdsl.diagnostics.render import to_dict

        out["fixed"] = [to_dict(d) for d in mended.done]
    return out
