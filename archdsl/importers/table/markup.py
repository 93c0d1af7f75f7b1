"""HTML tables, with cells that span columns and rows."""

from __future__ import annotations

from html.parser import HTMLParser

from archdsl.importers.table.clean import LONG_REFERENCE, clean
from archdsl.importers.table.errors import TableLimit, TableShape
from archdsl.importers.table.latex_text import clean_latex
from archdsl.importers.table.model import Cell, Grid, Reading, Unreadable, make_grid

MAX_TAGS = 50_000
SILENT = ("script", "style", "caption", "annotation")


class Tables(HTMLParser):
    """Gathers the cells of every table of a page; a table within a table is refused."""

    def __init__(self, reading: Reading) -> None:
        super().__init__(convert_charrefs=True)
        self.reading = reading
        self.tables: list[list[list[Cell]]] = []
        self.row: list[Cell] | None = None
        self.cell: Cell | None = None
        self.parts: list[str] = []
        self.inside = False
        self.silent = ""

    def place(self) -> int:
        """Where the parser stands in the text."""
        line, column = self.getpos()
        return self.reading.file.starts[line - 1] + column

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A table, a row, a cell, or a mark within one."""
        if self.silent:
            return
        if tag == "table":
            if self.cell is not None:
                nested = TableShape("a table within a table", help="give the inner one alone")
                raise self.reading.stop(nested, self.place(), self.place() + 6)
            self.inside = True
            self.tables.append([])
        elif not self.inside:
            return
        elif tag == "tr":
            self.end_row()
            self.row = []
            self.tables[-1].append(self.row)
        elif tag in ("td", "th"):
            self.end_cell()
            self.start_cell(dict(attrs))
        elif tag == "br":
            self.parts.append("\n")
        elif tag == "math" and dict(attrs).get("alttext"):
            self.parts.append(clean_latex(dict(attrs)["alttext"] or ""))
            self.silent = "math"
        elif tag in SILENT:
            self.silent = tag
        elif tag == "sup":
            self.parts.append("<sup>")

    def start_cell(self, attrs: dict[str, str | None]) -> None:
        """A cell, with what it spans."""
        if self.row is None:  # browsers make the row as well
            self.row = []
            self.tables[-1].append(self.row)
        at = self.place()
        end = at + len(self.get_starttag_text() or "")
        self.cell = Cell("", end, end, span(attrs.get("colspan")), span(attrs.get("rowspan")))
        self.parts = []

    def handle_endtag(self, tag: str) -> None:
        """The end of what was begun."""
        if self.silent:
            if tag == self.silent:
                self.silent = ""
        elif tag in ("td", "th"):
            self.end_cell()
        elif tag == "tr":
            self.end_row()
        elif tag == "table":
            self.end_row()
            self.inside = False
        elif tag == "sup":
            self.parts.append("</sup>")
        elif tag in ("p", "div", "li"):
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        """Text; outside of cells it is the page's."""
        if self.cell is not None and not self.silent:
            self.parts.append(data.replace("\n", " "))

    def end_cell(self) -> None:
        """The cell is complete."""
        if self.cell is not None and self.row is not None:
            self.cell.text = clean("".join(self.parts))
            self.cell.end = self.place()
            self.row.append(self.cell)
        self.cell = None

    def end_row(self) -> None:
        """The row is complete."""
        self.end_cell()
        self.row = None


def span(text: str | None) -> int:
    """A colspan or rowspan; what browsers do not understand is 1, and they stop at 1,000."""
    text = (text or "").strip()
    return min(max(1, int(text[:9])), 1_000) if text.isascii() and text.isdecimal() else 1


def read_pages(reading: Reading) -> list[list[list[Cell]]]:
    """The rows of each table of a page. Raises Unreadable."""
    text = reading.file.text
    if long := LONG_REFERENCE.search(text):
        raise reading.stop(TableShape("this is no character"), long.start(), long.start() + 9)
    if text.count("<") > MAX_TAGS:
        raise reading.stop(TableLimit(f"more than {MAX_TAGS:,} tags", help="give the table alone"))
    if text.rfind("<") > text.rfind(">"):  # a tag without an end is none; many would be slow
        text = text[: text.rfind(">") + 1]
    parser = Tables(reading)
    try:
        parser.feed(text)
        parser.close()
    except AssertionError:  # how the library refuses a broken declaration
        raise reading.stop(TableShape("this HTML cannot be read")) from None
    parser.end_row()
    return [[r for r in t if any(not c.empty for c in r)] for t in parser.tables]


def read_markup(reading: Reading, rows: list[list[Cell]]) -> Grid:
    """A table of a page."""
    if not rows:
        raise Unreadable
    return make_grid(reading, rows, fills=True)
