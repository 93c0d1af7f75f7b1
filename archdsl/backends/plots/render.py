"""From a Vega-Lite specification to a picture, by vl-convert, which needs no browser and no net."""

from __future__ import annotations

from importlib import import_module

from archdsl.backends.dot.errors import RenderError, ToolMissing
from archdsl.backends.svg.canvas import escape
from archdsl.backends.svg.convert import convert

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.backends.plots.style import Json

FORMATS = ("svg", "png", "pdf", "json")
VERSION = "5.21"
"""Of Vega-Lite; vl-convert brings several."""


def render(spec: Json, format: str) -> bytes:
    """The plot as SVG, PNG or PDF, or the specification itself as JSON.

    Raises ToolMissing where vl-convert is not installed, RenderError for another format.
    """
    if format not in FORMATS:
        raise RenderError(f"no format {format} of plots; there are {', '.join(FORMATS)}")
    if format == "json":
        from json import dumps

        return (dumps(spec, indent=1) + "\n").encode()
    try:
        library = import_module("vl_convert")
    except ImportError:
        raise ToolMissing(
            "plots need the Python package vl-convert-python: pip install 'archdsl[pictures]'"
        ) from None
    try:
        svg: str = library.vegalite_to_svg(spec, vl_version=VERSION, allowed_base_urls=[])
    except ValueError as problem:
        raise RenderError(f"{format}: {problem}") from None
    return convert(_describe(svg, spec), format)


def _describe(svg: str, spec: Json) -> str:
    """The picture with its title and description as elements, which readers of screens find."""
    title = spec["title"]
    words = str(title["text"]) if isinstance(title, dict) else ""
    about = escape(str(spec["description"]), 4000)
    head, end, rest = svg.partition(">")
    return f"{head}{end}<title>{escape(words)}</title><desc>{about}</desc>{rest}\n"
