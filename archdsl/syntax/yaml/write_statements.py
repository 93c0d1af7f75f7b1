"""Statements as data: a mapping each, headed by the key that says what it is."""

from __future__ import annotations

from archdsl.syntax import ast
from archdsl.syntax.yaml.data import Around, Data, Items, Pairs, Words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.syntax.yaml.write import Writer


def write_statement(writer: Writer, stmt: ast.Stmt, around: Around) -> Data | None:
    """A statement that is no line; None where only a text will do."""
    made = Pairs()
    match stmt:
        case ast.Input():
            write_input(writer, stmt, made)
        case ast.Default(kinds=kinds, args=args):
            made.add("default", Words(" + ".join(k.name for k in kinds)))
            made.add("args", writer.args(args) if args else Pairs(flow=True))
        case ast.Let(name=name, value=value):
            inner = Pairs()
            inner.add(name.name, writer.value(value), Around())
            made.add("let", inner)
        case ast.Use():
            write_use(stmt, made)
        case ast.Expect():
            end = (stmt.about or stmt.claim).span.end
            made.add("expect", Words(writer.slice(stmt.claim.span.start, end)))
            if stmt.network is not None:
                made.add("of", Words(stmt.network.name))
        case ast.Output():
            made.add("output", Words(writer.label(stmt)))
            if stmt.args:
                made.add("args", writer.args(stmt.args))
            steps = writer.steps(stmt.steps)
            if steps is None:
                return None
            made.add("steps", steps)
        case ast.Train():
            write_train(writer, stmt, made)
        case ast.Table():
            return write_table(writer, stmt, made)
        case ast.Block() | ast.Network() | ast.NetworkOf():
            write_definition(writer, stmt, around, made)
        case _:
            raise TypeError(f"{type(stmt).__name__} has no data")
    return made


def write_input(writer: Writer, stmt: ast.Input, made: Pairs) -> None:
    """An input."""
    made.add("input", writer.words(stmt.dims))
    if stmt.layout is not None:
        made.add("layout", Words(stmt.layout.name))
    if stmt.name is not None:
        made.add("name", Words(stmt.name.name))


def write_use(stmt: ast.Use, made: Pairs) -> None:
    """Blocks of another file."""
    from archdsl.syntax.yaml.statements import STD_PATH

    path: Data = Words(stmt.path)
    if not stmt.std and STD_PATH.fullmatch(stmt.path):
        path = Pairs(flow=True)
        path.add("file", Words(stmt.path))
    made.add("use", path)
    if stmt.names is not None:
        names = Items()
        for name in stmt.names:
            names.add(Words(name.name))
        made.add("names", names)


def write_train(writer: Writer, stmt: ast.Train, made: Pairs) -> None:
    """Facts of training, in brackets where they stand on one line."""
    text = writer.text
    flow = "\n" not in text[stmt.span.start : stmt.span.end]
    names = [f.name for f in stmt.facts]
    if len(set(names)) < len(names):
        made.add("train", writer.args(stmt.facts))
        return
    facts = Pairs(flow)
    for fact in stmt.facts:
        around = Around(writer.above(writer.take(fact.span.start)))
        facts.add(fact.name, writer.value(fact.value), around)
        around.beside = writer.beside(fact.span.end)
    made.add("train", facts)


def write_table(writer: Writer, stmt: ast.Table, made: Pairs) -> Data:
    """A table: a row an item, one cell alone as a text."""
    header = Items()
    for name in stmt.header:
        header.add(Words(name.name))
    made.add("table", header)
    rows = Items(False)
    for row in stmt.rows:
        around = Around(
            writer.above(writer.take(row.span.start)), writer.is_blank_above(row.span.start)
        )
        cells = [Words(c.span.text.replace("\\|", "|")) for c in row.cells]
        if len(cells) == 1 and len(stmt.header) > 1:
            rows.add(cells[0], around)
            continue
        item = Items()
        for cell in cells:
            item.add(cell)
        rows.add(item, around)
        around.beside = writer.beside(row.span.end)
    made.add("rows", rows)
    return made


def write_definition(
    writer: Writer, stmt: ast.Block | ast.Network | ast.NetworkOf, around: Around, made: Pairs
) -> None:
    """A block or a network."""
    made.add("block" if isinstance(stmt, ast.Block) else "network", Words(stmt.name.name))
    if stmt.doc and writer.docs:
        made.add("doc", Words(stmt.doc))
        around.above = around.above[: -len(stmt.doc.split("\n"))]
    if isinstance(stmt, ast.NetworkOf):
        made.add("of", Words(stmt.base.name))
        if stmt.args:
            made.add("args", writer.args(stmt.args))
        return
    if stmt.params:
        made.add("params", write_params(writer, stmt.params))
    start = writer.text.find("{", (stmt.params or (stmt.name,))[-1].span.end) + 1
    body = writer.body(stmt.body, start, stmt.span.end - 1)
    made.add("body", body)


def write_params(writer: Writer, params: tuple[ast.Param, ...]) -> Items:
    """Parameters."""
    made = Items()
    for param in params:
        if param.default is not None:
            pair = Pairs(flow=True)
            pair.add(param.name, writer.value(param.default))
            made.add(pair)
        elif param.kind == "value":
            made.add(Words(param.name))
        else:
            made.add(Words(f"@{param.name}" + ("[*]" if param.kind == "tensors" else "")))
    return made
