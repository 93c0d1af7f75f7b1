"""Columns drawn as SVG."""

from __future__ import annotations

from archdsl.backends.columns.align import align
from archdsl.backends.columns.paint import Paints
from archdsl.backends.columns.place import BOX, Place, Sheet, lay_out
from archdsl.backends.dot.style import find_theme
from archdsl.backends.flow.words import about
from archdsl.backends.svg import Canvas
from archdsl.backends.svg.legend import Legend
from archdsl.backends.svg.palette import stage_paint

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.backends.columns.model import Arc, Bracket, Column
    from archdsl.backends.dot.style import Theme

TITLE, CAPTION, LABEL, SMALL = 16.0, 10.5, 11.0, 10.0
STROKE = 1.1
MARGIN, MARK = 24.0, 28.0
MOST_WAYS = 3
"""Kinds of shortcuts that the legend names."""


def render_columns(columns: list[Column], theme: str = "light") -> str:
    """The columns as one SVG; raises RenderError for a theme that there is not."""
    paint = find_theme(theme)
    grid = align(columns)
    sheet = lay_out(columns, grid)
    drawer = _Drawer(sheet, paint, Paints(columns, grid, theme), theme)
    for column, place in zip(columns, sheet.places, strict=True):
        drawer.draw_column(column, place)
    drawer.draw_sizes(grid.labels)
    width, height = drawer.draw_legend(columns)
    title = " | ".join(column.title for column in columns)
    return drawer.canvas.render(width, height, paint.paper, title, describe(columns))


def describe(columns: list[Column]) -> str:
    """One line a column for those who cannot see it."""
    words = []
    for column in columns:
        boxes = ", ".join(cell.label for cell in column.cells[:60])
        more = ", …" if len(column.cells) > 60 else ""
        arcs = f"; {len(column.arcs)} shortcuts" if column.arcs else ""
        words.append(f"{column.title} ({column.caption}): {boxes}{more}{arcs}.")
    return " ".join(words)


class _Drawer:
    """Draws columns in their places."""

    def __init__(self, sheet: Sheet, theme: Theme, paints: Paints, name: str) -> None:
        self.canvas = Canvas()
        self.sheet = sheet
        self.theme = theme
        self.paints = paints
        self.name = name

    def draw_column(self, column: Column, place: Place) -> None:
        """Title, boxes with arrows, arcs and brackets."""
        put, theme = self.canvas, self.theme
        put.open(role="group", class_="column", data_network=column.title)
        put.text(place.x, 30, column.title, TITLE, theme.text, font_weight="bold", class_="title")
        put.text(place.x, 47, column.caption, CAPTION, theme.muted, class_="caption")
        if column.note:
            put.text(place.x, 60, column.note, CAPTION - 1, theme.muted, class_="note")
        for above, below in zip(place.rows, place.rows[1:], strict=False):
            self._arrow(place.x, self.sheet.y(above) + BOX / 2, self.sheet.y(below) - BOX / 2)
        for arc in column.arcs:
            self._arc(arc, place)
        for bracket in column.brackets:
            self._bracket(bracket, place)
        for number in range(len(column.cells)):
            self._box(number, place)
        put.close()

    def _box(self, number: int, place: Place) -> None:
        cell, half = place.cells[number], place.half_of(number)
        fill, line = self.paints.of(cell) or (self.theme.paper, self.theme.muted)
        y = self.sheet.y(place.rows[number])
        put = self.canvas
        title = about(cell.part) if cell.part else f"input {cell.type}"
        put.open(title, class_="layer", data_path=place.path(number), data_shape=str(cell.type))
        put.rect(place.x - half, y - BOX / 2, 2 * half, BOX, fill, line, rx=5, stroke_width=STROKE)
        put.text(place.x, y + 3.9, cell.label, LABEL, self.theme.text)
        put.close()

    def _arrow(self, x: float, top: float, bottom: float) -> None:
        self.canvas.path(
            f"M{x:g} {top:g}V{bottom - 5:g}", self.theme.edge, stroke_width=STROKE, class_="arrow"
        )
        self._head(x, bottom, 0, 1)

    def _head(self, x: float, y: float, dx: int, dy: int) -> None:
        """The head of an arrow whose tip is at (x, y), and which points along (dx, dy)."""
        bx, by = x - 6 * dx, y - 6 * dy
        points = [(x, y), (bx - 2.8 * dy, by - 2.8 * dx), (bx + 2.8 * dy, by + 2.8 * dx)]
        self.canvas.polygon(points, self.theme.edge, "none")

    def _arc(self, arc: Arc, place: Place) -> None:
        """A shortcut at the right side; dashed where layers stand on it."""
        start, end = place.x + place.half_of(arc.start), place.x + place.half_of(arc.end)
        out = place.arc_x(arc.lane)
        a, b = self.sheet.y(place.rows[arc.start]) + 4, self.sheet.y(place.rows[arc.end]) - 3
        r = min(13.0, out - max(start, end) - 1, (b - a) / 2)
        self.canvas.open(
            f"{arc.join}: {', '.join(arc.ways) or 'identity'}",
            class_="arc",
            data_start=place.path(arc.start),
            data_end=place.path(arc.end),
        )
        dash = {"stroke_dasharray": "4 2.6"} if arc.ways else {}
        self.canvas.path(
            f"M{start:g} {a:g}H{out - r:g}Q{out:g} {a:g} {out:g} {a + r:g}V{b - r:g}"
            f"Q{out:g} {b:g} {out - r:g} {b:g}H{end + 5:g}",
            self.theme.text,
            stroke_width=STROKE + 0.1,
            **dash,
        )
        head = [(end, b), (end + 6, b - 2.8), (end + 6, b + 2.8)]
        self.canvas.polygon(head, self.theme.text, "none")
        self.canvas.close()

    def _bracket(self, bracket: Bracket, place: Place) -> None:
        """A bracket at the left with the number of repetitions."""
        top = self.sheet.y(place.rows[bracket.start + 1]) - BOX / 2
        bottom = self.sheet.y(place.rows[bracket.end]) + BOX / 2
        x = place.bracket_x(bracket.lane)
        self.canvas.open(f"{bracket.times} repetitions", class_="fold")
        self.canvas.path(
            f"M{x + 6:g} {top:g}H{x + 3:g}Q{x:g} {top:g} {x:g} {top + 3:g}V{bottom - 3:g}"
            f"Q{x:g} {bottom:g} {x + 3:g} {bottom:g}H{x + 6:g}",
            self.theme.muted,
            stroke_width=STROKE,
        )
        y = (top + bottom) / 2 + 4
        self.canvas.text(
            x - 5, y, bracket.words, LABEL, self.theme.text, anchor="end", font_weight="bold"
        )
        self.canvas.close()

    def draw_sizes(self, labels: list[tuple[int, str]]) -> None:
        """The output sizes at the left of the rows where they begin."""
        x = self.sheet.sizes_x
        self.canvas.text(x, 30, "output size", LABEL, self.theme.text)
        for row, words in labels:
            y = self.sheet.y(row)
            self.canvas.text(x, y + 3.9, words, LABEL, self.theme.text, class_="size")

    def draw_legend(self, columns: list[Column]) -> tuple[float, float]:
        """What colours and arcs mean; width and height of the whole picture."""
        entries: list[tuple[str, int | str]] = list(self.paints.legend)
        arcs = [arc for column in columns for arc in column.arcs]
        if any(not arc.ways for arc in arcs):
            entries.append(("identity shortcut", "solid"))
        if any(arc.ways for arc in arcs):
            entries.append((f"shortcut through {_ways(arcs)}", "dashed"))
        if any(column.brackets for column in columns):
            entries.append(("drawn once", "×n"))
        inside = self.sheet.width - 2 * MARGIN
        legend = Legend([words for words, _ in entries], SMALL, MARK, inside)
        top = self.sheet.bottom + 14
        for (x, y), (words, mark) in zip(legend.places, entries, strict=True):
            self._entry(MARGIN + x, top + y, words, mark)
        return legend.width + 2 * MARGIN, top + legend.height

    def _entry(self, x: float, y: float, words: str, mark: int | str) -> None:
        if isinstance(mark, int):
            fill, line = stage_paint(self.name, mark)
            self.canvas.rect(x, y - 9, 22, 11, fill, line, rx=3, stroke_width=STROKE)
        elif mark == "×n":
            self.canvas.text(x + 11, y, mark, LABEL, self.theme.text, font_weight="bold")
        else:
            dash = {"stroke_dasharray": "4 2.6"} if mark == "dashed" else {}
            self.canvas.path(
                f"M{x:g} {y - 3.5:g}H{x + 22:g}", self.theme.text, stroke_width=STROKE + 0.1, **dash
            )
        self.canvas.text(
            x + MARK, y, words, SMALL, self.theme.text, anchor="start", class_="legend"
        )


def _ways(arcs: list[Arc]) -> str:
    """The kinds that stand on shortcuts: `1×1 conv`, `zero padding`, then others by name."""
    words: dict[str, None] = {}
    for arc in arcs:
        names = [way.partition("-")[0].partition("(")[0].partition("/")[0] for way in arc.ways]
        if "conv1" in names:
            words["a 1×1 convolution"] = None
        elif "pad" in names:
            words["zero padding"] = None
        else:
            words.update(dict.fromkeys(names))
    shown = list(words)
    return " or ".join([*shown[:MOST_WAYS], *["…"][: len(shown) > MOST_WAYS]])
