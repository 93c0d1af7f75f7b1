"""Tables: rows of text become cells, each parsed as a line of layers and as an expression."""

from __future__ import annotations

import itertools
import re

from archdsl.diagnostics.model import Diagnostic, Label
from archdsl.source import SourceFile, Span
from archdsl.syntax import ast
from archdsl.syntax.lexer import Token

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    ParseCell = Callable[[SourceFile, int, int, str, bool], tuple[object | None, list[Diagnostic]]]

MAX_CELLS = 64
CUT = re.compile(r"(?<!\\)\|")
WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
UNCOMMENTED = re.compile(r'(?:[^#"]|"[^"]*"|"(?=[^"]*$))*')  # a `#` in a string begins no comment
DASHES = re.compile(r"\s*:?-+:?\s*")


def gather_tables(
    stmts: list[ast.Stmt | Token],
    file: SourceFile,
    parse_cell: ParseCell,
    diagnostics: list[Diagnostic],
    lost: set[str],
) -> tuple[ast.Stmt, ...]:
    """The statements with each run of rows as one table.

    As in Markdown, an empty line and a row with a separator below it begin another table.
    """
    if not any(type(s) is Token for s in stmts):
        return tuple(stmts)  # type: ignore[arg-type]
    out: list[ast.Stmt] = []
    rows: list[Token] = []
    for s, below in itertools.pairwise([*stmts, None, None]):
        anew = isinstance(s, Token) and rows and begins_table(rows[-1], s, below, file)
        if isinstance(s, Token) and not anew:
            rows.append(s)
            continue
        if rows:
            count = len(diagnostics)
            table = make_table(rows, file, parse_cell, diagnostics)
            span = Span(file, rows[0].start, rows[-1].end)
            if len(diagnostics) > count:
                lost.update(WORD.findall(span.text))
            out.append(ast.Broken(span, True) if table is None else table)
            rows = []
        if isinstance(s, Token):
            rows.append(s)
        elif s is not None:
            out.append(s)
    return tuple(out)


def begins_table(above: Token, row: Token, below: object, file: SourceFile) -> bool:
    """Whether a row heads a table of its own, though rows stand above it."""
    between = file.text[above.end : row.start]
    return (
        between.count("\n") > 1
        and isinstance(below, Token)
        and is_separator(split_row(below, file))
    )


def is_separator(cells: list[Span]) -> bool:
    """`|---|:--|`, as Markdown has it below the headings."""
    return all(DASHES.fullmatch(c.text) for c in cells)


def make_table(
    rows: list[Token], file: SourceFile, parse_cell: ParseCell, diagnostics: list[Diagnostic]
) -> ast.Table | None:
    """A header and its rows; None where the header itself is wrong."""
    hidden = [d for d in (hidden_cells(token, file) for token in rows) if d is not None]
    if hidden:
        diagnostics += hidden
        return None
    header_cells = split_row(rows[0], file)
    span = Span(file, rows[0].start, rows[-1].end)
    header = tuple(ast.Name(s, s.text) for s in header_cells)
    if len(header) > MAX_CELLS:
        diagnostics.append(
            Diagnostic("bad-table", f"a table of more than {MAX_CELLS} columns", Label(span))
        )
        return None
    for name in header:
        if not name.name:
            at = Span(file, name.span.start, min(len(file.text), name.span.start + 1))
            diagnostics.append(
                Diagnostic(
                    "bad-table",
                    "a column without a heading",
                    Label(at, "no heading here"),
                    help="head it with a variant's name, or with a parameter of the block",
                )
            )
            return None
    body: list[ast.Row] = []
    for token in rows[1:]:
        cells = split_row(token, file)
        if is_separator(cells):
            continue  # the separator of a Markdown table
        if len(cells) not in (1, len(header)):
            diagnostics.append(cell_count(token, cells, header, file))
            body.append(broken_row(Span(file, token.start, token.end)))
            continue
        body.append(
            ast.Row(
                Span(file, token.start, token.end),
                tuple(make_cell(c, file, parse_cell, diagnostics) for c in cells),
            )
        )
    return ast.Table(span, header, tuple(body))


def broken_row(span: Span) -> ast.Row:
    """A row that could not be read, so that nothing is known of what flows out of it."""
    return ast.Row(span, (ast.Cell(span, None, None, broken=True),))


def cell_count(
    token: Token, cells: list[Span], header: tuple[ast.Name, ...], file: SourceFile
) -> Diagnostic:
    """A row that is neither full nor common to all columns."""
    first, last = header[0].span, header[-1].span
    return Diagnostic(
        "bad-table",
        f"a row of {len(cells)} cells under {len(header)} headings",
        Label(Span(file, cells[0].start, cells[-1].end), f"{len(cells)} cells"),
        (Label(Span(file, first.start, last.end), f"{len(header)} headings"),),
        help=f"write {len(header)} cells (an empty cell is no layer), or exactly one for a row "
        "that all columns share; the `|` of a branch is written `\\|` in a cell",
    )


def hidden_cells(token: Token, file: SourceFile) -> Diagnostic | None:
    """What is wrong where a comment begins inside a cell and goes on over others."""
    at = comment_at(token.text)
    if "|" not in token.text[at:] or token.text[:at].rstrip().endswith("|"):
        return None
    return Diagnostic(
        "bad-table",
        "a comment begins in a cell and hides the rest of the row",
        Label(Span(file, token.start + at, token.end), "all of this is the comment"),
        help="write the comment behind the last `|`",
    )


def split_row(token: Token, file: SourceFile) -> list[Span]:
    """Spans of the cells, trimmed."""
    text = token.text[: comment_at(token.text)].rstrip()
    stop = len(text) - 1 if len(text) > 1 and text.endswith("|") and text[-2] != "\\" else len(text)
    cuts = [0, *(m.start() for m in CUT.finditer(text, 1, stop)), stop]
    spans = []
    for a, b in itertools.pairwise(cuts):
        piece = text[a + 1 : b]
        start = token.start + a + 1 + len(piece) - len(piece.lstrip())
        spans.append(Span(file, start, max(start, token.start + a + 1 + len(piece.rstrip()))))
    return spans


def comment_at(row: str) -> int:
    """Where the comment of a row begins, behind its last character where it has none."""
    m = UNCOMMENTED.match(row)
    assert m is not None
    return m.end()


def make_cell(
    span: Span, file: SourceFile, parse_cell: ParseCell, diagnostics: list[Diagnostic]
) -> ast.Cell:
    """A cell, read as steps and as a value; an error where it is neither."""
    if span.start == span.end:
        return ast.Cell(span, None, None)
    line, _ = parse_cell(file, span.start, span.end, "line", False)
    value, _ = parse_cell(file, span.start, span.end, "expr", False)
    if line is None and value is None:
        errors = [parse_cell(file, span.start, span.end, s, True)[1][0] for s in ("line", "expr")]
        diagnostics.append(max(errors, key=lambda d: d.primary.span.start))
        return ast.Cell(span, None, None, broken=True)
    return ast.Cell(
        span,
        line if isinstance(line, ast.Line) else None,
        value if isinstance(value, ast.Expr) else None,
    )
