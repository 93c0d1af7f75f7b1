"""Long pictures in several columns: where they turn, so that a page holds them."""

from __future__ import annotations

from itertools import pairwise

from archdsl.backends.dot.model import Box, walk_boxes
from archdsl.backends.dot.simplify import ranks
from archdsl.backends.dot.titles import title_id

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.backends.dot.model import Cluster, Edge, View

LONGEST = 3.0
"""A picture longer than so many times its width turns."""

GOOD = 1.6
"""How long it may be behind that."""

WORTH = 0.75
"""How much of its length may stay where nobody asked for columns."""

RANK = 54.0  # points from a box to the next one below it
LETTER = 6.2  # points of a letter of a title
GAP = 30.0  # points around a box
FRAME = 60.0  # points of a frame with its title
NARROWEST = 200.0  # points of the legend


class Turn:
    """Where a column ends: `source` is the box whose tensor goes on above `head`, an id.

    The points `down`, `up` and `entry` are the corners of the line between them.
    """

    __slots__ = ("down", "entry", "head", "source", "training", "up")

    def __init__(self, number: int, source: str, head: str, training: bool) -> None:
        self.down = f"down{number}"
        self.up = f"up{number}"
        self.entry = f"entry{number}"
        self.source = source
        self.head = head
        self.training = training


def wrap(view: View, columns: int = 0) -> View:
    """The view, to be drawn in so many columns; 0 is as many as make a page of it.

    A column ends where one tensor alone goes on, so there may be fewer than asked for. A picture
    that runs to the right stays in one row.
    """
    if view.direction != "TB":
        return view
    rank = ranks(view.edges)
    places = _places(view, rank)
    last = max(rank.values(), default=0)
    starts = _balance(places, columns or _columns(view, rank), last)
    ends = dict(places)
    ranked = [0, *(ends[start] for start in starts), last]
    longest = max(after - before for before, after in pairwise(ranked))
    view.starts = starts if columns or longest <= WORTH * last else ()
    return view


def turns(view: View) -> list[Turn]:
    """The turns of a view, one before each of its columns but the first."""
    found = []
    crossing = _crossing(view)
    for number, start in enumerate(view.starts, 1):
        edges = crossing[start - 1]
        head = view.children[start]
        id = head.id if isinstance(head, Box) else title_id(head)
        found.append(Turn(number, edges[0].source, id, all(edge.training for edge in edges)))
    return found


def sources(view: View) -> list[str]:
    """For each edge the id that its line begins at: a box, or the entry of a column."""
    where = _where(view)
    entries = [""] + [turn.entry for turn in turns(view)]
    column = [sum(start <= i for start in view.starts) for i in range(len(view.children))]
    outputs = {box.id for box in view.boxes() if box.role == "output"}
    begins = []
    for edge in view.edges:
        before, after = column[where[edge.source]], column[where[edge.target]]
        turned = before != after and edge.target not in outputs
        begins.append(entries[after] if turned else edge.source)
    return begins


def _columns(view: View, rank: dict[str, int]) -> int:
    """How many columns make a picture of good proportions."""
    across: dict[int, float] = {}
    for box in view.boxes():
        letters = max(len(box.title), 0.75 * (len(box.below) + len(f"{box.params:,}")))
        place = rank.get(box.id, 0)
        across[place] = across.get(place, 0.0) + LETTER * letters + GAP
    frames = max((_frames(child) for child in view.children), default=0)
    wide = max(max(across.values(), default=0.0) + FRAME * frames, NARROWEST)
    long = RANK * max(rank.values(), default=0)
    columns = 1
    while long / wide > (LONGEST if columns == 1 else GOOD * columns**2):
        columns += 1
    return columns


def _frames(child: Box | Cluster) -> int:
    return 0 if isinstance(child, Box) else 1 + max(map(_frames, child.children), default=0)


def _where(view: View) -> dict[str, int]:
    """The child of the view that each box is in."""
    return {box.id: i for i, child in enumerate(view.children) for box in walk_boxes((child,))}


def _crossing(view: View) -> list[list[Edge]]:
    """For each child of the view the edges from it or before it to what comes behind it."""
    where = _where(view)
    outputs = {box.id for box in view.boxes() if box.role == "output"}
    begin: list[list[Edge]] = [[] for _ in view.children]
    for edge in view.edges:
        if edge.target not in outputs:
            begin[where[edge.source]].append(edge)
    crossing: list[list[Edge]] = []
    going: list[Edge] = []
    for i, edges in enumerate(begin):
        going = [edge for edge in [*going, *edges] if where[edge.target] > i]
        crossing.append(going)
    return crossing


def _places(view: View, rank: dict[str, int]) -> list[tuple[int, int]]:
    """(child, rank of the tensor that goes on) where a column may end."""
    places = []
    for i, edges in enumerate(_crossing(view)):
        if len({edge.source for edge in edges}) == 1:
            places.append((i + 1, rank[edges[0].source]))
    return places


def _balance(places: list[tuple[int, int]], columns: int, last: int) -> tuple[int, ...]:
    """The starts of at most so many columns whose longest is as short as can be."""
    low, high = 0, last
    while low < high:
        middle = (low + high) // 2
        if _fill(places, middle, last, columns) is None:
            low = middle + 1
        else:
            high = middle
    return tuple(_fill(places, low, last, columns) or ())


def _fill(places: list[tuple[int, int]], longest: int, last: int, columns: int) -> list[int] | None:
    """Starts of columns of at most `longest` ranks each; None where that takes too many."""
    starts: list[int] = []
    begin = 0
    end: tuple[int, int] | None = None
    for place in [*places, (0, last)]:
        if place[1] - begin > longest:
            if end is None:
                return None
            starts.append(end[0])
            begin, end = end[1], None
            if place[1] - begin > longest:
                return None
        end = place
    return starts if len(starts) < columns else None
