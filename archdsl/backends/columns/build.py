"""From lines to columns: which boxes, what they say, which arcs and brackets."""

from __future__ import annotations

from archdsl.analysis.cost import cost
from archdsl.backends.columns.model import Arc, Bracket, Cell, Column, Span
from archdsl.backends.dot.words import caption_of
from archdsl.backends.flow import Fold, Part, Skip, trace
from archdsl.backends.flow.levels import Levels
from archdsl.backends.flow.words import figure_words, is_seen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from archdsl.backends.flow import Item, Line
    from archdsl.ir.model import Network
    from archdsl.tensor import TensorType

FOLDED_DETAIL = 4
"""At this level of detail and below repetitions are drawn once."""

WHOLE_DETAIL = 8
"""From this level on they are drawn one by one, however many there are."""

LONG = 130
"""Steps of a network above which repetitions are drawn once, where no detail is asked for."""


def build(
    networks: list[Network], detail: int = 5, titles: list[str] | None = None
) -> list[Column]:
    """A column for each network; where one has its repetitions drawn once, all have.

    Raises TooLong for a network that is too long even so.
    """
    fold = detail <= FOLDED_DETAIL
    whole = detail >= WHOLE_DETAIL
    lines = [trace(n, fold) if whole else trace(n, fold, LONG) for n in networks]
    if any(line.folded for line in lines):
        lines = [line if line.folded else trace(line.network, True) for line in lines]
    named = [*(titles or []), *(n.name for n in networks[len(titles or []) :])]
    return [_column(line, title) for line, title in zip(lines, named, strict=False)]


def _column(line: Line, title: str) -> Column:
    made = _Maker(line.input)
    made.add(line.items)
    _set_lanes(made.arcs)
    _set_lanes(made.brackets)
    note = f"not drawn: {', '.join(line.aside)}" if line.aside else ""
    return Column(
        title,
        caption_of(cost(line.network.module)),
        tuple(made.cells),
        tuple(made.arcs),
        tuple(made.brackets),
        note,
    )


class _Maker:
    """Gathers cells, arcs and brackets along the items."""

    def __init__(self, input: TensorType) -> None:
        kind = "image" if input.layout == "image" else "input"
        self.levels = Levels(input)
        self.cells = [Cell(kind, input, self.levels.level, None)]
        self.arcs: list[Arc] = []
        self.brackets: list[Bracket] = []

    def add(self, items: tuple[Item, ...]) -> None:
        for item in items:
            start = len(self.cells) - 1
            if isinstance(item, Part):
                if is_seen(item):
                    self._add_cell(item)
            elif isinstance(item, Skip):
                self.add(item.body)
                if len(self.cells) - 1 > start:
                    ways = tuple(op.text() for op in item.ways)
                    self.arcs.append(Arc(start, len(self.cells) - 1, item.join, ways))
            else:
                assert isinstance(item, Fold)
                self.add(item.items)
                end = len(self.cells) - 1
                if end > start:
                    self.brackets.append(Bracket(start, end, item.times, item.tied))

    def _add_cell(self, part: Part) -> None:
        level = self.levels.step(part.out_type)
        self.cells.append(Cell(figure_words(part), part.out_type, level, part))


def _set_lanes(spans: Sequence[Span]) -> None:
    """Gives each span a lane outside of those that it goes around."""
    free: list[list[tuple[int, int]]] = []
    for span in sorted(spans, key=lambda s: (s.end - s.start, s.start)):
        lane = 0
        for i, taken in enumerate(free):
            if any(a < span.end and span.start < b for a, b in taken):
                lane = i + 1
        while len(free) <= lane:
            free.append([])
        free[lane].append((span.start, span.end))
        span.lane = lane
