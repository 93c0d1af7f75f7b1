"""Differences between networks as text, Markdown and JSON."""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.analysis.diff.model import Difference

FORMATS = ("text", "markdown", "json")
BY = ("layer", "stage")

__all__ = ["BY", "FORMATS", "render"]


def render(
    difference: Difference,
    format: str = "text",
    by: str = "layer",
    width: int = 100,
    color: bool = False,
) -> str:
    """A difference as text that ends with a newline; `by` is `layer`, or `stage` for the top alone.

    `width` (columns) and `color` are for the terminal's format. Raises ValueError for a format
    not in `FORMATS`, a `by` not in `BY`.
    """
    if format not in FORMATS:
        raise ValueError(f"format is one of {', '.join(FORMATS)}, not {format!r}")
    if by not in BY:
        raise ValueError(f"by is one of {', '.join(BY)}, not {by!r}")
    module = import_module(f"archdsl.backends.diff.{format}_form")
    options = {"width": width, "color": color} if format == "text" else {}
    text: str = module.render(difference, by, **options)
    return text
