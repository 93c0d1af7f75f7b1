"""What a pasted table is before it is read: cells with their places, the options, the mistakes."""

from __future__ import annotations

from archdsl.diagnostics.model import Diagnostic, Label
from archdsl.importers.table.errors import TableError, TableLimit
from archdsl.source import SourceFile, Span

MAX_COLUMNS = 64
MAX_ROWS = 2_000
MAX_CELL = 2_000
MAX_PROBLEMS = 20


class Options:
    """What the notation of papers leaves open; the defaults are those of docs/import.md."""

    __slots__ = (
        "act",
        "blocks",
        "classes",
        "dropout",
        "file_name",
        "form",
        "growth",
        "head",
        "input",
        "loose",
        "name",
        "norm",
        "se",
        "stem",
        "strided",
        "strides",
        "table",
    )

    def __init__(self) -> None:
        self.act: str | None = None
        self.blocks = "residual"
        self.classes = 1000
        self.dropout: str | None = None
        self.file_name = "Net"
        self.form = "auto"
        self.growth = 32
        self.head: str | None = None
        self.input: tuple[int, int, int] | None = None
        self.loose = False
        self.name: str | None = None
        self.norm: str | None = None
        self.se = "block"
        self.stem: str | None = None
        self.strided = 3
        self.strides: tuple[int, ...] = ()
        self.table: int | None = None


class Cell:
    """A cell: its text without marks, where it stands, how many columns and rows it spans.

    `row` and `column` count from 1, as a reader counts the rows and columns of the table.
    """

    __slots__ = ("column", "end", "height", "row", "start", "text", "width")

    def __init__(self, text: str, start: int, end: int, width: int = 1, height: int = 1) -> None:
        self.text = text
        self.start = start
        self.end = end
        self.width = width
        self.height = height
        self.row = 0
        self.column = 0

    @property
    def empty(self) -> bool:
        """Whether nothing stands in it: no text, or only a dash."""
        return self.text.strip(" -") == ""


class Row:
    """A row with a place for each column; a cell that spans stands at all of its columns."""

    __slots__ = ("cells", "places")

    def __init__(self, cells: list[Cell], places: list[Cell | None]) -> None:
        self.cells = cells
        self.places = places

    @property
    def filled(self) -> list[Cell]:
        """The cells with a text."""
        return [c for c in self.cells if not c.empty]

    def at(self, column: int) -> Cell | None:
        """The cell with a text at a column (from 0)."""
        cell = self.places[column] if 0 <= column < len(self.places) else None
        return None if cell is None or cell.empty else cell


class Grid:
    """A table: rows of one width."""

    __slots__ = ("columns", "rows")

    def __init__(self, rows: list[Row], columns: int) -> None:
        self.rows = rows
        self.columns = columns


class Unreadable(Exception):
    """The table as a whole cannot be read; the mistake has been noted."""


class Reading:
    """One table being read: its text, the options, and the mistakes found so far."""

    __slots__ = ("doubts", "file", "notes", "options", "problems")

    def __init__(self, file: SourceFile, options: Options) -> None:
        self.file = file
        self.options = options
        self.problems: list[Diagnostic] = []
        self.notes: list[str] = []
        self.doubts: list[str] = []

    def assume(self, note: str) -> None:
        """Notes what the table leaves open, once; it becomes a comment of the spec."""
        if note not in self.notes:
            self.notes.append(note)

    def doubt(self, note: str) -> None:
        """Notes what was mended; it becomes a comment of the spec and a warning."""
        self.doubts.append(note)

    def wrong(self, error: TableError, start: int, end: int) -> None:
        """Notes a mistake; raises Unreadable where there are too many."""
        label = Label(Span(self.file, start, max(start, end)), error.label)
        self.problems.append(
            Diagnostic(error.id, error.message, label, notes=error.notes, help=error.help)
        )
        if len(self.problems) >= MAX_PROBLEMS:
            raise Unreadable

    def wrong_cell(self, error: TableError, cell: Cell) -> None:
        """Notes a mistake in a cell, with its row and column before it."""
        error.message = f"row {cell.row}, column {cell.column}: {error.message}"
        self.wrong(error, cell.start, cell.end)

    def stop(self, error: TableError, start: int = 0, end: int = 0) -> Unreadable:
        """Notes a mistake of the whole table; the exception to raise."""
        if len(self.problems) < MAX_PROBLEMS - 1:
            self.wrong(error, start, end)
        return Unreadable()


def quote(text: str) -> str:
    """A cell's text in a message: on one line, cut where it is long."""
    text = "; ".join(part.strip() for part in text.split("\n") if part.strip())
    return f"`{text[:60]}…`" if len(text) > 60 else f"`{text}`"


def make_grid(reading: Reading, raw: list[list[Cell]], fills: bool) -> Grid:
    """Places cells in columns. `fills` says that the cells below a tall one are left out (HTML);
    otherwise they are there and empty (LaTeX). Raises Unreadable beyond the limits."""
    if len(raw) > MAX_ROWS:
        cell = raw[MAX_ROWS][0]
        raise reading.stop(
            TableLimit(f"a table of more than {MAX_ROWS:,} rows"), cell.start, cell.end
        )
    tall: dict[int, tuple[Cell, int]] = {}
    rows: list[Row] = []
    width = 0
    for number, cells in enumerate(raw, 1):
        places = place_row(reading, cells, number, tall, fills)
        width = max(width, len(places))
        rows.append(Row(list(dict.fromkeys(p for p in places if p is not None)), places))
    for row in rows:
        row.places.extend([None] * (width - len(row.places)))
    return Grid(rows, width)


def place_row(
    reading: Reading,
    cells: list[Cell],
    number: int,
    tall: dict[int, tuple[Cell, int]],
    fills: bool,
) -> list[Cell | None]:
    """The cells of one row at their columns, with those that reach down from above."""
    places: list[Cell | None] = []
    for cell in cells:
        while fills and take_above(places, tall):
            pass
        if len(places) + cell.width > MAX_COLUMNS:
            what = f"a table of more than {MAX_COLUMNS} columns"
            raise reading.stop(
                TableLimit(what, help="give the table alone, without colspan for layout"),
                cell.start,
                cell.end,
            )
        if len(cell.text) > MAX_CELL:
            what = f"a cell of more than {MAX_CELL:,} characters"
            raise reading.stop(TableLimit(what), cell.start, cell.start)
        if not fills and cell.empty and len(places) in tall:
            take_above(places, tall)
            continue
        cell.row, cell.column = number, len(places) + 1
        for _ in range(cell.width):
            tall.pop(len(places), None)
            if cell.height > 1:
                tall[len(places)] = (cell, cell.height - 1)
            places.append(cell)
    while fills and take_above(places, tall):
        pass
    return places


def take_above(places: list[Cell | None], tall: dict[int, tuple[Cell, int]]) -> bool:
    """Puts the cell that reaches down into the next column there; whether there is one."""
    column = len(places)
    if column not in tall:
        return False
    cell, left = tall[column]
    places.append(cell)
    if left > 1:
        tall[column] = (cell, left - 1)
    else:
        del tall[column]
    return True
