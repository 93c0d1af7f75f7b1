"""Reports: from the IR to plain data, and from that to text, Markdown, CSV, JSON, HTML, LaTeX."""

from __future__ import annotations

from importlib import import_module

from archdsl.backends.report.model import BY, Report, TooLarge, build

FORMATS = ("text", "markdown", "csv", "json", "html", "latex")

__all__ = ["BY", "FORMATS", "Report", "TooLarge", "build", "render"]


def render(report: Report, format: str = "text", width: int = 80, color: bool = False) -> str:
    """A report as text that ends with a newline.

    `width` (columns) and `color` are for the terminal's format alone. Raises ValueError for a
    format not in `FORMATS`, `TooLarge` where a table would be beyond use.
    """
    if format not in FORMATS:
        raise ValueError(f"format is one of {', '.join(FORMATS)}, not {format!r}")
    module = import_module(f"archdsl.backends.report.{format}_form")
    options = {"width": width, "color": color} if format == "text" else {}
    text: str = module.render(report, **options)
    return text
