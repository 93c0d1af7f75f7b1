"""Builds the tree: one method per alias of the grammar, given the values of its symbols."""

from __future__ import annotations

from archdsl.diagnostics.model import Diagnostic, Label
from archdsl.source import SourceFile, Span
from archdsl.syntax import ast
from archdsl.syntax.lexer import Token
from archdsl.syntax.tables import gather_tables

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

MAX_EXPRESSION_DEPTH = 100
MAX_DIGITS = 18
SUFFIX = {"K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
OPERATORS_OF_RANK = {
    "+": "+-",
    "-": "+-",
    "*": "*/",
    "/": "*/",
    "//": "*/",
    "%": "*/",
    "and": "and",
    "or": "or",
}


class SyntaxProblem(Exception):
    """A mistake that the grammar cannot see, such as a number with too many digits."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


class Builder:
    """The reductions. `v` is the list of children: tokens and built values."""

    __slots__ = ("comments", "diagnostics", "parse_cell", "source")

    def __init__(
        self,
        file: SourceFile,
        diagnostics: list[Diagnostic],
        comments: list[tuple[int, int]],
        parse_cell: Callable[[SourceFile, int, int, str], tuple[object | None, list[Diagnostic]]],
    ) -> None:
        self.source = file
        self.diagnostics = diagnostics
        self.comments = comments
        self.parse_cell = parse_cell

    def span(self, first: Any, last: Any) -> Span:
        """From the first child to the last; children are tokens or nodes."""
        start = first.start if type(first) is Token else first.span.start
        end = last.end if type(last) is Token else last.span.end
        return Span(self.source, start, end)

    def problem(self, id: str, message: str, span: Span, help: str = "") -> SyntaxProblem:
        """An exception that carries a diagnostic."""
        return SyntaxProblem(Diagnostic(id, message, Label(span), help=help))

    # --- lists ------------------------------------------------------------------------------

    def list_one(self, v: list[Any]) -> list[Any]:
        """The first element."""
        return [v[0]]

    def list_more(self, v: list[Any]) -> list[Any]:
        """One more element."""
        v[0].append(v[1])
        return v[0]  # type: ignore[no-any-return]

    def list_more_sep(self, v: list[Any]) -> list[Any]:
        """One more element after a separator."""
        v[0].append(v[2])
        return v[0]  # type: ignore[no-any-return]

    def list_trailing(self, v: list[Any]) -> list[Any]:
        """A separator with nothing after it."""
        return v[0]  # type: ignore[no-any-return]

    # --- file, lines and steps --------------------------------------------------------------

    def file(self, v: list[Any]) -> ast.File:
        """The whole file."""
        text = self.source.text
        spans = [Span(self.source, a, b) for a, b in self.comments]
        tree = ast.File(Span(self.source, 0, len(text)), self.source, v[0], spans)
        attach_docs(tree)
        return tree

    def body_empty(self, v: list[Any]) -> tuple[ast.Stmt, ...]:
        """No statements."""
        return ()

    def body(self, v: list[Any]) -> tuple[ast.Stmt, ...]:
        """Statements; rows that follow each other become a table."""
        return gather_tables(v[0], self.source, self.parse_cell, self.diagnostics)

    def line(self, v: list[Any]) -> ast.Line:
        """Steps."""
        steps = v[0]
        return ast.Line(self.span(steps[0], steps[-1]), tuple(steps))

    def line_label(self, v: list[Any]) -> ast.Line:
        """`stem: …`."""
        return ast.Line(self.span(v[0], v[2][-1]), tuple(v[2]), self.word(v[0]))

    def line_label_index(self, v: list[Any]) -> ast.Line:
        """`y[i]: …`."""
        return ast.Line(self.span(v[0], v[5][-1]), tuple(v[5]), self.word(v[0]), v[2])

    def word(self, token: Token) -> ast.Name:
        """A token as a name."""
        return ast.Name(Span(self.source, token.start, token.end), token.text)

    def head(self, v: list[Any]) -> ast.Layer:
        """`conv3`."""
        name = self.word(v[0])
        return ast.Layer(name.span, name)

    def head_args(self, v: list[Any]) -> ast.Layer:
        """`split(4)`."""
        args, close = v[1]
        return ast.Layer(self.span(v[0], close), self.word(v[0]), (), args)

    def head_tails(self, v: list[Any]) -> ast.Layer:
        """`conv3-64/2`."""
        tails = v[1]
        return self.layer_of(v[0], tails, (), tails[-1][1])

    def head_tails_args(self, v: list[Any]) -> ast.Layer:
        """`conv3-64(pad=0)`."""
        args, close = v[2]
        return self.layer_of(v[0], v[1], args, close)

    def head_args_tails(self, v: list[Any]) -> ast.Layer:
        """`conv(k)-64`."""
        args, _ = v[1]
        return self.layer_of(v[0], v[2], args, v[2][-1][1])

    def head_args_tails_args(self, v: list[Any]) -> ast.Layer:
        """`conv(k)-64(pad=0)`."""
        args, _ = v[1]
        more, close = v[3]
        return self.layer_of(v[0], v[2], args + more, close)

    def layer_of(
        self, name: Token, tails: list[tuple[str, ast.Expr]], args: tuple[ast.Arg, ...], last: Any
    ) -> ast.Layer:
        """A layer with signs after its name."""
        return ast.Layer(self.span(name, last), self.word(name), tuple(tails), args)

    def tail(self, v: list[Any]) -> tuple[str, ast.Expr]:
        """`-64` or `/2`."""
        return v[0].text, v[1]

    def negative(self, v: list[Any]) -> ast.Expr:
        """`-5` after a sign; the field's own check speaks."""
        number = self.integer([v[1]]) if v[1].type == "INT" else self.real([v[1]])
        return ast.Unary(self.span(v[0], v[1]), "-", number)

    def layer(self, v: list[Any]) -> ast.Layer:
        """A layer without brackets."""
        return v[0]  # type: ignore[no-any-return]

    def layer_branches(self, v: list[Any]) -> ast.Layer:
        """`add[ a | b ]`."""
        layer: ast.Layer = v[0]
        layer.branches = tuple(v[2])
        layer.span = self.span(layer, v[3])
        return layer

    def branch(self, v: list[Any]) -> ast.Branch:
        """One branch."""
        lines = v[0]
        return ast.Branch(self.span(lines[0], lines[-1]), tuple(lines))

    def group(self, v: list[Any]) -> ast.Group:
        """`{ … }`."""
        return ast.Group(self.span(v[0], v[2]), v[1])

    def repeated(self, v: list[Any]) -> ast.Layer | ast.Group:
        """A layer or group with its repeat."""
        step: ast.Layer | ast.Group = v[0]
        step.repeat = v[1]
        step.span = self.span(step, v[1])
        return step

    def repeat(self, v: list[Any]) -> ast.Repeat:
        """`x4`."""
        span, count = v[0]
        return ast.Repeat(span, count, False)

    def repeat_shared(self, v: list[Any]) -> ast.Repeat:
        """`x4 shared`."""
        span, count = v[0]
        return ast.Repeat(Span(self.source, span.start, v[1].end), count, True)

    def times_digits(self, v: list[Any]) -> tuple[Span, ast.Expr]:
        """`x4`."""
        token: Token = v[0]
        span = self.span(token, token)
        digits = token.text[1:]
        if not digits.isdigit():
            raise self.problem(
                "syntax", "a repeat takes one number", span, "repeats nest: `{ … x2 } x3`"
            )
        inner = Span(self.source, token.start + 1, token.end)
        return span, ast.Const(inner, self.whole(digits, inner))

    def times(self, v: list[Any]) -> tuple[Span, ast.Expr]:
        """`x(n)`."""
        return self.span(v[0], v[1]), v[1]

    def if_arm(self, v: list[Any]) -> ast.If:
        """`if a { … }`."""
        return ast.If(self.span(v[0], v[2]), ((v[1], v[2]),))

    def if_more(self, v: list[Any]) -> ast.If:
        """`… else if b { … }`."""
        node: ast.If = v[0]
        node.arms = (*node.arms, (v[3], v[4]))
        node.span = self.span(node, v[4])
        return node

    def if_step(self, v: list[Any]) -> ast.If:
        """An `if` without an `else`."""
        return v[0]  # type: ignore[no-any-return]

    def if_else(self, v: list[Any]) -> ast.If:
        """`… else { … }`."""
        node: ast.If = v[0]
        node.otherwise = v[2]
        node.span = self.span(node, v[2])
        return node

    def for_step(self, v: list[Any]) -> ast.For:
        """`for v in values { … }`."""
        return ast.For(self.span(v[0], v[4]), self.word(v[1]), v[3], v[4])

    # --- other statements -------------------------------------------------------------------

    def input(self, v: list[Any]) -> ast.Input:
        """`input 3x224x224`."""
        layout, dims = v[1]
        return ast.Input(self.span(v[0], dims), None, layout, dims)

    def input_named(self, v: list[Any]) -> ast.Input:
        """`input left: …`."""
        layout, dims = v[3]
        return ast.Input(self.span(v[0], dims), self.word(v[1]), layout, dims)

    def input_type(self, v: list[Any]) -> tuple[None, ast.Expr]:
        """Sizes alone."""
        return None, v[0]

    def input_type_layout(self, v: list[Any]) -> tuple[ast.Name, ast.Expr]:
        """`seq 196x768`."""
        return self.word(v[0]), v[1]

    def default(self, v: list[Any]) -> ast.Default:
        """`default conv + FC (…)`."""
        args, close = v[2]
        return ast.Default(self.span(v[0], close), tuple(self.word(t) for t in v[1]), args)

    def let(self, v: list[Any]) -> ast.Let:
        """`let a = …`."""
        return ast.Let(self.span(v[0], v[3]), self.word(v[1]), v[3])

    def use(self, v: list[Any]) -> ast.Use:
        """`use "f.arch"`."""
        span = self.span(v[1], v[1])
        return ast.Use(self.span(v[0], v[1]), v[1].text[1:-1], span, False, None)

    def use_names(self, v: list[Any]) -> ast.Use:
        """`use "f.arch": a, b`."""
        names = tuple(self.word(t) for t in v[3])
        span = self.span(v[1], v[1])
        return ast.Use(self.span(v[0], names[-1]), v[1].text[1:-1], span, False, names)

    def use_std(self, v: list[Any]) -> ast.Use:
        """`use std/resnet`."""
        path = v[1]
        text = "/".join(t.text for t in path)
        return ast.Use(self.span(v[0], path[-1]), text, self.span(path[0], path[-1]), True, None)

    def use_std_names(self, v: list[Any]) -> ast.Use:
        """`use std/resnet: basic`."""
        path = v[1]
        names = tuple(self.word(t) for t in v[3])
        text = "/".join(t.text for t in path)
        return ast.Use(self.span(v[0], names[-1]), text, self.span(path[0], path[-1]), True, names)

    def block(self, v: list[Any]) -> ast.Block:
        """`block b { … }`."""
        return ast.Block(self.span(v[0], v[4]), self.word(v[1]), (), v[3])

    def block_params(self, v: list[Any]) -> ast.Block:
        """`block b(p) { … }`."""
        return ast.Block(self.span(v[0], v[5]), self.word(v[1]), v[2][0], v[4])

    def param(self, v: list[Any]) -> ast.Param:
        """`out`."""
        return ast.Param(self.span(v[0], v[0]), v[0].text)

    def param_default(self, v: list[Any]) -> ast.Param:
        """`stride=1`."""
        return ast.Param(self.span(v[0], v[2]), v[0].text, default=v[2])

    def param_tensor(self, v: list[Any]) -> ast.Param:
        """`@a`."""
        return ast.Param(self.span(v[0], v[0]), v[0].text[1:], "tensor")

    def param_tensors(self, v: list[Any]) -> ast.Param:
        """`@xs[*]`."""
        return ast.Param(self.span(v[0], v[3]), v[0].text[1:], "tensors")

    def network(self, v: list[Any]) -> ast.Network:
        """`network N { … }`."""
        return ast.Network(self.span(v[0], v[4]), self.word(v[1]), (), v[3])

    def network_params(self, v: list[Any]) -> ast.Network:
        """`network N(p) { … }`."""
        return ast.Network(self.span(v[0], v[5]), self.word(v[1]), v[2][0], v[4])

    def network_of(self, v: list[Any]) -> ast.NetworkOf:
        """`network N = M`."""
        return ast.NetworkOf(self.span(v[0], v[3]), self.word(v[1]), self.word(v[3]), ())

    def network_of_args(self, v: list[Any]) -> ast.NetworkOf:
        """`network N = M(a)`."""
        args, close = v[4]
        return ast.NetworkOf(self.span(v[0], close), self.word(v[1]), self.word(v[3]), args)

    def expect(self, v: list[Any]) -> ast.Expect:
        """`expect claim`."""
        return ast.Expect(self.span(v[0], v[1]), None, v[1], None)

    def expect_about(self, v: list[Any]) -> ast.Expect:
        """`expect a ~ b`."""
        return ast.Expect(self.span(v[0], v[3]), None, v[1], v[3])

    def expect_of(self, v: list[Any]) -> ast.Expect:
        """`expect N: claim`."""
        return ast.Expect(self.span(v[0], v[3]), self.word(v[1]), v[3], None)

    def expect_of_about(self, v: list[Any]) -> ast.Expect:
        """`expect N: a ~ b`."""
        return ast.Expect(self.span(v[0], v[5]), self.word(v[1]), v[3], v[5])

    def output_name(self, v: list[Any]) -> tuple[ast.Name, None]:
        """`aux1`."""
        return self.word(v[0]), None

    def output_name_index(self, v: list[Any]) -> tuple[ast.Name, ast.Expr]:
        """`y[i]`."""
        return self.word(v[0]), v[2]

    def output(self, v: list[Any]) -> ast.Output:
        """`output name: …`."""
        name, index = v[1]
        return ast.Output(self.span(v[0], v[3][-1]), (), name, index, tuple(v[3]))

    def output_args(self, v: list[Any]) -> ast.Output:
        """`output(train) name: …`."""
        name, index = v[2]
        return ast.Output(self.span(v[0], v[4][-1]), v[1][0], name, index, tuple(v[4]))

    def train_empty(self, v: list[Any]) -> ast.Train:
        """`train { }`."""
        return ast.Train(self.span(v[0], v[2]), ())

    def train(self, v: list[Any]) -> ast.Train:
        """`train { … }`."""
        return ast.Train(self.span(v[0], v[3]), tuple(v[2]))

    def fact(self, v: list[Any]) -> ast.Arg:
        """`batch = 256`."""
        return ast.Arg(self.span(v[0], v[2]), v[0].text, v[2])

    def row(self, v: list[Any]) -> Token:
        """A table's row, still text."""
        return v[0]  # type: ignore[no-any-return]

    # --- arguments and expressions ----------------------------------------------------------

    def args_empty(self, v: list[Any]) -> tuple[tuple[Any, ...], Token]:
        """`()`; the closing bracket ends the span of what it belongs to."""
        return (), v[1]

    def args(self, v: list[Any]) -> tuple[tuple[Any, ...], Token]:
        """`(a, b)`."""
        return tuple(v[1]), v[-1]

    def arg(self, v: list[Any]) -> ast.Arg:
        """A positional argument."""
        return ast.Arg(v[0].span, "", v[0])

    def arg_named(self, v: list[Any]) -> ast.Arg:
        """`a=1`."""
        return ast.Arg(self.span(v[0], v[2]), v[0].text, v[2])

    def then(self, v: list[Any]) -> ast.Then:
        """`2 then 1`."""
        return ast.Then(self.span(v[0], v[2]), v[0], v[2])

    def checked(self, node: Any) -> Any:
        """The node, unless it nests too deep to be evaluated."""
        if node.depth > MAX_EXPRESSION_DEPTH:
            raise self.problem(
                "nesting-too-deep",
                f"an expression nests more than {MAX_EXPRESSION_DEPTH} deep",
                node.span,
                "name parts of it with `let`",
            )
        return node

    def if_expr(self, v: list[Any]) -> Any:
        """`a if c else b`."""
        return self.checked(ast.IfExpr(self.span(v[0], v[4]), v[0], v[2], v[4]))

    def range(self, v: list[Any]) -> Any:
        """`0..4`."""
        return self.checked(ast.Binary(self.span(v[0], v[2]), v[0], [("..", v[2])]))

    def binary(self, v: list[Any]) -> Any:
        """`a + b`; a chain of one rank becomes one node, so that long sums do not nest."""
        left, op, right = v[0], v[1].text, v[2]
        rank = OPERATORS_OF_RANK.get(op, "none")
        if type(left) is ast.Binary and not left.closed and rank == rank_of(left):
            left.rest.append((op, right))
            left.span = self.span(left, right)
            left.depth = max(left.depth, ast.depth_of(right) + 1)
            return self.checked(left)
        return self.checked(ast.Binary(self.span(left, right), left, [(op, right)]))

    def binary_right(self, v: list[Any]) -> Any:
        """`a ** b`."""
        return self.checked(ast.Binary(self.span(v[0], v[2]), v[0], [("**", v[2])]))

    def unary(self, v: list[Any]) -> Any:
        """`-a`, `+a` or `not a`."""
        return self.checked(ast.Unary(self.span(v[0], v[1]), v[0].text, v[1]))

    def paren(self, v: list[Any]) -> Any:
        """`( … )`: grouping, kept as the inner node with the wider span."""
        inner = v[1]
        if type(inner) is ast.Binary:
            inner.closed = True  # the chain `(a - b)` must not take in the `- c` behind it
        inner.span = self.span(v[0], v[2])
        return inner

    def index(self, v: list[Any]) -> Any:
        """`a[i]`."""
        return self.checked(ast.Index(self.span(v[0], v[3]), v[0], v[2]))

    def call(self, v: list[Any]) -> Any:
        """`f(a)`."""
        args, close = v[1]
        return self.checked(ast.Call(self.span(v[0], close), v[0], args))

    def dims_more(self, v: list[Any]) -> Any:
        """`(a)x(b)`."""
        left = v[0]
        if type(left) is ast.ListExpr and left.dims:
            left.items.append(v[2])
            left.span = self.span(left, v[2])
            return left
        return ast.ListExpr(self.span(left, v[2]), [*self.parts(left), v[2]], dims=True)

    def dims_digits(self, v: list[Any]) -> Any:
        """`(a)x3x3`."""
        left, token = v[0], v[1]
        span = self.span(token, token)
        more: list[ast.Expr] = [
            ast.Const(span, self.whole(d, span)) for d in split_dims(token.text)[1:]
        ]
        return ast.ListExpr(self.span(left, token), [*self.parts(left), *more], dims=True)

    def parts(self, left: ast.Expr) -> list[ast.Expr]:
        """The numbers of a size so far."""
        if type(left) is ast.ListExpr and left.dims:
            return left.items
        if type(left) is ast.Const and isinstance(left.value, tuple):
            return [ast.Const(left.span, n) for n in left.value]
        return [left]

    def whole(self, digits: str, span: Span) -> int:
        """Digits as an integer of bounded length."""
        digits = digits.replace("_", "")
        if len(digits.lstrip("0")) > MAX_DIGITS:
            raise self.problem(
                "number-too-large",
                f"a number of {len(digits)} digits",
                span,
                f"write at most {MAX_DIGITS} digits",
            )
        return int(digits)

    def integer(self, v: list[Any]) -> ast.Const:
        """`64`, `60M`."""
        token: Token = v[0]
        span = self.span(token, token)
        text = token.text
        scale = SUFFIX.get(text[-1])
        if scale:
            return ast.Const(span, self.whole(text[:-1], span) * scale)
        return ast.Const(span, self.whole(text, span))

    def real(self, v: list[Any]) -> ast.Const:
        """`0.5`, `1e-3`, `19.6G` (an integer where it is one)."""
        token: Token = v[0]
        span = self.span(token, token)
        text = token.text.replace("_", "")
        if len(text) > 40:
            raise self.problem(
                "number-too-large", f"a number of {len(text)} characters", span, "write fewer"
            )
        scale = SUFFIX.get(text[-1])
        if scale is None:
            value = float(text)
            if value in (float("inf"), float("-inf")):
                raise self.problem("number-too-large", "a number too large for a real", span)
            return ast.Const(span, value)
        return ast.Const(span, scaled(text[:-1], scale))

    def dims_literal(self, v: list[Any]) -> ast.Const:
        """`3x224x224`, with a tuple as its value."""
        token: Token = v[0]
        span = self.span(token, token)
        parts = split_dims(token.text)
        if len(parts) > 16:
            raise self.problem("number-too-large", f"a size of {len(parts)} numbers", span)
        return ast.Const(span, tuple(self.whole(d, span) for d in parts))

    def string(self, v: list[Any]) -> ast.Const:
        """`"text"`."""
        return ast.Const(self.span(v[0], v[0]), v[0].text[1:-1])

    def true(self, v: list[Any]) -> ast.Const:
        """`true`."""
        return ast.Const(self.span(v[0], v[0]), True)

    def false(self, v: list[Any]) -> ast.Const:
        """`false`."""
        return ast.Const(self.span(v[0], v[0]), False)

    def name(self, v: list[Any]) -> ast.Name:
        """A name."""
        return self.word(v[0])

    def list_empty(self, v: list[Any]) -> ast.ListExpr:
        """`[]`."""
        return ast.ListExpr(self.span(v[0], v[1]), [])

    def list_expr(self, v: list[Any]) -> Any:
        """`[a, b]`."""
        return self.checked(ast.ListExpr(self.span(v[0], v[-1]), v[1]))

    def ref(self, v: list[Any]) -> ast.Ref:
        """`@stem`."""
        return ast.Ref(self.span(v[0], v[0]), v[0].text[1:])

    def ref_index(self, v: list[Any]) -> ast.Ref:
        """`@y[i]`."""
        return self.ref_more(v, ("index", v[2]))

    def ref_all(self, v: list[Any]) -> ast.Ref:
        """`@y[*]`."""
        return self.ref_more(v, ("all", None))

    def ref_attr(self, v: list[Any]) -> ast.Ref:
        """`@call.name`."""
        return self.ref_more(v, ("attr", v[2].text))

    def ref_more(self, v: list[Any], piece: tuple[str, Any]) -> ast.Ref:
        """A reference with one more piece."""
        left: ast.Ref = v[0]
        if len(left.trail) >= 16:
            raise self.problem("nesting-too-deep", "a reference of too many parts", left.span)
        return ast.Ref(self.span(left, v[-1]), left.name, (*left.trail, piece))


def rank_of(chain: ast.Binary) -> str:
    """Rank of a chain's operators; empty for those that make no chains."""
    return OPERATORS_OF_RANK.get(chain.rest[0][0], "")


def split_dims(text: str) -> list[str]:
    """The numbers of `3x224×224`."""
    return text.replace("×", "x").split("x")


def scaled(text: str, scale: int) -> int | float:
    """A decimal times a power of ten, exact: an integer where it is one."""
    if "e" in text.lower():
        return float(text) * scale
    whole, _, decimals = text.partition(".")
    top: int
    bottom: int
    top, bottom = int(whole + decimals) * scale, 10 ** len(decimals)
    if top % bottom == 0:
        return top // bottom
    return top / bottom


def attach_docs(tree: ast.File) -> None:
    """Gives `##` comments to the network or block that they stand above."""
    docs = [c for c in tree.comments if c.text.startswith("##")]
    if not docs:
        return
    by_line = {c.line: c.text[2:].strip() for c in docs}
    stack: list[ast.Stmt] = list(tree.body)
    while stack:
        node = stack.pop()
        if isinstance(node, (ast.Block, ast.Network, ast.NetworkOf)):
            line = node.span.line - 1
            found: list[str] = []
            while line in by_line:
                found.append(by_line[line])
                line -= 1
            node.doc = "\n".join(reversed(found))
            if not isinstance(node, ast.NetworkOf):
                stack.extend(node.body)
