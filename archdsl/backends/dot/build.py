"""From the IR to the view: the picture of a network at a level of detail."""

from __future__ import annotations

from archdsl.analysis.cost import cost
from archdsl.backends.dot.contents import Contents, Full
from archdsl.backends.dot.errors import RenderError, TooLarge
from archdsl.backends.dot.fold import COMFORTABLE, DEFAULT_DETAIL, MAX_BOXES, level
from archdsl.backends.dot.labels import mark_labels
from archdsl.backends.dot.model import View
from archdsl.backends.dot.simplify import (
    longest_way,
    mark_skips,
    merge_chains,
    merge_knots,
    total_span,
)
from archdsl.backends.dot.words import caption_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.analysis.cost import Cost
    from archdsl.backends.dot.model import Box, Cluster, Edge
    from archdsl.ir.model import Module, Network

DIRECTIONS = ("TB", "LR")
MERGED = 40
"""Detail 0 merges boxes; before it does, there may be this many times the limit."""

SPAN = 2
"""Ranks that the lines may cross for every box of the limit. `dot` routes 1,200 ranks in about
a second, twice as many in five, and four times as many in twenty."""


def view(
    network: Network,
    detail: int = DEFAULT_DETAIL,
    direction: str = "TB",
    limit: int = MAX_BOXES,
) -> View:
    """The picture of a network at a level of detail from 0 (stages) to 9 (every layer).

    Where that takes more than `limit` boxes, or lines that nobody could follow, it goes down to
    the first detail that does not, and the note says so. Raises TooLarge where even detail 0
    has too many, and RenderError for a detail or a direction that there is not.
    """
    level(detail)
    if direction not in DIRECTIONS:
        raise RenderError(f"a picture runs {' or '.join(DIRECTIONS)}, not {direction}")
    memo: dict[Module, Cost] = {}
    caption = caption_of(cost(network.module, memo))
    for shown in range(detail, -1, -1):
        try:
            children, edges = _draw(network.module, shown, memo, limit)
        except Full:
            continue
        marked = mark_skips(edges)
        mark_labels(marked)
        note = f"folded to detail {shown}: too many boxes or lines at detail {detail}"
        return View(
            network.name,
            caption,
            tuple(children),
            marked,
            direction=direction,
            detail=shown,
            note=note if shown < detail else "",
        )
    raise TooLarge(f"{network.name} has too many boxes or lines to draw, even when folded")


def usual_view(network: Network, direction: str = "TB", limit: int = MAX_BOXES) -> View:
    """The picture for those who name no level of detail: one that fits on a page or two.

    Raises TooLarge and RenderError as `view` does.
    """
    picture = view(network, DEFAULT_DETAIL, direction, limit)
    length = longest_way(picture.edges)
    lower = picture.detail - 1
    while lower >= 1 and length >= COMFORTABLE:
        other = view(network, lower, direction, limit)
        shorter = longest_way(other.edges)
        if shorter < length:  # a chain of different layers is as long at every detail
            picture, length = other, shorter
        lower = other.detail - 1
    if picture.detail < DEFAULT_DETAIL and not picture.note:
        picture.note = f"folded to detail {picture.detail} (detail {DEFAULT_DETAIL} is longer)"
    return picture


def _draw(
    module: Module, detail: int, memo: dict[Module, Cost], limit: int
) -> tuple[list[Box | Cluster], list[Edge]]:
    """What a level of detail shows; raises `Full` where that is too much."""
    lowest = detail == 0
    contents = Contents(level(detail), memo, limit * MERGED if lowest else limit)
    children, edges = contents.add_network(module), contents.edges
    if lowest:
        if total_span(edges) - len(edges) > limit * SPAN:
            children, edges = merge_knots(children, edges)
        children, edges = merge_chains(children, edges)
    if len(children) > limit or total_span(edges) > limit * SPAN:
        raise Full
    return children, edges
