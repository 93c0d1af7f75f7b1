"""Fills for stages: one row of pairs (fill, outline) for each theme."""

from __future__ import annotations

from archdsl.backends.dot.style import Paint

LIGHT: tuple[Paint, ...] = (
    ("#dccbee", "#7d5aa6"),
    ("#cde2f8", "#4a7fb5"),
    ("#d6efc6", "#5f9a3e"),
    ("#fde0bf", "#c78334"),
    ("#fad0d3", "#bf5862"),
    ("#c5ebe6", "#3d938a"),
    ("#fbf0ae", "#a8922a"),
    ("#dfe3ea", "#6d7887"),
)
DARK: tuple[Paint, ...] = (
    ("#4a3566", "#b394dc"),
    ("#28486b", "#79aee6"),
    ("#324f22", "#90c86a"),
    ("#5f4018", "#e2a45a"),
    ("#652f36", "#e28a93"),
    ("#1f504b", "#6cc4ba"),
    ("#564c15", "#d8c24f"),
    ("#3a414c", "#a2aebd"),
)
# Okabe and Ito's colours (2008), lightened where black text stands on them.
SAFE: tuple[Paint, ...] = (
    ("#e6bcd3", "#a34c7c"),
    ("#9ad2f3", "#0072b2"),
    ("#80ceb9", "#00654a"),
    ("#f3cf80", "#a87400"),
    ("#eaae7f", "#d55e00"),
    ("#f8f2a1", "#9c9200"),
    ("#b5d3e7", "#00486f"),
    ("#e6e6e6", "#6e6e6e"),
)
PRINT: tuple[Paint, ...] = tuple(
    (f"#{grey:02x}{grey:02x}{grey:02x}", "#000000")
    for grey in (0xFA, 0xE6, 0xD2, 0xBE, 0xF0, 0xDC, 0xC8, 0xB4)
)
PALETTES = {"light": LIGHT, "dark": DARK, "safe": SAFE, "print": PRINT}


def stage_paint(theme: str, number: int) -> Paint:
    """Fill and outline of a stage; after the last colour the first comes again."""
    row = PALETTES[theme]
    return row[number % len(row)]
