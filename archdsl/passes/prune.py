"""Takes out what no wanted output needs, through calls: nodes, outputs and inputs of modules."""

from __future__ import annotations

from archdsl.ir.model import CallNode, OpNode
from archdsl.passes.edit import remade
from archdsl.passes.moves import Move, Moves, Numbering
from archdsl.passes.nodes import redirect, rewire, sharing, with_module
from archdsl.passes.rewritten import Pass, Rewritten
from archdsl.passes.rewritten import with_module as with_graph

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.ir.model import Module, Network, Node, Value
    from archdsl.passes.nodes import AnyNode


class DropUnused(Pass):
    """Layers whose results nothing reads go, inside of blocks too."""

    name = "drop-unused"
    summary = "layers that no output needs"
    keeps = "training"

    def run(self, network: Network) -> Rewritten:
        """The network with what its outputs need."""
        return prune(network, frozenset(range(len(network.module.outputs))))


def prune(network: Network, wanted: frozenset[int]) -> Rewritten:
    """The network with these outputs (by number), and what they need.

    Inputs of the network stay. A call whose weights another one uses keeps its module as it is.
    """
    pruner = _Pruner()
    done = pruner.visit(network.module, wanted, keep_inputs=True)
    return Rewritten(with_graph(network, done.module), (done.moves,))


class _Pruned:
    """A module with the outputs that are wanted; `inputs` are the numbers of those it still has."""

    __slots__ = ("inputs", "module", "moves", "outputs")

    def __init__(
        self, module: Module, inputs: tuple[int, ...], outputs: tuple[int, ...], moves: Moves
    ) -> None:
        self.module = module
        self.inputs = inputs
        self.outputs = outputs
        self.moves = moves


class _Pruner:
    __slots__ = ("heavy", "known", "numbering")

    def __init__(self) -> None:
        self.known: dict[tuple[Module, frozenset[int], bool], _Pruned] = {}
        self.numbering = Numbering()
        self.heavy: dict[Module, bool] = {}

    def visit(self, module: Module, wanted: frozenset[int], keep_inputs: bool) -> _Pruned:
        """The module with these outputs."""
        key = (module, wanted, keep_inputs)
        found = self.known.get(key)
        if found is None:
            found = self.known[key] = _Sieve(self, module, wanted, keep_inputs).result()
        return found

    def holds_weights(self, node: AnyNode) -> bool:
        """Whether a state_dict has entries of the node."""
        if node.shares is not None:
            return False
        if isinstance(node, OpNode):
            return bool(node.op.weights(node.in_types))
        modules = [node.module] if isinstance(node, CallNode) else [m for m, _ in node.runs]
        return any(self._is_heavy(module) for module in modules)

    def _is_heavy(self, module: Module) -> bool:
        if module not in self.heavy:
            self.heavy[module] = any(map(self.holds_weights, module.nodes))
        return self.heavy[module]


class _Sieve:
    """One module on its way through the pruner."""

    __slots__ = ("calls", "heirs", "keep_inputs", "live", "module", "pruner", "shared", "wanted")

    def __init__(
        self, pruner: _Pruner, module: Module, wanted: frozenset[int], keep_inputs: bool
    ) -> None:
        self.pruner = pruner
        self.module = module
        self.wanted = wanted
        self.keep_inputs = keep_inputs
        self.shared = sharing(module.nodes)
        self.live: set[Value] = {module.outputs[k].value for k in wanted}
        self.calls: dict[int, _Pruned] = {}  # the calls that run, as they will be
        self.heirs: dict[int, int] = {}  # layers that go, and who gets their weights

    def result(self) -> _Pruned:
        """The module as it will be."""
        kept = self._mark()
        module = self.module
        ports = range(len(module.inputs))
        inputs = tuple(i for i in ports if self.keep_inputs or (-1, i) in self.live)
        outputs = tuple(sorted(self.wanted))
        same = (len(kept), len(inputs), len(outputs)) == (
            len(module.nodes),
            len(module.inputs),
            len(module.outputs),
        ) and all(done.module is _module(module.nodes[i]) for i, done in self.calls.items())
        made = module if same else self._build(kept, inputs, outputs)
        return _Pruned(made, inputs, outputs, self._moves(kept))

    def _mark(self) -> list[int]:
        """Numbers of the nodes that are needed."""
        nodes = self.module.nodes
        users: dict[int, list[int]] = {}  # nodes that run and use the weights of another
        kept: list[int] = []
        for index in range(len(nodes) - 1, -1, -1):
            node = nodes[index]
            ports = frozenset(p for p in range(len(node.outputs)) if (index, p) in self.live)
            heirs = users.get(index, [])
            if not ports and heirs and self._inherits(nodes[heirs[-1]], node):
                self.heirs[index] = heirs[-1]
            elif ports or heirs:
                kept.append(index)
                if node.shares is not None:
                    users.setdefault(node.shares, []).append(index)
                self._need_inputs(index, node, ports)
        return kept[::-1]

    def _need_inputs(self, index: int, node: AnyNode, ports: frozenset[int]) -> None:
        needed = tuple(range(len(node.inputs)))
        if isinstance(node, CallNode) and index not in self.shared:
            done = self.calls[index] = self.pruner.visit(node.module, ports, False)
            needed = done.inputs
        self.live.update(node.inputs[i] for i in needed)

    def _inherits(self, heir: Node, owner: Node) -> bool:
        """Whether one layer can hold the weights of another under its own name."""
        if not isinstance(heir, OpNode) or not isinstance(owner, OpNode):
            return False
        names = [[w.name for w in n.op.weights(n.in_types)] for n in (heir, owner)]
        return names[0] == names[1]

    def _build(self, kept: list[int], inputs: tuple[int, ...], outputs: tuple[int, ...]) -> Module:
        module = self.module
        place: dict[Value, Value] = {(-1, i): (-1, k) for k, i in enumerate(inputs)}
        for k, index in enumerate(kept):
            done = self.calls.get(index)
            ports = range(len(module.nodes[index].outputs)) if done is None else done.outputs
            place |= {(index, port): (k, p) for p, port in enumerate(ports)}
        nodes = tuple(self._node(index, kept, place) for index in kept)
        return remade(
            module,
            nodes,
            tuple(redirect(module.outputs[k], place[module.outputs[k].value]) for k in outputs),
            {name: place[value] for name, value in module.labels.items() if value in place},
            tuple(module.inputs[i] for i in inputs),
        )

    def _node(self, index: int, kept: list[int], place: dict[Value, Value]) -> AnyNode:
        node = self.module.nodes[index]
        owner = node.shares
        if owner is not None:
            owner = self.heirs.get(owner, owner)
            owner = None if owner == index else kept.index(owner)
        done = self.calls.get(index)
        if done is None or not isinstance(node, CallNode):
            return rewire(node, tuple(place[value] for value in node.inputs), owner)
        values = tuple(place[node.inputs[i]] for i in done.inputs)
        return with_module(rewire_call(node, values, owner), done.module)

    def _moves(self, kept: list[int]) -> Moves:
        own: list[Move] = []
        running = set(kept)
        for index, node in enumerate(self.module.nodes):
            if index in self.heirs:
                heir = self.module.nodes[self.heirs[index]]
                sides = ((("all", f"{node.name}."),), (("all", f"{heir.name}."),))
                own.append(Move("rename", *sides))
            elif index not in running and self.pruner.holds_weights(node):
                own.append(Move("drop", (("all", f"{node.name}."),)))
        inside = [
            (self.module.nodes[index].name, None, done.moves) for index, done in self.calls.items()
        ]
        return self.pruner.numbering.make(own, list(inside))


def _module(node: Node) -> Module | None:
    return node.module if isinstance(node, CallNode) else None


def rewire_call(node: CallNode, inputs: tuple[Value, ...], shares: int | None) -> CallNode:
    """The call on fewer tensors, of a module that is yet to be put in."""
    return CallNode(node.module, node.name, inputs, node.outputs, node.span, node.step, shares)
