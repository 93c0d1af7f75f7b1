"""From the IR to the view: the picture of a network at a level of detail."""

from __future__ import annotations

from archdsl.analysis.cost import cost
from archdsl.backends.dot.contents import Contents, Full
from archdsl.backends.dot.errors import RenderError, TooLarge
from archdsl.backends.dot.fold import DEFAULT_DETAIL, MAX_BOXES, level
from archdsl.backends.dot.model import View
from archdsl.backends.dot.simplify import mark_skips, merge_chains
from archdsl.backends.dot.words import caption_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.analysis.cost import Cost
    from archdsl.ir.model import Module, Network

DIRECTIONS = ("TB", "LR")
HARD_LIMIT = 4
"""Detail 0 cannot be folded further; it may have this many times the limit of boxes."""


def view(
    network: Network,
    detail: int = DEFAULT_DETAIL,
    direction: str = "TB",
    limit: int = MAX_BOXES,
) -> View:
    """The picture of a network at a level of detail from 0 (stages) to 9 (every layer).

    Where that takes more than `limit` boxes it goes down to the first detail that does not, and
    the note says so. Raises TooLarge where even detail 0 has far too many, and RenderError for
    a detail or a direction that there is not.
    """
    level(detail)
    if direction not in DIRECTIONS:
        raise RenderError(f"a picture runs {' or '.join(DIRECTIONS)}, not {direction}")
    memo: dict[Module, Cost] = {}
    caption = caption_of(cost(network.module, memo))
    for shown in range(detail, -1, -1):
        note = f"folded to detail {shown}: detail {detail} has more than {limit:,} boxes"
        try:
            contents = Contents(level(shown), memo, limit if shown else limit * HARD_LIMIT)
            children = contents.add_network(network.module)
        except Full:
            continue
        edges = contents.edges
        if level(shown).merge:
            children, edges = merge_chains(children, edges)
        return View(
            network.name,
            caption,
            tuple(children),
            mark_skips(edges),
            direction=direction,
            detail=shown,
            note=note if shown < detail else "",
        )
    raise TooLarge(f"{network.name} has more than {limit * HARD_LIMIT:,} boxes even when folded")
