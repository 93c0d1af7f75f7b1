"""From the view to Mermaid's flowchart language."""

from __future__ import annotations

import re

from archdsl.backends.dot.model import Box
from archdsl.backends.dot.style import find_theme

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from archdsl.backends.dot.model import Cluster, Edge, View
    from archdsl.backends.dot.style import Theme

MOST_BOXES = 250
"""Mermaid draws no flowchart of more than 500 lines or 50,000 characters."""

UNSAFE = re.compile(r"[^A-Za-z0-9_ ,.:=+*/()×–…-]")


def render_mermaid(view: View, theme: str = "light") -> str:
    """The view as a Mermaid flowchart, with the colours of a theme.

    Raises RenderError for a theme that there is not.
    """
    return "\n".join(_lines(view, find_theme(theme))) + "\n"


def _lines(view: View, theme: Theme) -> Iterator[str]:
    yield f"flowchart {view.direction}"
    about = ". ".join(filter(None, (view.caption, view.note)))
    for name, words in (("accTitle", view.title), ("accDescr", about)):
        if words.strip():  # Mermaid would take the next line for an empty one's
            yield f"  {name}: {_plain(words)}"
    for child in view.children:
        yield from _child(child, "  ")
    for edge in view.edges:
        yield "  " + _edge(edge)
    yield from _styles(view, theme)


def _child(child: Box | Cluster, indent: str) -> Iterator[str]:
    if isinstance(child, Box):
        yield f"{indent}{_box(child)}"
        return
    count = f", {child.params:,}" if child.params else ""
    yield f'{indent}subgraph {child.id}["{escape(child.title + count)}"]'
    for inner in child.children:
        yield from _child(inner, indent + "  ")
    yield f"{indent}end"


def _box(box: Box) -> str:
    count = f"{box.params:,}" if box.params else ""
    lines = [box.above, box.title, ", ".join(filter(None, (box.below, count)))]
    text = "<br/>".join(escape(line) for line in lines if line)
    left, right = ("[[", "]]") if box.folded else ("(", ")")
    return f'{box.id}{left}"{text or " "}"{right}:::{box.role}'


def _edge(edge: Edge) -> str:
    line = "-.->" if edge.training else "-->"
    label = f'|"{escape(edge.label)}"|' if edge.shown and edge.label else ""
    return f"{edge.source} {line}{label} {edge.target}"


def _styles(view: View, theme: Theme) -> Iterator[str]:
    boxes = list(view.boxes())
    for role in sorted({box.role for box in boxes}):
        fill, line = theme.boxes[role]
        yield f"  classDef {role} fill:{fill},stroke:{line},color:{theme.text}"
    dashed = [box.id for box in boxes if box.training]
    if dashed:
        yield "  classDef training stroke-dasharray:4 3"
        yield f"  class {','.join(dashed)} training"
    skips = [str(i) for i, edge in enumerate(view.edges) if edge.skip]
    if skips:
        yield f"  linkStyle {','.join(skips)} stroke:{theme.skip},stroke-width:2px"


def escape(text: str) -> str:
    """Text for a quoted label: all that could be markup as Mermaid's own entities, `#35;`."""
    return UNSAFE.sub(lambda found: f"#{ord(found[0])};", text)


def _plain(text: str) -> str:
    """Text for a line of its own, where Mermaid knows no entities."""
    return re.sub(r"[^\w ,.:()×-]", "\ufffd", text)
