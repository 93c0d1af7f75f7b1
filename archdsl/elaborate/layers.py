"""A layer of the text becomes nodes: its operation, and the norm and activation that it takes."""

from __future__ import annotations

import re

from archdsl.diagnostics.errors import ArchError
from archdsl.diagnostics.model import Fix, Label
from archdsl.elaborate.attributes import INITS, Request, from_reference, instantiate
from archdsl.elaborate.context import Context, Located, Silent, origin_label
from archdsl.elaborate.errors import BadShare, MissingInput, UnknownTensor
from archdsl.elaborate.initial import biases, initial_values
from archdsl.elaborate.values import Labelled, Poison, Results, Row, Tensor
from archdsl.elaborate.words import step_kind
from archdsl.ir.model import OpNode
from archdsl.ops.base import Kind, LayerRef
from archdsl.source import Span
from archdsl.syntax import ast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.tensor import TensorType


class Place:
    """Where a step stands in its body: what follows decides on default norms and activations."""

    __slots__ = ("act_after", "alone", "at", "flow", "prefix", "tail")

    def __init__(
        self,
        flow: list[ast.Step | None],
        at: int,
        tail: bool,
        act_after: bool,
        prefix: str = "",
        alone: bool = False,
    ) -> None:
        self.flow = flow  # the steps of the body; None where a chain breaks off
        self.at = at
        self.tail = tail
        self.act_after = act_after  # an activation follows the body, as in `residual(act=relu)`
        self.prefix = prefix  # the line's label
        self.alone = alone  # the only step of its line

    def activation_follows(self, ctx: Context) -> bool:
        """Whether the next step, past norms and dropout, is an activation."""
        for at in range(self.at + 1, len(self.flow)):
            kind = step_kind(self.flow[at], ctx)
            if kind is None or kind.family not in ("norm", "dropout", "activation"):
                return False
            if kind.family == "activation":
                return True
        return self.act_after

    @property
    def last(self) -> bool:
        """Whether no step of the body follows."""
        return self.at == len(self.flow) - 1

    def name(self, word: str, ctx: Context, main: bool = True) -> str:
        """An attribute name for a node of this step: after the label, or after the kind."""
        stem = word.lower()
        if stem[-1:].isdigit():
            stem += "_"
        if not self.prefix:
            return ctx.graph.pick_name(stem, numbered=True)
        if self.alone:
            return ctx.graph.pick_name(
                self.prefix if main else f"{self.prefix}_{word.lower()}", numbered=False
            )
        return ctx.graph.pick_name(f"{self.prefix}_{stem}", numbered=True)


def need_tensor(cur: Labelled | None, span: Span, ctx: Context) -> Tensor:
    """The tensor that a step works on."""
    if isinstance(cur, Tensor):
        return cur
    if isinstance(cur, Poison):
        raise Silent
    if cur is None:
        if ctx.graph.inputs:
            first = ctx.graph.inputs[0].name
            name = first if first in ctx.graph.labels else "in"  # the one without a name
            raise Located(
                MissingInput("no tensor flows here", help=f"begin the line with `@{name}`"),
                span,
            )
        if "input" in ctx.run.lost:  # it stood in what could not be read
            raise Silent
        raise Located(MissingInput("nothing enters here", help=missing_input(span)), span)
    if isinstance(cur, Results) and isinstance(cur.main, Tensor):
        return cur.main
    if isinstance(cur, Row):
        raise Located(
            UnknownTensor(
                "several numbered tensors come here",
                help="write `@name[0]` for one of them, `@name[*]` as a branch for all of them",
            ),
            span,
        )
    names = list(cur.named) if isinstance(cur, Results) else []
    raise Located(
        UnknownTensor(
            "several tensors come from the step before",
            help="name them by a label, and begin a line with one: "
            + (f"`@label.{names[0]}`" if names else "`@label[0]`"),
        ),
        span,
    )


def apply(
    op: Kind,
    inputs: tuple[Tensor, ...],
    name: str,
    span: Span,
    ctx: Context,
    shares: int | None = None,
) -> tuple[Tensor, ...]:
    """Puts a layer on tensors: infers its shape, and reports where it does not fit."""
    types = tuple([t.type for t in inputs])
    key = (op, types)
    outputs = ctx.run.inferred.get(key)
    if outputs is None:
        try:
            outputs = op.infer(types)
        except ArchError as error:
            raise misfit(error, inputs, span, ctx) from None
        check_sizes(outputs, span)
        ctx.run.inferred[key] = outputs
    return ctx.graph.add_op(op, inputs, name, span, outputs, shares)


def misfit(error: ArchError, inputs: tuple[Tensor, ...], span: Span, ctx: Context) -> Located:
    """A layer on a tensor that it does not take, with one of several cures: a layer before it.

    What enters a block is mended before the call, not in the block, and is wrong once.
    """
    frame = ctx.frame
    at, once = span, None
    if error.before and frame is not None and frame.name and enters_unnamed(inputs[0]):
        at = frame.span
        once = (error.id, at.file.name, at.start)
    return Located(error, span, origins(inputs, span), put_before(error, at), once)


def enters_unnamed(t: Tensor) -> bool:
    """Whether a tensor is what enters its module, by no parameter or input with a name."""
    node, port = t.value
    return node < 0 and t.graph.inputs[port].name not in t.graph.labels


def put_before(error: ArchError, span: Span) -> Fix | None:
    """The fix that puts the layer there; the standard library is not for the user to mend."""
    if not error.before or span.file.name.startswith("std/"):
        return None
    at = Span(span.file, span.start, span.start)
    return Fix(at, f"{error.before}, ", f"put `{error.before}` before it", safety="guess")


def origins(inputs: tuple[Tensor, ...], span: Span) -> tuple[Label, ...]:
    """Where the operands were made."""
    labels = []
    seen: set[int] = set()
    for t in inputs:
        if t.span.start not in seen and (t.span.start, t.span.end) != (span.start, span.end):
            labels.append(origin_label(t))
            seen.add(t.span.start)
    return tuple(labels[:6])


def missing_input(span: Span) -> str:
    """What to write where no tensor comes in."""
    file = span.file
    below = re.compile(r"^[ \t]*input\b", re.MULTILINE).search(file.text, span.end)
    if below is None or re.search(r"\bnetwork\b", file.text[span.end : below.start()]):
        return "say what does: `input 3x224x224`"
    line = file.line_col(below.start())[0]
    return f"an `input` stands above the layers that read it, and this one on line {line}"


def check_sizes(outputs: tuple[object, ...], span: Span) -> None:
    """Sizes stay below 2**31, as PyTorch's do."""
    from archdsl.elaborate.errors import Limit
    from archdsl.tensor import TensorType

    for t in outputs:
        if isinstance(t, TensorType) and (max(t.dims) >= 2**31 or t.numel >= 2**63):
            raise Located(
                Limit(
                    f"a tensor of {t} is larger than PyTorch can hold", help="a size is below 2**31"
                ),
                span,
            )


def elaborate_kind(
    request: Request, layer: ast.Layer, cur: Labelled | None, place: Place, ctx: Context
) -> Labelled:
    """A layer of a built-in kind on the current tensor."""
    kind = request.kind
    if request.tensors and any(isinstance(t, Poison) for t in request.tensors.values()):
        raise Silent
    if kind.name == "identity":
        return need_tensor(cur, layer.head, ctx)
    x = need_tensor(cur, layer.head, ctx)
    entering: tuple[Tensor, ...] = (x,)
    if request.tensors:
        more = (request.tensors.get(name) for name in kind.tensors)
        entering = (x, *(t for t in more if isinstance(t, Tensor)))
    outputs = with_norm(request, entering, layer.head, place, ctx)
    if len(outputs) == 1:
        return outputs[0]
    return Row(dict(enumerate(outputs)))


def hidden_parts(
    request: Request, place: Place, ctx: Context
) -> tuple[LayerRef | None, LayerRef | None, str]:
    """The norm, the activation and the order that a layer takes at this place."""
    kind, common = request.kind, request.common
    if not kind.hidden:
        return None, None, "post"
    defaults = ctx.scope.defaults.get(kind.name, {})
    order = common.get("order", defaults.get("order", "post"))
    pre = order == "pre"
    norm = common.get("norm", None if place.tail and not pre else defaults.get("norm"))
    act = common.get("act")
    if "act" not in common and "act" in defaults:
        left_out = not pre and (place.tail or place.activation_follows(ctx))
        act = None if left_out else defaults["act"]
    return norm, act, str(order)  # type: ignore[return-value]


def with_norm(
    request: Request,
    inputs: tuple[Tensor, ...],
    span: Span,
    place: Place,
    ctx: Context,
    parts: tuple[LayerRef | None, LayerRef | None, str] | None = None,
    name: str = "",
) -> tuple[Tensor, ...]:
    """The layer with its norm and activation, in their order."""
    norm, act, order = parts or hidden_parts(request, place, ctx)
    kind, attrs = request.kind, request.attrs
    if norm is not None and "bias" not in attrs and "bias" in kind.by_name:
        attrs = {**attrs, "bias": False}
    ctx.graph.step += 1
    shared = find_shared(request, ctx) if "share" in request.common else None
    if order == "pre":
        inputs = (*around(norm, act, inputs[:1], span, place, ctx, shared), *inputs[1:])
    op = instantiate(kind, attrs, ctx)
    for ready in op.before(tuple(t.type for t in inputs)):
        inputs = (
            *apply(ready, inputs[:1], place.name(ready.name, ctx, main=False), span, ctx),
            *inputs[1:],
        )
    outputs = apply(op, inputs, name or place.name(kind.name, ctx), span, ctx, shared)
    node = ctx.graph.nodes[-1]
    assert isinstance(node, OpNode)
    if shared is not None:
        check_shared(node, shared, request.spans["share"], ctx)
        check_start(node, shared, request, ctx)
    else:
        start(node, request.common, ctx)
    if order != "pre" and len(outputs) == 1:
        outputs = around(norm, act, outputs, span, place, ctx, shared)
    return outputs


def around(
    norm: LayerRef | None,
    act: LayerRef | None,
    tensors: tuple[Tensor, ...],
    span: Span,
    place: Place,
    ctx: Context,
    shared: int | None = None,
) -> tuple[Tensor, ...]:
    """A norm, then an activation."""
    for ref in (norm, act):
        if ref is None:
            continue
        op = from_reference(ref, ctx)
        again = None if shared is None else shared_norm(op, tensors[0], shared, ctx)
        tensors = apply(op, tensors, place.name(ref.kind.name, ctx, main=False), span, ctx, again)
        node = ctx.graph.nodes[-1]
        if isinstance(node, OpNode) and again is None:
            start(node, {}, ctx)
    return tensors


def start(node: OpNode, written: dict[str, object], ctx: Context) -> None:
    """How the weights of a layer start, as it says or as a default does."""
    defaults = ctx.scope.defaults.get(node.op.name, {})
    if not written and not defaults:
        return
    init, bias = (written.get(name, defaults.get(name)) for name in INITS)
    if init is None and bias is None:
        return
    weights = node.op.weights(node.in_types)
    if "bias_init" not in written and not biases(weights):
        bias = None  # a default is for the layers that have a bias
    node.init = initial_values(init, bias, weights, ctx)


def find_shared(request: Request, ctx: Context) -> int:
    """The node whose weights `share=a` uses."""
    label = str(request.common["share"])
    span = request.spans["share"]

    def fits(node: object) -> bool:
        return isinstance(node, OpNode) and bool(node.op.weights(node.in_types))

    def alike(node: object) -> bool:  # past the norm that follows it
        same = (request.kind.name, "embed" if request.kind.name == "FC" else "")
        return isinstance(node, OpNode) and node.op.name in same

    try:
        return shared_node(label, span, ctx, alike)
    except Located:
        return shared_node(label, span, ctx, fits)


def shared_node(label: str, span: Span, ctx: Context, fits: object) -> int:
    """The last fitting node of the line with that label."""
    found = ctx.graph.labels.get(label)
    if found is None:
        raise Located(
            BadShare(
                f"no earlier layer here is called `{label}`",
                help="label the line of the first use: `a: conv3-64`",
            ),
            span,
        )
    tensor = found[0]
    if isinstance(tensor, Poison):
        raise Silent
    if isinstance(tensor, Results):
        tensor = next((t for t in tensor.named.values() if isinstance(t, Tensor)), tensor)
    if isinstance(tensor, Tensor) and tensor.graph is ctx.graph and tensor.value[0] >= 0:
        step = ctx.graph.nodes[tensor.value[0]].step
        for i in range(tensor.value[0], -1, -1):
            node = ctx.graph.nodes[i]
            if node.step != step:
                break
            if callable(fits) and fits(node):
                return i if node.shares is None else node.shares
    raise Located(BadShare(f"`{label}` names no layer with weights"), span)


def check_shared(node: OpNode, shared: int, span: Span, ctx: Context) -> None:
    """The weights of the other layer must be of these shapes (an embedding fits a bias-free FC)."""
    other = ctx.graph.nodes[shared]
    assert isinstance(other, OpNode)
    mine = [(w.name, w.shape) for w in node.op.weights(node.in_types)]
    theirs = [(w.name, w.shape) for w in other.op.weights(other.in_types)]
    tied = other.op.name == "embed" and node.op.name == "FC"
    alike = tied or (node.op == other.op and same_form(node.op, node.in_types, other.in_types))
    if mine != theirs or not alike:

        def written(weights: list[tuple[str, tuple[int, ...]]]) -> str:
            return ", ".join(f"{n} {'x'.join(map(str, s)) or '1'}" for n, s in weights)

        raise Located(
            BadShare(
                f"`{node.op.text()}` cannot use the weights of `{other.op.text()}`",
                notes=(
                    f"it has {written(mine)}, and reads {node.in_types[0].describe()}",
                    f"the other has {written(theirs)}, and reads {other.in_types[0].describe()}",
                ),
                help="a layer that shares has the attributes of the other, its weights' shapes, its"
                " channels, padding and windows",
            ),
            span,
            (Label(other.span, "these weights"),),
        )


def check_start(node: OpNode, shared: int, request: Request, ctx: Context) -> None:
    """Shared weights start once: what is written here is what the other layer has."""
    written = [name for name in INITS if name in request.common]
    if not written:
        return
    other = ctx.graph.nodes[shared]
    assert isinstance(other, OpNode)
    start(node, {name: request.common[name] for name in written}, ctx)
    shifts = {w.name for w in biases(node.op.weights(node.in_types))}
    said = {d for d in node.init if (INITS[d[0] in shifts]) in written}
    if not said <= set(other.init):
        label = request.common["share"]
        raise Located(
            BadShare(
                f"the weights of `{label}` start otherwise",
                help=f"write `{written[0]}` at `{label}`: its weights start there",
            ),
            request.spans[written[0]],
            (Label(other.span, "these weights"),),
        )
    node.init = ()


def same_form(op: Kind, a: tuple[TensorType, ...], b: tuple[TensorType, ...]) -> bool:
    """Whether a layer is the same one on these inputs, but for the shapes of its weights."""
    return a == b or op.form(a) == op.form(b)


def shared_norm(op: Kind, x: Tensor, shared: int, ctx: Context) -> int | None:
    """The norm that belongs to the shared layer, if it is alike."""
    if not op.weights((x.type,)):
        return None
    step = ctx.graph.nodes[shared].step
    for i, node in enumerate(ctx.graph.nodes):
        if node.step == step and isinstance(node, OpNode) and node.op == op:
            shapes = [[w.shape for w in op.weights(t)] for t in ((x.type,), node.in_types)]
            if shapes[0] == shapes[1] and same_form(op, (x.type,), node.in_types):
                return i
    return None
