"""A network as a small tree, before it is text: what the generator grows and relations rewrite."""

from __future__ import annotations

from dataclasses import dataclass, field

from archdsl.tensor import TensorType


@dataclass(eq=False)
class Layer:
    """A layer: `attrs` are converted values or `Param`s, `more` is `norm`, `act`, `init`."""

    kind: str
    attrs: dict[str, object] = field(default_factory=dict)
    more: dict[str, object] = field(default_factory=dict)
    tensors: dict[str, str] = field(default_factory=dict)
    share: str | None = None


@dataclass(eq=False)
class Join:
    """A join of branches, `residual` among them; a branch is a body."""

    kind: str
    branches: list[Body]
    attrs: dict[str, object] = field(default_factory=dict)
    more: dict[str, object] = field(default_factory=dict)


@dataclass(eq=False)
class Group:
    """Steps in braces."""

    body: Body


@dataclass(eq=False)
class Repeat:
    """A step that is repeated."""

    step: Step
    count: int
    shared: bool = False


@dataclass(eq=False)
class Call:
    """A block call; an argument that is a `Then` has another value in the first repetition."""

    block: Block
    args: dict[str, object] = field(default_factory=dict)
    tensors: tuple[str, ...] = ()
    share: str | None = None


@dataclass(eq=False)
class For:
    """A body that goes round with a variable."""

    var: str
    values: tuple[int, ...]
    body: Body


@dataclass(eq=False)
class If:
    """One body or the other."""

    cond: bool | Param  # an expression with a parameter only in rewritten programs
    yes: Body
    no: Body


@dataclass(frozen=True)
class Param:
    """A value that a parameter, a loop variable or a `let` holds; `shift` is added to it."""

    name: str


@dataclass(frozen=True)
class Then:
    """`first then rest`."""

    first: object
    rest: object


@dataclass(frozen=True)
class Ref:
    """A kind with attributes as a value: `bn(eps=0.001)`."""

    kind: str
    attrs: tuple[tuple[str, object], ...] = ()


@dataclass(eq=False)
class Line:
    """Steps; `start` is the tensor that they begin from, where it is not the current one."""

    steps: list[Step]
    label: str | None = None
    start: str | None = None


@dataclass(eq=False)
class Output:
    """A side chain whose end is an output of the network."""

    name: str
    line: Line
    train: bool = False
    weight: float | None = None


@dataclass(eq=False)
class Block:
    """A block: `tensors` are parameters that take tensors, `params` have a default or None."""

    name: str
    params: dict[str, object]
    body: Body
    tensors: tuple[str, ...] = ()


@dataclass(eq=False)
class Program:
    """A file with one network."""

    inputs: dict[str, TensorType]
    body: list[Line | Output]
    blocks: list[Block] = field(default_factory=list)
    lets: dict[str, object] = field(default_factory=dict)
    defaults: Layer | None = None  # its kind is `conv + FC`, its `more` what they take


Body = list[Line]
Step = Layer | Join | Group | Repeat | Call | For | If | Param
