"""From the view to DOT text."""

from __future__ import annotations

from archdsl.backends.dot.legend import caption
from archdsl.backends.dot.model import Box
from archdsl.backends.dot.quote import Span, printable, quote, rich
from archdsl.backends.dot.style import find_theme
from archdsl.backends.dot.tips import tip_lines
from archdsl.backends.dot.titles import rows, title_id
from archdsl.backends.dot.wrap import sources, turns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from archdsl.backends.dot.model import Cluster, Edge, View
    from archdsl.backends.dot.style import Theme

DESCRIBED = 40
"""How many boxes the description names."""

JOINT = "0.026"
"""Inches: a dot so large that the lines which meet at a corner leave no gap."""

FONT = "Helvetica"  # `dot` knows its widths; clean_svg names its kin as well


def render_dot(view: View, theme: str = "light") -> str:
    """The view as DOT text; its first two comment lines are the title and a description;
    a comment line for each box, cluster and edge says in full what it is.

    Themes are `light`, `dark`, `safe` (for all kinds of colour vision) and `print` (black and
    white). Raises RenderError for any other.
    """
    return "\n".join(_lines(view, find_theme(theme))) + "\n"


def _lines(view: View, theme: Theme) -> Iterator[str]:
    yield f"// {printable(view.title)}"
    yield f"// {describe(view)}"
    yield from tip_lines(view)
    yield "digraph network {"
    yield from _defaults(view, theme)
    for child in view.children:
        yield from _child(child, theme, "  ")
    for row in rows(view):
        yield from _row(row if view.direction == "TB" else row[::-1])  # LR counts from below
    yield from _turns(view, theme)
    for edge, source in zip(view.edges, sources(view), strict=True):
        yield _edge(edge, source, theme)
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
    yield _attributes(
        "  graph ",
        label=caption(view, theme),
        labelloc='"t"',
        rankdir=quote(view.direction),
        bgcolor=quote(theme.paper),
        fontname=quote(FONT),
        fontsize="13",
        fontcolor=quote(theme.text),
        nodesep="0.22",
        ranksep="0.2" if view.direction == "TB" else "0.24",
        pad="0.15",
        newrank="true",
        remincross="false",  # or the invisible lines of `_row` are not kept to
    )
    yield _attributes(
        "  node ",
        shape="box",
        style='"rounded,filled"',
        fontname=quote(FONT),
        fontsize="11",
        fontcolor=quote(theme.text),
        height="0.3",
        width="0.8",
        margin='"0.1,0.035"',
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
    yield _attributes(
        f"{indent}  graph ",
        label='""',
        style=quote("rounded,filled,dashed" if child.training else "rounded,filled"),
        fillcolor=quote(fill),
        color=quote(line),
        margin="7",
    )
    yield _title(child, theme, indent + "  ")
    for inner in child.children:
        yield from _child(inner, theme, indent + "  ")
    yield f"{indent}}}"


def _title(cluster: Cluster, theme: Theme, indent: str) -> str:
    """A cluster's title as a node, whose lines are the label, the block's name and the count."""
    label, colon, name = cluster.title.partition(": ")
    lines = [[Span(label, 10, theme.text, bold=True)]]
    if colon:
        lines.append([Span(name, 9, theme.text)])
    if cluster.params:
        lines.append([Span(f"{cluster.params:,}", 8, theme.muted)])
    return _attributes(
        f"{indent}{quote(title_id(cluster))} ",
        label=rich(lines),
        shape="plaintext",
        style='""',
        width="0",
        height="0",
        margin='"0.02,0"',
    )


def _row(ids: list[str]) -> Iterator[str]:
    """Invisible lines that keep the boxes in a row and in this order."""
    if len(ids) < 2:
        return
    yield _same_rank(ids)
    yield _invisible(ids)


def _same_rank(ids: list[str]) -> str:
    return f"  {{ rank=same; {'; '.join(map(quote, ids))} }}"


def _invisible(ids: list[str]) -> str:
    return f"  {' -> '.join(map(quote, ids))} [style=invis]"


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


def _turns(view: View, theme: Theme) -> Iterator[str]:
    """The lines from the end of a column to the top of the next, and what keeps columns apart."""
    found = turns(view)
    if not found:
        return
    first = view.children[0]
    before = first.id if isinstance(first, Box) else title_id(first)
    joint = {"style": "filled", "color": quote(theme.edge), "penwidth": "0"}
    top = []
    for turn in found:
        style = {"style": '"dashed"'} if turn.training else {}
        for corner in (turn.down, turn.up, turn.entry):
            yield _attributes(f"  {corner} ", shape="point", width=JOINT, height=JOINT, **joint)
        yield f"  {{ rank=same; {quote(turn.source)}; {turn.down} }}"
        lines = ((turn.source, turn.down, 6), (turn.up, turn.down, 20), (turn.up, turn.entry, 1))
        for begin, end, weight in lines:
            line = f"  {quote(begin)} -> {quote(end)} "
            yield _attributes(line, dir="none", weight=str(weight), **style)
        yield _invisible([before, turn.up])  # a second line from `up` to `entry` would bend it
        top += [before, turn.up]
        before = turn.entry
    yield _same_rank([*top, before])


def _edge(edge: Edge, source: str, theme: Theme) -> str:
    more = (
        {"color": quote(theme.skip), "weight": "0", "penwidth": "1.2"}
        if edge.skip
        else {"weight": "6"}
    )
    if edge.training:
        more["style"] = '"dashed"'
    if edge.shown:
        more["label"] = quote(f" {edge.label} ")
    return _attributes(f"  {quote(source)} -> {quote(edge.target)} ", **more)


def _attributes(what: str, **values: str) -> str:
    return f"{what}[{', '.join(f'{k}={v}' for k, v in values.items())}]"
