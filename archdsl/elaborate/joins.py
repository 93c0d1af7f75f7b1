"""Branches and what joins them; residuals with their shortcuts."""

from __future__ import annotations

from archdsl.diagnostics.model import Fix, Label
from archdsl.elaborate.attributes import HIDDEN, Request, instantiate
from archdsl.elaborate.context import Context, Located, Silent, origin_label
from archdsl.elaborate.errors import (
    JoinNeedsBranches,
    NotAJoin,
    ResidualMismatch,
)
from archdsl.elaborate.layers import Place, apply, hidden_parts, need_tensor, with_norm
from archdsl.elaborate.misused import two_tensors
from archdsl.elaborate.refs import is_spread, spread_of
from archdsl.elaborate.scope import Scope
from archdsl.elaborate.values import POISON, Labelled, Poison, Results, Tensor
from archdsl.ir.model import OpNode
from archdsl.ops.base import Dims, Kind, LayerRef
from archdsl.ops.join import Join
from archdsl.source import Span
from archdsl.syntax import ast
from archdsl.tensor import TensorType


def elaborate_join(
    request: Request, layer: ast.Layer, cur: Labelled | None, place: Place, ctx: Context
) -> Labelled:
    """`add[ a | b ]` or `residual[ body ]`."""
    kind = request.kind
    residual = kind.name == "residual"
    if not residual and not issubclass(kind, Join):
        raise Located(
            NotAJoin(
                f"`{kind.name}` joins no branches",
                help="branches stand in a join: `concat[ a | b ]`, `add[ a | b ]`",
            ),
            layer.span,
        )
    entry = cur if isinstance(cur, (Tensor, Poison)) else None
    if isinstance(cur, Results) and isinstance(cur.main, Tensor):
        entry = cur.main  # of several tensors none enters; the branches name theirs
    parts = hidden_parts(request, place, ctx)
    start = len(ctx.graph.nodes)
    inner = ctx.inside(entry=entry)
    flows: list[Labelled | None] = []
    assert layer.branches is not None
    for branch in layer.branches:
        flows.extend(branch_flows(branch, entry, inner, place, parts[1] is not None))
    if residual:
        return join_residual(request, layer, entry, flows, start, parts, place, ctx)
    return join(request, layer.head, flows, parts, place, ctx)


def join(
    request: Request,
    span: Span,
    flows: list[Labelled | None],
    parts: tuple[LayerRef | None, LayerRef | None, str],
    place: Place,
    ctx: Context,
) -> Labelled:
    """One tensor of the branches; a single branch is the result itself."""
    if not flows:
        raise Located(
            JoinNeedsBranches(
                f"`{request.kind.name}` has no branch left",
                help="a join of one branch is that branch; of none there is nothing",
            ),
            span,
        )
    tensors = tuple(need_tensor(f, span, ctx) for f in flows)
    if len(tensors) == 1 and request.kind.arity[0] <= 1:
        from archdsl.elaborate.layers import around

        ctx.graph.step += 1
        return around(parts[0], parts[1], tensors, span, place, ctx)[0]
    low, high = request.kind.arity
    if len(tensors) < low or (high is not None and len(tensors) > high):
        raise Located(
            JoinNeedsBranches(f"`{request.kind.name}` takes {low} branches, not {len(tensors)}"),
            span,
        )
    return with_norm(request, tensors, span, place, ctx, parts)[0]


# --- branches ---------------------------------------------------------------------------------


def branch_flows(
    branch: ast.Branch, entry: Labelled | None, ctx: Context, place: Place, act_after: bool
) -> list[Labelled | None]:
    """The tensors of a branch: one, or as many as a `for`, an `if` or `@xs[*]` makes."""
    only = branch.lines[0] if len(branch.lines) == 1 else None
    if only is not None and len(only.steps) > 1 and isinstance(only.steps[1], ast.Ref):
        problem = two_tensors(only.steps)
        if problem is not None:
            return [ctx.report(problem)]
    if only is not None and len(only.steps) == 1 and only.label is None:
        step = only.steps[0]
        if isinstance(step, ast.Ref) and is_spread(step):
            try:
                return list(spread_of(step, ctx))
            except Located as problem:
                return [ctx.report(problem)]
        if isinstance(step, (ast.For, ast.If)):
            try:
                return chosen_flows(step, entry, ctx, place, act_after)
            except Located as problem:
                return [ctx.report(problem)]
            except Silent:
                return [POISON]
    return [one_flow(branch.lines, entry, ctx, place, act_after)]


def chosen_flows(
    step: ast.For | ast.If, entry: Labelled | None, ctx: Context, place: Place, act_after: bool
) -> list[Labelled | None]:
    """Branches that a `for` or an `if` makes."""
    from archdsl.elaborate.control import choose_arm, iterate

    if isinstance(step, ast.If):
        group = choose_arm(step, ctx)
        if group is None:
            return []
        scope = Scope(ctx.scope, ctx.scope.defaults)
        return flows_of_body(group.body, entry, ctx.inside(scope=scope), place, act_after)
    out: list[Labelled | None] = []
    for inner in iterate(step, ctx):
        out.extend(flows_of_body(step.body.body, entry, inner, place, act_after))
    return out


def flows_of_body(
    body: tuple[ast.Stmt, ...], entry: Labelled | None, ctx: Context, place: Place, act_after: bool
) -> list[Labelled | None]:
    """A body that stands where a branch stands; a lone `for` or `if` in it makes branches."""
    if len(body) == 1 and isinstance(body[0], ast.Line):
        line = body[0]
        return branch_flows(ast.Branch(line.span, (line,)), entry, ctx, place, act_after)
    return [one_flow(body, entry, ctx, place, act_after)]


def one_flow(
    lines: tuple[ast.Stmt, ...], entry: Labelled | None, ctx: Context, place: Place, act_after: bool
) -> Labelled | None:
    """The end of a chain that begins with the entering tensor."""
    from archdsl.elaborate.body import elaborate_body

    return elaborate_body(lines, entry, ctx, place.tail, act_after)


# --- residuals --------------------------------------------------------------------------------


def join_residual(
    request: Request,
    layer: ast.Layer,
    entry: Labelled | None,
    flows: list[Labelled | None],
    start: int,
    parts: tuple[LayerRef | None, LayerRef | None, str],
    place: Place,
    ctx: Context,
) -> Labelled:
    """The body, scaled and dropped as asked, plus its shortcut; its nodes begin at `start`."""
    span = layer.head
    if not 1 <= len(flows) <= 2:
        raise Located(
            JoinNeedsBranches(
                f"`residual` takes a body and perhaps a shortcut, not {len(flows)} branches",
                help="`add[ … ]` sums any number of branches",
            ),
            span,
        )
    x = need_tensor(entry, span, ctx)
    body = need_tensor(flows[0], span, ctx)
    pre = pre_activation(ctx, x, start)
    attrs = request.attrs
    if len(flows) == 2:
        other: Tensor | None = need_tensor(flows[1], span, ctx)
    else:
        other = shortcut(str(attrs.get("shortcut", "identity")), x, body, pre, layer, place, ctx)
    ctx.graph.step += 1
    for name, none in (("scale", 1), ("droppath", 0)):
        value = attrs.get(name, none)
        # A body that stands alone is never dropped: nothing would be left of the tensor.
        if value != none and (other is not None or name == "scale"):
            kind = Kind.lookup(name)
            assert kind is not None
            op = instantiate(kind, {kind.positional[0]: value}, ctx)
            body = apply(op, (body,), place.name(name, ctx, main=False), span, ctx)[0]
    if other is None:
        from archdsl.elaborate.layers import around

        return around(parts[0], parts[1], (body,), span, place, ctx)[0]
    add = Kind.lookup("add")
    assert add is not None
    total = Request(add)
    total.common = {n: v for n, v in request.common.items() if n in HIDDEN}
    ctx.graph.step -= 1
    return with_norm(total, (body, other), span, place, ctx, parts)[0]


def pre_activation(ctx: Context, x: Tensor, start: int) -> Tensor | None:
    """With `order=pre`: the first norm-activation of the body, which a projection reads."""
    defaults = ctx.scope.defaults.get("conv" if x.type.is_map else "FC", {})
    if defaults.get("order") != "pre":
        return None
    found = x
    for want in ("norm", "activation"):
        for i, node in enumerate(ctx.graph.nodes[start:], start):
            if (
                isinstance(node, OpNode)
                and node.op.family == want
                and node.inputs == (found.value,)
                and node.step >= 0
            ):
                found = Tensor(ctx.graph, (i, 0), node.outputs[0], node.span)
                break
    return found if found is not x else None


def shortcut(
    choice: str,
    x: Tensor,
    body: Tensor,
    pre: Tensor | None,
    layer: ast.Layer,
    place: Place,
    ctx: Context,
) -> Tensor | None:
    """What is added to the body: the input, a projection of it, or None for nothing."""
    if x.type == body.type and choice != "all":
        return x
    if choice == "identity":
        raise mismatch(x, body, layer)
    if choice == "match":
        return None
    if x.type.layout != body.type.layout:
        raise mismatch(x, body, layer)
    if choice == "pad":
        return padded(x, body, layer, place, ctx)
    return projected(x, body, pre, layer, place, ctx)


def mismatch(x: Tensor, body: Tensor, layer: ast.Layer) -> Located:
    """The body's shape is not the input's."""
    last = layer.branches[0].lines[-1].steps[-1].span if layer.branches else layer.span
    turned = turn_back(x.type, body.type)
    if turned:
        fix: Fix | None = Fix(
            Span(last.file, last.end, last.end),
            f", {turned}",
            f"end with `{turned}`",
            safety="guess",
        )
    else:
        fix = project(layer) if x.type.layout == body.type.layout else None
    return Located(
        ResidualMismatch(
            f"the body gives {body.type}, its input is {x.type}",
            label="cannot be added",
            help=f"the body swaps the two axes: `{turned}` at its end swaps them back"
            if turned
            else "`shortcut=conv` projects the input (option B), `pad` pads it with zeros (A), "
            "`match` adds only where shapes agree; or write a second branch: "
            "`residual[ body | shortcut ]`",
        ),
        layer.head,
        (Label(last, f"the body ends with {body.type}"), origin_label(x, "its input")),
        fix,
    )


def turn_back(x: TensorType, y: TensorType) -> str:
    """The step that makes `x` of `y` where only the order of their two axes differs, or ""."""
    if x.dims == y.dims or x.dims != y.dims[::-1] or {x.layout, y.layout} - {"seq", "signal"}:
        return ""
    return "transpose" if x.layout == y.layout else f"transpose(to={x.layout})"


def project(layer: ast.Layer) -> Fix | None:
    """The fix that gives a residual the shortcut of ResNet's option B: one of several cures."""
    if any(a.name == "shortcut" for a in layer.args):
        return None
    file, end = layer.head.file, layer.head.end
    if layer.args:
        at, text = layer.args[-1].span.end, ", shortcut=conv"
    elif layer.name.span.end == end:
        at, text = end, "(shortcut=conv)"
    else:
        return None
    return Fix(Span(file, at, at), text, "project the input", safety="guess")


def strides(x: TensorType, y: TensorType) -> tuple[int, ...] | None:
    """Strides with which a 1x1 window takes the sizes of `x` to those of `y`."""
    out = []
    for n, m in zip(x.spatial, y.spatial, strict=True):
        s = 1 if m == n else -(-n // m)
        if m < 1 or (n - 1) // s + 1 != m:
            return None
        out.append(s)
    return tuple(out)


def need_strides(x: Tensor, body: Tensor, layer: ast.Layer) -> int | Dims:
    """The strides of a shortcut, or an error."""
    found = strides(x.type, body.type)
    if found is None:
        raise Located(
            ResidualMismatch(
                f"no stride takes the input's {x.type} to the body's {body.type}",
                help="write the shortcut as a second branch: `residual[ body | shortcut ]`",
            ),
            layer.head,
            (origin_label(x, "its input"),),
        )
    return found[0] if len(set(found)) == 1 else Dims(found)


def projected(
    x: Tensor, body: Tensor, pre: Tensor | None, layer: ast.Layer, place: Place, ctx: Context
) -> Tensor:
    """A strided 1x1 convolution with the default norm (a linear layer where there is no map)."""
    name = f"{place.prefix}_shortcut" if place.prefix else "shortcut"
    if x.type.is_map:
        kind = Kind.lookup("conv")
        attrs: dict[str, object] = {
            "kernel": 1,
            "stride": need_strides(x, body, layer),
            "pad": 0,
            "out": body.type.channels,
        }
    elif x.type.with_channels(body.type.channels) == body.type:
        kind = Kind.lookup("FC")
        attrs = {"out": body.type.channels}
    else:
        raise mismatch(x, body, layer)
    assert kind is not None
    request = Request(kind)
    request.attrs = attrs
    defaults = ctx.scope.defaults.get(kind.name, {})
    if "bias" in defaults:
        attrs["bias"] = defaults["bias"]
    norm = defaults.get("norm")
    if pre is not None or defaults.get("order") == "pre":
        # Bare: neither norm nor activation, and no bias, as the body's convolutions have none.
        attrs.setdefault("bias", norm is None)
        norm = None
        x = pre or x
    inner = Place([None], 0, False, False, name, True)
    parts = (norm if isinstance(norm, LayerRef) else None, None, "post")
    return with_norm(request, (x,), layer.head, inner, ctx, parts)[0]


def padded(x: Tensor, body: Tensor, layer: ast.Layer, place: Place, ctx: Context) -> Tensor:
    """Subsampled by a 1x1 window, then padded with channels of zeros (option A)."""
    name = f"{place.prefix}_shortcut" if place.prefix else "shortcut"
    more = body.type.channels - x.type.channels
    if not x.type.is_map or more < 0:
        raise mismatch(x, body, layer)
    stride = need_strides(x, body, layer)
    ctx.graph.step += 1
    if stride != 1:
        pool = Kind.lookup("maxpool")
        assert pool is not None
        op = instantiate(pool, {"kernel": 1, "stride": stride}, ctx)
        picked = ctx.graph.pick_name(f"{name}_pool", numbered=False)
        x = apply(op, (x,), picked, layer.head, ctx)[0]
    if more:
        pad = Kind.lookup("pad")
        assert pad is not None
        op = instantiate(pad, {"channels": (0, more)}, ctx)
        x = apply(op, (x,), ctx.graph.pick_name(name, numbered=False), layer.head, ctx)[0]
    return x
