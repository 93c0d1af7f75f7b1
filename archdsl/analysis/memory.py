"""Memory of a network: weights, the peak of a forward pass, and what training keeps."""

from __future__ import annotations

from archdsl.analysis.cost import cost
from archdsl.analysis.kept import KEEPS_OUTPUT, keeps_inputs, kept_besides
from archdsl.ir.model import CallNode, Module, OpNode, RepeatNode
from archdsl.ir.order import postorder
from archdsl.tensor import TOKENS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from archdsl.ir.model import Node, Value
    from archdsl.tensor import TensorType

    # A module, which of its inputs its caller needs later, and the bytes outside of it; a run
    # holds this for its first repetition and for a further one.
    Call = tuple[Module, frozenset[int], int]
    Run = tuple[Call, Call]

BYTES = {"float64": 8, "float32": 4, "tf32": 4, "float16": 2, "bfloat16": 2}
OPTIMIZERS = {
    "sgd": 0,
    "momentum": 1,
    "adam": 2,
    "adamw": 2,
    "lamb": 2,
    "adadelta": 2,
    "lars": 1,
    "rmsprop": 1,
    "adagrad": 1,
}
"""Numbers that an optimizer keeps for each trained parameter; `momentum` is SGD with momentum."""

TOKEN_BYTES = 8  # token ids are int64 whatever the weights are

_VIEWS = "identity flatten reshape permute transpose split slice at crop"
VIEWS = frozenset(_VIEWS.split())
"""Kinds that put out their input's storage."""

DROPOUTS = frozenset(("dropout", "droppath"))
"""Kinds that do nothing in evaluation."""


class Memory:
    """Bytes, for `batch` examples of `dtype`.

    `weights` are parameters and buffers; `gradients` one number per trained parameter,
    `optimizer` as many again for each of its `states` (SGD with momentum 1, Adam 2). `forward` is
    the most that activations take at once in evaluation: each is freed after its last use, views
    take nothing, no layer works in place. `saved` is what a training step keeps for its backward
    pass.
    Neither counts the workspace of kernels or the allocator's rounding.
    """

    __slots__ = ("batch", "dtype", "forward", "gradients", "saved", "states", "weights")

    def __init__(
        self,
        batch: int,
        dtype: str,
        weights: int,
        gradients: int,
        forward: int,
        saved: int,
        states: int = 1,
    ) -> None:
        self.batch = batch
        self.dtype = dtype
        self.weights = weights
        self.gradients = gradients
        self.states = states
        self.forward = forward
        self.saved = saved

    @property
    def optimizer(self) -> int:
        """Bytes of the optimizer's states."""
        return self.states * self.gradients

    def training(self, states: int | None = None) -> int:
        """Bytes of a training step: weights, gradients, optimizer states and saved activations."""
        kept = self.optimizer if states is None else states * self.gradients
        return self.weights + self.gradients + kept + self.saved


def memory(module: Module, batch: int = 1, dtype: str = "float32", states: int = 1) -> Memory:
    """Memory of a network; ValueError for a dtype that `BYTES` does not hold.

    `states` is how many numbers the optimizer keeps for each trained parameter.
    Weights, gradients and optimizer states are taken to be of `dtype` too. Takes time in the size
    of the IR, not of the expanded network.
    """
    if dtype not in BYTES:
        raise ValueError(f"dtype is one of {', '.join(BYTES)}, not {dtype!r}")
    if batch < 1:
        raise ValueError(f"a batch has at least one example, not {batch}")
    size, total = BYTES[dtype], cost(module)
    return Memory(
        batch,
        dtype,
        weights=(total.params + total.buffers) * size,
        gradients=total.trainable * size,
        forward=Peak(size).of(module) * batch,
        saved=Saved(size).of(module) * batch,
        states=states,
    )


def bytes_of(type: TensorType, size: int) -> int:
    """Bytes of one example of a tensor whose numbers take `size` bytes; ids take their own."""
    return type.numel * (TOKEN_BYTES if type.layout == TOKENS else size)


class Peak:
    """Most bytes alive at once, per module and per set of inputs that its caller still needs."""

    __slots__ = ("known", "size")

    def __init__(self, size: int) -> None:
        self.size = size
        self.known: dict[tuple[Module, frozenset[int]], int] = {}

    def of(self, root: Module) -> int:
        """Peak of a network, its inputs included, which nobody else holds."""
        goal = (root, frozenset[int]())
        pending = [goal]
        while pending:
            missing = self.visit(*pending[-1])
            if missing:
                pending += missing
            else:
                pending.pop()
        return self.known[goal]

    def visit(self, module: Module, held: frozenset[int]) -> list[tuple[Module, frozenset[int]]]:
        """Computes one peak, or says which others it needs first."""
        peak = sum(bytes_of(port.type, self.size) for port in module.inputs)
        missing: list[tuple[Module, frozenset[int]]] = []
        for _, live, runs in self.run(module, held):
            peak = max(peak, live)
            for run in runs:
                for sub, mask, rest in run:
                    if (sub, mask) in self.known:
                        peak = max(peak, rest + self.known[sub, mask])
                    else:
                        missing.append((sub, mask))
        if not missing:
            self.known[module, held] = peak
        return missing

    def run(self, module: Module, held: frozenset[int]) -> Iterator[tuple[int, int, list[Run]]]:
        """(node, bytes alive when it has put out, what it runs) for nodes that run, in order."""
        storage = storage_of(module, VIEWS | DROPOUTS)
        last = _last_uses(module, storage)
        alive = {(-1, i): bytes_of(port.type, self.size) for i, port in enumerate(module.inputs)}
        live = sum(alive.values())
        for index in sorted(needed(module)):
            node = module.nodes[index]
            inputs = [storage[value] for value in node.inputs]
            later = frozenset(
                i for i, v in enumerate(inputs) if last[v] > index or (v[0] < 0 and v[1] in held)
            )
            rest = live - sum(alive[value] for value in set(inputs))
            around = rest + (alive[inputs[0]] if inputs else 0)
            made = [(index, port) for port in range(len(node.outputs))]
            made = [value for value in made if storage[value] == value]
            for value in made:
                alive[value] = bytes_of(module.type_of(value), self.size)
                live += alive[value]
            yield index, live, _runs(node, later, rest, around)
            for value in {*inputs, *made}:
                outside = value[0] < 0 and value[1] in held
                if last.get(value, -1) <= index and not outside:
                    live -= alive.pop(value)


def _runs(node: Node, later: frozenset[int], rest: int, around: int) -> list[Run]:
    """What a call or a repeat runs; its caller holds `rest`, or `around` with the first input.

    What goes round a repeat is freed inside the next repetition; the other inputs are not.
    """
    if isinstance(node, CallNode):
        return [((node.module, later, rest),) * 2]
    if not isinstance(node, RepeatNode):
        return []
    first = node.runs[0][0]
    if node.count == 1:
        return [((first, later, rest),) * 2]
    others = frozenset(range(1, len(node.inputs)))
    outside = around if 0 in later else rest
    runs: list[Run] = [((module, others, outside),) * 2 for module, _ in node.runs]
    again = runs[0][1] if node.runs[0][1] > 1 else (first, later | others, rest)
    runs[0] = ((first, later | others, rest), again)
    return runs


class Saved:
    """What training keeps: bytes per module, beside what it asks its caller to keep."""

    __slots__ = ("bytes", "counted", "ports", "size")

    def __init__(self, size: int) -> None:
        self.size = size
        self.bytes: dict[Module, int] = {}
        self.ports: dict[Module, set[int]] = {}  # inputs that it keeps
        self.counted: dict[Module, set[int]] = {}  # outputs that its bytes hold already

    def of(self, root: Module) -> int:
        """Bytes that a network keeps, its inputs included where a layer needs them."""
        for module in postorder(root):
            self.add(module)
        return self.bytes[root] + sum(
            bytes_of(root.inputs[port].type, self.size) for port in self.ports[root]
        )

    def add(self, module: Module) -> None:
        """Sums one module up; those that it uses are known."""
        storage = storage_of(module, VIEWS)
        kept: set[Value] = set()
        inside: set[Value] = set()
        total = 0
        for index, node in enumerate(module.nodes):
            inputs = [storage[value] for value in node.inputs]
            if isinstance(node, OpNode):
                total += self.op(node, index, inputs, kept)
                continue
            runs = [(node.module, 1)] if isinstance(node, CallNode) else list(node.runs)
            total += self.runs(runs)
            kept.update(inputs[i] for i in self.ports_of(runs))
            inside.update((index, port) for port in self.counted[runs[-1][0]])
        own = {value for value in kept - inside if value[0] >= 0}
        total += sum(bytes_of(module.type_of(value), self.size) for value in own)
        results = [storage[o.value] for o in module.outputs]
        self.bytes[module] = total
        self.ports[module] = {value[1] for value in kept if value[0] < 0}
        self.counted[module] = {i for i, v in enumerate(results) if v in own or v in inside}

    def op(self, node: OpNode, index: int, inputs: list[Value], kept: set[Value]) -> int:
        """Marks what a layer keeps; returns the bytes that are neither its input nor output."""
        name = node.op.name
        if name in KEEPS_OUTPUT:
            kept.update((index, port) for port in range(len(node.outputs)))
        elif name not in VIEWS and keeps_inputs(node.op, node.in_types):
            kept.update(inputs)
        return kept_besides(node.op, node.in_types, node.outputs, self.size)

    def ports_of(self, runs: list[tuple[Module, int]]) -> set[int]:
        """Inputs that repetitions keep; what goes from one to the next is none of them."""
        later = set[int]().union(*(self.ports[module] for module, _ in runs[1:]))
        return later - {0} | self.ports[runs[0][0]]

    def runs(self, runs: list[tuple[Module, int]]) -> int:
        """Bytes of all repetitions, with what goes from one to the next."""
        total = 0
        before: Module | None = None
        for module, times in runs:
            total += self.bytes[module] * times
            if 0 in self.ports[module]:
                around = bytes_of(module.inputs[0].type, self.size)
                if before is not None and 0 not in self.counted[before]:
                    total += around
                if 0 not in self.counted[module]:
                    total += around * (times - 1)
            before = module
        return total


def storage_of(module: Module, views: frozenset[str]) -> dict[Value, Value]:
    """Which tensor's storage each tensor of a module uses; `views` are kinds that make none."""
    storage: dict[Value, Value] = {(-1, i): (-1, i) for i in range(len(module.inputs))}
    for index, node in enumerate(module.nodes):
        view = isinstance(node, OpNode) and node.op.name in views and len(node.inputs) == 1
        for port in range(len(node.outputs)):
            storage[index, port] = storage[node.inputs[0]] if view else (index, port)
    return storage


def _last_uses(module: Module, storage: dict[Value, Value]) -> dict[Value, int]:
    last: dict[Value, int] = {}
    for index, node in enumerate(module.nodes):
        for value in node.inputs:
            last[storage[value]] = index
    for output in module.outputs:
        last[storage[output.value]] = len(module.nodes)
    return last


def needed(module: Module) -> set[int]:
    """Nodes that run in evaluation: those that an output needs which is not train-only."""
    needed: set[int] = set()
    pending = [o.value[0] for o in module.outputs if not o.train_only]
    while pending:
        index = pending.pop()
        if index >= 0 and index not in needed:
            needed.add(index)
            pending += [value[0] for value in module.nodes[index].inputs]
    return needed
