"""From the view to DOT text."""

from __future__ import annotations

from archdsl.backends.dot.model import Box
from archdsl.backends.dot.quote import Span, printable, quote, rich
from archdsl.backends.dot.style import find_theme

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from archdsl.backends.dot.model import Cluster, Edge, View
    from archdsl.backends.dot.style import Theme

DESCRIBED = 40
"""How many boxes the description names."""

FONT = "Helvetica"  # `dot` knows its widths; clean_svg names its kin as well

ROOM = " " * 24
"""Space before a cluster's title, which stands at the lower right as on a plate: edges leave a
narrow cluster there, at its left."""


def render_dot(view: View, theme: str = "light") -> str:
    """The view as DOT text; its first two comment lines are the title and a description.

    Themes are `light`, `dark`, `safe` (for all kinds of colour vision) and `print` (black and
    white). Raises RenderError for any other.
    """
    return "\n".join(_lines(view, find_theme(theme))) + "\n"


def _lines(view: View, theme: Theme) -> Iterator[str]:
    yield f"// {printable(view.title)}"
    yield f"// {describe(view)}"
    yield "digraph network {"
    yield from _defaults(view, theme)
    for child in view.children:
        yield from _child(child, theme, "  ")
    for edge in view.edges:
        yield _edge(edge, theme)
    yield "}"


def describe(view: View) -> str:
    """One line on what the picture shows, for those who cannot see it."""
    words = [f"{view.title}: {view.caption}"]
    ends: dict[str, list[str]] = {"input": [], "output": []}
    layers: list[str] = []
    for box in view.boxes():
        ends.get(box.role, layers).append(box.title)
    words += [f"{role} {', '.join(names)}" for role, names in ends.items()]
    shown = layers[:DESCRIBED] + ["…"] * (len(layers) > DESCRIBED)
    return printable("; ".join([*words, f"{len(layers)} boxes: {', '.join(shown)}"]))


def _defaults(view: View, theme: Theme) -> Iterator[str]:
    caption = [
        [Span(view.title, 15, theme.text, bold=True)],
        [Span(view.caption, 10, theme.muted)],
    ]
    if view.note:
        caption.append([Span(view.note, 9, theme.skip)])
    yield _attributes(
        "  graph ",
        label=rich(caption),
        labelloc='"t"',
        rankdir=quote(view.direction),
        bgcolor=quote(theme.paper),
        fontname=quote(FONT),
        fontsize="13",
        fontcolor=quote(theme.text),
        nodesep="0.3",
        ranksep="0.28",
        pad="0.2",
        newrank="true",
    )
    yield _attributes(
        "  node ",
        shape="box",
        style='"rounded,filled"',
        fontname=quote(FONT),
        fontsize="11",
        fontcolor=quote(theme.text),
        height="0.36",
        width="0.9",
        margin='"0.12,0.05"',
        penwidth="0.9",
    )
    yield _attributes(
        "  edge ",
        color=quote(theme.edge),
        fontname=quote(FONT),
        fontsize="8",
        fontcolor=quote(theme.muted),
        arrowsize="0.55",
        penwidth="0.8",
    )


def _child(child: Box | Cluster, theme: Theme, indent: str) -> Iterator[str]:
    if isinstance(child, Box):
        yield _box(child, theme, indent)
        return
    fill, line = theme.cluster
    yield f"{indent}subgraph {quote(child.id)} {{"
    title = [Span(ROOM + child.title, 10, theme.text, bold=True)]
    if child.params:
        title.append(Span(f"  {child.params:,}", 9, theme.muted))
    yield _attributes(
        f"{indent}  graph ",
        label=rich([title]),
        labeljust='"r"',
        labelloc='"b"',
        style=quote("rounded,filled,dashed" if child.training else "rounded,filled"),
        fillcolor=quote(fill),
        color=quote(line),
        margin="9",
    )
    for inner in child.children:
        yield from _child(inner, theme, indent + "  ")
    yield f"{indent}}}"


def _box(box: Box, theme: Theme, indent: str) -> str:
    fill, line = theme.boxes[box.role]
    lines = [[Span(box.title, 11, theme.text)]]
    if box.above:
        lines.insert(0, [Span(box.above, 8, theme.muted)])
    small = [Span(box.below, 8, theme.muted)] if box.below else []
    if box.params:
        small.append(Span(f"  {box.params:,}" if small else f"{box.params:,}", 8, theme.text))
    if small:
        lines.append(small)
    more = {"peripheries": "2"} if box.folded else {}
    if box.training:
        more["style"] = '"rounded,filled,dashed"'
    return _attributes(
        f"{indent}{quote(box.id)} ",
        label=rich(lines),
        fillcolor=quote(fill),
        color=quote(line),
        **more,
    )


def _edge(edge: Edge, theme: Theme) -> str:
    more = (
        {"color": quote(theme.skip), "weight": "0", "penwidth": "1.2"}
        if edge.skip
        else {"weight": "6"}
    )
    if edge.training:
        more["style"] = '"dashed"'
    return _attributes(
        f"  {quote(edge.source)} -> {quote(edge.target)} ", label=quote(f" {edge.label} "), **more
    )


def _attributes(what: str, **values: str) -> str:
    return f"{what}[{', '.join(f'{k}={v}' for k, v in values.items())}]"
