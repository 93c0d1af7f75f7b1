"""`archdsl draw`: diagrams."""

from __future__ import annotations

import os

from archdsl.cli.options import add_draw_options, add_spec_options
from archdsl.cli.output import say, write_files
from archdsl.cli.show import show_problems
from archdsl.cli.specs import Spec, Usage, read_all
from archdsl.ir.model import Network

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def options(parser: ArgumentParser) -> None:
    """`archdsl draw FILE`."""
    parser.add_argument("files", nargs=1, metavar="FILE")
    parser.add_argument(
        "-o", "--out", metavar="F", help="F.svg, F.png, F.pdf, F.dot or F.html; - for stdout"
    )
    add_spec_options(parser)
    add_draw_options(parser)


def run(args: Namespace) -> int:
    """A picture of each network."""
    specs = read_all(args)
    failed = show_problems(specs, args.json)
    if failed:
        return failed
    design = specs[0].design
    assert design is not None
    networks = design.networks
    if not networks:
        raise Usage(f"{specs[0].name} defines no network")
    if args.out and len(networks) > 1:
        names = ", ".join(n.name for n in networks[:12])
        raise Usage(f"{specs[0].name} has {len(networks)} networks; --network takes one of {names}")
    files: dict[str, bytes] = {}
    for network in networks:
        path = args.out or network.name.replace("-", "_") + ".svg"
        format = "svg" if path == "-" else os.path.splitext(path)[1].lower().lstrip(".")
        if format not in ("svg", "png", "pdf", "dot", "html"):
            raise Usage(f"a picture is .svg, .png, .pdf, .dot or .html, not {path!r}")
        is_page = format == "html"
        files[path] = page(network, specs[0]) if is_page else picture(network, format, args)
    if args.out == "-":
        say(next(iter(files.values())).decode())
        return 0
    write_files(files, (specs[0].file.name,))
    for path in files:
        say(f"wrote {path}")
    return 0


def page(network: Network, spec: Spec) -> bytes:
    """The interactive page of a network."""
    from archdsl import __version__
    from archdsl.live.document import network_page

    return network_page(network, spec.file, __version__).encode()


def picture(network: Network, format: str, args: Namespace) -> bytes:
    """A diagram in a format."""
    from archdsl.backends.dot import DEFAULT_DETAIL, render, render_dot, view

    detail = DEFAULT_DETAIL if args.detail is None else args.detail
    text = render_dot(view(network, detail, args.direction), args.theme)
    return text.encode() if format == "dot" else render(text, format)
