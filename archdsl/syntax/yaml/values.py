"""Names, values and arguments: a text of the language, or lists and mappings of such texts."""

from __future__ import annotations

import re

from archdsl.source import Span
from archdsl.syntax import ast
from archdsl.syntax._tables import KEYWORDS, PATTERNS
from archdsl.syntax.build_expressions import MAX_EXPRESSION_DEPTH
from archdsl.syntax.yaml.nodes import Mapping, Node, Scalar, Sequence, Wrong, wrong
from archdsl.syntax.yaml.text import Text

NAME = re.compile(PATTERNS["NAME"])
NETWORK_NAME = re.compile(PATTERNS["NETNAME"])
TENSOR = re.compile(PATTERNS["REF"] + r"(\[\*\])?")
OCTAL = re.compile(r"[-+]?0[0-9_]+")


class Reader:
    """What reading gathers beside the tree: comments inside of texts, docs as comments."""

    __slots__ = ("comments",)

    def __init__(self) -> None:
        self.comments: list[Span] = []

    def text(self, node: Node, meant: str) -> Text:
        """A scalar as text of the language. Raises Wrong where the node is none."""
        if not isinstance(node, Scalar) or node.empty:
            found = "nothing" if isinstance(node, Scalar) else node.what
            raise wrong("yaml-type", f"{meant} is meant, not {found}", node.span)
        return Text(node)

    def parse(self, text: Text, symbol: str, start: int = 0, end: int | None = None) -> ast.Node:
        """A piece of a text; the comments in a whole statement are kept. Raises Wrong."""
        tree = text.parse(symbol, start, end)
        if symbol != "file":
            refuse_comments(text)
        if text.comma is not None:
            raise wrong(
                "syntax",
                "nothing stands behind this comma",
                text.comma,
                "take it away: a text does not go on in the next one",
            )
        self.comments += text.comments
        text.comments = []
        return tree

    # --- names ------------------------------------------------------------------------------

    def name(self, node: Node, meant: str, pattern: re.Pattern[str] = NAME) -> ast.Name:
        """A name, of letters, digits and `_` (and `-` for networks)."""
        text = self.text(node, meant)
        word = text.said.strip()
        if not pattern.fullmatch(word):
            raise wrong("yaml-type", f"{meant} is meant, not `{word[:40]}`", node.span)
        self.refuse_keyword(word, node.span)
        at = text.said.index(word)
        return ast.Name(text.span(at, at + len(word)), word)

    def refuse_keyword(self, word: str, span: Span) -> None:
        """A word of the language names nothing."""
        first = NAME.match(word)
        if first is not None and first.group() in KEYWORDS:
            raise wrong(
                "reserved-word",
                f"`{first.group()}` is a word of the language",
                span,
                "choose another name",
            )

    def names(self, node: Node, meant: str, sign: str = ",") -> tuple[ast.Name, ...]:
        """A list of names, or a text with a sign between them."""
        if isinstance(node, Sequence):
            if not node.items:
                raise wrong("yaml-type", "an empty list of names", node.span)
            return tuple(self.name(item, meant) for item in node.items)
        text = self.text(node, meant)
        found = []
        at = 0
        for word in text.said.split(sign):
            bare = word.strip()
            start = at + word.find(bare)
            span = text.span(start, start + len(bare))
            if not NAME.fullmatch(bare):
                raise wrong("yaml-type", f"{meant} is meant, not `{bare[:40]}`", span)
            self.refuse_keyword(bare, span)
            found.append(ast.Name(span, bare))
            at += len(word) + 1
        return tuple(found)

    def flag(self, node: Node, key: str) -> bool:
        """`true` or `false`."""
        if isinstance(node, Scalar) and not node.style and node.value in ("true", "false"):
            return node.value == "true"
        raise wrong("yaml-type", f"`{key}` is `true` or `false`", node.span)

    # --- values -----------------------------------------------------------------------------

    def value(self, node: Node) -> ast.Expr:
        """A value: a text, a list of values, or `{bn: {eps: 1e-3}}` for a call."""
        if isinstance(node, Sequence):
            items = [self.value(item) for item in node.items]
            return bounded(ast.ListExpr(node.span, items))
        if isinstance(node, Mapping):
            return self.call(node)
        refuse_octal(node)
        return self.expression(self.text(node, "a value"))

    def expression(self, text: Text, start: int = 0, end: int | None = None) -> ast.Expr:
        """A text as a value."""
        tree = self.parse(text, "expr", start, end)
        assert isinstance(tree, ast.Expr)
        return tree

    def call(self, node: Mapping) -> ast.Expr:
        """`{bn: {eps: 1e-3}}`."""
        if node.problem is not None:
            raise Wrong(node.problem)
        if len(node.pairs) != 1:
            raise wrong(
                "yaml-type",
                f"a value of {len(node.pairs)} keys",
                node.span,
                "a call has one key, its name: `norm: {bn: {eps: 1e-3}}`",
            )
        key, args = node.pairs[0]
        return bounded(ast.Call(node.span, self.name(key, "a name"), self.args(args)))

    def argument_value(self, node: Node) -> ast.Expr:
        """A value, or `2 then 1`."""
        if not isinstance(node, Scalar) or node.empty:
            return self.value(node)
        text = Text(node)
        cut = text.split("then")
        if cut is None:
            return self.value(node)
        first, others = self.expression(text, 0, cut[0]), self.expression(text, cut[1])
        return ast.Then(first.span.to(others.span), first, others)

    # --- arguments --------------------------------------------------------------------------

    def args(self, node: Node) -> tuple[ast.Arg, ...]:
        """`{act: relu}`, or `[64, stride: 2]` with values by place and pairs by name; or null."""
        if isinstance(node, Scalar) and node.empty:
            return ()
        if isinstance(node, Mapping):
            if node.problem is not None:
                raise Wrong(node.problem)
            return tuple(self.pair(key, value) for key, value in node.pairs)
        if not isinstance(node, Sequence):
            raise wrong(
                "yaml-type",
                "arguments are a mapping or a list, not a text",
                node.span,
                "write `{act: relu}`, or `[64, stride: 2]` for some by place",
            )
        found = []
        for item in node.items:
            if isinstance(item, Mapping):
                found.append(self.pair(*self.only_pair(item)))
            else:
                value = self.argument_value(item)
                found.append(ast.Arg(value.span, "", value))
        return tuple(found)

    def only_pair(self, node: Mapping) -> tuple[Scalar, Node]:
        """The pair of a mapping that stands in a list."""
        if len(node.pairs) != 1 or node.problem is not None:
            raise wrong(
                "yaml-type",
                f"a mapping of {len(node.pairs)} keys in a list",
                node.span,
                "in a list each pair stands alone: `[64, stride: 2, groups: 4]`",
            )
        return node.pairs[0]

    def pair(self, key: Scalar, value: Node) -> ast.Arg:
        """A named argument."""
        name = self.name(key, "an argument's name")
        found = self.argument_value(value)
        return ast.Arg(Span(key.file, key.start, max(key.end, value.end)), name.name, found)

    def params(self, node: Node) -> tuple[ast.Param, ...]:
        """`[out, stride: 1, "@a", "@xs[*]"]`."""
        if not isinstance(node, Sequence):
            raise wrong(
                "yaml-type",
                f"`params` is a list, not {node.what}",
                node.span,
                'write `[out, stride: 1, "@other"]`',
            )
        return tuple(self.param(item) for item in node.items)

    def param(self, node: Node) -> ast.Param:
        """One parameter."""
        if isinstance(node, Mapping):
            key, value = self.only_pair(node)
            name = self.name(key, "a parameter's name")
            return ast.Param(node.span, name.name, default=self.value(value))
        text = self.text(node, "a parameter's name")
        word = text.said.strip()
        tensor = TENSOR.fullmatch(word)
        if tensor is not None:
            kind = "tensors" if tensor[1] else "tensor"
            return ast.Param(node.span, word[1:].removesuffix("[*]"), kind)
        name = self.name(node, "a parameter's name")
        return ast.Param(name.span, name.name)


def refuse_comments(text: Text) -> None:
    """Raises Wrong where a comment stands in a part of a statement: it would end the whole line."""
    if text.comments:
        raise wrong(
            "bad-yaml",
            "`#` begins a comment, and this text is a part of a statement",
            text.comments[0],
            "write the comment outside of the text, as YAML's own, or the statement as one text",
        )


def refuse_octal(node: Node) -> None:
    """Raises Wrong for `010`, which is one number to some readers and another one to others."""
    if isinstance(node, Scalar) and not node.style and OCTAL.fullmatch(node.value):
        raise wrong(
            "yaml-type",
            f"`{node.value}` is octal in YAML 1.1, and decimal in YAML 1.2",
            node.span,
            "write it without the leading 0",
        )


def bounded(node: ast.Expr) -> ast.Expr:
    """The node, unless it nests too deep to be evaluated."""
    if ast.depth_of(node) > MAX_EXPRESSION_DEPTH:
        raise wrong(
            "nesting-too-deep",
            f"a value nests more than {MAX_EXPRESSION_DEPTH} deep",
            node.span,
            "name parts of it with `let`",
        )
    return node
