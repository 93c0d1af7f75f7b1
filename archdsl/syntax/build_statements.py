"""Statements beside layers: inputs, defaults, definitions, claims, outputs, training facts."""

from __future__ import annotations

from archdsl.syntax import ast
from archdsl.syntax.build_base import Reductions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Statements(Reductions):
    """Statements other than lines."""

    __slots__ = ()

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
        node = ast.Block(self.span(v[0], v[4]), self.word(v[1]), (), v[3])
        node.unread = v[0].start in self.unread
        return node

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
        node = ast.Network(self.span(v[0], v[4]), self.word(v[1]), (), v[3])
        node.unread = v[0].start in self.unread
        return node

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
