"""The look that all plots share, in the colours of the diagrams."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.backends.dot.style import Theme

SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
FONT = "Helvetica, Arial, Liberation Sans, sans-serif"

Json = dict[str, object]


def base(theme: Theme, title: str, about: str) -> Json:
    """What every specification begins with: title, description, paper, fonts."""
    axis = {"labelColor": theme.muted, "titleColor": theme.text, "gridColor": theme.muted}
    lines = {"domainColor": theme.muted, "tickColor": theme.muted, "gridOpacity": 0.2}
    return {
        "$schema": SCHEMA,
        "title": {"text": title, "color": theme.text, "anchor": "start"},
        "description": about,
        "background": theme.paper,
        "padding": 12,
        "config": {
            "font": FONT,
            "view": {"stroke": None},
            "axis": {**axis, **lines, "titleFontWeight": "normal"},
            "legend": {"labelColor": theme.text, "titleColor": theme.text},
        },
    }
