"""Block calls: arguments, modules made once and shared, recursion and its limits."""

from __future__ import annotations

from collections import Counter

from archdsl.diagnostics.model import Label
from archdsl.elaborate.arguments import Call, Exports, bind, call_inputs, params_of
from archdsl.elaborate.context import Context, Frame, Located, Silent
from archdsl.elaborate.layers import Place, shared_node
from archdsl.elaborate.modules import make_module
from archdsl.elaborate.values import (
    BlockRef,
    Labelled,
    Partial,
    Results,
    Row,
    Tensor,
    show_value,
)
from archdsl.ir.model import CallNode, Module, OpNode
from archdsl.syntax import ast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.elaborate.values import Flow


def elaborate_call(
    callee: BlockRef | Partial,
    layer: ast.Layer,
    cur: Labelled | None,
    place: Place,
    ctx: Context,
    exports: Exports,
) -> Labelled:
    """A single call as a step."""
    share = given_share(layer.args)
    if share is not None and any(p.name == "share" for p in params_of(callee)):
        share = None
    args = layer.args if share is None else tuple(a for a in layer.args if a is not share)
    call = bind(callee, layer, args, ctx, exports)
    try:
        inputs = call_inputs(call, cur, layer, ctx)
    except Silent:
        from archdsl.elaborate.unreached import look_into

        look_into(call.block, ctx, Frame(call.block.name, call.span, ctx.frame, None))
        raise
    module = make_module(call, tuple(inputs), place.tail, ctx)
    if module is None:
        raise Silent
    return put_call(module, call, inputs, layer, place, ctx, share)


def given_share(args: tuple[ast.Arg, ...]) -> ast.Arg | None:
    """The argument `share=a`."""
    for arg in args:
        if arg.name == "share":
            return arg
    return None


def put_call(
    module: Module,
    call: Call,
    inputs: list[Tensor],
    layer: ast.Layer,
    place: Place,
    ctx: Context,
    share: ast.Arg | None,
) -> Labelled:
    """The node of a call, and its results under their names."""
    shares = None
    if share is not None:
        shares = shared_call(share, module, ctx)
    if not module.nodes and len(module.outputs) == 1:
        return inputs[module.outputs[0].value[1]]  # a block of no layers gives back its input
    ctx.graph.step += 1
    name = place.name(call.block.name.replace("-", "_"), ctx)
    values = tuple([ctx.graph.take(t) for t in inputs])
    node = CallNode(module, name, values, module.output_types(), layer.head, ctx.graph.step, shares)
    return results_of(module, ctx.graph.add(node))


def results_of(module: Module, tensors: tuple[Tensor, ...]) -> Labelled:
    """What a call gives: its main tensor, or several by name."""
    if len(tensors) == 1 and module.outputs[0].name == "out":
        return tensors[0]
    named: dict[str, Labelled] = {}
    main: Flow | None = tensors[0] if len(tensors) == 1 else None
    for output, tensor in zip(module.outputs, tensors, strict=True):
        if output.name == "out":
            main = tensor
        elif output.name.endswith("]"):
            row, _, number = output.name[:-1].partition("[")
            items = named.setdefault(row, Row({}))
            assert isinstance(items, Row)
            items.items[int(number)] = tensor
        else:
            place = named
            *outer, last = output.name.split(".")
            for piece in outer:
                inner = place.setdefault(piece, Results(None, {}))
                if not isinstance(inner, Results):
                    inner = place[piece] = Results(inner if isinstance(inner, Tensor) else None, {})
                place = inner.named
            place[last] = tensor
    return Results(main, named)


def shared_call(share: ast.Arg, module: Module, ctx: Context) -> int:
    """The earlier call whose weights `share=a` uses."""
    from archdsl.elaborate.attributes import common_value
    from archdsl.elaborate.errors import BadShare
    from archdsl.elaborate.same import same_structure

    label = str(common_value("share", share.value, ctx))
    at = shared_node(label, share.span, ctx, lambda n: isinstance(n, CallNode))
    other = ctx.graph.nodes[at]
    assert isinstance(other, CallNode)
    if not same_structure(module, other.module):
        raise Located(
            BadShare(
                f"this call and `{label}` have different weights",
                notes=differences(module, other.module, label),
                help="a shared call has the same arguments, on tensors of the same channels",
            ),
            share.span,
            (Label(other.span, "these weights"),),
        )
    return at


def differences(module: Module, other: Module, label: str) -> tuple[str, ...]:
    """The arguments and inputs in which two calls differ."""
    if module.name != other.name:
        return (f"this calls `{module.name}`, `{label}` calls `{other.name}`",)
    out = []
    theirs = dict(other.params)
    for name, value in module.params:
        if name in theirs and theirs[name] != value:
            shown = show_value(value), show_value(theirs[name])
            out.append(f"`{name}` is {shown[0]} here, {shown[1]} in `{label}`")
    for mine, its in zip(module.inputs, other.inputs, strict=False):
        if mine.type != its.type:
            out.append(f"{mine.type} comes in here, {its.type} in `{label}`")
    ours, given = ({o.name for o in m.outputs} for m in (module, other))
    for name in sorted(ours ^ given):
        where = ("here", f"in `{label}`") if name in ours else (f"in `{label}`", "here")
        out.append(f"`{name}` is read from outside {where[0]}, and not {where[1]}")
    if not out:
        here, there = (
            Counter(n.op.text() for n in m.nodes if isinstance(n, OpNode)) for m in (module, other)
        )
        for text in list((here - there) + (there - here))[:3]:
            place = "here" if here[text] > there[text] else f"in `{label}`"
            out.append(f"`{text}` stands only {place}: a default gives way where a residual ends")
    return tuple(out)
