"""Tables of the YAML form: headings, rows, and cells that are each one line of the language."""

from __future__ import annotations

from archdsl.syntax import ast
from archdsl.syntax.tables import MAX_CELLS
from archdsl.syntax.walk import nodes
from archdsl.syntax.yaml.nodes import Mapping, Node, Scalar, Sequence, Wrong, wrong
from archdsl.syntax.yaml.steps import StepReader
from archdsl.syntax.yaml.text import Text
from archdsl.syntax.yaml.values import refuse_comments

CELL_HELP = "write steps with commas between them, or define a block and call it in the cell"


class TableReader(StepReader):
    """Reads tables beside what stands in a body."""

    __slots__ = ()

    def read_table(self, node: Mapping, value: Node) -> list[ast.Stmt]:
        """`{table: [A, B], rows: [[conv3-64, conv3-64], maxpool]}`."""
        rows = node.get("rows")
        if not isinstance(value, Sequence) or not isinstance(rows, Sequence) or not value.items:
            bad = value if not isinstance(value, Sequence) or not value.items else rows
            assert bad is not None
            raise wrong(
                "yaml-type",
                f"a list is meant, not {bad.what}",
                bad.span,
                "write `{table: [A, B], rows: [[conv3-64, conv3-128], [maxpool]]}`",
            )
        if len(value.items) > MAX_CELLS:
            raise wrong("bad-table", f"a table of more than {MAX_CELLS} columns", value.span)
        header = tuple(self.heading(item) for item in value.items)
        found = tuple(self.row(item, len(header)) for item in rows.items)
        return [ast.Table(node.span, header, found)]

    def heading(self, node: Node) -> ast.Name:
        """A column's heading, as it is written."""
        text = self.text(node, "a heading")
        word = text.said.strip()
        if not word or "|" in word or "\n" in word:
            raise wrong("bad-table", "a heading is one line, without `|`", node.span)
        at = text.said.index(word)
        return ast.Name(text.span(at, at + len(word)), word)

    def row(self, node: Node, columns: int) -> ast.Row:
        """A list of cells; a text alone is a row that all columns share."""
        cells = node.items if isinstance(node, Sequence) else [node]
        if len(cells) not in (1, columns):
            raise wrong(
                "bad-table",
                f"a row of {len(cells)} cells under {columns} headings",
                node.span,
                f"write {columns} cells (an empty text is no layer), or exactly one for a row that "
                "all columns share",
                f"{len(cells)} cells",
            )
        return ast.Row(node.span, tuple(self.cell(item) for item in cells))

    def cell(self, node: Node) -> ast.Cell:
        """A cell, read as steps and as a value; an error where it is neither."""
        if isinstance(node, Sequence):
            return ast.Cell(node.span, None, self.value(node))
        if isinstance(node, Mapping):
            return ast.Cell(node.span, self.one_line(node), None)
        assert isinstance(node, Scalar)
        if node.empty or not node.value.strip():
            return ast.Cell(node.span, None, None)
        text = Text(node)
        line = text.attempt("line")
        value = text.attempt("expr")
        refuse_comments(text)
        if line is None and value is None:
            raise self.neither(text)
        return ast.Cell(
            node.span,
            line if isinstance(line, ast.Line) else None,
            value if isinstance(value, ast.Expr) else None,
        )

    def one_line(self, node: Mapping) -> ast.Line:
        """A cell with groups or branches: the language has no line ends and comments there."""
        count = len(self.comments)
        line = self.line(node)
        for part in nodes(line):
            lines: tuple[ast.Stmt, ...] = ()
            if isinstance(part, (ast.Group, ast.Branch)):
                lines = part.body if isinstance(part, ast.Group) else part.lines
            if len(lines) > 1 or not all(isinstance(s, ast.Line) for s in lines):
                raise wrong("bad-table", "a cell is one line", part.span, CELL_HELP)
        if len(self.comments) > count:
            raise wrong("bad-table", "a comment in a cell", self.comments[count], CELL_HELP)
        return line

    def neither(self, text: Text) -> Wrong:
        """Why the text is neither steps nor a value: what was read furthest says it."""
        found = []
        for symbol in ("line", "expr"):
            try:
                text.parse(symbol)
            except Wrong as problem:
                found.append(problem)
        return max(found, key=lambda w: w.diagnostics[0].primary.span.start)
