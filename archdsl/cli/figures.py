"""The views of `archdsl draw` that are no graphs: columns, tables, volumes."""

from __future__ import annotations

import os
import sys

from archdsl.cli.output import uses_color
from archdsl.cli.specs import Usage
from archdsl.ir.model import Network

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace

VIEWS = ("columns", "table", "volumes")
TOGETHER = ("columns", "table")
"""Views that put all networks into one picture."""

PICTURES = ("svg", "png", "pdf")
TABLES = ("txt", "md", "tex", "html")


def draw_together(networks: list[Network], args: Namespace) -> dict[str, bytes]:
    """One picture or table of all networks, by its path; `-` is standard output."""
    if len(args.title) > len(networks):
        raise Usage(f"{len(args.title)} titles for {len(networks)} networks")
    if args.view == "table":
        return _table(networks, args)
    from archdsl.backends.columns import build, render_columns
    from archdsl.backends.svg.convert import convert

    first = f"{file_name(networks[0])}_columns.svg" if len(networks) == 1 else "columns.svg"
    path = args.out or first
    format = picture_format(path)
    detail = 5 if args.detail is None else check_detail(args.detail)
    drawn = render_columns(build(networks, detail, args.title), args.theme)
    return {path: convert(drawn, format)}


def _table(networks: list[Network], args: Namespace) -> dict[str, bytes]:
    from archdsl.backends.table import build, render

    path = args.out or "-"
    form = "txt" if path == "-" else os.path.splitext(path)[1].lower().lstrip(".")
    if form not in TABLES:
        raise Usage(f"a table is .txt, .md, .tex or .html, not {path!r}")
    color = path == "-" and uses_color(sys.stdout)
    return {path: render(build(networks, args.title), form, color).encode()}


def draw_volumes(network: Network, args: Namespace) -> dict[str, bytes]:
    """The volumes of one network, by its path."""
    from archdsl.backends.svg.convert import convert
    from archdsl.backends.volumes import build, render_volumes

    path = args.out or f"{file_name(network)}_volumes.svg"
    format = picture_format(path)
    detail = 5 if args.detail is None else check_detail(args.detail)
    title = args.title[0] if args.title else ""
    drawn = render_volumes(build(network, detail, args.scale, title), args.theme)
    return {path: convert(drawn, format)}


def picture_format(path: str) -> str:
    """The format that a path names. Raises Usage."""
    format = "svg" if path == "-" else os.path.splitext(path)[1].lower().lstrip(".")
    if format not in PICTURES:
        raise Usage(f"this view is .svg, .png or .pdf, not {path!r}")
    return format


def check_detail(detail: int) -> int:
    """A level of detail. Raises Usage."""
    if not 0 <= detail <= 9:
        raise Usage(f"--detail goes from 0 to 9, not {detail}")
    return detail


def file_name(network: Network) -> str:
    """A network's name as that of a file."""
    return network.name.replace("-", "_")
