"""Lines and steps: layers, groups, repeats, `if` and `for`."""

from __future__ import annotations

from archdsl.source import Span
from archdsl.syntax import ast
from archdsl.syntax.build_base import Reductions
from archdsl.syntax.lexer import Token

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Layers(Reductions):
    """Lines and steps."""

    __slots__ = ()

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
        return ast.If(self.span(v[0], v[2]), [(v[1], v[2])])

    def if_more(self, v: list[Any]) -> ast.If:
        """`… else if b { … }`."""
        node: ast.If = v[0]
        node.arms.append((v[3], v[4]))
        node.span = self.span(node, v[4])
        return node

    def if_else(self, v: list[Any]) -> ast.If:
        """`… else { … }`."""
        node: ast.If = v[0]
        node.otherwise = v[2]
        node.span = self.span(node, v[2])
        return node

    def for_step(self, v: list[Any]) -> ast.For:
        """`for v in values { … }`."""
        return ast.For(self.span(v[0], v[4]), self.word(v[1]), v[3], v[4])
