"""`archdsl report --plot`: accuracy against cost, and the cost of each row, as pictures."""

from __future__ import annotations

import os

from archdsl.cli.output import say, say_line, warn, write_files
from archdsl.cli.specs import Spec, Usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace

    from archdsl.backends.report.model import NetworkReport

    Named = list[tuple[str, NetworkReport]]


def draw_plot(specs: list[Spec], args: Namespace) -> int:
    """Writes the plot of all networks of some specs."""
    from archdsl.backends.plots import FORMATS, plot_accuracy, plot_costs, render

    path = args.out or args.plot + ".svg"
    format = "svg" if path == "-" else os.path.splitext(path)[1].lower().lstrip(".")
    if format not in FORMATS:
        names = ", ".join("." + name for name in FORMATS)
        raise Usage(f"a plot is one of {names}, not {path!r}")
    named = reports(specs, args)
    try:
        if args.plot == "layers":
            if len(named) > 1:
                shown = ", ".join(n.name for _, n in named[:12])
                raise Usage(f"{len(named)} networks; --network takes one of {shown}")
            spec = plot_costs(named[0][1], args.theme)
        else:
            say_missing(named)
            spec = plot_accuracy(named, args.plot.partition("-")[0], args.theme)
    except ValueError as problem:
        raise Usage(f"no plot: {problem}") from None
    data = render(spec, format)
    if path == "-":
        say(data.decode())
        return 0
    write_files({path: data}, tuple(s.file.name for s in specs))
    say_line(f"wrote {path}")
    return 0


def reports(specs: list[Spec], args: Namespace) -> Named:
    """What the plot shows: the networks with the names of their files."""
    from archdsl.backends.report import build

    sort, by = args.sort or "", args.by or "layer"
    named: Named = []
    for spec in specs:
        if spec.design is not None:
            made = build(spec.design, by if by != "network" else "layer", sort=sort, top=args.top)
            named += [(spec.design.name, network) for network in made.networks]
    return named


def say_missing(named: Named) -> None:
    """Tells which networks state no accuracy, and how they would."""
    without = [n.name for _, n in named if n.accuracy is None]
    if without:
        more = f" and {len(without) - 8} more" if len(without) > 8 else ""
        warn(f"without an accuracy: {', '.join(without[:8])}{more}")
    if len(without) == len(named):
        raise Usage("no network states its accuracy; write it as `train { accuracy = 0.76 }`")
