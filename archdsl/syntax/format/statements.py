"""Statements as pieces, and the bodies that hold them."""

from __future__ import annotations

from archdsl.source import Span
from archdsl.syntax import ast
from archdsl.syntax.format.brackets import Body
from archdsl.syntax.format.expressions import ATOM
from archdsl.syntax.format.gaps import Comment, Gaps, Lead
from archdsl.syntax.format.pieces import Arguments, Chain, Piece, Words
from archdsl.syntax.format.steps import Steps
from archdsl.syntax.format.tables import make_table


class Statements(Steps):
    """Makes pieces of statements."""

    __slots__ = ()

    def __init__(self, gaps: Gaps) -> None:
        super().__init__(gaps)
        self.pipe = "|"

    def body(self, stmts: tuple[ast.Stmt, ...], span: Span, open: bool = False) -> Body:
        """`{ … }`; an `open` one has its statements on lines of their own."""
        self.gaps.skip("{")
        outer, self.parts = self.parts, []
        items = self.statements(stmts)
        self.parts = outer
        return Body(items, self.gaps.lead_sign("}", span), open and not self.gaps.written)

    def statements(self, stmts: tuple[ast.Stmt, ...]) -> list[tuple[Lead, Piece]]:
        """Each statement with what stands before it."""
        items: list[tuple[Lead, Piece]] = []
        above: ast.Stmt | None = None
        for stmt in stmts:
            lead = self.gaps.lead(stmt.span)
            if not self.gaps.written:
                lead = with_doc(lead, stmt, above)
                above = stmt
            items.append((lead, self.statement(stmt)))
        return items

    def statement(self, e: ast.Stmt) -> Piece:
        """One statement."""
        match e:
            case ast.Line():
                return self.line(e)
            case ast.Table():
                return make_table(self, e)
        outer, self.parts = self.parts, []
        match e:
            case ast.Input():
                self.input(e)
            case ast.Default():
                self.default(e)
            case ast.Let(name=name, value=value):
                self.sign("let ")
                self.word(name.name, name.span)
                self.sign(" = ")
                self.expression(value)
            case ast.Use():
                self.use(e)
            case ast.Block() | ast.Network():
                self.definition(e)
            case ast.NetworkOf():
                self.network_of(e)
            case ast.Expect():
                self.expect(e)
            case ast.Output():
                self.output(e)
            case ast.Train():
                self.train(e)
            case _:
                raise TypeError(f"{type(e).__name__} has no text")
        return self.row(outer)

    def input(self, e: ast.Input) -> None:
        """`input left: seq 196x768`."""
        self.sign("input ")
        if e.name is not None:
            self.label(e.name, None)
        if e.layout is not None:
            self.word(e.layout.name, e.layout.span)
            self.parts.append(" ")
        if type(e.dims) is ast.ListExpr and e.dims.dims and not self.is_closed(e.dims):
            self.sizes(e.dims, ATOM)
        else:
            self.expression(e.dims, ATOM)

    def default(self, e: ast.Default) -> None:
        """`default conv + FC (act=relu)`."""
        self.sign("default ")
        for i, kind in enumerate(e.kinds):
            if i:
                self.sign(" + ")
            self.word(kind.name, kind.span)
        self.parts.append(" ")
        self.parts.append(self.arguments(e.args, e.span))

    def use(self, e: ast.Use) -> None:
        """`use std/resnet: basic, plain`."""
        self.sign("use ")
        self.word(e.path if e.std else f'"{e.path}"', e.path_span)
        if e.names is not None:
            self.sign(": ")
            items: list[tuple[Lead, Piece]] = []
            for i, name in enumerate(e.names):
                if i:
                    self.gaps.skip(",")
                lead = self.gaps.lead(name.span)
                self.gaps.move(name.span)
                items.append((Lead(lead.comments, False, False), Words(name.name)))
            self.parts.append(Chain(items))

    def definition(self, e: ast.Block | ast.Network) -> None:
        """`block b(p) { … }`, `network N(p) { … }`."""
        self.sign("block " if type(e) is ast.Block else "network ")
        self.word(e.name.name, e.name.span)
        if e.params:
            self.parts.append(self.parameters(e.params, e.span))
        self.parts.append(" ")
        self.parts.append(self.body(e.body, e.span, open=True))

    def parameters(self, params: tuple[ast.Param, ...], span: Span) -> Piece:
        """`(out, stride=1, @a, @xs[*])`."""
        self.gaps.skip("(")
        outer, self.parts = self.parts, []
        items: list[tuple[Lead, Piece]] = []
        for i, param in enumerate(params):
            if i:
                self.gaps.skip(",")
            lead = self.gaps.lead(param.span)
            mark = "" if param.kind == "value" else "@"
            self.sign(mark + param.name)
            if param.kind == "tensors":
                for sign in ("[", "*", "]"):
                    self.sign(sign)
            if param.default is not None:
                self.sign("=")
                self.expression(param.default)
            items.append((lead, self.row([])))
        self.parts = outer
        return Arguments(items, self.gaps.lead_sign(")", span))

    def network_of(self, e: ast.NetworkOf) -> None:
        """`network A = B(c=1)`."""
        self.sign("network ")
        self.word(e.name.name, e.name.span)
        self.sign(" = ")
        self.word(e.base.name, e.base.span)
        if e.args:
            self.parts.append(self.arguments(e.args, e.span))

    def expect(self, e: ast.Expect) -> None:
        """`expect NAME: claim ~ about`."""
        self.sign("expect ")
        if e.network is not None:
            self.label(e.network, None)
        self.expression(e.claim)
        if e.about is not None:
            self.sign(" ~ ")
            self.expression(e.about)

    def output(self, e: ast.Output) -> None:
        """`output(train) name: chain`."""
        self.sign("output")
        if e.args:
            self.parts.append(self.arguments(e.args, e.span))
        self.parts.append(" ")
        self.label(e.name, e.index)
        self.parts.append(self.chain(e.steps))

    def train(self, e: ast.Train) -> None:
        """`train { a = 1 }`."""
        self.sign("train ")
        self.gaps.skip("{")
        outer, self.parts = self.parts, []
        items: list[tuple[Lead, Piece]] = []
        for i, fact in enumerate(e.facts):
            if i:
                self.gaps.skip(",")
            lead = self.gaps.lead(fact.span)
            self.argument(fact, " = ")
            if not self.gaps.written:
                lead = Lead(lead.comments, True, False)
            items.append((lead, self.row([])))
        self.parts = outer
        self.parts.append(Body(items, self.gaps.lead_sign("}", e.span), False, facts=True))


def with_doc(lead: Lead, e: ast.Stmt, above: ast.Stmt | None) -> Lead:
    """For a tree of another form: what documents a definition, and empty lines around it."""
    doc = getattr(e, "doc", "")
    bodies = (ast.Block, ast.Network)
    apart = isinstance(e, bodies) or isinstance(above, bodies)
    blank = lead.blank or (above is not None and apart)
    comments = list(lead.comments)
    for i, line in enumerate(doc.split("\n") if doc else ()):
        comments.append(Comment(f"## {line}".rstrip(), True, blank and not i))
    return Lead(tuple(comments), lead.newline, blank and not doc)
