"""What tables for people are made of: columns, tables, and sections with facts below them."""

from __future__ import annotations

from archdsl.backends.report.numbers import short


class Column:
    """A column: `short` are briefer cells for where there is little room, or None.

    `code` marks text that comes from the spec, `key` is what `Table.steps` call it. `values` are
    the numbers behind the cells, for sorting; `bars` lengths from 0 to 1 to draw beside them.
    """

    __slots__ = (
        "bars",
        "cells",
        "code",
        "key",
        "right",
        "short",
        "short_total",
        "title",
        "total",
        "values",
    )

    def __init__(
        self,
        title: str,
        cells: list[str],
        right: bool = True,
        short: list[str] | None = None,
        total: str = "",
        short_total: str = "",
        code: bool = False,
        key: str = "",
        values: list[float] | None = None,
        bars: list[float] | None = None,
    ) -> None:
        self.title = title
        self.cells = cells
        self.right = right
        self.short = short
        self.total = total
        self.short_total = short_total
        self.code = code
        self.key = key or title
        self.values = values
        self.bars = bars


class Table:
    """Columns of equal length; `steps` say how to save room: (an action and a column's key):
    "drop" it, "short" cells, no "bars", "cut" its text."""

    __slots__ = ("columns", "steps")

    def __init__(self, columns: list[Column], steps: tuple[tuple[str, str], ...] = ()) -> None:
        self.columns = columns
        self.steps = steps

    @property
    def has_totals(self) -> bool:
        """Whether a last row sums up."""
        return any(column.total for column in self.columns)


class Section:
    """A titled table with facts below it, each (label, value, note)."""

    __slots__ = ("doc", "facts", "subtitle", "table", "title")

    def __init__(
        self,
        title: str,
        subtitle: str,
        table: Table,
        facts: list[tuple[str, str, str]],
        doc: str = "",
    ) -> None:
        self.title = title
        self.subtitle = subtitle
        self.table = table
        self.facts = facts
        self.doc = doc


def counts(title: str, numbers: list[int], total: int | None = None) -> Column:
    """A column of exact numbers that may be shortened; a dash where there is nothing."""
    exact = [f"{n:,}" if n else "–" for n in numbers]
    brief = [short(n) if n else "–" for n in numbers]
    values = [float(n) for n in numbers]
    if total is None:
        return Column(title, exact, short=brief, values=values)
    total_text = f"{total:,}"
    return Column(
        title, exact, short=brief, total=total_text, short_total=short(total), values=values
    )
