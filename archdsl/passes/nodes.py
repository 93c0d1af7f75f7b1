"""Nodes of the IR made anew with some of their parts changed."""

from __future__ import annotations

from archdsl.ir.model import CallNode, OpNode, Output, RepeatNode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.ir.model import Module, Value
    from archdsl.ops.base import Kind
    from archdsl.tensor import TensorType

    AnyNode = OpNode | CallNode | RepeatNode


def rewire(node: AnyNode, inputs: tuple[Value, ...], shares: int | None) -> AnyNode:
    """The node on other tensors of the same types; itself where nothing changes."""
    if inputs == node.inputs and shares == node.shares:
        return node
    common = (node.name, inputs, node.outputs, node.span, node.step, shares)
    if isinstance(node, OpNode):
        return OpNode(node.op, node.in_types, *common, node.init)
    if isinstance(node, CallNode):
        return CallNode(node.module, *common)
    return RepeatNode(node.runs, node.tied, *common)


def with_op(
    node: OpNode,
    op: Kind,
    in_types: tuple[TensorType, ...] | None = None,
    outputs: tuple[TensorType, ...] | None = None,
) -> OpNode:
    """The node as another layer, of other types where they are given."""
    return OpNode(
        op,
        node.in_types if in_types is None else in_types,
        node.name,
        node.inputs,
        node.outputs if outputs is None else outputs,
        node.span,
        node.step,
        node.shares,
        node.init,
    )


def with_module(node: CallNode, module: Module) -> CallNode:
    """The call of another module, whose outputs may have other types."""
    return CallNode(
        module,
        node.name,
        node.inputs,
        module.output_types(),
        node.span,
        node.step,
        node.shares,
    )


def with_runs(node: RepeatNode, runs: tuple[tuple[Module, int], ...]) -> RepeatNode:
    """The repeat of other bodies."""
    types = runs[-1][0].output_types()
    return RepeatNode(
        runs, node.tied, node.name, node.inputs, types, node.span, node.step, node.shares
    )


def redirect(output: Output, value: Value) -> Output:
    """The output of another tensor."""
    return Output(output.name, value, output.train_only, output.weight)


def sharing(nodes: tuple[AnyNode, ...]) -> frozenset[int]:
    """Indices of the nodes that use another's weights, or whose weights another uses."""
    return frozenset(
        k for i, node in enumerate(nodes) if node.shares is not None for k in (i, node.shares)
    )
