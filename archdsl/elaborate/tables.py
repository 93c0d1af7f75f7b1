"""Tables: columns of variants become networks, rows of parameters become calls."""

from __future__ import annotations

from archdsl.diagnostics.model import Label
from archdsl.elaborate.context import Context, Located
from archdsl.elaborate.errors import BadTable, UnknownArgument
from archdsl.elaborate.suggest import did_you_mean, nearest, rename
from archdsl.elaborate.values import BlockRef, Partial
from archdsl.elaborate.words import split_digits
from archdsl.ops.base import Kind
from archdsl.syntax import ast

SPECIAL = ("repeat", "stride", "output", "input")
LAYERS = ("layer", "layers", "type", "op", "operation", "block", "module", "kind", "name")
"""Headings above the names of layers elsewhere."""


class RowClaim(ast.Node):
    """`output` or `input` of a row: the shape of the tensor that leaves or enters it."""

    __slots__ = ("value", "what")

    def __init__(self, what: str, value: ast.Expr) -> None:
        self.span = value.span
        self.what = what
        self.value = value


def is_variants(table: ast.Table, names: object) -> bool:
    """Whether the columns are networks: the first heading names neither a block nor a kind."""
    first = table.header[0].name
    if first.lower() == "operator" or (isinstance(names, (set, frozenset)) and first in names):
        return False
    others = [h.name for h in table.header[1:]]
    kind = Kind.lookup(first)
    fields = {f.name for f in kind.fields} if kind is not None else set()
    return not (others and all(n in SPECIAL or n in fields for n in others))


def expand_tables(stmts: tuple[ast.Stmt, ...], ctx: Context) -> tuple[ast.Stmt | RowClaim, ...]:
    """The statements with every table of parameters as lines. Mistakes are reported."""
    if not any(isinstance(s, ast.Table) for s in stmts):
        return stmts
    out: list[ast.Stmt | RowClaim] = []
    for s in stmts:
        if not isinstance(s, ast.Table):
            out.append(s)
            continue
        try:
            out.extend(lines_of(s, ctx))
        except Located as problem:
            ctx.report(problem)
    return tuple(out)


def lines_of(table: ast.Table, ctx: Context) -> list[ast.Stmt | RowClaim]:
    """The rows as lines, with claims around them."""
    first = table.header[0]
    operator = first.name.lower() == "operator"
    known: frozenset[str] | None = None  # the parameters, where the table is of one block
    if not operator:
        scope = ctx.scope.find(first.name)
        value = scope.names[first.name] if scope else None
        if not isinstance(value, (BlockRef, Partial)) and Kind.lookup(first.name) is None:
            raise Located(
                BadTable(
                    f"the first heading, `{first.name[:40]}`, names no block",
                    help=did_you_mean(first.name, ctx.scope.visible())
                    or "a table of variants stands in a network's own body",
                ),
                first.span,
                fix=rename(first.span, first.name, ctx.scope.visible()),
            )
        if isinstance(value, BlockRef):
            known = frozenset(p.name for p in value.node.params)
    seen: dict[str, ast.Name] = {}
    for name in table.header[1:]:
        if name.name in seen:
            raise Located(
                BadTable(f"two columns are headed `{name.name[:40]}`"),
                name.span,
                (Label(seen[name.name].span, "here first"),),
            )
        seen[name.name] = name
    out: list[ast.Stmt | RowClaim] = []
    check_headings(table, known)
    for row in table.rows:
        if any(c.broken for c in row.cells):
            out.append(ast.Broken(row.span, True))
        elif len(row.cells) == 1 and len(table.header) > 1:
            out.append(common_row(row))
        else:
            out.extend(call_row(table, row, operator, known))
    return out


def check_headings(table: ast.Table, known: frozenset[str] | None) -> None:
    """No heading is nearly one of those that are no parameters. Raises Located."""
    for heading in table.header[1:] if known is not None else ():
        name = heading.name
        if known is None or name in known or name in SPECIAL or nearest(name, known):
            continue
        if help := did_you_mean(name, SPECIAL):
            listed = ", ".join(f"`{n}`" for n in SPECIAL)
            raise Located(
                UnknownArgument(
                    f"`{table.header[0].name}` has no parameter `{name}`",
                    help=f"{help} beside parameters there are {listed}",
                ),
                heading.span,
                fix=rename(heading.span, name, SPECIAL),
            )


def common_row(row: ast.Row) -> ast.Line:
    """A row of one cell: steps."""
    cell = row.cells[0]
    if cell.line is None:
        raise Located(
            BadTable("a row of one cell is a line of layers", label="no layers"), cell.span
        )
    return cell.line


def call_row(
    table: ast.Table, row: ast.Row, operator: bool, known: frozenset[str] | None = None
) -> list[ast.Stmt | RowClaim]:
    """A row as a call with its claims."""
    head, cells = table.header[0], dict(zip((h.name for h in table.header), row.cells, strict=True))
    first = row.cells[0]
    label: ast.Name | None = None
    if operator:
        step = operator_step(first, row)
        name, tails, given = step.name, step.tails, step.args
        span = first.span
    else:
        name, tails, given = ast.Name(head.span, head.name), (), ()
        span = row.cells[0].span if not first.empty else row.span
        if not first.empty:
            label = row_label(first, head)
    args = list(given)
    repeat: ast.Repeat | None = None
    claims: dict[str, RowClaim] = {}
    for heading in table.header[1:]:
        cell = cells[heading.name]
        if cell.empty:
            continue
        value = cell.value
        if value is None:
            raise Located(
                BadTable(f"under `{heading.name}` stands a value", label="no value"), cell.span
            )
        if heading.name == "repeat":
            repeat = ast.Repeat(cell.span, value, False)
        elif heading.name in ("output", "input"):
            claims[heading.name] = RowClaim(heading.name, value)
        else:
            if heading.name == "stride" and "repeat" in cells:
                value = ast.Then(cell.span, value, ast.Const(cell.span, 1))
            strange = known is not None and heading.name not in known
            args.append(ast.Arg(heading.span if strange else cell.span, heading.name, value))
    if repeat is None:
        args = [
            ast.Arg(a.span, a.name, a.value.first) if isinstance(a.value, ast.Then) else a
            for a in args
        ]
    layer = ast.Layer(row.span, name, tails, tuple(args), None, repeat)
    layer.head = span
    line = ast.Line(row.span, (layer,), label)
    return [
        *([claims["input"]] if "input" in claims else []),
        line,
        *([claims["output"]] if "output" in claims else []),
    ]


def row_label(cell: ast.Cell, head: ast.Name) -> ast.Name:
    """The label in the first cell of a row below the name of a block or a kind."""
    line = cell.line
    if line is not None and len(line.steps) == 1 and line.label is None:
        step = line.steps[0]
        if (
            isinstance(step, ast.Layer)
            and not step.tails
            and not step.args
            and step.branches is None
            and step.repeat is None
        ):
            sized = split_digits(step.name.name)
            if sized is not None and Kind.lookup(sized[1]) is Kind.lookup(head.name) is not None:
                raise Located(
                    BadTable(
                        "the first cell is a label of its row",
                        label="reads as a layer",
                        help=f"the heading says that it is a `{head.name}`, and sizes have columns"
                        " of their own",
                    ),
                    cell.span,
                )
            return step.name
    raise Located(
        BadTable("the first cell names the row", help="write a plain name, or leave it empty"),
        cell.span,
    )


def operator_step(cell: ast.Cell, row: ast.Row) -> ast.Layer:
    """The kind or block in the first cell of an `operator` table."""
    line = cell.line
    if line is not None and len(line.steps) == 1 and line.label is None:
        step = line.steps[0]
        if isinstance(step, ast.Layer) and step.branches is None and step.repeat is None:
            return step
    raise Located(
        BadTable("the first cell names the block or kind that the row calls"),
        cell.span if not cell.empty else row.span,
    )


def variant_bodies(
    body: tuple[ast.Stmt, ...], names: frozenset[str]
) -> dict[str, tuple[ast.Name, tuple[ast.Stmt, ...]]] | None:
    """For each heading of the tables of variants in a body, the body with that column."""
    tables = [s for s in body if isinstance(s, ast.Table) and is_variants(s, names)]
    if not tables:
        return None
    header = tables[0].header
    for table in tables[1:]:
        if [h.name for h in table.header] != [h.name for h in header]:
            raise Located(
                BadTable("the tables of one network have the same headings"),
                table.header[0].span,
                (Label(header[0].span, "the first table"),),
            )
    seen: dict[str, ast.Name] = {}
    for name in header:
        check_heading(name, seen)
        seen[name.name] = name
    return {
        name.name: (name, tuple(column(body, tables, at, names))) for at, name in enumerate(header)
    }


def check_heading(name: ast.Name, seen: dict[str, ast.Name]) -> None:
    """A heading becomes part of a network's name."""
    text = name.name
    plain = text.replace("-", "").replace("_", "").replace(".", "")
    if not (plain.isascii() and plain.isalnum()) or len(text) > 64:
        raise Located(
            BadTable(
                "a heading that cannot be part of a network's name",
                help="use letters, digits and hyphens; a table of parameters begins with the "
                "name of a block, or with `operator`",
            ),
            name.span,
        )
    if text in seen:
        raise Located(
            BadTable(f"two columns are headed `{text}`"),
            name.span,
            (Label(seen[text].span, "here first"),),
        )


def column(
    body: tuple[ast.Stmt, ...], tables: list[ast.Table], at: int, names: frozenset[str]
) -> list[ast.Stmt]:
    """The body with the cells of one column in place of the tables."""
    out: list[ast.Stmt] = []
    for s in body:
        if not isinstance(s, ast.Table) or s not in tables:
            out.append(s)
            continue
        for row in s.rows:
            cell = row.cells[0] if len(row.cells) == 1 else row.cells[at]
            if cell.empty:
                continue
            if cell.broken:
                out.append(ast.Broken(cell.span, True))
                continue
            if cell.line is None:
                raise no_layers(cell, s.header, names)
            out.append(cell.line)
    return out


def no_layers(cell: ast.Cell, header: tuple[ast.Name, ...], names: frozenset[str]) -> Located:
    """A value where the headings name variants: one of them may be meant for an attribute."""
    first = header[0].name
    kind = Kind.lookup(first)
    fields = {f.name for f in kind.fields} if kind is not None else set()
    strange = [h for h in header[1:] if h.name not in fields and h.name not in SPECIAL]
    if fields and len(strange) + 1 < len(header):
        name = strange[0].name
        known = sorted({*fields, *SPECIAL})
        return Located(
            UnknownArgument(
                f"`{first}` has no attribute `{name}`",
                help=did_you_mean(name, known) or "columns of its rows: " + ", ".join(known),
            ),
            strange[0].span,
            fix=rename(strange[0].span, name, known),
        )
    help = did_you_mean(first, names)
    help = help or "the first heading of a table of parameters names a block or a kind"
    if first.lower() in LAYERS:
        help = "a table whose first column names layers has `operator` above it"
    return Located(
        BadTable("a cell of a variant is a line of layers", label="no layers", help=help),
        cell.span,
    )
