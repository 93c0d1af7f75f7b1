"""The same network on inputs of other sizes: every shape inferred anew, no weight changed."""

from __future__ import annotations

from archdsl.diagnostics.errors import ArchError
from archdsl.ir.model import CallNode, OpNode, Port, RepeatNode
from archdsl.passes.edit import remade
from archdsl.passes.nodes import with_module, with_op, with_runs
from archdsl.passes.rewritten import with_module as with_graph
from archdsl.tensor import TensorType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.ir.model import Module, Network
    from archdsl.ops.base import Kind
    from archdsl.passes.nodes import AnyNode
    from archdsl.source import Span

    Types = tuple[TensorType, ...]

MOST_RUNS = 1000  # of a repeat whose body keeps its shape no longer


class OtherSizes(ArchError):
    """The rewritten network cannot take an input of these sizes.

    `--dense --input 3x384x384` first makes the network of the spec a convolutional one, and then
    infers its shapes anew. What needs one size only (a position embedding, a `reshape`) stays in
    the way.
    """

    id = "other-sizes"


class Refused(Exception):
    """A rewrite that a network does not allow: the error, and the place in the text."""

    def __init__(self, error: ArchError, span: Span) -> None:
        super().__init__(error.message)
        self.error = error
        self.span = span


def resize(network: Network, dims: tuple[int, ...]) -> Network:
    """The network with these sizes of its first input, the batch left out.

    Raises Refused where a layer does not take what then comes in, or would need other weights.
    """
    first = network.module.inputs[0]
    if len(dims) != len(first.type.dims):
        text = f"this input has {len(first.type.dims)} sizes, the given one {len(dims)}"
        sizes = "x".join(map(str, first.type.dims))
        help = f"write one size for each of the spec's: `--input {sizes}`"
        raise Refused(OtherSizes(text, label=str(first.type), help=help), first.span)
    types = (TensorType(first.type.layout, dims), *(p.type for p in network.module.inputs[1:]))
    return with_graph(network, _Retyper().module(network.module, types))


class _Retyper:
    __slots__ = ("known",)

    def __init__(self) -> None:
        self.known: dict[tuple[Module, Types], Module] = {}

    def module(self, module: Module, types: Types) -> Module:
        """The module on inputs of these types."""
        if types == tuple(port.type for port in module.inputs):
            return module
        key = (module, types)
        if key not in self.known:
            self.known[key] = self._remake(module, types)
        return self.known[key]

    def _remake(self, module: Module, types: Types) -> Module:
        nodes: list[AnyNode] = []
        for node in module.nodes:
            inputs = tuple(
                types[port] if at < 0 else nodes[at].outputs[port] for at, port in node.inputs
            )
            nodes.append(self._node(node, inputs))
        ports = tuple(
            Port(port.name, type, port.span)
            for port, type in zip(module.inputs, types, strict=True)
        )
        return remade(module, tuple(nodes), module.outputs, dict(module.labels), ports)

    def _node(self, node: AnyNode, inputs: Types) -> AnyNode:
        if isinstance(node, OpNode):
            return retyped(node, node.op, inputs)
        if isinstance(node, CallNode):
            return with_module(node, self.module(node.module, inputs))
        return with_runs(node, self._runs(node, inputs))

    def _runs(self, node: RepeatNode, inputs: Types) -> tuple[tuple[Module, int], ...]:
        """The repetitions: as many as it takes until the shape stays, the rest in one run."""
        runs: list[tuple[Module, int]] = []
        for module, times in node.runs:
            left = times
            while left:
                made = self.module(module, inputs)
                following = (made.output_types()[0], *inputs[1:])
                done = left if following == inputs else 1
                runs.append((made, done))
                left -= done
                inputs = following
                if len(runs) > MOST_RUNS:
                    text = f"the shape changes in each of more than {MOST_RUNS} repetitions"
                    raise Refused(OtherSizes(text), node.span)
        return tuple(runs)


def retyped(node: OpNode, op: Kind, inputs: Types) -> OpNode:
    """The layer as `op` on these types; raises Refused where it does not take them.

    Unless `op` is another kind its weights must stay what they are.
    """
    try:
        if op.before(inputs):
            text = f"`{op.name}` is given {inputs[0].describe()}"
            raise OtherSizes(text, label="not what it can take as it is")
        outputs = op.infer(inputs)
        if op == node.op:
            _check_weights(node, inputs)
    except ArchError as error:
        raise Refused(error, node.span) from None
    return with_op(node, op, inputs, outputs)


def _check_weights(node: OpNode, inputs: Types) -> None:
    for old, new in zip(node.op.weights(node.in_types), node.op.weights(inputs), strict=True):
        if old.shape != new.shape:
            was, now = ("x".join(map(str, w.shape)) or "1" for w in (old, new))
            raise OtherSizes(
                f"`{node.op.name}` holds a `{old.name}` of {was} and would need one of {now}",
                label=f"{inputs[0].describe()} comes in here",
                notes=(f"in the spec: {node.in_types[0].describe()}",),
                help="a layer whose weights depend on the size of its input takes that size only",
            )
