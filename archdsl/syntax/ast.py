"""The untyped syntax tree: what was written, with spans; nothing is resolved here."""

from __future__ import annotations

from archdsl.source import SourceFile, Span


class Node:
    """A piece of the text."""

    __slots__ = ("span",)

    def __init__(self, span: Span) -> None:
        self.span = span


# --- expressions ----------------------------------------------------------------------------


class Expr(Node):
    """An expression."""

    __slots__ = ()


class Const(Expr):
    """A number, string, boolean or `3x3` literal; `span.text` keeps the digits as written."""

    __slots__ = ("value",)

    def __init__(self, span: Span, value: object) -> None:
        self.span = span
        self.value = value


class Name(Expr):
    """A name to look up."""

    __slots__ = ("name",)

    def __init__(self, span: Span, name: str) -> None:
        self.span = span
        self.name = name


class Ref(Expr):
    """A tensor: `@stem`, `@y[i]`, `@call.name`, `@s.y[*]`.

    `trail` holds ("attr", name), ("index", expression) and ("all", None) in order.
    """

    __slots__ = ("name", "trail")

    def __init__(
        self, span: Span, name: str, trail: tuple[tuple[str, str | Expr | None], ...] = ()
    ) -> None:
        self.span = span
        self.name = name
        self.trail = trail


class Unary(Expr):
    """`-x`, `+x` or `not x`."""

    __slots__ = ("depth", "op", "operand")

    def __init__(self, span: Span, op: str, operand: Expr) -> None:
        self.span = span
        self.op = op
        self.operand = operand
        self.depth = depth_of(operand) + 1


class Binary(Expr):
    """A chain of operators of one rank, from the left: `a - b + c` is (a, [(-, b), (+, c)])."""

    __slots__ = ("closed", "depth", "first", "rest")

    def __init__(self, span: Span, first: Expr, rest: list[tuple[str, Expr]]) -> None:
        self.span = span
        self.closed = False  # in brackets of its own
        self.first = first
        self.rest = rest
        self.depth = 1 + max(depth_of(first), *(depth_of(e) for _, e in rest))


class IfExpr(Expr):
    """`a if cond else b`."""

    __slots__ = ("cond", "depth", "no", "yes")

    def __init__(self, span: Span, yes: Expr, cond: Expr, no: Expr) -> None:
        self.span = span
        self.yes = yes
        self.cond = cond
        self.no = no
        self.depth = 1 + max(depth_of(yes), depth_of(cond), depth_of(no))


class ListExpr(Expr):
    """`[a, b]`, or with `dims` set a size per axis `(a)x(b)`."""

    __slots__ = ("depth", "dims", "items")

    def __init__(self, span: Span, items: list[Expr], dims: bool = False) -> None:
        self.span = span
        self.items = items
        self.dims = dims
        self.depth = 1 + max((depth_of(e) for e in items), default=0)


class Index(Expr):
    """`a[i]`."""

    __slots__ = ("depth", "index", "target")

    def __init__(self, span: Span, target: Expr, index: Expr) -> None:
        self.span = span
        self.target = target
        self.index = index
        self.depth = 1 + max(depth_of(target), depth_of(index))


class Call(Expr):
    """`f(a, b=c)`: a function, or a kind, block or network with some arguments."""

    __slots__ = ("args", "depth", "name")

    def __init__(self, span: Span, name: Name, args: tuple[Arg, ...]) -> None:
        self.span = span
        self.name = name
        self.args = args
        self.depth = 1 + max((depth_of(a.value) for a in args), default=0)


class Then(Expr):
    """`a then b`: `a` in the first repetition, `b` in the others."""

    __slots__ = ("depth", "first", "others")

    def __init__(self, span: Span, first: Expr, others: Expr) -> None:
        self.span = span
        self.first = first
        self.others = others
        self.depth = 1 + max(depth_of(first), depth_of(others))


def depth_of(e: Expr) -> int:
    """How deep an expression nests; evaluation recurses that far."""
    return getattr(e, "depth", 0)


class Arg(Node):
    """An argument; `name` is empty for a positional one."""

    __slots__ = ("name", "value")

    def __init__(self, span: Span, name: str, value: Expr) -> None:
        self.span = span
        self.name = name
        self.value = value


# --- steps ----------------------------------------------------------------------------------


class Repeat(Node):
    """`x4` or `x(n)`, with `shared`."""

    __slots__ = ("count", "shared")

    def __init__(self, span: Span, count: Expr, shared: bool) -> None:
        self.span = span
        self.count = count
        self.shared = shared


class Layer(Node):
    """A kind, block or join with its arguments: `conv3-64/2(bias=false)`, `add[a | b]`.

    `tails` are what follows `-` and `/`, `branches` None where there are no brackets.
    `head` is the span without branches and repeat.
    """

    __slots__ = ("args", "branches", "head", "name", "repeat", "tails")

    def __init__(
        self,
        span: Span,
        name: Name,
        tails: tuple[tuple[str, Expr], ...] = (),
        args: tuple[Arg, ...] = (),
        branches: tuple[Branch, ...] | None = None,
        repeat: Repeat | None = None,
    ) -> None:
        self.span = span
        self.head = span
        self.name = name
        self.tails = tails
        self.args = args
        self.branches = branches
        self.repeat = repeat


class Branch(Node):
    """One branch of a join: lines, each "then" the next."""

    __slots__ = ("lines",)

    def __init__(self, span: Span, lines: tuple[Line, ...]) -> None:
        self.span = span
        self.lines = lines


class Group(Node):
    """`{ … }`."""

    __slots__ = ("body", "repeat")

    def __init__(self, span: Span, body: tuple[Stmt, ...], repeat: Repeat | None = None) -> None:
        self.span = span
        self.body = body
        self.repeat = repeat


class If(Node):
    """`if a { … } else if b { … } else { … }`."""

    __slots__ = ("arms", "otherwise")

    def __init__(
        self, span: Span, arms: list[tuple[Expr, Group]], otherwise: Group | None = None
    ) -> None:
        self.span = span
        self.arms = arms
        self.otherwise = otherwise


class For(Node):
    """`for v in values { … }`."""

    __slots__ = ("body", "name", "values")

    def __init__(self, span: Span, name: Name, values: Expr, body: Group) -> None:
        self.span = span
        self.name = name
        self.values = values
        self.body = body


Step = Layer | Group | If | For | Ref


# --- statements -----------------------------------------------------------------------------


class Line(Node):
    """Steps that follow each other; the label names the last tensor."""

    __slots__ = ("index", "label", "steps")

    def __init__(
        self,
        span: Span,
        steps: tuple[Step, ...],
        label: Name | None = None,
        index: Expr | None = None,
    ) -> None:
        self.span = span
        self.steps = steps
        self.label = label
        self.index = index


class Input(Node):
    """`input left: seq 196x768`."""

    __slots__ = ("dims", "layout", "name")

    def __init__(self, span: Span, name: Name | None, layout: Name | None, dims: Expr) -> None:
        self.span = span
        self.name = name
        self.layout = layout
        self.dims = dims


class Default(Node):
    """`default conv + FC (act=relu)`."""

    __slots__ = ("args", "kinds")

    def __init__(self, span: Span, kinds: tuple[Name, ...], args: tuple[Arg, ...]) -> None:
        self.span = span
        self.kinds = kinds
        self.args = args


class Let(Node):
    """`let a = …`."""

    __slots__ = ("name", "value")

    def __init__(self, span: Span, name: Name, value: Expr) -> None:
        self.span = span
        self.name = name
        self.value = value


class Use(Node):
    """`use "file.arch": a, b` or `use std/resnet`; `names` is None for everything."""

    __slots__ = ("names", "path", "path_span", "std")

    def __init__(
        self, span: Span, path: str, path_span: Span, std: bool, names: tuple[Name, ...] | None
    ) -> None:
        self.span = span
        self.path = path
        self.path_span = path_span
        self.std = std
        self.names = names


class Param(Node):
    """A parameter: `out`, `stride=1`, `@a` or `@xs[*]` (`kind`: value, tensor or tensors)."""

    __slots__ = ("default", "kind", "name")

    def __init__(
        self, span: Span, name: str, kind: str = "value", default: Expr | None = None
    ) -> None:
        self.span = span
        self.name = name
        self.kind = kind
        self.default = default


class Block(Node):
    """`block basic(out, stride=1) { … }`."""

    __slots__ = ("body", "doc", "name", "params", "unread")

    def __init__(
        self, span: Span, name: Name, params: tuple[Param, ...], body: tuple[Stmt, ...]
    ) -> None:
        self.span = span
        self.name = name
        self.params = params
        self.body = body
        self.doc = ""
        self.unread = False  # its heading is broken: what it takes is unknown


class Network(Node):
    """`network VGG-A { … }`."""

    __slots__ = ("body", "doc", "name", "params", "unread")

    def __init__(
        self, span: Span, name: Name, params: tuple[Param, ...], body: tuple[Stmt, ...]
    ) -> None:
        self.span = span
        self.name = name
        self.params = params
        self.body = body
        self.doc = ""
        self.unread = False


class NetworkOf(Node):
    """`network ResNet-34 = ResNet(depths=[3, 4, 6, 3])`."""

    __slots__ = ("args", "base", "doc", "name")

    def __init__(self, span: Span, name: Name, base: Name, args: tuple[Arg, ...]) -> None:
        self.span = span
        self.name = name
        self.base = base
        self.args = args
        self.doc = ""


class Expect(Node):
    """`expect NAME: params == 5`; `about` is the right side of a `~`."""

    __slots__ = ("about", "claim", "network")

    def __init__(self, span: Span, network: Name | None, claim: Expr, about: Expr | None) -> None:
        self.span = span
        self.network = network
        self.claim = claim
        self.about = about


class Output(Node):
    """`output(train, weight=0.3) aux1: …`."""

    __slots__ = ("args", "index", "name", "steps")

    def __init__(
        self,
        span: Span,
        args: tuple[Arg, ...],
        name: Name,
        index: Expr | None,
        steps: tuple[Step, ...],
    ) -> None:
        self.span = span
        self.args = args
        self.name = name
        self.index = index
        self.steps = steps


class Train(Node):
    """`train { optimizer = …, … }`."""

    __slots__ = ("facts",)

    def __init__(self, span: Span, facts: tuple[Arg, ...]) -> None:
        self.span = span
        self.facts = facts


class Broken(Node):
    """A statement that could not be read: its mistake is reported, what it gives is unknown.

    `flows` says whether it may have been a step, so that nothing is known of what follows it.
    """

    __slots__ = ("flows",)

    def __init__(self, span: Span, flows: bool) -> None:
        self.span = span
        self.flows = flows


class Cell(Node):
    """A table's cell, parsed both ways where it can be: as a line of steps, as an expression.

    A broken one is neither: its mistake is reported, what it gives is unknown.
    """

    __slots__ = ("broken", "line", "value")

    def __init__(
        self, span: Span, line: Line | None, value: Expr | None, broken: bool = False
    ) -> None:
        self.span = span
        self.line = line
        self.value = value
        self.broken = broken

    @property
    def empty(self) -> bool:
        """Nothing stands in it."""
        return self.line is None and self.value is None and not self.broken


class Row(Node):
    """A row of a table below its header."""

    __slots__ = ("cells",)

    def __init__(self, span: Span, cells: tuple[Cell, ...]) -> None:
        self.span = span
        self.cells = cells


class Table(Node):
    """Rows that start with `|`; `header` are the headings as written."""

    __slots__ = ("header", "rows")

    def __init__(self, span: Span, header: tuple[Name, ...], rows: tuple[Row, ...]) -> None:
        self.span = span
        self.header = header
        self.rows = rows


Stmt = (
    Line
    | Input
    | Default
    | Let
    | Use
    | Block
    | Network
    | NetworkOf
    | Expect
    | Output
    | Train
    | Table
    | Broken
)


class File(Node):
    """A whole file. `comments` are spans of all comments, in order.

    `lost` are the words of its broken statements, of which nothing can be said; None where so
    much is broken that the rest means nothing. `written` says that `source` is the tree's own text,
    in the language itself.
    """

    __slots__ = ("body", "comments", "lost", "source", "written")

    def __init__(
        self, span: Span, source: SourceFile, body: tuple[Stmt, ...], comments: list[Span]
    ) -> None:
        self.span = span
        self.source = source
        self.body = body
        self.comments = comments
        self.lost: frozenset[str] | None = frozenset()
        self.written = False
