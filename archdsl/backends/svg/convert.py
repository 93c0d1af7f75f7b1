"""From SVG to PNG and PDF, by a library that brings its own fonts."""

from __future__ import annotations

from importlib import import_module

from archdsl.backends.dot.errors import RenderError, ToolMissing

FORMATS = ("svg", "png", "pdf")
SCALE = 2.0
"""Pixels of a PNG for each pixel of CSS."""


def convert(svg: str, format: str) -> bytes:
    """The picture as SVG (UTF-8), PNG or PDF; text stays text in a PDF.

    Raises ToolMissing where the library is not installed, RenderError for another format.
    """
    if format not in FORMATS:
        raise RenderError(f"no picture format {format}; there are {', '.join(FORMATS)}")
    if format == "svg":
        return svg.encode()
    try:
        library = import_module("vl_convert")
    except ImportError:
        raise ToolMissing(
            f"{format} needs the Python package vl-convert-python: pip install 'archdsl[pictures]'"
        ) from None
    try:
        done = library.svg_to_png(svg, scale=SCALE) if format == "png" else library.svg_to_pdf(svg)
    except ValueError as problem:
        raise RenderError(f"{format}: {problem}") from None
    made: bytes = done
    return made
