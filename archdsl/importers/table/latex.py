"""LaTeX tables: `tabular`, `array` and their kin, with `\\multicolumn` and `\\multirow`."""

from __future__ import annotations

import re

from archdsl.importers.table.errors import TableShape
from archdsl.importers.table.latex_text import clean_latex
from archdsl.importers.table.model import MAX_CELL, Cell, Grid, Reading, make_grid

BEGIN = re.compile(r"\\begin\s*\{(tabular[xy*]?|longtable|tabulary|NiceTabular|tblr)\}")
ENVIRONMENT = re.compile(r"\\(begin|end)\s*\{")
MAX_RAW = 4 * MAX_CELL
TOKEN = re.compile(
    r"(?P<begin>\\begin\s*\{)|(?P<end>\\end\s*\{)"
    r"|(?P<row>\\\\\*?(?:[ \t]*\[[^\[\]\n]{0,20}\])?|\\tabularnewline\b)"
    r"|(?P<sign>\\.)|(?P<open>\{)|(?P<close>\})|(?P<comment>(?<!\\)%[^\n]*)|(?P<cell>&)",
    re.S,
)
LINES = re.compile(
    r"\s*(?:\\(?:hline|toprule|midrule|bottomrule|centering|rowcolor\{[^{}]{0,40}\}|Xhline\{[^{}]{0,40}\}|hdashline)"
    r"|\\(?:cline|cmidrule|cdashline)(?:\([lr]{1,2}\))?\s*\{[^{}]{0,20}\}"
    r"|\\(?:specialrule|addlinespace|noalign)(?:\{[^{}]{0,40}\}|\[[^\]]{0,20}\]){0,3}|%[^\n]*(?:\n|$))"
)
SPAN = re.compile(r"\s*\\multi(column|row)\s*(?:\[[^\]]{0,20}\])?\s*\{\s*(-?\d{1,9})\s*\}")
ARGUMENT = re.compile(
    r"\s*(?:\[[^\]]{0,20}\]\s*)?\{[^{}]{0,60}\}(?:\s*\[[^\]]{0,20}\])?\s*\{|\s*\*\s*\{"
)


def find_tabulars(text: str) -> list[tuple[int, int]]:
    """The insides of the tables of a page, outermost only."""
    found = []
    at = 0
    while begin := BEGIN.search(text, at):
        start = begin.end()
        depth = 1
        end = len(text)
        at = len(text)
        for token in ENVIRONMENT.finditer(text, start):
            depth += 1 if token[1] == "begin" else -1
            if depth == 0:
                end, at = token.span()
                break
        found.append((start, end))
    return found


def read_latex(reading: Reading, start: int, end: int) -> Grid:
    """The table whose inside stands there."""
    text = reading.file.text
    start = skip_columns(text, start, end)
    raw = [cells for cells in split_rows(reading, start, end) if any(not c.empty for c in cells)]
    if not raw:
        raise reading.stop(TableShape("there is nothing in the table"), start, start)
    return make_grid(reading, raw, fills=False)


def skip_columns(text: str, start: int, end: int) -> int:
    """Where the column letters `{l|cc}` before the first row end."""
    at = start
    while at < end:
        while at < end and text[at].isspace():
            at += 1
        if at >= end or text[at] not in "{[":
            return at
        close = {"{": "}", "[": "]"}[text[at]]
        depth = 0
        opener = text[at]
        while at < end:
            depth += (text[at] == opener) - (text[at] == close)
            at += 1
            if depth == 0:
                break
    return at


def split_rows(reading: Reading, start: int, end: int) -> list[list[Cell]]:
    """Rows of cells: split at `\\\\` and `&` outside of braces and inner environments."""
    text = reading.file.text
    rows: list[list[Cell]] = [[]]
    depth = 0
    cell_at = start
    gaps: list[tuple[int, int]] = []

    def finish(to: int) -> None:
        nonlocal cell_at
        rows[-1].append(make_cell(text, cell_at, to, gaps))
        gaps.clear()

    for token in TOKEN.finditer(text, start, end):
        kind = token.lastgroup
        if kind in ("begin", "open"):
            depth += 1
        elif kind in ("end", "close"):
            depth -= 1
        elif kind == "comment":
            gaps.append(token.span())
        elif kind in ("row", "cell") and depth <= 0:
            finish(token.start())
            cell_at = token.end()
            if kind == "row":
                rows.append([])
        if kind in ("begin", "end"):  # the brace of `\begin{` is taken with it, its end is not
            depth += 1
    finish(end)
    return rows


def make_cell(text: str, start: int, end: int, gaps: list[tuple[int, int]]) -> Cell:
    """A cell without rules and comments, with the columns and rows that it spans."""
    if end - start > MAX_RAW:  # far more than a cell: make_grid refuses it
        return Cell(text[start:end], start, end)
    inner = drop_comments(text, start, end, gaps)
    while rule := LINES.match(inner):
        inner = inner[rule.end() :]
    width = height = 1
    while found := SPAN.match(inner):
        argument = ARGUMENT.match(inner, found.end())
        if argument is None:
            break
        count = min(max(1, abs(int(found[2]))), 100_000)
        width, height = (count, height) if found[1] == "column" else (width, count)
        inner = strip_brace(inner[argument.end() :])
    raw = text[start:end]
    start += len(raw) - len(raw.lstrip())
    return Cell(clean_latex(inner), start, start + len(raw.strip()), width, height)


def drop_comments(text: str, start: int, end: int, gaps: list[tuple[int, int]]) -> str:
    """A part of the text without its comments."""
    parts = []
    at = start
    for a, b in gaps:
        if at <= a and b <= end:
            parts.append(text[at:a])
            at = b
    parts.append(text[at:end])
    return "".join(parts)


def strip_brace(text: str) -> str:
    """What stands before the brace that closes an argument, and what follows it."""
    depth = 1
    for at, sign in enumerate(text):
        if sign in "{}" and (at == 0 or text[at - 1] != "\\"):
            depth += 1 if sign == "{" else -1
            if depth == 0:
                return text[:at] + text[at + 1 :]
    return text
