"""Finds what a file defines: walks the tree, opens scopes, and leaves names to be resolved."""

from __future__ import annotations

from archdsl.elaborate.networks import file_stem
from archdsl.elaborate.tables import SPECIAL, is_variants
from archdsl.lsp.index import Index
from archdsl.lsp.resolver import Resolver
from archdsl.lsp.scopes import (
    BLOCK,
    INPUT,
    LABEL,
    LET,
    LOOP,
    NETWORK,
    OUTPUT,
    PARAM,
    TENSOR,
    USED,
    Definition,
    Occurrence,
    Scope,
)
from archdsl.source import Span
from archdsl.syntax import ast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.lsp.index import Load


class Binder:
    """One walk. Names are resolved at its end, when all definitions are known."""

    __slots__ = ("index", "load", "resolver")

    def __init__(self, index: Index, load: Load) -> None:
        self.index = index
        self.load = load
        self.resolver = Resolver(index)

    def run(self) -> None:
        """The whole file."""
        tree, top = self.index.tree, self.index.top
        self.body(tree.body, top)
        if not any(isinstance(s, (ast.Network, ast.NetworkOf)) for s in tree.body):
            self.variants(file_stem(tree.source.name), tree.body, tree, top)
        self.resolver.run()

    # --- definitions ----------------------------------------------------------------------------

    def define(
        self, names: dict[str, Definition], kind: str, name: ast.Name, node: ast.Node, scope: Scope
    ) -> Definition:
        """A name in one of a scope's tables; one that is there already gets one more site."""
        found = names.get(name.name)
        if found is None or found.kind != kind or found.file is not name.span.file:
            found = names[name.name] = Definition(kind, name.name, name.span, node, scope)
        else:
            found.sites.append(name.span)
        self.occur(name.span, found, True, kind)
        return found

    def occur(self, span: Span, definition: Definition, defines: bool, role: str) -> None:
        """Notes a place."""
        self.index.occurrences.append(Occurrence(span, definition, defines))
        self.index.roles[span.start] = role

    def open(
        self, parent: Scope, span: Span, own_graph: bool = False, closed: bool = False
    ) -> Scope:
        """A scope inside another."""
        scope = Scope(parent, span.start, span.end, own_graph, closed)
        self.index.scopes.append(scope)
        return scope

    # --- statements -----------------------------------------------------------------------------

    def body(self, stmts: tuple[ast.Stmt, ...], scope: Scope) -> None:
        """Statements of one scope."""
        scope.hoists = any(isinstance(s, ast.Block) for s in stmts)
        for s in stmts:
            self.statement(s, scope)

    def statement(self, s: ast.Stmt, scope: Scope) -> None:
        """One statement."""
        match s:
            case ast.Line():
                self.line(s, scope)
            case ast.Input():
                self.input(s, scope)
            case ast.Default():
                for name in s.kinds:
                    self.index.roles[name.span.start] = "kind"
                self.resolver.arguments(s, s.args, scope)
            case ast.Let():
                self.define(scope.names, LET, s.name, s, scope)
                self.resolver.expr(s.value, scope)
            case ast.Use():
                self.use(s, scope)
            case ast.Block():
                block = self.define(scope.names, BLOCK, s.name, s, scope)
                self.definition_body(block, s, scope)
            case ast.Network():
                network = self.define(self.index.networks, NETWORK, s.name, s, scope)
                self.definition_body(network, s, scope)
                assert network.inner is not None
                self.variants(s.name.name, s.body, s, network.inner)
            case ast.NetworkOf():
                self.define(self.index.networks, NETWORK, s.name, s, scope)
                self.resolver.base(s, scope)
            case ast.Expect():
                self.resolver.claim(s, scope)
            case ast.Output():
                self.output(s, scope)
            case ast.Train():
                for fact in s.facts:
                    self.index.roles[fact.span.start] = "attribute"
                    self.resolver.expr(fact.value, scope)
                    if fact.name == "accuracy":
                        self.resolver.figures(fact.value)
            case ast.Table():
                self.table(s, scope)

    def input(self, s: ast.Input, scope: Scope) -> None:
        """`input left: 3x64x64`."""
        if s.name is not None:
            self.define(scope.graph.labels, INPUT, s.name, s, scope)
        if s.layout is not None:
            self.index.roles[s.layout.span.start] = "layout"
        self.resolver.expr(s.dims, scope)

    def output(self, s: ast.Output, scope: Scope) -> None:
        """`output(train) aux1: …`."""
        for arg in s.args:
            self.index.roles[arg.span.start] = "attribute"
            if arg.name:
                self.resolver.expr(arg.value, scope)
        self.define(scope.graph.outputs, OUTPUT, s.name, s, scope)
        if s.index is not None:
            self.resolver.expr(s.index, scope)
        for step in s.steps:
            self.step(step, scope)

    def definition_body(
        self, owner: Definition, node: ast.Block | ast.Network, scope: Scope
    ) -> None:
        """Parameters and body of a block or a network."""
        inner = owner.inner = self.open(scope, node.span, True, True)
        for p in node.params:
            at = p.span.start + (p.kind != "value")
            name = ast.Name(Span(p.span.file, at, at + len(p.name)), p.name)
            if p.kind == "value":
                self.define(inner.names, PARAM, name, p, inner)
            else:
                self.define(inner.labels, TENSOR, name, p, inner)
            if p.default is not None:
                self.resolver.expr(p.default, inner)
        self.body(node.body, inner)

    def use(self, s: ast.Use, scope: Scope) -> None:
        """Names of another file; where it cannot be read they stand for themselves."""
        self.index.roles[s.path_span.start] = "path"
        other = self.load(s, self.index.source)
        known = other.usable() if other is not None else {}
        if s.names is None:
            for name, d in known.items():
                scope.names.setdefault(name, d)
            return
        for n in s.names:
            found = known.get(n.name)
            if found is None:
                self.define(scope.names, USED, n, s, scope)
                continue
            scope.names[n.name] = found
            self.occur(n.span, found, False, found.kind)

    # --- steps ----------------------------------------------------------------------------------

    def line(self, s: ast.Line, scope: Scope) -> None:
        """Steps, and the label of the last."""
        if s.label is not None:
            self.define(scope.graph.labels, LABEL, s.label, s, scope)
            if s.index is not None:
                self.resolver.expr(s.index, scope)
        for step in s.steps:
            self.step(step, scope)

    def step(self, step: ast.Step, scope: Scope) -> None:
        """One step."""
        match step:
            case ast.Layer():
                self.layer(step, scope)
            case ast.Ref():
                self.resolver.expr(step, scope)
            case ast.Group():
                self.repeat(step.repeat, scope)
                inner = self.open(scope, step.span, own_graph=step.repeat is not None)
                self.body(step.body, inner)
            case ast.If():
                for cond, group in step.arms:
                    self.resolver.expr(cond, scope)
                    self.body(group.body, self.open(scope, group.span))
                if step.otherwise is not None:
                    self.body(step.otherwise.body, self.open(scope, step.otherwise.span))
            case ast.For():
                self.resolver.expr(step.values, scope)
                inner = self.open(scope, Span(step.span.file, step.name.span.end, step.span.end))
                self.define(inner.names, LOOP, step.name, step, inner)
                self.body(step.body.body, inner)

    def layer(self, layer: ast.Layer, scope: Scope) -> None:
        """A kind, join, block or network with what it is given."""
        self.resolver.word(layer, scope)
        self.repeat(layer.repeat, scope)
        if layer.branches is None:
            return
        inner = scope
        if layer.repeat is not None:
            inner = self.open(scope, layer.span, own_graph=True)
        for branch in layer.branches:
            for line in branch.lines:
                self.line(line, inner)

    def repeat(self, repeat: ast.Repeat | None, scope: Scope) -> None:
        """How often."""
        if repeat is not None:
            self.resolver.expr(repeat.count, scope)

    # --- tables ---------------------------------------------------------------------------------

    def table(self, table: ast.Table, scope: Scope) -> None:
        """Rows of variants are lines; in a table of parameters the headings name them."""
        if is_variants(table, frozenset(n for n, d in scope.visible().items() if d.inner)):
            for row in table.rows:
                for cell in row.cells:
                    if cell.line is not None:
                        self.line(cell.line, scope)
            return
        head = table.header[0]
        operator = head.name.lower() == "operator"
        for heading in table.header:
            self.index.roles[heading.span.start] = "attribute"
        if not operator:
            others = [h for h in table.header[1:] if h.name not in SPECIAL or h.name == "stride"]
            self.resolver.heading(head, others, scope)
        for row in table.rows:
            if len(row.cells) == 1 and len(table.header) > 1:
                if row.cells[0].line is not None:
                    self.line(row.cells[0].line, scope)
                continue
            self.row(row, operator, scope)

    def row(self, row: ast.Row, operator: bool, scope: Scope) -> None:
        """A row of a table of parameters: a label or the word that it calls, then values."""
        first = row.cells[0].line
        if first is not None and operator:
            self.line(first, scope)
        elif first is not None and isinstance(first.steps[0], ast.Layer):
            line = ast.Line(row.span, first.steps, first.steps[0].name)
            self.define(scope.graph.labels, LABEL, first.steps[0].name, line, scope)
        for cell in row.cells[1:]:
            if cell.value is not None:
                self.resolver.expr(cell.value, scope)

    def variants(self, name: str, body: tuple[ast.Stmt, ...], node: ast.Node, scope: Scope) -> None:
        """`VGG-A`: the networks that the columns of a table make."""
        blocks = frozenset(n for n, d in scope.visible().items() if d.inner)
        table = next((s for s in body if isinstance(s, ast.Table) and is_variants(s, blocks)), None)
        for heading in table.header if table is not None else ():
            full = f"{name}-{heading.name}"
            self.index.roles[heading.span.start] = NETWORK
            if full not in self.index.networks:
                d = Definition(NETWORK, full, heading.span, node, scope)
                self.index.networks[full] = d
                self.index.occurrences.append(Occurrence(heading.span, d, True))
