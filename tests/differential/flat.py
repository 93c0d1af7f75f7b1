"""Layers in a row, the names that are known inside a body, and values that speak of them."""

from __future__ import annotations

from archdsl.ops.base import Kind
from archdsl.tensor import TensorType
from tests.differential.hidden import NOWHERE
from tests.differential.tree import Param, Ref, Then

Env = dict[str, object]
Scope = tuple[object, ...]


class Unfit(Exception):
    """The tree means nothing, or something too large to be worth running."""


class Flat:
    """One layer that runs: `inputs` and `outputs` number tensors, `weights` names what it uses."""

    __slots__ = (
        *("graph", "in_types", "inputs", "kept", "op"),
        *("out_types", "outputs", "path", "weights"),
    )

    def __init__(
        self,
        op: Kind,
        inputs: tuple[int, ...],
        in_types: tuple[TensorType, ...],
        outputs: tuple[int, ...],
        out_types: tuple[TensorType, ...],
        weights: object,
        path: str = "",
        kept: str = "",
    ) -> None:
        self.op = op
        self.inputs = inputs
        self.in_types = in_types
        self.outputs = outputs
        self.out_types = out_types
        self.weights = weights
        self.path = path
        self.graph: object = None  # the body of the block or repetition that it stands in
        self.kept = kept  # the path of the submodule that it runs


class Frame:
    """Names inside one body: tensors by label, arguments, and where weights are kept."""

    def __init__(self, env: Env, scope: Scope, labels: dict[str, object], entry: int = -1) -> None:
        self.env = env
        self.scope = scope
        self.labels = labels  # tensors, and with a star before it what the line's end is made of
        self.entry = entry
        self.first: bool | None = None
        self.place = NOWHERE
        self.graph: object = None

    def inside(self, entry: int) -> Frame:
        """The same names behind another tensor: a branch or a group."""
        frame = Frame(self.env, self.scope, self.labels, entry)
        frame.first = self.first
        frame.graph = self.graph
        return frame


NO_NAMES = Frame({}, (), {})


def kind_of(name: str) -> type[Kind]:
    """The kind of a name."""
    found = Kind.lookup(name)
    assert found is not None, name
    return found


def settle(value: object, env: Env, first: bool | None) -> object:
    """A value with parameters replaced by what they hold."""
    if isinstance(value, Then):
        value = value.first if first else value.rest
    return env[value.name] if isinstance(value, Param) else value


def make(ref: Ref, env: Env, first: bool | None = None) -> Kind:
    """The layer that a reference means; FieldError where a value does not do."""
    kind = kind_of(ref.kind)
    attrs = {n: kind.field(n).convert(settle(v, env, first)) for n, v in ref.attrs}
    return kind(attrs)
