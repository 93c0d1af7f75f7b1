"""Which form a pasted text has, and its table."""

from __future__ import annotations

import re

from archdsl.importers.table.aligned import read_aligned
from archdsl.importers.table.delimited import read_delimited
from archdsl.importers.table.errors import TableShape
from archdsl.importers.table.latex import find_tabulars, read_latex
from archdsl.importers.table.markdown import find_tables, read_markdown
from archdsl.importers.table.markup import read_markup, read_pages
from archdsl.importers.table.model import Grid, Reading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeVar

    T = TypeVar("T")

FORMS = ("auto", "tabs", "csv", "markdown", "html", "latex", "text", "timm")
BLOCK_STRING = re.compile(r"\b(?:ds|dsa|ir|er|cn|uir|mha|mqa)_r\d+_\w")


def detect(text: str, name: str) -> str:
    """The form of a text, by what only that form has; a file's suffix decides for CSV."""
    if name.lower().endswith(".csv"):
        return "csv"
    if BLOCK_STRING.search(text):
        return "timm"
    if re.search(r"<table\b", text, re.I):
        return "html"
    if "\\begin{tab" in text or "\\begin{longtable" in text:
        return "latex"
    if find_tables(text):
        return "markdown"
    if "\t" in text:
        return "tabs"
    lines = [line for line in text.split("\n") if line.strip()]
    if lines and all("," in line for line in lines) and not re.search(r"\S {2,}\S", text):
        return "csv"
    return "text"


def read_grid(reading: Reading, form: str) -> Grid:
    """The table of a text. Raises Unreadable."""
    text = reading.file.text
    if form in ("tabs", "csv", "text"):
        pick(reading, [text])  # all of it is one table
    if form == "tabs":
        return read_delimited(reading, "\t")
    if form == "csv":
        return read_delimited(reading, ",")
    if form == "markdown":
        return read_markdown(reading, pick(reading, find_tables(text)))
    if form == "html":
        return read_markup(reading, pick(reading, [t for t in read_pages(reading) if t]))
    if form == "latex":
        return read_latex(reading, *pick(reading, find_tabulars(text)))
    return read_aligned(reading)


def pick(reading: Reading, tables: Sequence[T]) -> T:
    """The one table, or the one that `--table` names. Raises Unreadable."""
    wanted = reading.options.table
    if not tables:
        raise reading.stop(TableShape("there is no table with layers in this text"))
    if wanted is None and len(tables) > 1:
        raise reading.stop(
            TableShape(f"there are {len(tables)} tables", help="--table 1 takes the first one")
        )
    if wanted is not None and not 1 <= wanted <= len(tables):
        raise reading.stop(
            TableShape(f"there is no table {wanted}", help=f"the text has {len(tables)}")
        )
    return tables[(wanted or 1) - 1]
