"""Arguments, expressions, numbers and references."""

from __future__ import annotations

from archdsl.syntax import ast
from archdsl.syntax.build_base import Reductions
from archdsl.syntax.lexer import Token

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MAX_EXPRESSION_DEPTH = 100
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


class Expressions(Reductions):
    """Arguments and expressions."""

    __slots__ = ()

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

    def negative(self, v: list[Any]) -> ast.Expr:
        """`-5` after a sign; the field's own check speaks."""
        number = self.integer([v[1]]) if v[1].type == "INT" else self.real([v[1]])
        return ast.Unary(self.span(v[0], v[1]), "-", number)


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
