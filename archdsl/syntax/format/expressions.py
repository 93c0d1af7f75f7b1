"""Expressions as pieces: brackets where they are needed or were written, blanks by rank."""

from __future__ import annotations

import re

from archdsl.source import Span
from archdsl.syntax import ast
from archdsl.syntax._tables import PATTERNS
from archdsl.syntax.format.gaps import Gaps, Lead
from archdsl.syntax.format.pieces import Arguments, ListPiece, Piece, Stop, join

# How tightly what an operator joins must hang together, by the grammar.
EXPR, OR, AND, NOT, COMPARE, SUM, TERM, FACTOR, POWER, DIMS, POSTFIX, ATOM = range(12)
RANKS = {"..": EXPR, "or": OR, "and": AND, "+": SUM, "-": SUM, "**": POWER}
RANKS |= {"*": TERM, "/": TERM, "//": TERM, "%": TERM}
NUMBER = re.compile(f"{PATTERNS['DIMS']}|{PATTERNS['REAL']}|{PATTERNS['INT']}")
COMMENT = re.compile(r"#[^\n]*")
SUFFIX = {"K": 3, "M": 6, "G": 9, "T": 12}


class Expressions:
    """Makes pieces of expressions; `parts` gathers those of the line that is being made."""

    __slots__ = ("gaps", "parts")

    def __init__(self, gaps: Gaps) -> None:
        self.gaps = gaps
        self.parts: list[Piece | str] = []

    # --- words and signs --------------------------------------------------------------------

    def word(self, text: str, span: Span) -> None:
        """A word of the text, behind the comments that stand before it."""
        lead = self.gaps.lead(span)
        if lead.comments:
            self.parts.append(Stop(lead))
        self.gaps.move(span)
        self.parts.append(text)

    def sign(self, text: str) -> None:
        """A sign or keyword, with blanks around it as given."""
        self.gaps.skip(text.strip())
        self.parts.append(text)

    def seek(self, text: str) -> None:
        """A word that has no span of its own: it stands next."""
        at = self.gaps.find(text)
        if at >= 0:
            self.word(text, Span(self.gaps.file, at, at + len(text)))
        else:
            self.parts.append(text)

    def row(self, outer: list[Piece | str]) -> Piece:
        """What was gathered, as one piece; goes on with `outer`."""
        parts, self.parts = self.parts, outer
        return join(parts)

    def value(self, e: ast.Expr) -> Piece:
        """An expression as a piece of its own."""
        outer, self.parts = self.parts, []
        self.expression(e)
        return self.row(outer)

    # --- expressions ------------------------------------------------------------------------

    def expression(self, e: ast.Expr, rank: int = EXPR, tight: bool = False) -> None:
        """An expression, in brackets where it binds less than `rank` or the author put them."""
        if rank_of(e) < rank or self.is_closed(e):
            self.in_brackets(e, tight)
        else:
            self.bare(e, tight)

    def in_brackets(self, e: ast.Expr, tight: bool = False) -> None:
        """`( … )`."""
        self.sign("(")
        self.bare(e, tight)
        self.sign(")")

    def is_closed(self, e: ast.Expr) -> bool:
        """Whether the author put it in brackets: its span is wider than its parts."""
        if type(e) is ast.Binary:
            return e.closed
        if not self.gaps.written or e.span.file is not self.gaps.file:
            return False
        if type(e) is ast.IfExpr:
            return e.span.start < e.yes.span.start
        if type(e) is ast.ListExpr and e.dims:
            return e.span.start < e.items[0].span.start
        return self.gaps.text.startswith("(", e.span.start)

    def bare(self, e: ast.Expr, tight: bool) -> None:
        """An expression without brackets of its own."""
        match e:
            case ast.Const():
                self.constant(e)
            case ast.Name(name=name):
                self.leaf(name, e)
            case ast.Ref():
                self.ref(e)
            case ast.Unary(op=op, operand=operand):
                self.leaf(op, e, len(op))
                self.parts.append(" " if op == "not" else "")
                self.expression(operand, NOT if op == "not" else FACTOR, op != "not" or tight)
            case ast.Binary():
                self.binary(e, tight)
            case ast.IfExpr():
                self.conditional(e)
            case ast.ListExpr(dims=True):
                self.sizes(e, POSTFIX)
            case ast.ListExpr():
                self.list(e)
            case ast.Index(target=target, index=index):
                self.expression(target, POSTFIX)
                self.index(index)
            case ast.Call(name=name, args=args):
                self.word(name.name, name.span)
                self.parts.append(self.arguments(args, e.span))
            case _:
                raise TypeError(type(e).__name__)

    def leaf(self, text: str, e: ast.Expr, length: int = 0) -> None:
        """One word, all of the expression or its first `length` characters.

        Its span may hold brackets around it, which are signs of their own.
        """
        if self.is_closed(e):
            self.seek(text)
            return
        stop = e.span.start + length if length else e.span.end
        self.word(text, Span(e.span.file, e.span.start, min(stop, e.span.end)))

    def constant(self, e: ast.Const) -> None:
        """A number as it was written, a string, a boolean, sizes."""
        self.leaf(spell(e), e)

    def ref(self, e: ast.Ref) -> None:
        """`@a.b[i]`."""
        self.leaf("@" + e.name, e, len(e.name) + 1)
        for what, piece in e.trail:
            if what == "attr":
                self.sign(".")
                self.seek(str(piece))
            elif what == "all":
                for sign in ("[", "*", "]"):
                    self.sign(sign)
            elif isinstance(piece, ast.Expr):
                self.index(piece)

    def index(self, e: ast.Expr) -> None:
        """`[i]`."""
        self.sign("[")
        self.expression(e, EXPR, True)
        self.sign("]")

    def conditional(self, e: ast.IfExpr) -> None:
        """`a if c else b`."""
        self.expression(e.yes, OR)
        self.sign(" if ")
        self.expression(e.cond, OR)
        self.sign(" else ")
        self.expression(e.no)

    def sizes(self, e: ast.ListExpr, rank: int) -> None:
        """`3 x size x size`; each number binds as `rank` says."""
        for i, item in enumerate(e.items):
            if i:
                self.sign(" x ")
            self.expression(item, rank)

    def binary(self, e: ast.Binary, tight: bool) -> None:
        """A chain of operators: sums and comparisons with blanks, products without."""
        operands = [e.first, *(x for _, x in e.rest)]
        ranks = [operand_rank(e.rest[0][0], i) for i in range(min(2, len(operands)))]
        spaced = [is_spaced(op, a, b, tight) for (op, b), a in zip(e.rest, operands, strict=False)]
        within = [tight or not spaced[0], *(tight or not s for s in spaced)]
        for i, operand in enumerate(operands):
            if i:
                op = e.rest[i - 1][0]
                self.sign(f" {op} " if spaced[i - 1] else op)
            self.expression(operand, ranks[min(i, 1)], within[i])

    def list(self, e: ast.ListExpr) -> None:
        """`[a, b]`."""
        self.gaps.skip("[")
        outer, self.parts = self.parts, []
        items: list[tuple[Lead, Piece]] = []
        for i, item in enumerate(e.items):
            if i:
                self.gaps.skip(",")
            lead = self.gaps.lead(item.span)
            self.expression(item)
            items.append((lead, self.row([])))
        self.parts = outer
        self.parts.append(ListPiece(items, self.gaps.lead_sign("]", e.span)))

    def arguments(self, args: tuple[ast.Arg, ...], span: Span) -> Piece:
        """`(a, b=c)`."""
        self.gaps.skip("(")
        outer, self.parts = self.parts, []
        items: list[tuple[Lead, Piece]] = []
        for i, arg in enumerate(args):
            if i:
                self.gaps.skip(",")
            lead = self.gaps.lead(arg.span)
            self.argument(arg)
            items.append((lead, self.row([])))
        self.parts = outer
        return Arguments(items, self.gaps.lead_sign(")", span))

    def argument(self, arg: ast.Arg, equal: str = "=") -> None:
        """`a`, `b=c` or `b=2 then 1`."""
        if arg.name:
            self.sign(arg.name)
            self.sign(equal)
        if type(arg.value) is ast.Then:
            self.expression(arg.value.first)
            self.sign(" then ")
            self.expression(arg.value.others)
        else:
            self.expression(arg.value)


def rank_of(e: ast.Expr) -> int:
    """How tightly an expression hangs together."""
    match e:
        case ast.IfExpr():
            return EXPR
        case ast.Binary():
            return RANKS.get(e.rest[0][0], COMPARE)
        case ast.Unary(op=op):
            return NOT if op == "not" else FACTOR
        case ast.ListExpr(dims=True):
            return DIMS
        case ast.Const(value=value) if isinstance(value, (int, float)) and value < 0:
            return FACTOR
        case ast.Const() | ast.Name():
            return ATOM
    return POSTFIX


def operand_rank(op: str, place: int) -> int:
    """What an operand must bind at least, the first one (place 0) or a later one."""
    rank = RANKS.get(op, COMPARE)
    if op == "..":
        return OR
    if op == "**":
        return FACTOR if place else DIMS
    return rank + 1


def is_spaced(op: str, left: ast.Expr, right: ast.Expr, tight: bool) -> bool:
    """Whether blanks stand around an operator."""
    if op == "..":
        return False
    rank = RANKS.get(op, COMPARE)
    if rank < SUM:
        return True
    if op == "//" and not tight:
        return any(rank_of(e) in (EXPR, SUM, TERM) for e in (left, right))
    return rank == SUM and not tight


def spell(e: ast.Const) -> str:
    """A constant: digits as they stand in the text, else the value."""
    value = e.value
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, bool):
        return "true" if value else "false"
    text = COMMENT.sub("", e.span.text).strip("() \t\r\n\\").replace("×", "x")
    if NUMBER.fullmatch(text):
        read = read_number(text)
        if read == value and type(read) is type(value):
            return text
    if isinstance(value, int) and abs(value) >= 10**6:
        return f"{value:_}"
    return "x".join(map(str, value)) if isinstance(value, tuple) else repr(value)


def read_number(text: str) -> object:
    """The value of digits."""
    text = text.replace("_", "")
    if "x" in text:
        return tuple(int(part) for part in text.split("x"))
    scale = SUFFIX.get(text[-1], 0)
    text = text[:-1] if scale else text
    if "e" in text.lower():
        return float(text) * 10**scale
    whole, _, decimals = text.partition(".")
    if not scale and decimals:
        return float(text)
    top = int(whole + decimals) * 10**scale
    bottom = 10 ** len(decimals)
    return top // bottom if top % bottom == 0 else top / bottom
