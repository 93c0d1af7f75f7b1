"""Tables: columns padded to one width, a separator below the headings, common rows left short."""

from __future__ import annotations

import re

from archdsl.source import Span
from archdsl.syntax import ast
from archdsl.syntax.format.page import Page
from archdsl.syntax.format.pieces import TALL, Piece, Words
from archdsl.syntax.tables import comment_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.syntax.format.statements import Statements

MAX_PADDED = 120  # wider cells stick out, so that one of them does not widen all rows
COMMENT = re.compile(r'^(?:[^"#]|"[^"]*")*(#.*)?')  # the one in a cell


class Entry:
    """A line of a table: a row (`cells`), a separator, or a comment (no cells)."""

    __slots__ = ("blank", "cells", "comment", "separator")

    def __init__(self, cells: list[str], comment: str = "", blank: bool = False) -> None:
        self.cells = cells
        self.comment = comment
        self.blank = blank
        self.separator = False


class Table(Piece):
    """A table's lines."""

    __slots__ = ("entries",)

    def __init__(self, entries: list[Entry]) -> None:
        self.entries = entries
        self.width = TALL
        self.start = 1

    def write(self, page: Page, indent: int, rest: int) -> None:
        """Rows with their columns below each other."""
        widths = self.measure()
        for i, entry in enumerate(self.entries):
            if i:
                page.newline(indent, entry.blank)
            if entry.separator:
                page.put("|" + "|".join(map(dashes, entry.cells, widths)) + "|")
            elif entry.cells:
                padded = widths if len(entry.cells) == len(widths) else [0] * len(entry.cells)
                page.put("|" + "|".join(map(pad, entry.cells, padded)) + "|")
            elif entry.comment:
                page.put(entry.comment)
                continue
            page.comment = entry.comment

    def measure(self) -> list[int]:
        """The width of each column."""
        count = len(self.entries[0].cells)
        widths = [1] * count
        for entry in self.entries:
            if len(entry.cells) == count and not entry.separator:
                fitting = [len(c) if len(c) <= MAX_PADDED else 0 for c in entry.cells]
                widths = list(map(max, widths, fitting))
        return widths


def pad(cell: str, width: int) -> str:
    """A cell with a blank on each side."""
    return f" {cell.ljust(width)} " if cell or width else " "


def dashes(mark: str, width: int) -> str:
    """A cell of the separator; `mark` holds the colons that say how a column is aligned."""
    left, right = mark.startswith(":"), mark.endswith(":")
    return ":" * left + "-" * (width + 2 - left - right) + ":" * right


def make_table(maker: Statements, e: ast.Table) -> Table:
    """A table with its comments; the one separator stands below the headings."""
    header = Entry([name.name for name in e.header])
    rule = Entry([""] * len(e.header))
    rule.separator = True
    if not maker.gaps.written:
        made = [Entry([cell_text(maker, c) for c in row.cells]) for row in e.rows]
        return Table([header, rule, *made])
    lines = read_lines(e.span)
    header.comment = beside(lines[0][1])
    rows = {row.span.start: row for row in e.rows}
    bars = [start for start, line, _ in lines[1:] if line.startswith("|")]
    ruled = bool(bars) and bars[0] not in rows
    entries = [header] if ruled else [header, rule]
    for start, line, blank in lines[1:]:
        if start in rows:
            maker.gaps.drop(start)
            cells = [cell_text(maker, c) for c in rows[start].cells]
            entries.append(Entry(cells, beside(line), blank))
        elif ruled and start == bars[0]:
            entries.append(read_rule(line, len(e.header)))
        elif not line.startswith("|") or beside(line):
            entries.append(Entry([], beside(line) or line, blank))
    maker.gaps.drop(e.span.end)
    return Table(entries)


def read_lines(span: Span) -> list[tuple[int, str, bool]]:
    """The lines of a table that are not empty: offset, text, whether an empty one stands above."""
    found = []
    at, blank = span.start, False
    for line in span.text.split("\n"):
        text = line.strip(" \t\r\f\\")
        if text.startswith("|"):
            text = line.strip(" \t\r\f")
        if text:
            found.append((at + line.index(text), text, blank))
        blank = not text
        at += len(line) + 1
    return found


def beside(row: str) -> str:
    """The comment behind a row."""
    return row[comment_at(row) :].rstrip()


def read_rule(line: str, count: int) -> Entry:
    """The separator below the headings, with the colons that it has."""
    comment = beside(line)
    bare = line[: len(line) - len(comment)].strip().removeprefix("|").removesuffix("|")
    cells = [c.strip() for c in bare.split("|")]
    entry = Entry(cells if len(cells) == count else [""] * count, comment)
    entry.separator = True
    return entry


def cell_text(maker: Statements, cell: ast.Cell) -> str:
    """A cell on one line: as steps where it can be read so, as a value where not."""
    maker.gaps.drop(cell.span.start)
    pipe, maker.pipe = maker.pipe, "\\|"
    if cell.line is not None:
        piece = maker.line(cell.line)
    elif cell.value is not None:
        piece = maker.value(cell.value)
    else:
        piece = Words("")
    maker.pipe = pipe
    if piece.width >= TALL:
        raise ValueError("a cell of a table holds one line")
    page = Page()
    piece.flat(page)
    comment = COMMENT.search(cell.span.text) if maker.gaps.written else None
    said = [*page.parts, " ", comment[1]] if comment and comment[1] else page.parts
    return "".join(said)
