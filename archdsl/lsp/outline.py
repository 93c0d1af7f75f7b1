"""The outline of a file, what can be folded, and the totals over each network."""

from __future__ import annotations

from archdsl.source import Span
from archdsl.syntax import ast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from archdsl.lsp.document import Document


class Symbol:
    """An entry of the outline."""

    __slots__ = ("children", "detail", "kind", "name", "span", "whole")

    def __init__(self, kind: str, name: ast.Name, whole: Span, detail: str = "") -> None:
        self.kind = kind  # network, block, let, input, label, output
        self.name = name.name or "?"
        self.span = name.span
        self.whole = whole
        self.detail = detail
        self.children: list[Symbol] = []


def symbols(document: Document) -> list[Symbol]:
    """What a file defines, in the order of the text."""
    return list(of_body(document.tree.body))


def of_body(stmts: tuple[ast.Stmt, ...]) -> Iterator[Symbol]:
    """The entries of a body."""
    for s in stmts:
        match s:
            case ast.Network() | ast.Block():
                kind = "network" if isinstance(s, ast.Network) else "block"
                params = ", ".join(p.span.text for p in s.params)
                found = Symbol(kind, s.name, s.span, f"({params})" if params else "")
                found.children = list(of_body(s.body))
                yield found
            case ast.NetworkOf():
                yield Symbol("network", s.name, s.span, f"= {s.base.name}")
            case ast.Let():
                yield Symbol("let", s.name, s.span, f"= {s.value.span.text[:60]}")
            case ast.Input() if s.name is not None:
                yield Symbol("input", s.name, s.span, s.dims.span.text)
            case ast.Output():
                yield Symbol("output", s.name, s.span)
            case ast.Line():
                yield from of_line(s)
            case ast.Table():
                yield from of_table(s)


def of_line(line: ast.Line) -> Iterator[Symbol]:
    """A labelled line, and what stands in its groups."""
    inside = [s for step in line.steps for s in of_step(step)]
    if line.label is None:
        yield from inside
        return
    found = Symbol("label", line.label, line.span)
    found.children = inside
    yield found


def of_step(step: ast.Step) -> Iterator[Symbol]:
    """Labels inside a step."""
    match step:
        case ast.Group():
            yield from of_body(step.body)
        case ast.For():
            yield from of_body(step.body.body)
        case ast.If():
            for _, group in step.arms:
                yield from of_body(group.body)
            if step.otherwise is not None:
                yield from of_body(step.otherwise.body)
        case ast.Layer() if step.branches is not None:
            for branch in step.branches:
                for line in branch.lines:
                    yield from of_line(line)


def of_table(table: ast.Table) -> Iterator[Symbol]:
    """Labels in the cells of a table."""
    for row in table.rows:
        for cell in row.cells:
            if cell.line is not None and cell.line.label is not None:
                yield Symbol("label", cell.line.label, row.span)
                break


def folds(document: Document) -> list[tuple[int, int, str]]:
    """(first line, last line, "region" or "comment") of all that takes several lines."""
    from archdsl.syntax.walk import nodes

    lines = document.lines
    found: dict[int, tuple[int, int, str]] = {}

    def fold(start: int, end: int, kind: str, keep_last: bool) -> None:
        first, last = lines.line_of(start), lines.line_of(end)
        last -= keep_last and not lines.text[lines.starts[last] : end - 1].strip()
        if last > first and found.get(first, (0, 0, ""))[1] < last:
            found[first] = (first, last, kind)

    for node in nodes(document.tree):
        if isinstance(node, (ast.Block, ast.Network, ast.Group, ast.Train, ast.Layer, ast.If)):
            fold(node.span.start, node.span.end, "region", True)
        elif isinstance(node, ast.Table):
            fold(node.span.start, node.span.end, "region", False)
    run: list[Span] = []
    for comment in [*document.tree.comments, None]:
        alone = comment is not None and not line_before(document.text, comment.start).strip()
        if run and comment is not None and alone and comment.line == run[-1].line + 1:
            run.append(comment)
            continue
        if len(run) > 1:
            fold(run[0].start, run[-1].end, "comment", False)
        run = [comment] if comment is not None and alone else []
    return sorted(found.values())


def line_before(text: str, offset: int) -> str:
    """What stands before an offset on its line."""
    return text[text.rfind("\n", 0, offset) + 1 : offset]


def lenses(document: Document) -> list[tuple[Span, str]]:
    """Over each network its totals; the file's first line stands for one without a header."""
    facts = document.facts
    index = document.index
    found: dict[int, list[str]] = {}
    spans: dict[int, Span] = {}
    for network in facts.design.networks:
        d = index.networks.get(network.name)
        name = ""
        if d is None or d.file is not document.tree.source:
            first = document.tree.body[0].span if document.tree.body else document.tree.span
            at = Span(document.source, first.start, first.start)
        else:
            at = d.node.span if isinstance(d.node, (ast.Network, ast.NetworkOf)) else d.span
            name = network.name if d.span.text != network.name else ""
        spans[at.start] = at
        totals = facts.totals(network)
        found.setdefault(at.start, []).append(f"{name}: {totals}" if name else totals)
    return [(spans[at], text) for at, texts in sorted(found.items()) for text in texts]
