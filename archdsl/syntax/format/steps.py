"""Steps as pieces: layers with their shorthand, joins, groups, choices, loops; lines of them."""

from __future__ import annotations

from archdsl.source import Span
from archdsl.syntax import ast
from archdsl.syntax.format.brackets import Arms, Body, Branch, Join
from archdsl.syntax.format.expressions import Expressions, spell
from archdsl.syntax.format.gaps import NOTHING, Lead
from archdsl.syntax.format.pieces import Chain, Piece


class Steps(Expressions):
    """Makes pieces of steps."""

    __slots__ = ("pipe",)
    pipe: str  # the sign between branches

    def line(self, e: ast.Line) -> Piece:
        """`label: step, step`."""
        outer, self.parts = self.parts, []
        if e.label is not None:
            self.label(e.label, e.index)
        self.parts.append(self.chain(e.steps))
        return self.row(outer)

    def label(self, name: ast.Name, index: ast.Expr | None) -> None:
        """`name: ` or `name[i]: `."""
        self.word(name.name, name.span)
        if index is not None:
            self.index(index)
        self.sign(": ")

    def chain(self, steps: tuple[ast.Step, ...]) -> Chain:
        """Steps with commas between them."""
        outer, self.parts = self.parts, []
        items: list[tuple[Lead, Piece]] = []
        for i, step in enumerate(steps):
            if i:
                self.gaps.skip(",")
            lead = self.gaps.lead(step.span)
            self.step(step)
            items.append((lead, self.row([])))
        self.parts = outer
        return Chain(items)

    def step(self, e: ast.Step) -> None:
        """One step."""
        match e:
            case ast.Layer():
                self.layer(e)
            case ast.Group():
                self.parts.append(self.body(e.body, e.span))
                self.repeat(e.repeat)
            case ast.If():
                self.choice(e)
            case ast.For(name=name, values=values, body=body):
                self.sign("for ")
                self.word(name.name, name.span)
                self.sign(" in ")
                self.expression(values)
                self.parts.append(" ")
                self.parts.append(self.body(body.body, body.span))
            case ast.Ref():
                self.ref(e)

    def layer(self, e: ast.Layer) -> None:
        """`conv3-64/2(bias=false)`, `add[ a | b ]`, with its repeat."""
        self.word(e.name.name, e.name.span)
        before, after = self.split_arguments(e)
        if before:
            self.parts.append(self.arguments(before, e.head))
        for i, (sign, operand) in enumerate(e.tails):
            self.sign(sign)
            ends = i + 1 == len(e.tails) and not after and e.branches is not None
            self.operand(operand, ends)
        if after:
            self.parts.append(self.arguments(after, e.head))
        if e.branches is not None:
            self.parts.append(self.branches(e.branches, e.span))
        self.repeat(e.repeat)

    def split_arguments(self, e: ast.Layer) -> tuple[tuple[ast.Arg, ...], tuple[ast.Arg, ...]]:
        """The arguments before the shorthand's signs, and those behind them."""
        if not e.tails:
            return (), e.args
        first = e.tails[0][1].span
        if self.gaps.written:
            n = sum(a.span.start < first.start for a in e.args)
        else:
            names = [bool(a.name) for a in e.args]
            n = names.index(True) if True in names else len(names)
        return e.args[:n], e.args[n:]

    def operand(self, e: ast.Expr, before_branches: bool) -> None:
        """What follows `-` or `/`: a number, a name, or an expression in brackets."""
        if self.is_closed(e):
            self.expression(e)
        elif is_plain(e) and not (before_branches and not isinstance(e, (ast.Const, ast.Unary))):
            self.bare(e, True)
        else:
            self.in_brackets(e)

    def branches(self, branches: tuple[ast.Branch, ...], span: Span) -> Join:
        """`[ a | b ]`."""
        self.gaps.skip("[")
        made: list[Branch] = []
        for i, branch in enumerate(branches):
            lead = self.gaps.lead_sign(self.pipe, branch.span) if i else NOTHING
            lines = []
            for line in branch.lines:
                before = self.gaps.lead(line.span)
                lines.append((before, self.line(line)))
            made.append(Branch(lead, lines))
        return Join(made, self.gaps.lead_sign("]", span), self.pipe)

    def repeat(self, e: ast.Repeat | None) -> None:
        """` x4`, ` x(n)`, `shared`."""
        if e is None:
            return
        count = e.count
        digits = spell(count) if type(count) is ast.Const else ""
        self.sign(" x")
        if digits.isdigit():
            self.seek(digits)
        elif self.is_closed(count):
            self.expression(count)
        else:
            self.in_brackets(count)
        if e.shared:
            self.sign(" shared")

    def choice(self, e: ast.If) -> None:
        """`if a { … } else { … }`."""
        outer, self.parts = self.parts, []
        arms: list[tuple[Lead, Piece, Body]] = []
        for i, (cond, group) in enumerate(e.arms):
            lead = self.gaps.lead_sign("else", cond.span) if i else NOTHING
            if i:
                self.parts.append("else ")
            self.sign("if ")
            self.expression(cond)
            self.parts.append(" ")
            arms.append((lead, self.row([]), self.body(group.body, group.span)))
        if e.otherwise is not None:
            lead = self.gaps.lead_sign("else", e.otherwise.span)
            self.parts.append("else ")
            body = e.otherwise
            arms.append((lead, self.row([]), self.body(body.body, body.span)))
        self.parts = outer
        self.parts.append(Arms(arms))

    def body(self, stmts: tuple[ast.Stmt, ...], span: Span, open: bool = False) -> Body:
        """`{ … }`; an `open` one has its statements on lines of their own."""
        raise NotImplementedError


def is_plain(e: ast.Expr) -> bool:
    """Whether an operand stands behind `-` or `/` without brackets."""
    if type(e) is ast.Const:
        return not isinstance(e.value, (str, bool))
    if type(e) is ast.Unary:
        return e.op == "-" and type(e.operand) is ast.Const
    if type(e) is ast.Index:
        return is_plain(e.target) and type(e.target) is not ast.Const
    return type(e) is ast.Name
