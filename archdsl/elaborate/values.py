"""Values that names stand for while a spec is elaborated, and tensors on their way."""

from __future__ import annotations

from archdsl.ops.base import Dims, LayerRef, show
from archdsl.source import Span
from archdsl.syntax import ast
from archdsl.tensor import TensorType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.elaborate.graph import Graph
    from archdsl.elaborate.scope import Defaults, Scope
    from archdsl.ir.model import Value


MAX_LIST = 100_000  # elements of a list, those of the lists in it included


class Tensor:
    """A tensor of a graph. `span` is the step that made it; `value` is its place in the graph."""

    __slots__ = ("graph", "span", "type", "value")

    def __init__(self, graph: Graph, value: Value, type: TensorType, span: Span) -> None:
        self.graph = graph
        self.value = value
        self.type = type
        self.span = span


class Poison:
    """A tensor that could not be made: its mistake is reported, so nothing more is said."""

    __slots__ = ()


POISON = Poison()
Flow = Tensor | Poison


class Results:
    """What a block call with named outputs gives: a tensor for each name, and the main one."""

    __slots__ = ("main", "named")

    def __init__(self, main: Flow | None, named: dict[str, Labelled]) -> None:
        self.main = main
        self.named = named


class Row:
    """Tensors under one name with numbers: `y[0]`, `y[1]`; or the parts of a split."""

    __slots__ = ("items",)

    def __init__(self, items: dict[int, Labelled]) -> None:
        self.items = items


Labelled = Tensor | Poison | Results | Row


class BlockRef:
    """A block (or a network used as one) with the scope and the defaults that it was written in.

    `inputs` are those of a network, found once: a body may be long, and called often.
    """

    __slots__ = ("defaults", "inputs", "node", "scope")

    def __init__(self, node: ast.Block | ast.Network, scope: Scope, defaults: Defaults) -> None:
        self.node = node
        is_network = isinstance(node, ast.Network)
        self.inputs = [s for s in node.body if isinstance(s, ast.Input)] if is_network else []
        self.scope = scope
        self.defaults = defaults

    @property
    def name(self) -> str:
        """Name as written."""
        return self.node.name.name

    def __str__(self) -> str:
        return self.name


class Partial:
    """A block with some of its arguments, as a value: `block=basic(64)`.

    `weight` is how many values it holds, and `depth` how deep such blocks stand in each other: to
    compare two of them takes as long.
    """

    __slots__ = ("args", "block", "depth", "weight")

    def __init__(self, block: BlockRef, args: tuple[tuple[str, object], ...]) -> None:
        self.block = block
        self.args = args
        self.weight = len(args) + sum(weigh(value) for _, value in args)
        self.depth = 1 + max((depth_of(value) for _, value in args), default=0)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Partial) and self.block is other.block and self.args == other.args

    def __hash__(self) -> int:
        return hash((self.block, self.args))

    def __str__(self) -> str:
        inside = ", ".join(f"{name}={show(value)}" for name, value in self.args)
        return self.block.name + (f"({inside})" if inside else "")


MAX_NESTED = 8  # lists in each other
PLAIN = frozenset((int, float, bool, str, type(None)))  # values that hold no others


def count_elements(values: tuple[object, ...], most: int, depth: int = 0) -> int:
    """Elements of a list, and of what stands in it; stops counting beyond `most`."""
    if depth > MAX_NESTED:
        return most + 1
    n = len(values)
    if PLAIN.issuperset(map(type, values)):
        return n
    for v in values:
        if isinstance(v, tuple):
            n += count_elements(v, most, depth + 1)
        elif isinstance(v, Partial):
            n += v.weight
        else:
            continue
        if n > most:
            break
    return n


def weigh(value: object) -> int:
    """Elements of a value: those of a list, or of the arguments of a block or a layer."""
    if isinstance(value, tuple):
        return count_elements(value, MAX_LIST)
    if isinstance(value, Partial):
        return value.weight
    return count_elements(value.attrs, MAX_LIST) if isinstance(value, LayerRef) else 0


def depth_of(value: object) -> int:
    """How deep blocks stand in the arguments of blocks."""
    if isinstance(value, tuple):
        return max(map(depth_of, value), default=0)
    return value.depth if isinstance(value, Partial) else 0


class Thens:
    """`2 then 1`, evaluated."""

    __slots__ = ("first", "others")

    def __init__(self, first: object, others: object) -> None:
        self.first = first
        self.others = others


def kind_of_value(value: object) -> str:
    """What a value is, for messages."""
    for types, word in (
        (bool, "a boolean"),
        (int, "an integer"),
        (float, "a real number"),
        (str, "a word"),
        (Dims, "a size"),
        (tuple, "a list"),
        (LayerRef, "a layer kind"),
        ((BlockRef, Partial), "a block"),
        ((Tensor, Poison, Results, Row), "a tensor"),
    ):
        if isinstance(value, types):
            return word
    return "none" if value is None else "a value"


def show_value(value: object) -> str:
    """A value for messages, shortened."""
    if isinstance(value, (BlockRef, Partial)):
        return "a block"
    if isinstance(value, (Tensor, Poison)) or not isinstance(
        value, (bool, int, float, str, tuple, LayerRef, type(None))
    ):
        return kind_of_value(value)
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 100:
        return "a huge integer"
    text = f'"{value}"' if isinstance(value, str) and not value.isidentifier() else show(value)
    return f"`{text if len(text) <= 40 else text[:37] + '...'}`"
