"""`archdsl draw`: diagrams, columns, tables, volumes."""

from __future__ import annotations

import os

from archdsl.cli.figures import TOGETHER, VIEWS, draw_together, draw_volumes
from archdsl.cli.options import add_draw_options, add_files, add_spec_options
from archdsl.cli.output import say, say_line, warn, write_files
from archdsl.cli.rewrite import add_pass_options
from archdsl.cli.show import need_networks, show_problems
from archdsl.cli.specs import Spec, Usage, read_all
from archdsl.ir.model import Network

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

ONLY: dict[str, tuple[object, tuple[str, ...]]] = {
    "title": ([], VIEWS),
    "scale": ("sqrt", ("volumes",)),
    "wrap": (0, ("graph",)),
    "direction": ("TB", ("graph",)),
    "detail": (None, ("graph", "columns", "volumes")),
    "theme": ("light", ("graph", "columns", "volumes")),
}
"""Options that only some views have: what they are where nobody gives them, and those views."""


def options(parser: ArgumentParser) -> None:
    """`archdsl draw FILE…`."""
    add_files(parser)
    parser.add_argument(
        "-o",
        "--out",
        metavar="F",
        help="F.svg, .png, .pdf, .dot, .mmd, .html; tables F.txt, .md, .tex, .html; - for stdout",
    )
    parser.add_argument(
        "--view",
        choices=("graph", *VIEWS),
        default="graph",
        help="a graph; columns side by side; the table of a paper; volumes to scale",
    )
    parser.add_argument(
        "--title", action="append", default=[], metavar="T", help="instead of a network's name"
    )
    parser.add_argument(
        "--scale", choices=("sqrt", "log", "linear"), default="sqrt", help="scale of volumes"
    )
    add_spec_options(parser)
    add_pass_options(parser)
    add_draw_options(parser)


def run(args: Namespace) -> int:
    """A picture of each network, or one of all."""
    check(args)
    specs = read_all(args)
    failed = show_problems(specs, args.json)
    if failed:
        return failed
    drawn = [(s, n) for s in specs if s.design is not None for n in s.design.networks]
    need_networks(specs)
    if args.view in TOGETHER:
        files = draw_together([network for _, network in drawn], args)
    else:
        files = each(drawn, args)
    if args.out == "-" or "-" in files:
        say(next(iter(files.values())).decode())
        return 0
    write_files(files, tuple(s.file.name for s in specs))
    for path in files:
        say_line(f"wrote {path}")
    return 0


def check(args: Namespace) -> None:
    """Raises Usage for an option that the picture would know nothing of."""
    is_page = args.view == "graph" and os.path.splitext(args.out or "")[1].lower() == ".html"
    for option, (usual, views) in ONLY.items():
        if getattr(args, option) == usual:
            continue
        if args.view not in views:
            raise Usage(f"--{option} is for --view {' or '.join(views)}, not {args.view}")
        if is_page:
            raise Usage(f"--{option} is not for a page: it folds, turns and has its colours there")


def each(drawn: list[tuple[Spec, Network]], args: Namespace) -> dict[str, bytes]:
    """A picture for every network, by its path."""
    if args.out and len(drawn) > 1:
        names = ", ".join(n.name for _, n in drawn[:12])
        raise Usage(f"{len(drawn)} networks for one picture; --network takes one of {names}")
    files: dict[str, bytes] = {}
    for spec, network in drawn:
        if args.view == "volumes":
            made = draw_volumes(network, args)
        else:
            made = draw_graph(spec, network, args)
        for path in made:
            if path in files:
                raise Usage(f"two networks would be written to {path!r}; draw them one by one")
        files |= made
    return files


def draw_graph(spec: Spec, network: Network, args: Namespace) -> dict[str, bytes]:
    """The diagram or the page of one network, by its path."""
    path = args.out or network.name.replace("-", "_") + ".svg"
    format = "svg" if path == "-" else os.path.splitext(path)[1].lower().lstrip(".")
    if format not in ("svg", "png", "pdf", "dot", "mmd", "html"):
        raise Usage(f"a picture is .svg, .png, .pdf, .dot, .mmd or .html, not {path!r}")
    is_page = format == "html"
    return {path: page(network, spec) if is_page else picture(network, format, args)}


def page(network: Network, spec: Spec) -> bytes:
    """The interactive page of a network."""
    from archdsl import __version__
    from archdsl.live.document import network_page

    return network_page(network, spec.file, __version__).encode()


def picture(network: Network, format: str, args: Namespace) -> bytes:
    """A diagram in a format."""
    from archdsl.backends.dot import MAX_BOXES, render, render_dot, usual_view, view, wrap
    from archdsl.backends.mermaid import MOST_BOXES, render_mermaid

    if args.wrap < 0:
        raise Usage("--wrap is a number of columns")
    if args.wrap > 1 and args.direction == "LR":
        raise Usage("--wrap makes columns of a graph that runs downwards (--direction TB)")
    mermaid = format in ("mmd", "mermaid")
    limit = MOST_BOXES if mermaid else MAX_BOXES
    if args.detail is None:
        shown = usual_view(network, args.direction, limit)
    else:
        shown = view(network, args.detail, args.direction, limit)
    shown = wrap(shown, args.wrap)
    if shown.note:
        warn(f"{network.name}: {shown.note}")
    if mermaid:
        return render_mermaid(shown, args.theme).encode()
    text = render_dot(shown, args.theme)
    return text.encode() if format == "dot" else render(text, format)
