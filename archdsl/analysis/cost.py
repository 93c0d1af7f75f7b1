"""What a module costs: exact parameters, buffers, multiply-accumulates and activations."""

from __future__ import annotations

from archdsl.ir.model import CallNode, Module, OpNode, RepeatNode
from archdsl.ir.order import postorder
from archdsl.ops.base import Kind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.ir.model import Node


class Cost:
    """Exact totals of one example through a layer, a module or a network.

    `params` counts every parameter (frozen ones too), `trainable` those that are trained,
    `buffers` elements of state such as BatchNorm's statistics and its counter. `macs` are
    multiply-accumulates of convolutions and linear layers (no biases), `matmul_macs` those of
    products of two activations, as in attention; fvcore counts both, as `total_macs` does.
    `activations` are the elements that layers with either put out (fvcore's convention:
    convolutions and linear layers). `layers` counts the layers that run, repeats multiplied.
    """

    __slots__ = (
        "activations",
        "buffers",
        "layers",
        "macs",
        "matmul_macs",
        "params",
        "trainable",
    )

    def __init__(
        self,
        params: int = 0,
        trainable: int = 0,
        buffers: int = 0,
        macs: int = 0,
        matmul_macs: int = 0,
        activations: int = 0,
        layers: int = 0,
    ) -> None:
        self.params = params
        self.trainable = trainable
        self.buffers = buffers
        self.macs = macs
        self.matmul_macs = matmul_macs
        self.activations = activations
        self.layers = layers

    @property
    def total_macs(self) -> int:
        """Multiply-accumulates of convolutions, linear layers and attention products."""
        return self.macs + self.matmul_macs

    def add_weights(self, other: Cost, times: int = 1) -> None:
        """Adds what `other` holds."""
        self.params += other.params * times
        self.trainable += other.trainable * times
        self.buffers += other.buffers * times

    def add_work(self, other: Cost, times: int = 1) -> None:
        """Adds what `other` does."""
        self.macs += other.macs * times
        self.matmul_macs += other.matmul_macs * times
        self.activations += other.activations * times
        self.layers += other.layers * times

    def __repr__(self) -> str:
        return f"Cost({', '.join(f'{name}={getattr(self, name)}' for name in self.__slots__)})"


class Costs(dict[Module, Cost]):
    """Totals of the modules met so far; `alike` are those of layers, of which few are different."""

    __slots__ = ("alike",)

    def __init__(self) -> None:
        super().__init__()
        self.alike: dict[object, Cost] = {}


def cost(module: Module, memo: dict[Module, Cost] | None = None) -> Cost:
    """Totals of a module: each distinct module is counted once, repeats multiply.

    Shared weights count once. `memo` keeps the totals of every module met, for further calls.
    """
    memo = Costs() if memo is None else memo
    for part in () if module in memo else postorder(module):
        if part not in memo:
            memo[part] = _sum(part, memo)
    return memo[module]


def node_cost(node: Node, memo: dict[Module, Cost]) -> Cost:
    """Totals of one node, all repetitions together; `memo` holds those of the modules it uses."""
    total = Cost()
    if isinstance(node, OpNode):
        return op_cost(node)
    if isinstance(node, CallNode):
        part = memo[node.module]
        total.add_work(part)
        total.add_weights(part, node.shares is None)
    elif isinstance(node, RepeatNode):
        for i, (module, times) in enumerate(node.runs):
            part = memo[module]
            total.add_work(part, times)
            total.add_weights(part, copies(node, i))
    else:
        raise TypeError(node)
    return total


def op_cost(node: OpNode) -> Cost:
    """Totals of one layer; a layer that uses another's weights holds none."""
    op, inputs = node.op, node.in_types
    total = Cost(layers=1, macs=op.macs(inputs), matmul_macs=op.matmul_macs(inputs))
    if total.macs or total.matmul_macs:
        for out in node.outputs:
            total.activations += out.numel
    if node.shares is None:
        for weight in op.weights(inputs):
            if weight.role == "buffer":
                total.buffers += weight.numel
            else:
                total.params += weight.numel
                if weight.role == "param":
                    total.trainable += weight.numel
    return total


def copies(node: RepeatNode, run: int) -> int:
    """How many sets of weights a run of a repeat holds: a tied repeat has one, its first run's."""
    if node.shares is not None:
        return 0
    if node.tied:
        return int(run == 0)
    return node.runs[run][1]


def count(module: Module, name: str) -> int:
    """How many layers of a kind, or calls of a block, run in a module: `expect count(conv)`."""
    kind = Kind.lookup(name)
    found: dict[Module, int] = {}
    for part in postorder(module):
        found[part] = sum(_count_node(node, kind, name, found) for node in part.nodes)
    return found[module]


def _count_node(node: Node, kind: type[Kind] | None, name: str, found: dict[Module, int]) -> int:
    if isinstance(node, OpNode):
        return int(type(node.op) is kind)
    if isinstance(node, CallNode):
        return found[node.module] + _is_block(node.module, name)
    if isinstance(node, RepeatNode):
        return sum(times * (found[m] + _is_block(m, name)) for m, times in node.runs)
    raise TypeError(node)


def _is_block(module: Module, name: str) -> int:
    return int(module.kind == "block" and module.name == name)


def _sum(module: Module, memo: dict[Module, Cost]) -> Cost:
    total = Cost()
    alike = memo.alike if isinstance(memo, Costs) else {}
    for node in module.nodes:
        if isinstance(node, OpNode):
            key = (node.op, node.in_types, node.shares is None)
            part = alike.get(key) or alike.setdefault(key, op_cost(node))
        else:
            part = node_cost(node, memo)
        total.add_work(part)
        total.add_weights(part)
    return total
