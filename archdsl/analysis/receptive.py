"""Receptive fields: how much of the input one element sees, and how far apart neighbours look."""

from __future__ import annotations

from archdsl.analysis.follow import Lens, follow
from archdsl.analysis.window import ALL, compose, effect_of, join, power
from archdsl.ir.model import CallNode, Module, OpNode, RepeatNode
from archdsl.ir.order import postorder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from fractions import Fraction

    from archdsl.analysis.follow import Step
    from archdsl.analysis.window import Effect
    from archdsl.ir.model import Node

    # What lies between each input of a module and a tensor that depends on it.
    Effects = dict[int, Effect]
    Known = dict[Module, tuple[Effects, ...]]


class Field:
    """What one element of a layer's output sees of the network's input.

    `size` is its extent on each spatial axis, `stride` the distance between the fields of
    neighbours (a fraction where a map was enlarged); both empty where `whole`: it sees everything.
    """

    __slots__ = ("size", "stride", "whole")

    def __init__(
        self, size: tuple[int, ...], stride: tuple[int | Fraction, ...], whole: bool = False
    ) -> None:
        self.size = size
        self.stride = stride
        self.whole = whole

    def __str__(self) -> str:
        return "all" if self.whole else _axes(self.size)

    @property
    def jump(self) -> str:
        """The stride as text; empty where the whole input is seen."""
        return "" if self.whole else _axes(self.stride)


def _axes(values: tuple[int | Fraction, ...]) -> str:
    same = len(set(values)) == 1
    return str(values[0]) if same else "x".join(map(str, values))


def receptive_fields(module: Module, fold: bool = False) -> Iterator[Field | None]:
    """The field of each layer of `walk.layers(module, fold)`, in that order.

    Branches join by their maximum. None where it is undefined: on inputs that are no maps, behind
    a reshape or a permutation, and where branches of different strides meet. Padding is not cut
    off. With `fold`, a row for several repetitions gives the last one's field.
    """
    return follow(Fields(), module, fold)


class Fields(Lens):
    """The field of a layer's first output; of several layers, that of what they put out."""

    __slots__ = ("known",)

    def __init__(self) -> None:
        self.known: Known = {}

    def enter(self, root: Module) -> list[Effect]:
        """What lies before the inputs of a network."""
        for part in postorder(root):
            self.known[part] = _outputs(part, self.known)
        rank = max((port.type.rank for port in root.inputs), default=0)
        return [((0, 1),) * rank if p.type.is_map else None for p in root.inputs]

    def steps(self, module: Module, around: list[Effect]) -> Iterator[Step]:
        """Each node with its field, and what lies before its inputs."""
        values: list[tuple[Effect, ...]] = []
        for node in module.nodes:
            incoming = [around[p] if n < 0 else values[n][p] for n, p in node.inputs]
            outputs = _apply(node, [{0: effect} for effect in incoming], self.known)
            values.append(tuple(effects.get(0) for effects in outputs))
            yield node, _field(values[-1][0]), incoming

    def bodies(self, node: Node, inner: list[Effect], fold: bool) -> Iterator[list[Effect]]:
        """What lies before the inputs of each repetition, or of the last of equal ones."""
        if isinstance(node, CallNode):
            yield inner
            return
        assert isinstance(node, RepeatNode)
        inputs: list[Effects] = [{0: effect} for effect in inner]
        for module, times in node.runs:
            body = self.known[module]
            for _ in range(1 if fold else times):
                if fold:
                    inputs[0] = _enter_last(body, times, inputs)
                yield [effects.get(0) for effects in inputs]
                inputs[0] = _through(body[0], inputs)

    def whole(self, module: Module, around: list[Effect]) -> Field | None:
        """The field of the first output of a module."""
        return _field(_through(self.known[module][0], [{0: e} for e in around]).get(0))

    def gather(self, values: list[Field | None]) -> Field | None:
        """That of the last."""
        return values[-1]


def _field(effect: Effect) -> Field | None:
    if effect is None:
        return None
    if isinstance(effect, str):
        return Field((), (), whole=True)
    size = tuple(-int(-(1 + growth) // 1) for growth, _ in effect)
    return Field(size, tuple(stride for _, stride in effect)) if effect else None


def _outputs(module: Module, known: Known) -> tuple[Effects, ...]:
    values: list[tuple[Effects, ...]] = []
    for node in module.nodes:
        inputs: list[Effects] = [{p: ()} if n < 0 else values[n][p] for n, p in node.inputs]
        values.append(_apply(node, inputs, known))
    return tuple({p: ()} if n < 0 else values[n][p] for n, p in (o.value for o in module.outputs))


def _apply(node: Node, inputs: list[Effects], known: Known) -> tuple[Effects, ...]:
    """What lies before a node's outputs, given what lies before its inputs."""
    if isinstance(node, OpNode):
        own = effect_of(node.op, node.in_types, node.outputs)
        used = inputs if node.op.family == "join" or own == ALL else inputs[:1]
        return (_merge([(effects, own) for effects in used]),) * len(node.outputs)
    if isinstance(node, CallNode):
        return tuple(_through(effects, inputs) for effects in known[node.module])
    if isinstance(node, RepeatNode):
        outputs: tuple[Effects, ...] = ()
        for module, times in node.runs:
            body = known[module]
            last = [_enter_last(body, times, inputs), *inputs[1:]]
            outputs = tuple(_through(effects, last) for effects in body)
            inputs = [outputs[0], *inputs[1:]]
        return outputs
    raise TypeError(node)


def _enter_last(body: tuple[Effects, ...], times: int, inputs: list[Effects]) -> Effects:
    """What lies before the last of `times` repetitions, without walking them."""
    if times == 1:
        return inputs[0]
    first = _through(body[0], inputs)
    if 0 not in body[0]:
        return first
    # All that comes in later is covered by what came in before the first repetition.
    return _merge([(first, power(body[0][0], times - 2))])


def _through(body: Effects, inputs: list[Effects]) -> Effects:
    return _merge([(inputs[i], effect) for i, effect in body.items()])


def _merge(parts: list[tuple[Effects, Effect]]) -> Effects:
    merged: Effects = {}
    for effects, last in parts:
        for source, effect in effects.items():
            whole = compose(effect, last)
            merged[source] = join(merged[source], whole) if source in merged else whole
    return merged
