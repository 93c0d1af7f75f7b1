"""What can be computed at every position by itself, and where a network comes down to one."""

from __future__ import annotations

from archdsl.diagnostics.errors import ArchError
from archdsl.ir.model import OpNode
from archdsl.ops.activation import Activation, OverAxis, PReLU
from archdsl.ops.base import Dims
from archdsl.ops.conv import Conv, DepthwiseConv
from archdsl.ops.dropout import Dropout, DropPath
from archdsl.ops.join import Concat, Elementwise
from archdsl.ops.linear import Affine, LayerScale, Scale
from archdsl.ops.norm import BatchNorm, LayerNorm, LocalResponseNorm, RMSNorm
from archdsl.passes.retype import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.ir.model import Module, Value
    from archdsl.ops.base import Kind
    from archdsl.ops.linear import Linear
    from archdsl.tensor import TensorType

    Shape = tuple[int, ...] | None


class NotDense(ArchError):
    """The network cannot be evaluated densely (`--dense`).

    Its classifier must be layers that can work at every position of a map by themselves: `FC`,
    activations, softmax and norms over the channels, dropout, joins. A sequence or a `reshape`
    stands in the way, and so does a norm over several positions between the map and the scores.
    """

    id = "not-dense"


_EVERYWHERE = (Activation, Dropout, DropPath, Scale)
_CHANNELS = ("channels", "features", "c")
_POINTWISE = (PReLU, RMSNorm, Affine, LayerScale, Elementwise, LocalResponseNorm)
_OVER_CHANNELS = (OverAxis, BatchNorm, LayerNorm, Concat)


def is_point(type: TensorType) -> bool:
    """Whether it has one position: a vector, or a map of 1x1."""
    return type.layout == "vector" or (type.is_map and set(type.spatial) == {1})


def is_anywhere(op: Kind) -> bool:
    """Whether every element is computed by itself, wherever it stands."""
    return isinstance(op, _EVERYWHERE) and not isinstance(op, OverAxis | PReLU)


def readers_of(module: Module) -> dict[Value, list[int]]:
    """The nodes that read each tensor; an output of the module is read by number -1."""
    readers: dict[Value, list[int]] = {}
    for index, node in enumerate(module.nodes):
        for value in node.inputs:
            readers.setdefault(value, []).append(index)
    for output in module.outputs:
        readers.setdefault(output.value, []).append(-1)
    return readers


def tail_of(module: Module, readers: dict[Value, list[int]]) -> frozenset[int]:
    """The nodes behind which there is one position only, all the way to the outputs."""
    tail: set[int] = {-1}
    for index in range(len(module.nodes) - 1, -1, -1):
        outputs = module.nodes[index].outputs
        after = {r for port in range(len(outputs)) for r in readers.get((index, port), ())}
        if all(map(is_point, outputs)) and after <= tail:
            tail.add(index)
    return frozenset(tail - {-1})


def as_convolution(op: Linear, shape: tuple[int, ...]) -> Conv:
    """An FC over a flattened map of this shape (C, and its spatial sizes) as a convolution."""
    spatial = shape[1:]
    kernel = spatial[0] if len(set(spatial)) == 1 else Dims(spatial)
    attributes: dict[str, object] = {"kernel": kernel, "out": op.out, "bias": op.bias}
    if kernel != 1:
        attributes["pad"] = "valid"
    return Conv(attributes)


def pointwise_shapes(node: OpNode, shapes: tuple[Shape, ...]) -> tuple[Shape, ...]:
    """The maps that the outputs of a layer are; raises Refused where it mixes positions.

    `shapes` are the maps that its inputs were in the spec before they were flattened.
    """
    if is_anywhere(node.op):
        return shapes
    known = [shape for shape in shapes if shape is not None]
    if any(set(shape[1:]) != {1} for shape in known):
        size = "x".join(map(str, next(s for s in known if set(s[1:]) != {1})))
        raise _refusal(node, f"works on a flattened map of {size} before an `FC` has read it")
    if not _is_pointwise(node):
        raise _refusal(node, "does not work at each position by itself")
    ones = (1,) * (len(known[0]) - 1)
    return tuple((type.channels, *ones) for type in node.outputs)


def _is_pointwise(node: OpNode) -> bool:
    op = node.op
    if isinstance(op, _OVER_CHANNELS):
        return op.__dict__["axis"] in _CHANNELS
    if isinstance(op, Conv | DepthwiseConv):
        windows = op.geometry(node.in_types[0])
        return all((w.size, w.stride, w.before, w.after) == (1, 1, 0, 0) for w in windows)
    return isinstance(op, _POINTWISE)


def _refusal(node: OpNode, why: str) -> Refused:
    error = NotDense(
        f"`{node.op.name}` {why}, so this network cannot be evaluated densely",
        label="between the last map and the scores",
        help="without `--dense` the network takes the size of its input only",
    )
    return Refused(error, node.span)
