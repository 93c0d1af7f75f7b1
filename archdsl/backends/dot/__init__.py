"""Diagrams: from the IR to a view, to DOT text, to SVG, PNG or PDF."""

from __future__ import annotations

from archdsl.backends.dot.build import usual_view, view
from archdsl.backends.dot.dot import render_dot
from archdsl.backends.dot.draw import render, render_svg
from archdsl.backends.dot.errors import RenderError, TooLarge, ToolMissing
from archdsl.backends.dot.fold import DEFAULT_DETAIL, MAX_BOXES
from archdsl.backends.dot.model import View
from archdsl.backends.dot.style import THEMES
from archdsl.backends.dot.wrap import wrap

__all__ = [
    "DEFAULT_DETAIL",
    "MAX_BOXES",
    "THEMES",
    "RenderError",
    "TooLarge",
    "ToolMissing",
    "View",
    "render",
    "render_dot",
    "render_svg",
    "usual_view",
    "view",
    "wrap",
]
