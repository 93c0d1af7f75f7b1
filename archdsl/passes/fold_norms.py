"""Folds norms that are linear in evaluation into the layer before or behind them."""

from __future__ import annotations

from archdsl.ir.model import OpNode
from archdsl.ops.conv import Conv, Convolution, DepthwiseConv, SeparableConv
from archdsl.ops.deconv import Deconv
from archdsl.ops.linear import Affine, LayerScale, Linear, Scale
from archdsl.ops.norm import BatchNorm
from archdsl.passes.modules import rewrite_modules
from archdsl.passes.moves import Move
from archdsl.passes.nodes import with_op
from archdsl.passes.rewritten import Pass, Rewritten

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.ir.model import Network
    from archdsl.ops.base import Kind
    from archdsl.passes.edit import Edit
    from archdsl.tensor import TensorType

    Roles = list[tuple[str, str]]


class FoldNorms(Pass):
    """BatchNorm in evaluation, `affine`, `layerscale` and `scale` multiply and shift channels.

    So does the layer with weights whose result they read, if nobody else reads it: the kernel
    takes the factor, the bias the shift. Where such a norm comes first, the layer behind it
    takes it only if it does not pad, since the zeros of a padding are not normalized.
    """

    name = "fold-norms"
    summary = "BatchNorm and scales into the convolution, deconvolution or FC beside them"

    def run(self, network: Network) -> Rewritten:
        """The network without the norms that could be folded."""
        return rewrite_modules(network, fold)


def fold(edit: Edit) -> None:
    """Folds all norms of a module that can be."""
    shared = edit.shared()
    left: list[tuple[int, OpNode]] = []
    for index, node in edit.each():
        if not isinstance(node, OpNode) or index in shared or not is_linear_norm(node):
            continue
        if not _fold_back(edit, index, node, shared):
            left.append((index, node))
    _fold_leading(edit, left, shared)


def _fold_leading(edit: Edit, norms: list[tuple[int, OpNode]], shared: frozenset[int]) -> None:
    """Folds norms into the layers behind them, the last of several in a row first."""
    readers = {edit.resolve(v): i for i, node in edit.nodes.items() for v in node.inputs}
    for index, norm in reversed(norms):
        value = (index, 0)
        reader = readers.get(value, -1)
        if edit.uses.get(value) != 1 or reader in shared:
            continue
        if _fold_forward(edit, index, norm, reader):
            readers[edit.resolve(norm.inputs[0])] = reader


def is_linear_norm(node: OpNode) -> bool:
    """Whether the layer multiplies and shifts each channel by numbers, in evaluation."""
    (x, *_) = node.in_types
    if isinstance(node.op, BatchNorm):
        return node.op.axis_of(x) == x.channel_axis
    if isinstance(node.op, Scale):
        return 1e-6 < abs(node.op.value) < 1e6  # others could not be undone
    return isinstance(node.op, Affine | LayerScale)


def _fold_back(edit: Edit, index: int, norm: OpNode, shared: frozenset[int]) -> bool:
    """Folds a norm into the layer before it; false where that does not go."""
    source = norm.inputs[0]
    layer = edit.nodes.get(source[0])
    if not isinstance(layer, OpNode) or source[0] in shared or edit.uses[source] != 1:
        return False
    layout = _layout(layer.op)
    if layout is None:
        return False
    shifts = not isinstance(norm.op, LayerScale | Scale)
    op = with_bias(layer.op) if shifts else layer.op
    edit.moves.append(_move("fold-norm", layer, op, norm, layout))
    edit.put(source[0], with_op(layer, op))
    edit.forget(source)
    edit.remove(index, source)
    return True


def _fold_forward(edit: Edit, index: int, norm: OpNode, reader: int) -> bool:
    """Folds a norm into the one layer that reads it; false where that does not go."""
    layer = edit.nodes.get(reader)
    if not isinstance(layer, OpNode) or not _reads_plainly(layer):
        return False
    # A bias that the layer has not could not be given back to the norm.
    if not isinstance(norm.op, LayerScale | Scale) and not layer.op.__dict__["bias"]:
        return False
    edit.moves.append(_move("fold-input-norm", layer, layer.op, norm, _input_layout(layer)))
    edit.forget((index, 0))
    edit.remove(index, norm.inputs[0])
    return True


def with_bias(op: Kind) -> Kind:
    """The layer with a bias for each output channel."""
    return type(op)({**{f.name: op.__dict__[f.name] for f in op.fields}, "bias": True})


def _layout(op: Kind) -> tuple[str, int] | None:
    """Which axis of its kernel is that of the outputs, and in how many groups it is cut."""
    if isinstance(op, Conv):
        return ("first", 1) if op.connect is None else None
    if isinstance(op, DepthwiseConv | SeparableConv | Linear):
        return ("first", 1)
    return ("second", op.groups) if isinstance(op, Deconv) else None


def _reads_plainly(layer: OpNode) -> bool:
    """Whether every output is a sum over all that its window holds, with no padding among it."""
    op, x = layer.op, layer.in_types[0]
    if isinstance(op, Linear):
        return True
    if not isinstance(op, Conv | DepthwiseConv) or (isinstance(op, Conv) and op.connect):
        return False
    return all(w.before == w.after == 0 for w in op.geometry(x))


def _input_layout(layer: OpNode) -> tuple[str, int]:
    op = layer.op
    assert isinstance(op, Linear | Convolution)
    groups = 1 if isinstance(op, Linear) else op.channel_groups(layer.in_types[0])
    return ("first", groups)


def _move(rule: str, layer: OpNode, op: Kind, norm: OpNode, layout: tuple[str, int]) -> Move:
    before = _roles(layer, layer.op, layer.in_types)
    after = _roles(layer, op, layer.in_types)
    held = norm.op.weights(norm.in_types)
    own = [(_NORM_ROLES[w.name], f"{norm.name}.{w.name}") for w in held]
    shapes = {f"{layer.name}.{w.name}": w.shape for w in layer.op.weights(layer.in_types)}
    shapes |= {f"{norm.name}.{w.name}": w.shape for w in held}
    options: list[tuple[str, object]] = [("norm", norm.op.name), ("axis", layout[0])]
    options.append(("groups", layout[1]))
    options.append(("channels", norm.in_types[0].channels))
    options.append(("shapes", tuple(shapes[path] for _, path in (*before, *own))))
    if isinstance(norm.op, BatchNorm):
        options.append(("eps", norm.op.eps))
    elif isinstance(norm.op, Scale):
        options.append(("value", norm.op.value))
    return Move(rule, (*before, *own), tuple(after), tuple(options))


_NORM_ROLES = {
    "weight": "factor",
    "bias": "shift",
    "running_mean": "mean",
    "running_var": "var",
    "num_batches_tracked": "count",
}


def _roles(node: OpNode, op: Kind, types: tuple[TensorType, ...]) -> Roles:
    """Kernel and bias of the part of the layer that makes the output, by role."""
    part = "pointwise." if isinstance(op, SeparableConv) else ""
    names = {part + "weight": "kernel", part + "bias": "bias"}
    return [(names[w.name], f"{node.name}.{w.name}") for w in op.weights(types) if w.name in names]
