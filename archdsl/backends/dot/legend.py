"""The caption of a picture: its title, counts, note, and what the colours mean."""

from __future__ import annotations

from archdsl.backends.dot.quote import Span, rich

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.backends.dot.model import View
    from archdsl.backends.dot.style import Theme

MEANINGS = {
    "conv": "convolution",
    "conv1": "1×1 convolution",
    "linear": "linear",
    "attention": "attention",
    "recurrent": "recurrent",
    "embedding": "embedding",
    "pool": "pooling",
    "norm": "normalization",
    "activation": "activation",
    "join": "join",
    "shape": "reshape",
    "dropout": "dropout",
    "chain": "several layers",
    "block": "folded block",
}
"""What the legend calls each role of the style table; inputs and outputs say what they are."""

IN_A_ROW = 4
"""Cells of a row of the legend under a picture that runs downwards."""


def caption(view: View, theme: Theme) -> str:
    """The label of the whole graph."""
    lines = [
        [Span(view.title, 15, theme.text, bold=True)],
        [Span(view.caption, 10, theme.muted)],
    ]
    if view.note:
        lines.append([Span(view.note, 9, theme.skip)])
    words = rich(lines)
    cells = legend(view, theme)
    if not words.startswith("<") or not cells:
        return words  # a name that has to be quoted leaves no room for a legend
    width = IN_A_ROW if view.direction == "TB" else len(cells)
    table = "".join(
        f"<tr>{''.join(cells[i : i + width])}</tr>" for i in range(0, len(cells), width)
    )
    return (
        f'<<table border="0" cellborder="0" cellspacing="0"><tr><td>{words[1:-1]}</td></tr>'
        f'<tr><td><table border="0" cellspacing="3" cellpadding="2">{table}</table></td></tr>'
        "</table>>"
    )


def legend(view: View, theme: Theme) -> list[str]:
    """A cell for every role that the picture has, and for its special lines."""
    boxes = list(view.boxes())
    roles = {box.role for box in boxes}
    cells = [
        _cell(meaning, theme.text, *theme.boxes[role])
        for role, meaning in MEANINGS.items()
        if role in roles
    ]
    if any(edge.skip for edge in view.edges):
        thick = "" if theme.skip != theme.edge else "thick: "  # paper without colours
        cells.append(_cell(f"{thick}skip connection", theme.skip))
    if any(box.training for box in boxes):
        cells.append(_cell("dashed: training only", theme.text))
    return cells


def _cell(text: str, color: str, fill: str = "", line: str = "") -> str:
    paint = f'bgcolor="{fill}" color="{line}" border="1"' if fill else 'border="0"'
    return f'<td {paint}><font point-size="8" color="{color}">{text}</font></td>'
