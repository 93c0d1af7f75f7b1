"""A network as one row of pieces, and the places where the row can be cut apart."""

from __future__ import annotations

from archdsl.analysis.cost import Cost, cost, node_cost
from archdsl.ir.model import CallNode, Module, OpNode, RepeatNode
from archdsl.tensor import TOKENS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.ir.model import Node
    from archdsl.tensor import TensorType

    Step = str | int

MAX_PIECES = 10_000  # that a row has; what would have more stays whole

Tensor = tuple[int, int]
"""A tensor of the row: (number of the piece, which of its outputs); -1 is the network's input."""


class Item:
    """A node of the tree over the row: a layer, a call, a repeat, or one repetition of it.

    It stands for the pieces `start` to `end` (without `end`). `steps` lead to its submodule:
    names, and numbers of repetitions. `module` is what a call or a repetition runs. `inside` are
    the items that it can be taken apart into, none for a piece.
    """

    __slots__ = ("end", "inputs", "inside", "module", "node", "outputs", "start", "steps", "work")

    def __init__(self, steps: tuple[Step, ...], node: Node, inputs: tuple[Tensor, ...]) -> None:
        self.steps = steps
        self.node = node
        self.inputs = inputs
        self.outputs: tuple[Tensor, ...] = ()
        self.module: Module | None = None
        self.inside: list[Item] = []
        self.start = self.end = 0
        self.work = Cost()

    @property
    def path(self) -> str:
        """Its name in reports and in a `state_dict`: `stage3.2.conv1`."""
        return ".".join(map(str, self.steps))

    @property
    def types(self) -> tuple[TensorType, ...]:
        """Types of its outputs; those of a repeat are its every repetition's."""
        module = self.module
        return self.node.outputs if module is None else module.output_types()


class Cut:
    """A place between two pieces, before the piece `at`: `tensors` and no others cross there."""

    __slots__ = ("at", "tensors")

    def __init__(self, at: int, tensors: tuple[Tensor, ...]) -> None:
        self.at = at
        self.tensors = tensors


class Chain:
    """The row: `pieces` in execution order, the tree over them, and the outputs at its end."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.items: list[Item] = []
        self.pieces: list[Item] = []
        self.outputs: tuple[Tensor, ...] = ()
        self.together: list[tuple[int, int]] = []  # first and last piece that no cut parts
        self.outer: set[int] = set()  # cuts between the network's own steps

    def type_of(self, tensor: Tensor) -> TensorType:
        """Type of a tensor of the row."""
        piece, port = tensor
        if piece < 0:
            return self.module.inputs[port].type
        return self.pieces[piece].types[port]

    def crossing(self, at: int) -> tuple[Tensor, ...]:
        """Tensors made before the piece `at`, and read there or behind it; the newest last."""
        made = {v for item in self.pieces[at:] for v in item.inputs} | set(self.outputs)
        return tuple(sorted(v for v in made if v[0] < at))


def read_chain(module: Module) -> Chain:
    """The row of a network, taken apart as far as it goes.

    A call is taken apart into the steps of its block, and a repeat into its repetitions. What
    shares weights with another step stays whole, and so does a tied repeat, and what would make
    more than `MAX_PIECES` pieces.
    """
    chain = Chain(module)
    memo: dict[Module, Cost] = {}
    cost(module, memo)
    reader = _Reader(chain, memo)
    inputs = tuple((-1, k) for k in range(len(module.inputs)))
    chain.items, chain.outputs = reader.read(module, (), inputs, outer=True)
    return chain


def find_cuts(chain: Chain) -> list[int]:
    """The pieces before which the row may be cut, in order.

    Between two steps of the network itself, or two repetitions of one of its repeats, any set of
    tensors may cross; inside of a block one tensor alone. A layer, its norm and its activation
    stay together, as do all that use the same weights; ids of tokens have no gradient, and
    cross nowhere.
    """
    n = len(chain.pieces)
    last = _last_readers(chain)
    crossing, barred = [0] * (n + 2), [0] * (n + 2)
    for tensor, end in last.items():
        spans = [crossing, barred] if chain.type_of(tensor).layout == TOKENS else [crossing]
        for span in spans:  # it crosses the cuts from behind its maker up to its last reader
            span[tensor[0] + 1] += 1
            span[end + 1] -= 1
    for first, final in chain.together:
        barred[first + 1] += 1
        barred[final + 1] -= 1
    found = []
    count, bars = crossing[0], barred[0]
    for at in range(1, n):
        count += crossing[at]
        bars += barred[at]
        if not bars and (count == 1 or (at in chain.outer and count > 0)):
            found.append(at)
    return found


def _last_readers(chain: Chain) -> dict[Tensor, int]:
    last: dict[Tensor, int] = {}
    for k, item in enumerate(chain.pieces):
        for tensor in item.inputs:
            last[tensor] = k
    for tensor in chain.outputs:
        last[tensor] = len(chain.pieces)
    return last


class _Reader:
    """Takes modules apart, one inside the other."""

    def __init__(self, chain: Chain, memo: dict[Module, Cost]) -> None:
        self.chain = chain
        self.memo = memo
        self.sizes: dict[Module, int] = {}

    def read(
        self, module: Module, steps: tuple[Step, ...], inputs: tuple[Tensor, ...], outer: bool
    ) -> tuple[list[Item], tuple[Tensor, ...]]:
        """The items of a module's steps, and its outputs."""
        made: list[tuple[Tensor, ...]] = []
        items: list[Item] = []
        shared = {i for i, node in enumerate(module.nodes) if node.shares is not None}
        shared |= {node.shares for node in module.nodes if node.shares is not None}
        alone = outer and len(module.nodes) == 1  # its block stands for the network
        for i, node in enumerate(module.nodes):
            given = tuple(_find(v, made, inputs) for v in node.inputs)
            item = Item((*steps, node.name), node, given)
            item.start = len(self.chain.pieces)
            if outer:
                self.chain.outer.add(item.start)
            if i in shared or not self.take_apart(item, outer, alone):
                self.add_piece(item, node_cost(node, self.memo))
            item.end = len(self.chain.pieces)
            made.append(item.outputs)
            items.append(item)
            self.bind(items)
            if node.shares is not None:
                self.chain.together.append((items[node.shares].start, item.end - 1))
        return items, tuple(_find(o.value, made, inputs) for o in module.outputs)

    def take_apart(self, item: Item, outer: bool, alone: bool) -> bool:
        """Reads what a call or a repeat runs into it; False where it has to stay whole."""
        node = item.node
        if isinstance(node, OpNode) or (isinstance(node, RepeatNode) and node.tied):
            return False
        size = self.size_of(node)
        if size == 0 or len(self.chain.pieces) + size > MAX_PIECES:
            return False
        if isinstance(node, CallNode):
            item.module = node.module
            item.inside, item.outputs = self.read(
                node.module, item.steps, item.inputs, outer and alone
            )
        elif isinstance(node, RepeatNode):
            self.repeat(item, node, outer)
        return True

    def repeat(self, item: Item, node: RepeatNode, outer: bool) -> None:
        """Reads the repetitions of a repeat."""
        running, captured = item.inputs[:1], item.inputs[1:]
        for module in (m for m, times in node.runs for _ in range(times)):
            one = Item((*item.steps, len(item.inside)), node, running + captured)
            one.module = module
            one.start = len(self.chain.pieces)
            if outer:
                self.chain.outer.add(one.start)
            one.inside, one.outputs = self.read(module, one.steps, one.inputs, outer=False)
            one.end = len(self.chain.pieces)
            item.inside.append(one)
            running = one.outputs[:1]
        item.outputs = running

    def size_of(self, node: Node) -> int:
        """Number of pieces that a node is taken apart into at most."""
        if isinstance(node, CallNode):
            return self.size(node.module)
        if isinstance(node, RepeatNode):
            sizes = [self.size(module) for module, _ in node.runs]
            return sum(s * n for s, (_, n) in zip(sizes, node.runs, strict=True)) * all(sizes)
        return 1

    def size(self, module: Module) -> int:
        """Number of layers of a module."""
        if module not in self.sizes:
            self.sizes[module] = self.memo[module].layers
        return self.sizes[module]

    def add_piece(self, item: Item, work: Cost) -> None:
        """An item that stays whole."""
        item.outputs = tuple((item.start, port) for port in range(len(item.node.outputs)))
        item.work = work
        self.chain.pieces.append(item)

    def bind(self, items: list[Item]) -> None:
        """Keeps the last item together with its step, and an activation with its operand.

        An activation may overwrite what it reads, where a layer of its own block made that; so it
        must be a tensor of the same process.
        """
        *before, item = items
        node = item.node
        if before and before[-1].node.step == node.step:
            self.chain.together.append((before[-1].end - 1, item.start))
        if isinstance(node, OpNode) and node.op.family == "activation":
            maker = node.inputs[0][0]
            if maker >= 0:
                self.chain.together.append((items[maker].end - 1, item.start))


def _find(
    value: tuple[int, int], made: list[tuple[Tensor, ...]], inputs: tuple[Tensor, ...]
) -> Tensor:
    """The tensor of the row that a value of a module is."""
    at, port = value
    return inputs[port] if at < 0 else made[at][port]
