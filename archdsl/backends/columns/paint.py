"""Colours of columns: one for each width where stages have one width, else one for each size."""

from __future__ import annotations

from archdsl.backends.columns.align import Grid
from archdsl.backends.svg.palette import PALETTES, stage_paint

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.backends.columns.model import Cell, Column
    from archdsl.backends.dot.style import Paint


class Paints:
    """The colour of each cell, and what the colours mean: (words, number of the colour)."""

    __slots__ = ("_by_width", "_numbers", "_theme", "legend")

    def __init__(self, columns: list[Column], grid: Grid, theme: str) -> None:
        self._theme = theme
        widths = _widths(columns)
        self._by_width = bool(widths)
        if widths:
            self._numbers = {width: i for i, width in enumerate(sorted(widths))}
            self.legend = [(f"{width} channels", i) for width, i in self._numbers.items()]
            return
        cells = [
            (row, cell)
            for column, rows in zip(columns, grid.rows, strict=True)
            for row, cell in zip(rows, column.cells, strict=True)
            if cell.width
        ]
        levels = dict.fromkeys(cell.level for _, cell in sorted(cells, key=lambda c: c[0]))
        self._numbers = {level: i for i, level in enumerate(levels)}
        self.legend = [("a colour for each output size", 0)] if self._numbers else []

    def of(self, cell: Cell) -> Paint | None:
        """Fill and outline; None for cells that stay white."""
        if not cell.width:
            return None
        return stage_paint(self._theme, self._numbers[cell.width if self._by_width else cell.level])


def _widths(columns: list[Column]) -> set[int]:
    """The widths in use, where each stage has one and there are no more than colours."""
    found: set[int] = set()
    for column in columns:
        stages: dict[int, set[int]] = {}
        for cell in column.cells:
            if cell.width:
                stages.setdefault(cell.level, set()).add(cell.width)
        if any(len(stage) > 1 for stage in stages.values()):
            return set()
        found.update(*stages.values())
    return found if len(found) <= len(PALETTES["light"]) else set()
