"""Builds IR by hand, as the elaborator builds it from text."""

from __future__ import annotations

import itertools

import archdsl.ops  # noqa: F401
from archdsl.ir.model import CallNode, Module, Network, OpNode, Output, Port, RepeatNode, Value
from archdsl.ops.base import Kind
from archdsl.source import SourceFile, Span
from archdsl.tensor import IMAGE, SEQUENCE, TOKENS, VECTOR, TensorType

SPAN = Span(SourceFile("test.arch", "x"), 0, 1)

_origins = itertools.count(1_000)


def make(name: str, **attrs: object) -> Kind:
    """The kind of that name with these attributes, converted as the elaborator converts them."""
    kind = Kind.lookup(name)
    assert kind is not None, name
    return kind({key: kind.field(key).convert(value) for key, value in attrs.items()})


def image(*dims: int) -> TensorType:
    """An image of C, H, W."""
    return TensorType(IMAGE, dims)


def sequence(length: int, features: int) -> TensorType:
    """A sequence."""
    return TensorType(SEQUENCE, (length, features))


def tokens(length: int) -> TensorType:
    """Integer ids."""
    return TensorType(TOKENS, (length,))


def vector(features: int) -> TensorType:
    """A vector."""
    return TensorType(VECTOR, (features,))


class Graph:
    """A module in the making; a method adds a node and returns the tensor that it gives."""

    def __init__(self, *inputs: TensorType, names: tuple[str, ...] = ()) -> None:
        names = names or tuple(f"in{k}" for k in range(len(inputs)))
        self.inputs = tuple(Port(n, t, SPAN) for n, t in zip(names, inputs, strict=True))
        self.nodes: list[OpNode | CallNode | RepeatNode] = []
        self.labels: dict[str, Value] = {}
        self.step = 0
        self._names: set[str] = set()

    def type_of(self, value: Value) -> TensorType:
        """Type of a tensor."""
        at, port = value
        return self.inputs[port].type if at < 0 else self.nodes[at].outputs[port]

    def name(self, wanted: str) -> str:
        """A free name: `conv`, `conv2`, …"""
        name = next(
            n for n in (f"{wanted}{k or ''}" for k in (0, *range(2, 999))) if n not in self._names
        )
        self._names.add(name)
        return name

    def op(
        self,
        kind: str,
        *values: Value,
        same_step: bool = False,
        name: str = "",
        shares: int | None = None,
        init: tuple[tuple[str, str, tuple[float, ...]], ...] = (),
        **attrs: object,
    ) -> Value:
        """Adds a layer on the last tensor, or on these; FC flattens first where it must."""
        values = values or (self.last,)
        op = make(kind, **attrs)
        if not same_step:
            self.step += 1
        for first in op.before(tuple(map(self.type_of, values))):
            values = (self._add(first, values, first.name),)
        return self._add(op, values, name or kind.lower(), shares, init)

    def _add(
        self,
        op: Kind,
        values: tuple[Value, ...],
        name: str,
        shares: int | None = None,
        init: tuple[tuple[str, str, tuple[float, ...]], ...] = (),
    ) -> Value:
        types = tuple(map(self.type_of, values))
        outputs = op.infer(types)
        node = OpNode(op, types, self.name(name), values, outputs, SPAN, self.step, shares, init)
        self.nodes.append(node)
        return self.last

    def call(self, module: Module, *values: Value, name: str, shares: int | None = None) -> Value:
        """Adds a use of a module."""
        self.step += 1
        values = values or (self.last,)
        self.nodes.append(
            CallNode(
                module, self.name(name), values, module.output_types(), SPAN, self.step, shares
            )
        )
        return self.last

    def repeat(
        self,
        *runs: tuple[Module, int],
        values: tuple[Value, ...] = (),
        name: str,
        tied: bool = False,
    ) -> Value:
        """Adds a repeat."""
        self.step += 1
        types = runs[-1][0].output_types()
        node = RepeatNode(
            runs, tied, self.name(name), values or (self.last,), types, SPAN, self.step
        )
        self.nodes.append(node)
        return self.last

    @property
    def last(self) -> Value:
        """The first output of the last node, the input where there is none."""
        return (len(self.nodes) - 1, 0)

    def module(
        self,
        name: str = "",
        *outputs: Output | Value,
        kind: str = "block",
        origin: int | None = None,
        params: tuple[tuple[str, object], ...] = (),
        doc: str = "",
    ) -> Module:
        """The module; its output is the last tensor unless others are given."""
        made = tuple(
            o if isinstance(o, Output) else Output(f"out{k}", o)
            for k, o in enumerate(outputs or (self.last,))
        )
        return Module(
            name,
            kind,
            next(_origins) if origin is None else origin,
            params,
            self.inputs,
            tuple(self.nodes),
            made,
            self.labels,
            SPAN,
            doc,
        )

    def network(self, name: str, *outputs: Output | Value, doc: str = "") -> Network:
        """The network of this graph."""
        return Network(name, self.module(name, *outputs, kind="network"), doc)
