"""Statements: a mapping each, told apart by the key that heads it."""

from __future__ import annotations

import re

from archdsl.diagnostics.model import Diagnostic
from archdsl.source import Span
from archdsl.syntax import ast
from archdsl.syntax.build import attach_docs
from archdsl.syntax.parse import MAX_ERRORS, QUIET_WORDS, WORD
from archdsl.syntax.yaml.keys import STATEMENTS, check_keys, find_head
from archdsl.syntax.yaml.nodes import Mapping, Node, Scalar, Sequence, Spoken, Wrong, wrong
from archdsl.syntax.yaml.tables import TableReader
from archdsl.syntax.yaml.text import Text
from archdsl.syntax.yaml.values import NETWORK_NAME

LAYOUT = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*)[ \t]+(?![x×](?:[0-9]|[^A-Za-z0-9_]|$))(?=\S)")
STD_PATH = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:/[A-Za-z_][A-Za-z0-9_]*)*")
DEFINES = frozenset(("network", "block", "use", "table"))  # without them the rest means nothing


Definition = ast.Block | ast.Network | ast.NetworkOf


class StatementReader(TableReader):
    """Reads bodies; a statement that is wrong is told and left out."""

    __slots__ = ("column", "defined", "diagnostics", "lost")

    def __init__(self) -> None:
        super().__init__()
        self.diagnostics: list[Diagnostic] = []
        self.lost: set[str] | None = set()
        self.column = 0  # that of the items of the list that is read
        self.defined: list[tuple[Definition, int]] = []  # what has no `doc`, with its column

    def body(self, node: Node) -> tuple[ast.Stmt, ...]:
        """The statements of a list, in order."""
        if not isinstance(node, Sequence):
            raise wrong(
                "yaml-type",
                f"a list of statements is meant, not {node.what}",
                node.span,
                "write each statement behind a `-`",
            )
        found: list[ast.Stmt] = []
        outer, self.column = self.column, column_of(node)
        for item in node.items:
            if len(self.diagnostics) >= MAX_ERRORS:
                break
            try:
                found += self.statement(item)
            except Wrong as problem:
                self.diagnostics += problem.diagnostics
                found.append(self.broken(item))
        self.column = outer
        return tuple(found)

    def broken(self, node: Node) -> ast.Broken:
        """What stands for a statement that is wrong; its words are lost."""
        head = find_head(node) if isinstance(node, Mapping) else ""
        if head in DEFINES or self.lost is None:
            self.lost = None
        else:
            self.lost.update(WORD.findall(node.span.text))
        return ast.Broken(node.span, head not in QUIET_WORDS)

    def statement(self, node: Node) -> list[ast.Stmt]:
        """One item of a body."""
        if isinstance(node, Scalar) and not node.empty:
            count = len(self.comments)
            tree = self.parse(Text(node), "file")
            assert isinstance(tree, ast.File)
            tree.comments = self.comments[count:]
            attach_docs(tree)
            return list(tree.body)
        head = find_head(node) if isinstance(node, Mapping) else ""
        if not isinstance(node, Mapping) or head not in STATEMENTS:
            return [self.line(node)]
        check_keys(node, head, STATEMENTS[head])
        found: list[ast.Stmt] = getattr(self, f"read_{head}")(node, node.index[head][1])
        return found

    # --- definitions ------------------------------------------------------------------------

    def read_network(self, node: Mapping, name: Node) -> list[ast.Stmt]:
        """`{network: ResNet, params: [depths], body: [ … ]}`, or `{network: A, of: B, args: …}`."""
        found = self.name(name, "a network's name", NETWORK_NAME)
        base, body = node.get("of"), node.get("body")
        if (base is None) == (body is None):
            raise wrong(
                "yaml-key",
                "`network` with `body` and `of`" if base else "`network` without `body`",
                node.key("network").span,
                "write `body: [ … ]` for what it consists of, or `of: ResNet` with `args` for one "
                "of a family",
            )
        for key in ("args",) if base is None else ("params",):
            if key in node.index:
                raise wrong(
                    "yaml-key",
                    f"`{key}` does not go with `{'body' if base is None else 'of'}`",
                    node.key(key).span,
                    "a network with a `body` has `params`, one `of` another has `args`",
                )
        made: ast.Network | ast.NetworkOf
        if base is not None:
            args = node.get("args")
            family = self.name(base, "a network's name", NETWORK_NAME)
            made = ast.NetworkOf(
                node.span, found, family, self.args(args) if args is not None else ()
            )
        else:
            assert body is not None
            params = self.read_params(node)
            made = ast.Network(node.span, found, params, self.body(body))
        self.read_doc(node, made)
        return [made]

    def read_block(self, node: Mapping, name: Node) -> list[ast.Stmt]:
        """`{block: basic, params: [out, stride: 1], body: [ … ]}`."""
        found = self.name(name, "a block's name")
        body = node.get("body")
        assert body is not None
        made = ast.Block(node.span, found, self.read_params(node), self.body(body))
        self.read_doc(node, made)
        return [made]

    def read_params(self, node: Mapping) -> tuple[ast.Param, ...]:
        """The parameters, if any."""
        params = node.get("params")
        return self.params(params) if params is not None else ()

    def read_doc(self, node: Mapping, made: Definition) -> None:
        """`doc`: what `##` comments say in the language; they may stand above as well."""
        doc = node.get("doc")
        if doc is None or (isinstance(doc, Scalar) and doc.empty):
            self.defined.append((made, self.column))
        else:
            made.doc = "\n".join(n.strip() for n in self.prose(doc, "doc").splitlines())

    def prose(self, node: Node, key: str) -> str:
        """A text for people."""
        if not isinstance(node, Scalar):
            raise wrong("yaml-type", f"`{key}` is a text, not {node.what}", node.span)
        Text(node)  # refuses what hides
        return node.value.strip("\n")

    def read_comment(self, node: Mapping, words: Node) -> list[ast.Stmt]:
        """`{comment: …}`: for JSON, which has no other."""
        lines = self.prose(words, "comment").splitlines()
        self.comments += [Spoken(node.file, node.start, comment_of(n)) for n in lines]
        return []

    # --- the others -------------------------------------------------------------------------

    def read_input(self, node: Mapping, value: Node) -> list[ast.Stmt]:
        """`{input: 3x224x224}`, `{input: seq 196x768, name: left}`, `{input: [3, h, w]}`."""
        name, layout = node.get("name"), node.get("layout")
        found = self.name(layout, "a layout") if layout is not None else None
        if isinstance(value, Sequence) and value.items:
            items = [self.value(item) for item in value.items]
            dims: ast.Expr = ast.ListExpr(value.span, items, dims=len(items) > 1)
            dims = dims if len(items) > 1 else items[0]
        else:
            text = self.text(value, "a size such as `3x224x224`")
            m = LAYOUT.match(text.said)
            if m is not None and found is not None:
                raise wrong("yaml-key", "two layouts", text.span(*m.span(1)), "take one away")
            if m is not None:
                self.refuse_keyword(m[1], text.span(*m.span(1)))
                found = ast.Name(text.span(*m.span(1)), m[1])
            dims = self.expression(text, m.end() if m else 0)
            self.check_dims(dims)
        made = self.name(name, "an input's name") if name is not None else None
        return [ast.Input(node.span, made, found, dims)]

    def check_dims(self, dims: ast.Expr) -> None:
        """Sizes are numbers, names and `( … )`, with an `x` between them."""
        joined = isinstance(dims, ast.ListExpr) and dims.dims
        for part in dims.items if isinstance(dims, ast.ListExpr) and joined else [dims]:
            # A real is refused where its meaning is known, as in the other notation.
            number = isinstance(part, ast.Const) and not isinstance(part.value, (bool, str))
            if not (number or isinstance(part, ast.Name) or part.span.text.startswith("(")):
                raise wrong(
                    "yaml-type",
                    f"`{part.span.text[:40]}` is no size",
                    part.span,
                    "write numbers with an `x` between them, computed ones in brackets: `3x(2*n)`",
                )

    def read_default(self, node: Mapping, kinds: Node) -> list[ast.Stmt]:
        """`{default: conv + FC, args: {act: relu}}`."""
        args = node.get("args")
        assert args is not None
        return [ast.Default(node.span, self.names(kinds, "a kind", "+"), self.args(args))]

    def read_let(self, node: Mapping, value: Node) -> list[ast.Stmt]:
        """`{let: {width: 64, deep: 2*width}}`: in the order of the text."""
        if not isinstance(value, Mapping) or not value.pairs:
            raise wrong(
                "yaml-type",
                f"`let` is a mapping of names and values, not {value.what}",
                value.span,
                "write `let: {width: 64}`",
            )
        if value.problem is not None:
            raise Wrong(value.problem)
        found: list[ast.Stmt] = []
        for key, item in value.pairs:
            name = self.name(key, "a name")
            expr = self.value(item)
            span = Span(key.file, key.start, max(key.end, item.end))
            found.append(ast.Let(span, name, expr))
        return found

    def read_use(self, node: Mapping, value: Node) -> list[ast.Stmt]:
        """`{use: std/resnet, names: [basic]}`, `{use: blocks.arch}`, `{use: {file: blocks}}`."""
        names = node.get("names")
        place = value
        std = True
        if isinstance(value, Mapping):
            check_keys(value, "use", ("file!",)) if "use" in value.index else None
            file = value.get("file")
            if file is None or len(value.pairs) != 1:
                raise wrong("yaml-type", "`{file: blocks}` is meant", value.span)
            place, std = file, False
        text = self.text(place, "a path")
        path = text.said.strip()
        if not STD_PATH.fullmatch(path):
            std = False
        bad = re.search(r'["\\\n\r]', path)
        if bad is not None:
            raise wrong("bad-string", "a path has no quotes, backslashes or line ends", place.span)
        at = text.said.index(path)
        found = self.names(names, "a block's name") if names is not None else None
        return [ast.Use(node.span, path, text.span(at, at + len(path)), std, found)]

    def read_expect(self, node: Mapping, value: Node) -> list[ast.Stmt]:
        """`{expect: params ~ 60M, of: AlexNet}`."""
        of = node.get("of")
        network = self.name(of, "a network's name", NETWORK_NAME) if of is not None else None
        text = self.text(value, "a claim such as `params == 7_168`")
        cut = text.split("~")
        if cut is None:
            return [ast.Expect(node.span, network, self.expression(text), None)]
        claim, about = self.expression(text, 0, cut[0]), self.expression(text, cut[1])
        return [ast.Expect(node.span, network, claim, about)]

    def read_output(self, node: Mapping, value: Node) -> list[ast.Stmt]:
        """`{output: aux, args: [train, weight: 0.3], steps: auxhead(10)}`."""
        name, index = self.label(value)
        args, steps = node.get("args"), node.get("steps")
        assert steps is not None
        found = self.args(args) if args is not None else ()
        return [ast.Output(node.span, found, name, index, self.steps(steps))]

    def read_train(self, node: Mapping, value: Node) -> list[ast.Stmt]:
        """`{train: {optimizer: sgd(momentum=0.9), batch: 256}}`."""
        facts = self.args(value)
        for fact in facts:
            if not fact.name or isinstance(fact.value, ast.Then):
                raise wrong(
                    "yaml-type",
                    "a fact has a name and a value",
                    fact.span,
                    "write `train: {optimizer: sgd(momentum=0.9), batch: 256}`",
                )
        return [ast.Train(node.span, facts)]


def column_of(node: Node) -> int:
    """How far right a node starts in its line."""
    return node.start - node.file.text.rfind("\n", 0, node.start) - 1


def comment_of(words: str) -> str:
    """A line as a comment; a `#` at its start makes it one of documentation."""
    return f"#{words}" if words.startswith("#") else f"# {words}".rstrip()
