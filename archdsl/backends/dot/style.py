"""Colours and lines: one table of roles for each theme."""

from __future__ import annotations

from archdsl.backends.dot.errors import RenderError

Paint = tuple[str, str]
"""Fill and outline."""


class Theme:
    """How a picture is painted; `boxes` has a row for every role that a box can have."""

    __slots__ = ("boxes", "cluster", "edge", "muted", "paper", "skip", "text")

    def __init__(
        self,
        *,
        paper: str,
        text: str,
        muted: str,
        edge: str,
        skip: str,
        cluster: Paint,
        boxes: dict[str, Paint],
    ) -> None:
        self.paper = paper
        self.text = text
        self.muted = muted
        self.edge = edge
        self.skip = skip
        self.cluster = cluster
        self.boxes = boxes


LIGHT = Theme(
    paper="#ffffff",
    text="#1b1f24",
    muted="#5f6873",
    edge="#737b86",
    skip="#c4504b",
    cluster=("#5b7ba50e", "#b9c6d6"),
    boxes={
        "conv": ("#b9d2f1", "#5d86bb"),
        "conv1": ("#ffe7a0", "#c49f2b"),
        "linear": ("#d8cbf1", "#8a6fc0"),
        "attention": ("#f4c9e2", "#b9689b"),
        "recurrent": ("#bfe6ea", "#4d98a1"),
        "embedding": ("#e8ddc6", "#a18b5d"),
        "pool": ("#f5b3ae", "#c2635c"),
        "norm": ("#d2ebe4", "#629f90"),
        "activation": ("#fcd9b2", "#cd8e45"),
        "join": ("#c9e6b3", "#73a453"),
        "shape": ("#e3e8ee", "#8796a6"),
        "dropout": ("#eeeeee", "#a3a3a3"),
        "chain": ("#e3e8ee", "#8796a6"),
        "block": ("#f2f5f9", "#55708f"),
        "input": ("#ffffff", "#7d8590"),
        "output": ("#ffffff", "#7d8590"),
    },
)

DARK = Theme(
    paper="#1c1d22",
    text="#f0f2f5",
    muted="#aab2bd",
    edge="#8b939e",
    skip="#ff8d85",
    cluster=("#ffffff0d", "#4a5563"),
    boxes={
        "conv": ("#2c4a70", "#6d9bd4"),
        "conv1": ("#5e4d16", "#d3b044"),
        "linear": ("#463670", "#a58fe0"),
        "attention": ("#632c50", "#d486b8"),
        "recurrent": ("#1f5057", "#62b6c0"),
        "embedding": ("#4f452f", "#b8a274"),
        "pool": ("#6b302d", "#e08078"),
        "norm": ("#24504a", "#73b8aa"),
        "activation": ("#664018", "#e0a158"),
        "join": ("#36531f", "#8cc267"),
        "shape": ("#353c46", "#8f9cab"),
        "dropout": ("#38383b", "#8e8e92"),
        "chain": ("#353c46", "#8f9cab"),
        "block": ("#272d36", "#8aa3c0"),
        "input": ("#1c1d22", "#aab2bd"),
        "output": ("#1c1d22", "#aab2bd"),
    },
)

# Okabe and Ito's eight colours (2008), lightened where black text stands on them.
SAFE = Theme(
    paper="#ffffff",
    text="#000000",
    muted="#404040",
    edge="#6b6b6b",
    skip="#d55e00",
    cluster=("#00000008", "#b0b0b0"),
    boxes={
        "conv": ("#9ad2f3", "#0072b2"),
        "conv1": ("#f8f2a1", "#9c9200"),
        "linear": ("#e6bcd3", "#a34c7c"),
        "attention": ("#f3cf80", "#a87400"),
        "recurrent": ("#b5d3e7", "#00486f"),
        "embedding": ("#e8e2d4", "#7a6f57"),
        "pool": ("#eaae7f", "#d55e00"),
        "norm": ("#e6f3ee", "#009e73"),
        "activation": ("#fbeacb", "#e69f00"),
        "join": ("#80ceb9", "#00654a"),
        "shape": ("#e6e6e6", "#6e6e6e"),
        "dropout": ("#f4f4f4", "#9a9a9a"),
        "chain": ("#e6e6e6", "#6e6e6e"),
        "block": ("#ffffff", "#0072b2"),
        "input": ("#ffffff", "#000000"),
        "output": ("#ffffff", "#000000"),
    },
)

PRINT = Theme(
    paper="#ffffff",
    text="#000000",
    muted="#333333",
    edge="#000000",
    skip="#000000",
    cluster=("#ffffff", "#808080"),
    boxes={
        "conv": ("#ffffff", "#000000"),
        "conv1": ("#f0f0f0", "#000000"),
        "linear": ("#ffffff", "#000000"),
        "attention": ("#e6e6e6", "#000000"),
        "recurrent": ("#e6e6e6", "#000000"),
        "embedding": ("#f0f0f0", "#000000"),
        "pool": ("#d6d6d6", "#000000"),
        "norm": ("#ffffff", "#808080"),
        "activation": ("#ffffff", "#808080"),
        "join": ("#c4c4c4", "#000000"),
        "shape": ("#ffffff", "#808080"),
        "dropout": ("#ffffff", "#808080"),
        "chain": ("#f0f0f0", "#000000"),
        "block": ("#ffffff", "#000000"),
        "input": ("#ffffff", "#000000"),
        "output": ("#ffffff", "#000000"),
    },
)

THEMES = {"light": LIGHT, "dark": DARK, "safe": SAFE, "print": PRINT}


def find_theme(name: str) -> Theme:
    """The theme of that name; raises RenderError where there is none."""
    if name not in THEMES:
        raise RenderError(f"no theme {name}; there are {', '.join(THEMES)}")
    return THEMES[name]
