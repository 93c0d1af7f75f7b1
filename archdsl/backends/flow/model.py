"""The line of a network as plain data: parts, shortcuts around parts, parts that repeat."""

from __future__ import annotations

from archdsl.ir.model import Network
from archdsl.ops.base import Kind
from archdsl.tensor import TensorType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


class Part:
    """What one box stands for: a layer with what accompanies it, or a block of branches.

    `op` names a layer, and is None for a block, which has a `name` and a number of `branches`.
    `path` is the attribute path (of the layer, or of the block's call). `extras` are the layers
    after the main one (`bn`, `relu`). `params` are those of one run, shared ones left out.
    """

    __slots__ = (
        "branches",
        "call",
        "extras",
        "in_type",
        "name",
        "op",
        "out_type",
        "params",
        "path",
    )

    def __init__(
        self,
        path: str,
        op: Kind | None,
        in_type: TensorType,
        out_type: TensorType,
        params: int,
        *,
        extras: tuple[str, ...] = (),
        name: str = "",
        call: str = "",
        branches: int = 1,
    ) -> None:
        self.path = path
        self.op = op
        self.in_type = in_type
        self.out_type = out_type
        self.params = params
        self.extras = extras
        self.name = name
        self.call = call
        self.branches = branches

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for parts that look the same."""
        return (self.op, self.call or self.name, self.out_type)


class Skip:
    """A body with a shortcut around it, which `join` (`add`, `concat`) brings together.

    `ways` are the kinds on the shortcut: none where it is the identity.
    """

    __slots__ = ("body", "join", "params", "path", "ways")

    def __init__(
        self, path: str, body: tuple[Item, ...], join: str, ways: tuple[Kind, ...], params: int
    ) -> None:
        self.path = path
        self.body = body
        self.join = join
        self.ways = ways
        self.params = params

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for shortcuts that look the same."""
        return (self.join, self.ways, tuple(item.key for item in self.body))


class Fold:
    """Items that are drawn once and run `times` times; `tied` ones with the same weights."""

    __slots__ = ("items", "tied", "times")

    def __init__(self, items: tuple[Item, ...], times: int, tied: bool) -> None:
        self.items = items
        self.times = times
        self.tied = tied

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for folds that look the same."""
        return (self.times, tuple(item.key for item in self.items))


Item = Part | Skip | Fold


class Line:
    """A network: its input, its items from there to its main output, and what is left out.

    `aside` names inputs beside the first and outputs beside the main one, none of them on the line.
    `folded` says that repetitions are drawn once.
    """

    __slots__ = ("aside", "folded", "input", "items", "network")

    def __init__(
        self,
        network: Network,
        input: TensorType,
        items: tuple[Item, ...],
        aside: tuple[str, ...],
        folded: bool,
    ) -> None:
        self.network = network
        self.input = input
        self.items = items
        self.aside = aside
        self.folded = folded


def parts_of(items: tuple[Item, ...]) -> Iterator[Part]:
    """All parts in order, those inside shortcuts and folds included."""
    for item in items:
        if isinstance(item, Part):
            yield item
        else:
            yield from parts_of(item.body if isinstance(item, Skip) else item.items)
