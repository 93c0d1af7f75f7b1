"""SVG written by our own layouts: a canvas, the widths of text, other formats."""

from __future__ import annotations

from archdsl.backends.svg.canvas import Canvas, escape
from archdsl.backends.svg.metrics import text_width

__all__ = ["Canvas", "escape", "text_width"]
