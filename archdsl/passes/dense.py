"""Dense evaluation: the classifier becomes convolutions, and gives scores at every position."""

from __future__ import annotations

from archdsl.ir.model import CallNode, Module, OpNode, Port, RepeatNode
from archdsl.ops.base import Dims
from archdsl.ops.flatten import Flatten
from archdsl.ops.linear import Linear
from archdsl.ops.pool import (
    AdaptiveAvgPool,
    AdaptivePool,
    AvgPool,
    GlobalAvgPool,
    GlobalPool,
    MaxPool,
)
from archdsl.passes.dense_rules import (
    NotDense,
    as_convolution,
    is_anywhere,
    is_point,
    pointwise_shapes,
    readers_of,
    tail_of,
)
from archdsl.passes.edit import remade
from archdsl.passes.moves import Move, Moves, Numbering
from archdsl.passes.nodes import redirect, rewire, with_module, with_runs
from archdsl.passes.retype import MOST_RUNS, Refused, retyped
from archdsl.passes.rewritten import Pass, Rewritten
from archdsl.passes.rewritten import with_module as with_graph

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.ir.model import Network, Node, Value
    from archdsl.passes.nodes import AnyNode
    from archdsl.tensor import TensorType

    Types = tuple[TensorType, ...]
    Shape = tuple[int, ...] | None  # of the map that a vector was, None where it was none
    Shapes = tuple[Shape, ...]


class Dense(Pass):
    """The first FC behind a map of HxW becomes an HxW convolution without padding, others 1x1.

    A global pool in front of them becomes a pool over as many positions as it had. On an input
    of the size of the spec the outputs are the same numbers; on a larger one there is one for
    each position (Sermanet et al. 2014; Simonyan and Zisserman 2014, section 3.2).
    """

    name = "dense"
    summary = "FC as convolutions, for class scores at every position of a larger input"

    def run(self, network: Network) -> Rewritten:
        """The network with maps for outputs; raises Refused where there is none to have."""
        module = network.module
        types = tuple(port.type for port in module.inputs)
        done = _Densifier().visit(module, types, tuple(map(shape_of, types)))
        for output in done.module.outputs:
            type = done.module.type_of(output.value)
            if not type.is_map or type.layout not in {t.layout for t in types}:
                raise _no_map(module, output.name, type)
        return Rewritten(with_graph(network, done.module), (done.moves,))


def _no_map(module: Module, name: str, type: TensorType) -> Refused:
    at = next(o.value[0] for o in module.outputs if o.name == name)
    span = module.nodes[at].span if at >= 0 else module.inputs[0].span
    error = NotDense(
        f"the output is {type.describe()}, and nothing on the way to it was a map of positions",
        label="no position is left here",
        help="dense evaluation is for classifiers whose `FC` layers follow a map or a pool of one",
    )
    return Refused(error, span)


def shape_of(type: TensorType) -> Shape:
    """Sizes of a map, None for all else."""
    return type.dims if type.is_map else None


class _Made:
    """A module made dense, the map that each output was, and how its weights move."""

    __slots__ = ("module", "moves", "shapes")

    def __init__(self, module: Module, shapes: Shapes, moves: Moves) -> None:
        self.module = module
        self.shapes = shapes
        self.moves = moves


class _Densifier:
    __slots__ = ("known", "numbering")

    def __init__(self) -> None:
        self.known: dict[tuple[Module, Types, Shapes], _Made] = {}
        self.numbering = Numbering()

    def visit(self, module: Module, types: Types, shapes: Shapes) -> _Made:
        """The module on these types, which were maps of these shapes in the spec."""
        key = (module, types, shapes)
        found = self.known.get(key)
        if found is None:
            found = self.known[key] = _Body(self, module, types, shapes).result()
        return found


class _Body:
    """One module as it is made dense, node by node."""

    __slots__ = (
        "base",
        "inside",
        "module",
        "moves",
        "nodes",
        "owner",
        "place",
        "readers",
        "shapes",
        "tail",
        "types",
        "ways",
    )

    def __init__(self, owner: _Densifier, module: Module, types: Types, shapes: Shapes) -> None:
        self.owner = owner
        self.module = module
        self.types = types
        self.readers = readers_of(module)
        self.tail = tail_of(module, self.readers)
        ports = range(len(module.inputs))
        self.place: dict[Value, Value] = {(-1, k): (-1, k) for k in ports}
        self.shapes: dict[Value, Shape] = {(-1, k): shapes[k] for k in ports}
        self.nodes: list[AnyNode] = []
        self.base: dict[int, int] = {}  # new numbers of the nodes that are kept
        self.moves: list[Move] = []
        self.inside: list[tuple[str, range | None, Moves]] = []
        self.ways: dict[int, set[int]] = {}  # new numbers of calls: how their weights move

    def result(self) -> _Made:
        """The whole module."""
        module = self.module
        for index, node in enumerate(module.nodes):
            if isinstance(node, OpNode):
                self._layer(index, node)
            elif index not in self.tail:
                self._keep(index, node)
            elif isinstance(node, CallNode):
                self._call(index, node)
            else:
                self._repeat(index, node)
        self._check_sharing()
        outputs = tuple(redirect(o, self.place[o.value]) for o in module.outputs)
        labels = {name: self.place[value] for name, value in module.labels.items()}
        ports = tuple(
            port if port.type == type else Port(port.name, type, port.span)
            for port, type in zip(module.inputs, self.types, strict=True)
        )
        same = tuple(self.nodes) == module.nodes and ports == module.inputs
        made = module if same else remade(module, tuple(self.nodes), outputs, labels, ports)
        shapes = tuple(self.shapes[o.value] for o in module.outputs)
        return _Made(made, shapes, self.owner.numbering.make(self.moves, self.inside))

    def _layer(self, index: int, node: OpNode) -> None:
        op, shapes = node.op, tuple(self.shapes[value] for value in node.inputs)
        if index not in self.tail:
            if isinstance(op, AdaptivePool) and self._leads_to_tail(index):
                self._drop(index, node, self._same_size(node))
            else:
                self._keep(index, node)
        elif shapes[0] is None and len(set(shapes)) == 1:  # a vector that was no map
            self._keep(index, node)
        elif isinstance(op, Flatten):
            self._drop(index, node, shapes[0])
        elif isinstance(op, Linear):
            self._convolve(index, node, op, shapes[0])
        elif isinstance(op, GlobalPool | AdaptivePool):
            self._pool(index, node)
        elif not all(map(is_point, node.in_types)):
            self._keep(index, node)
        else:
            out = pointwise_shapes(node, shapes)
            self._add(index, retyped(node, op, self._types_of(node)), out)

    def _convolve(self, index: int, node: OpNode, op: Linear, shape: Shape) -> None:
        assert shape is not None
        made = as_convolution(op, shape)
        self._add(
            index, retyped(node, made, self._types_of(node)), ((op.out,) + (1,) * len(shape[1:]),)
        )
        if node.shares is None:
            role = (("kernel", f"{node.name}.weight"),)
            before = (op.out, node.in_types[0].channels)
            sizes = (("before", before), ("after", (op.out, *shape)))
            self.moves.append(Move("reshape", role, role, sizes))

    def _pool(self, index: int, node: OpNode) -> None:
        """A pool over all positions becomes one over as many as the spec has."""
        x = node.in_types[0]
        if set(x.spatial) == {1}:
            self._drop(index, node, x.dims)
            return
        mean = isinstance(node.op, GlobalAvgPool | AdaptiveAvgPool)
        kernel = x.spatial[0] if len(set(x.spatial)) == 1 else Dims(x.spatial)
        op = (AvgPool if mean else MaxPool)({"kernel": kernel, "stride": 1})
        self._add(index, retyped(node, op, self._types_of(node)), (node.outputs[0].dims,))

    def _call(self, index: int, node: CallNode) -> None:
        shapes = tuple(self.shapes[value] for value in node.inputs)
        made = self.owner.visit(node.module, self._types_of(node), shapes)
        self._add(index, with_module(node, made.module), made.shapes)
        self.ways[self.base[index]] = {made.moves.number}
        if node.shares is None:
            self.inside.append((node.name, None, made.moves))

    def _repeat(self, index: int, node: RepeatNode) -> None:
        types = self._types_of(node)
        shapes = tuple(self.shapes[value] for value in node.inputs)
        runs: list[tuple[Module, int]] = []
        rows: list[tuple[str, range | None, Moves]] = []
        at = 0
        for module, times in node.runs:
            left = times
            while left:
                made = self.owner.visit(module, types, shapes)
                following = (made.module.output_types()[0], *types[1:])
                done = left if (following, made.shapes[:1]) == (types, shapes[:1]) else 1
                runs.append((made.module, done))
                rows.append((node.name, range(at, at + done), made.moves))
                types, shapes = following, (*made.shapes[:1], *shapes[1:])
                left, at = left - done, at + done
                if len(runs) > MOST_RUNS:
                    raise Refused(NotDense("too many different repetitions"), node.span)
        self._add(index, with_runs(node, tuple(runs)), made.shapes)
        ways = {moves.number for _, _, moves in rows}
        self.ways[self.base[index]] = ways
        if node.tied:
            _refuse_odds(node, len(ways) > 1)
            rows = [(node.name, range(1), rows[0][2])]
        if node.shares is None:
            self.inside += rows

    def _keep(self, index: int, node: AnyNode) -> None:
        self._add(index, node, tuple(map(shape_of, node.outputs)))

    def _drop(self, index: int, node: OpNode, shape: Shape) -> None:
        self.place[index, 0] = self.place[node.inputs[0]]
        self.shapes[index, 0] = shape

    def _add(self, index: int, node: AnyNode, shapes: Shapes) -> None:
        shares = None if node.shares is None else self.base[node.shares]
        self.base[index] = len(self.nodes)
        inputs = tuple(self.place[value] for value in node.inputs)
        self.nodes.append(rewire(node, inputs, shares))
        for port, shape in enumerate(shapes):
            self.place[index, port] = (self.base[index], port)
            self.shapes[index, port] = shape

    def _types_of(self, node: AnyNode) -> Types:
        found = (self.place[value] for value in node.inputs)
        return tuple(self.types[p] if at < 0 else self.nodes[at].outputs[p] for at, p in found)

    def _leads_to_tail(self, index: int) -> bool:
        """Whether all that reads it flattens it for the classifier."""
        after = self.readers.get((index, 0), [-1])
        return all(self._flattens(reader) for reader in after)

    def _flattens(self, index: int) -> bool:
        node = self.module.nodes[index] if index >= 0 else None
        if not isinstance(node, OpNode):
            return node is not None and index in self.tail
        if index in self.tail:
            return isinstance(node.op, Flatten)
        return is_anywhere(node.op) and self._leads_to_tail(index)

    def _same_size(self, node: OpNode) -> Shape:
        """The shape of an adaptive pool that changes nothing; raises Refused for another one."""
        x, y = node.in_types[0], node.outputs[0]
        if x != y:
            error = NotDense(
                f"`{node.op.name}` makes {y} of {x}, and dense evaluation keeps every position",
                label="positions are lost here",
                help=f"give the network the input for which {y} comes in here",
            )
            raise Refused(error, node.span)
        return x.dims

    def _check_sharing(self) -> None:
        for index, node in enumerate(self.nodes):
            if node.shares is None:
                continue
            other = self.nodes[node.shares]
            if isinstance(node, OpNode) and isinstance(other, OpNode):
                sizes = [[w.shape for w in n.op.weights(n.in_types)] for n in (node, other)]
                _refuse_odds(node, sizes[0] != sizes[1])
            else:
                ways = self.ways.get(index, {0}), self.ways.get(node.shares, {0})
                _refuse_odds(node, ways[0] != ways[1])


def _refuse_odds(node: Node, odd: bool) -> None:
    if odd:
        text = f"`{node.name}` shares its weights, and would use them in two shapes"
        raise Refused(NotDense(text, label="as an `FC` here, as a convolution there"), node.span)
