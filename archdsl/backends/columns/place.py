"""Where columns, rows and boxes stand on the sheet, in CSS pixels."""

from __future__ import annotations

from archdsl.backends.svg import text_width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.backends.columns.align import Grid
    from archdsl.backends.columns.model import Cell, Column

BOX, PITCH = 20.0, 30.0
"""Height of a box, and from one row to the next."""

HEAD = 84.0
"""Where the first row stands, below the titles."""

LANE, FIRST_LANE = 12.0, 22.0
"""From one arc to the next, and from the box to the first one."""

BRACKET = 22.0
"""Room for a bracket beside its number."""

GAP = 30.0

WIDER = 6.0
"""How far a block stands out over layers at each side."""


class Place:
    """A column: its middle, half the width of its layers' boxes, the row of each of its cells."""

    __slots__ = ("cells", "half", "lane", "rows", "x")

    def __init__(
        self, x: float, half: float, rows: list[int], cells: tuple[Cell, ...], lane: float
    ) -> None:
        self.x = x
        self.half = half
        self.rows = rows
        self.cells = cells
        self.lane = lane  # from one bracket to the next

    def path(self, cell: int) -> str:
        """The path of what a cell stands for; empty for the input."""
        part = self.cells[cell].part
        return part.path if part else ""

    def half_of(self, cell: int) -> float:
        """Half the width of a cell's box: blocks are wider than layers."""
        part = self.cells[cell].part
        return self.half + (WIDER if part is not None and part.op is None else 0)

    def arc_x(self, lane: int) -> float:
        """How far to the right an arc goes."""
        return self.x + self.half + FIRST_LANE + LANE * lane

    def bracket_x(self, lane: int) -> float:
        """How far to the left a bracket stands."""
        return self.x - self.half - 14 - self.lane * lane


class Sheet:
    """All places; `sizes_x` is the middle of the column of sizes."""

    __slots__ = ("bottom", "places", "sizes_x", "width")

    def __init__(self, places: list[Place], sizes_x: float, width: float, bottom: float) -> None:
        self.places = places
        self.sizes_x = sizes_x
        self.width = width
        self.bottom = bottom

    @staticmethod
    def y(row: int) -> float:
        """The middle of a row."""
        return HEAD + PITCH * row


def lay_out(columns: list[Column], grid: Grid) -> Sheet:
    """Columns from left to right, each as wide as what stands in it and beside it."""
    sizes = max((text_width(words, 11) for _, words in grid.labels), default=0.0)
    sizes = max(sizes, text_width("output size", 11))
    right = 20 + sizes + GAP
    places = []
    for column, rows in zip(columns, grid.rows, strict=True):
        width = max(118.0, *(text_width(cell.label, 11) + 20 for cell in column.cells))
        head = max(
            text_width(column.title, 16, bold=True),
            text_width(column.caption, 10.5),
            text_width(column.note, 9.5),
        )
        numbers = (text_width(b.words, 11, bold=True) for b in column.brackets)
        lane = BRACKET + max(numbers, default=0.0)
        brackets = max((b.lane + 1 for b in column.brackets), default=0)
        arcs = max((a.lane + 1 for a in column.arcs), default=0)
        half = width / 2
        left_side = max(half + WIDER + lane * brackets, head / 2)
        right_side = max(half + WIDER + (FIRST_LANE + LANE * arcs if arcs else 0), head / 2)
        places.append(Place(right + left_side, half, rows, column.cells, lane))
        right += left_side + right_side + GAP
    return Sheet(places, 20 + sizes / 2, right - GAP + 24, Sheet.y(grid.height - 1) + BOX)
