"""`archdsl report`: parameters, shapes, MACs, memory, receptive field."""

from __future__ import annotations

import os
import sys

from archdsl.cli.options import THEMES, add_files, add_spec_options
from archdsl.cli.output import say, say_line, terminal_width, uses_color, write_files
from archdsl.cli.parallel import add_stages, check_stages
from archdsl.cli.rewrite import add_pass_options
from archdsl.cli.show import need_networks, show_problems
from archdsl.cli.specs import Usage, read_all
from archdsl.pipeline import FALSE_CLAIMS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

FORMATS = ("text", "markdown", "csv", "json", "html", "latex")
ENDINGS = {
    ".txt": "text",
    ".md": "markdown",
    ".csv": "csv",
    ".json": "json",
    ".html": "html",
    ".tex": "latex",
}
"""What a file's name says of its format, where `--format` does not."""

BY = ("layer", "stage", "block", "network")
PLOTS = ("params-accuracy", "macs-accuracy", "layers")
SORTS = ("params", "macs", "activations", "forward", "training")


def options(parser: ArgumentParser) -> None:
    """`archdsl report FILE…`."""
    add_files(parser)
    parser.add_argument("--format", choices=FORMATS, help="that of the file's name, else text")
    parser.add_argument("--by", choices=BY, help="rows of the table (layer; network for several)")
    parser.add_argument("-o", "--out", metavar="F", help="write to this file")
    parser.add_argument("--batch", type=int, default=1, help="examples that memory is stated for")
    parser.add_argument("--dtype", default="float32", help="number format memory is stated for")
    parser.add_argument(
        "--optimizer", metavar="O", help="whose states memory counts (the spec's, else momentum)"
    )
    parser.add_argument("--sort", choices=SORTS, help="largest first, not in order of execution")
    parser.add_argument("--top", type=int, default=0, metavar="N", help="only the first N rows")
    parser.add_argument(
        "--plot", choices=PLOTS, help="a picture: accuracy against cost, or the cost of each row"
    )
    parser.add_argument("--theme", choices=THEMES, default="light", help="colours of a plot")
    add_stages(parser, "shared out over N devices, as a pipeline: what each stage costs")
    add_spec_options(parser)
    add_pass_options(parser)


def run(args: Namespace) -> int:
    """One table, of all networks."""
    from archdsl.backends.report import build, render

    check(args)
    args.format = format_of(args)
    to_terminal = args.out in (None, "-")
    # Where a claim is false the figures are shown, but no file is written.
    specs = read_all(args, FALSE_CLAIMS if to_terminal and not args.json else frozenset())
    failed = show_problems(specs, args.json)
    if any(spec.design is None for spec in specs):
        return failed
    networks = [n for s in specs if s.design is not None for n in s.design.networks]
    need_networks(specs)
    if args.stages is not None:
        from archdsl.cli.stages import show_stages

        return show_stages(networks, specs, args) or failed
    if args.plot:
        from archdsl.cli.plots import draw_plot

        return draw_plot(specs, args) or failed
    many = len(networks) > 1
    form = args.format
    by = args.by or ("network" if many and form != "json" else "layer")
    wanted = (by, args.batch, args.dtype, args.optimizer or "", args.sort or "", args.top)
    model = build(networks, *wanted)
    text = render(
        model,
        form,
        width=terminal_width() if to_terminal else 100,
        color=to_terminal and uses_color(sys.stdout),
    )
    if to_terminal:
        say(text)
    else:
        write_files({args.out: text.encode()}, tuple(s.file.name for s in specs))
        say_line(f"wrote {args.out}")
    return failed


def check(args: Namespace) -> None:
    """Raises Usage for numbers out of their range, and names that there are not."""
    from archdsl.analysis.memory import BYTES, OPTIMIZERS

    if args.batch < 1:
        raise Usage("--batch is at least 1")
    if args.dtype not in BYTES:
        raise Usage(f"--dtype is one of {', '.join(BYTES)}, not {args.dtype!r}")
    if args.optimizer and args.optimizer not in OPTIMIZERS:
        raise Usage(f"--optimizer is one of {', '.join(OPTIMIZERS)}, not {args.optimizer!r}")
    check_stages(args)
    if args.top < 0:
        raise Usage("--top is a number of rows")


def format_of(args: Namespace) -> str:
    """The format that is asked for, or that the file's name has."""
    if args.json:
        return "json"
    ending = os.path.splitext(args.out or "")[1].lower()
    return args.format or ENDINGS.get(ending, "text")
