"""Says what the names of a file mean, once all its definitions are known."""

from __future__ import annotations

from archdsl.elaborate.expr import choice_words
from archdsl.elaborate.functions import FUNCTIONS
from archdsl.elaborate.words import join_words, split_digits
from archdsl.lsp.scopes import LABEL, NETWORK, OUTPUT, Definition, Occurrence, Scope
from archdsl.ops.base import Kind
from archdsl.source import Span
from archdsl.syntax import ast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from archdsl.lsp.index import Index

LETTERS = frozenset("chwlt")


class Resolver:
    """Collects the names in the walk, resolves them after it: words first, since `@call.name`
    depends on what `call` calls."""

    __slots__ = ("index", "names", "refs", "words")

    def __init__(self, index: Index) -> None:
        self.index = index
        self.words: list[Callable[[], None]] = []
        self.names: list[tuple[ast.Expr, Scope]] = []
        self.refs: list[tuple[ast.Ref, Scope]] = []

    def run(self) -> None:
        """All that was collected."""
        for job in self.words:
            job()
        for e, scope in self.names:
            self.resolve(e, scope)
        for ref, scope in self.refs:
            self.resolve_ref(ref, scope)

    # --- what the walk leaves -------------------------------------------------------------------

    def expr(self, e: ast.Expr, scope: Scope) -> None:
        """An expression in a scope."""
        match e:
            case ast.Name():
                self.names.append((e, scope))
            case ast.Ref():
                self.refs.append((e, scope))
                for _, piece in e.trail:
                    if isinstance(piece, ast.Expr):
                        self.expr(piece, scope)
            case ast.Call():
                self.words.append(lambda: self.resolve_call(e, scope))
                self.arguments(e, e.args, scope)
            case ast.Binary() if hyphens(e):
                self.names.append((e, scope))
            case _:
                for part in parts(e):
                    self.expr(part, scope)

    def word(self, layer: ast.Layer, scope: Scope) -> None:
        """The word of a step, its signs and its arguments."""
        self.words.append(lambda: self.resolve_word(layer, scope))
        self.arguments(layer, layer.args, scope)

    def arguments(self, owner: ast.Node, args: tuple[ast.Arg, ...], scope: Scope) -> None:
        """Arguments of a step, a call, a `default` or a `network A = B`."""
        for arg in args:
            if arg.name == "share" and isinstance(arg.value, ast.Name):
                ref = ast.Ref(arg.value.span, arg.value.name)
                self.refs.append((ref, scope))
            else:
                self.expr(arg.value, scope)
        self.words.append(lambda: self.resolve_arguments(owner, args))

    def base(self, s: ast.NetworkOf, scope: Scope) -> None:
        """`network A = B(…)`."""

        def job() -> None:
            found = self.index.networks.get(s.base.name) or scope.find(s.base.name)
            if found is not None:
                self.note(s.base.span, found, NETWORK)
                self.index.callees[id(s)] = found

        self.words.append(job)
        self.arguments(s, s.args, scope)

    def claim(self, s: ast.Expect, scope: Scope) -> None:
        """`expect NAME: …`; what it says of tensors are those of that network."""

        def job() -> None:
            found = self.index.networks.get(s.network.name) if s.network is not None else None
            place = scope
            if found is not None and s.network is not None:
                self.note(s.network.span, found, NETWORK)
                place = self.body_of(found) or found.scope
            for e in (s.claim, s.about):
                if e is not None:
                    self.expr(e, place)

        self.words.append(job)

    def figures(self, value: ast.Expr) -> None:
        """`accuracy = [["VGG-A", 0.69], …]` of a family: texts that name its networks."""
        pairs = value.items if isinstance(value, ast.ListExpr) else []
        named = [p.items[0] for p in pairs if isinstance(p, ast.ListExpr) and p.items]

        def job() -> None:
            for e in named:
                found = self.index.networks.get(str(e.value)) if isinstance(e, ast.Const) else None
                if found is not None:
                    inside = Span(e.span.file, e.span.start + 1, e.span.end - 1)
                    self.note(inside, found, NETWORK)

        self.words.append(job)

    def body_of(self, callee: Definition) -> Scope | None:
        """The body of a block or a network; that of the base where one is made from another."""
        seen = 0
        while isinstance(callee.node, ast.NetworkOf) and seen < 64:
            base = self.index.callees.get(id(callee.node))
            if base is None:
                return None
            callee, seen = base, seen + 1
        return callee.inner

    def heading(self, head: ast.Name, others: list[ast.Name], scope: Scope) -> None:
        """The headings of a table of parameters."""

        def job() -> None:
            found = scope.find(head.name, head.span.start)
            if found is None:
                self.index.roles[head.span.start] = "kind"
                return
            self.note(head.span, found, found.kind)
            for h in others:
                self.parameter(found, h.name, h.span)

        self.words.append(job)

    # --- resolution -----------------------------------------------------------------------------

    def note(self, span: Span, definition: Definition, role: str) -> None:
        """A place that speaks of a definition."""
        self.index.occurrences.append(Occurrence(span, definition, False))
        self.index.roles[span.start] = role

    def resolve_word(self, layer: ast.Layer, scope: Scope) -> None:
        """As `archdsl.elaborate.words.meaning` does: whole words, kinds with digits, networks."""
        name, tails = layer.name, layer.tails
        found = scope.find(name.name, name.span.start)
        if found is not None:
            self.note(name.span, found, found.kind)
            self.index.callees[id(layer)] = found
        else:
            joined = [(text, used) for text, used in join_words(name.name, tails) if is_kind(text)]
            text = layer.span.file.text[
                name.span.start : tails[-1][1].span.end if tails else name.span.end
            ]
            network = self.index.networks.get(text)
            if joined:
                self.index.roles[name.span.start] = "kind"
                used = joined[-1][1]
                for _, e in tails[:used]:
                    self.index.roles[e.span.start] = "kind"
                tails = tails[used:]
            elif network is not None:
                end = name.span.start + len(text)
                self.note(Span(name.span.file, name.span.start, end), network, NETWORK)
                self.index.callees[id(layer)] = network
                tails = ()
        for _, e in tails:
            self.expr(e, scope)

    def resolve_call(self, e: ast.Call, scope: Scope) -> None:
        """The name of a call in an expression."""
        found = scope.find(e.name.name, e.name.span.start) or self.index.networks.get(e.name.name)
        if found is not None:
            self.note(e.name.span, found, found.kind)
            self.index.callees[id(e)] = found
        elif e.name.name in FUNCTIONS:
            self.index.roles[e.name.span.start] = "function"
        elif is_kind(e.name.name):
            self.index.roles[e.name.span.start] = "kind"

    def resolve_arguments(self, owner: ast.Node, args: tuple[ast.Arg, ...]) -> None:
        """The names before `=`: parameters of what is called, or attributes of a kind."""
        callee = self.index.callees.get(id(owner))
        for arg in args:
            if not arg.name:
                continue
            span = Span(arg.span.file, arg.span.start, arg.span.start + len(arg.name))
            self.index.roles[span.start] = "attribute"
            if callee is not None:
                self.parameter(callee, arg.name, span)

    def parameter(self, callee: Definition, name: str, span: Span) -> None:
        """A parameter of a block or a network, named where it is called."""
        inner = self.body_of(callee)
        if inner is None:
            return
        found = inner.names.get(name) or inner.labels.get(name)
        if found is not None and isinstance(found.node, ast.Param):
            self.note(span, found, "attribute")

    def resolve(self, e: ast.Expr, scope: Scope) -> None:
        """A name, or names with hyphens between them."""
        if isinstance(e, ast.Binary):
            names = [p for p in parts(e) if isinstance(p, ast.Name)]
            word = "-".join(n.name for n in names)
            known = scope.find(names[0].name) is None
            if known and (word in choice_words() or Kind.lookup(word) is not None):
                for n in names:
                    self.index.roles[n.span.start] = "word"
            elif known and word in self.index.networks:
                self.note(
                    Span(e.span.file, names[0].span.start, names[-1].span.end),
                    self.index.networks[word],
                    NETWORK,
                )
            else:
                for n in names:
                    self.resolve(n, scope)
            return
        assert isinstance(e, ast.Name)
        found = scope.find(e.name, e.span.start)
        if found is None and not is_kind(e.name):
            found = self.index.networks.get(e.name)
        span = bare(e.span, e.name)
        if found is not None:
            self.note(span, found, found.kind)
        else:
            self.index.roles[span.start] = "kind" if Kind.lookup(e.name) else "word"

    def resolve_ref(self, ref: ast.Ref, scope: Scope) -> None:
        """`@label`, and what is reached for in it."""
        text = ref.span.file.text
        span = bare(ref.span, ref.name)
        at = span.start
        found = None if ref.name == "in" else scope.find_label(ref.name)
        if found is None:
            self.index.roles[at] = "word"
            return
        self.note(span, found, LABEL)
        at = span.end
        for what, piece in ref.trail:
            if what == "attr" and isinstance(piece, str):
                start = text.find(piece, text.find(".", at) + 1)
                at = start + len(piece)
                found = self.member(found, piece)
                if found is None:
                    self.index.roles[start] = "axis"
                else:
                    self.note(Span(span.file, start, at), found, LABEL)
            else:
                after = piece.span.end if isinstance(piece, ast.Expr) else at
                at = text.find("]", after) + 1

    def member(self, of: Definition | None, name: str) -> Definition | None:
        """An output or a label in the block that a labelled line calls."""
        inner = self.called(of) if of is not None else None
        if inner is None:
            return None
        return inner.outputs.get(name) or inner.labels.get(name)

    def called(self, of: Definition) -> Scope | None:
        """The body of the block that the last step of a labelled line calls."""
        node = of.node
        if of.kind not in (LABEL, OUTPUT) or not isinstance(node, (ast.Line, ast.Output)):
            return None
        callee = self.index.callees.get(id(node.steps[-1]))
        return callee.inner if callee is not None else None


def bare(span: Span, name: str) -> Span:
    """The name alone, where a span holds the brackets or the sign around it."""
    at = span.file.text.find(name, span.start, span.end)
    return Span(span.file, at, at + len(name)) if at >= 0 else span


def is_kind(word: str) -> bool:
    """Whether a word is a kind, perhaps with digits."""
    if Kind.lookup(word) is not None:
        return True
    m = split_digits(word)
    return m is not None and Kind.lookup(m.group(1)) is not None


def hyphens(e: ast.Binary) -> bool:
    """Names with hyphens between them."""
    return all(op == "-" for op, _ in e.rest) and all(isinstance(p, ast.Name) for p in parts(e))


def parts(e: ast.Expr) -> list[ast.Expr]:
    """The expressions in an expression."""
    match e:
        case ast.Unary():
            return [e.operand]
        case ast.Binary():
            return [e.first, *(term for _, term in e.rest)]
        case ast.IfExpr():
            return [e.yes, e.cond, e.no]
        case ast.ListExpr():
            return e.items
        case ast.Index():
            return [e.target, e.index]
        case ast.Then():
            return [e.first, e.others]
    return []
