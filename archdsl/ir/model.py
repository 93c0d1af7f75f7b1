"""The typed IR: a design holds networks, a network is a module, modules are shared graphs.

A block call with the same arguments on the same input type is one `Module`, however often it
is called; a repeat is a number. So the size of the IR follows the size of the text.
Nothing here changes once made.
"""

from __future__ import annotations

from archdsl.ops.base import Kind, show
from archdsl.source import Span
from archdsl.tensor import TensorType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Value = tuple[int, int]
"""A tensor inside a module: (index of the node, which of its outputs); node -1 is the module's
input, and then the second number says which."""


class Node:
    """One step of a module's graph. `name` is its attribute name: unique in the module.

    `step` numbers the step of the text that it came from: a convolution and the BatchNorm and
    ReLU that its attributes asked for share one. `shares` is the index of an earlier node of
    the same module whose weights it uses, or None.
    """

    __slots__ = ("inputs", "name", "outputs", "shares", "span", "step")

    def __init__(
        self,
        name: str,
        inputs: tuple[Value, ...],
        outputs: tuple[TensorType, ...],
        span: Span,
        step: int,
        shares: int | None = None,
    ) -> None:
        self.name = name
        self.inputs = inputs
        self.outputs = outputs
        self.span = span
        self.step = step
        self.shares = shares


class OpNode(Node):
    """One layer. `init` is how its weights start: (weight name, distribution, numbers)."""

    __slots__ = ("in_types", "init", "op")

    def __init__(
        self,
        op: Kind,
        in_types: tuple[TensorType, ...],
        name: str,
        inputs: tuple[Value, ...],
        outputs: tuple[TensorType, ...],
        span: Span,
        step: int,
        shares: int | None = None,
        init: tuple[tuple[str, str, tuple[float, ...]], ...] = (),
    ) -> None:
        super().__init__(name, inputs, outputs, span, step, shares)
        self.op = op
        self.in_types = in_types
        self.init = init


class CallNode(Node):
    """One use of a module; its inputs are the module's, in order."""

    __slots__ = ("module",)

    def __init__(
        self,
        module: Module,
        name: str,
        inputs: tuple[Value, ...],
        outputs: tuple[TensorType, ...],
        span: Span,
        step: int,
        shares: int | None = None,
    ) -> None:
        super().__init__(name, inputs, outputs, span, step, shares)
        self.module = module


class RepeatNode(Node):
    """A body applied again and again: `runs` are (module, how often), one after the other.

    The first input is what goes round (each repetition takes the last one's output), the others
    go to every repetition alike. Each repetition has weights of its own unless `tied`. The
    repetitions are numbered from 0 through all runs: the path of the third is `name.2`.
    """

    __slots__ = ("runs", "tied")

    def __init__(
        self,
        runs: tuple[tuple[Module, int], ...],
        tied: bool,
        name: str,
        inputs: tuple[Value, ...],
        outputs: tuple[TensorType, ...],
        span: Span,
        step: int,
        shares: int | None = None,
    ) -> None:
        super().__init__(name, inputs, outputs, span, step, shares)
        self.runs = runs
        self.tied = tied

    @property
    def count(self) -> int:
        """Number of repetitions."""
        return sum(n for _, n in self.runs)


class Port:
    """An input of a module."""

    __slots__ = ("name", "span", "type")

    def __init__(self, name: str, type: TensorType, span: Span) -> None:
        self.name = name
        self.type = type
        self.span = span


class Output:
    """An output of a module. `train_only` ones exist in training only; `weight` is the loss's."""

    __slots__ = ("name", "train_only", "value", "weight")

    def __init__(
        self, name: str, value: Value, train_only: bool = False, weight: float | None = None
    ) -> None:
        self.name = name
        self.value = value
        self.train_only = train_only
        self.weight = weight


class Module:
    """A graph in execution order: a network, a block called with given arguments, or a group.

    `name` is the block's or the network's name as written; `origin` identifies what it was made
    from, so that two modules of one block (with other arguments) have equal origins. `params`
    are the arguments as (name, value). `labels` are the names that the text gave to tensors.
    """

    __slots__ = (
        "doc",
        "inputs",
        "kind",
        "labels",
        "name",
        "nodes",
        "origin",
        "outputs",
        "params",
        "span",
    )

    def __init__(
        self,
        name: str,
        kind: str,  # "network", "block" or "group"
        origin: int,
        params: tuple[tuple[str, object], ...],
        inputs: tuple[Port, ...],
        nodes: tuple[OpNode | CallNode | RepeatNode, ...],
        outputs: tuple[Output, ...],
        labels: Mapping[str, Value],
        span: Span,
        doc: str = "",
    ) -> None:
        self.name = name
        self.kind = kind
        self.origin = origin
        self.params = params
        self.inputs = inputs
        self.nodes = nodes
        self.outputs = outputs
        self.labels = labels
        self.span = span
        self.doc = doc

    def type_of(self, value: Value) -> TensorType:
        """Type of a tensor of this module."""
        node, port = value
        return self.inputs[port].type if node < 0 else self.nodes[node].outputs[port]

    def output_types(self) -> tuple[TensorType, ...]:
        """Types of the outputs, in order."""
        return tuple(self.type_of(o.value) for o in self.outputs)

    def submodules(self) -> Iterator[Module]:
        """Modules that the nodes use, in execution order, with repetitions."""
        for node in self.nodes:
            if isinstance(node, CallNode):
                yield node.module
            elif isinstance(node, RepeatNode):
                for module, _ in node.runs:
                    yield module


class Recipe:
    """A method with its options, as training facts have them: `sgd(lr=0.1, momentum=0.9)`."""

    __slots__ = ("name", "options")

    def __init__(self, name: str, options: tuple[tuple[str, object], ...] = ()) -> None:
        self.name = name
        self.options = options

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Recipe) and (self.name, self.options) == (
            other.name,
            other.options,
        )

    def __hash__(self) -> int:
        return hash((self.name, self.options))

    def __str__(self) -> str:
        inside = ", ".join(f"{name}={show(value)}" for name, value in self.options)
        return self.name + (f"({inside})" if inside else "")


class Network:
    """A network that a file defines: its module, published figures, and how it trains.

    `claims` are (subject, comparison, value, source text) of its `expect` lines, all of them
    proven; `train` are the facts of its `train` section: numbers, texts, lists, recipes.
    """

    __slots__ = ("claims", "doc", "module", "name", "train")

    def __init__(
        self,
        name: str,
        module: Module,
        doc: str = "",
        claims: tuple[Claim, ...] = (),
        train: tuple[tuple[str, object], ...] = (),
    ) -> None:
        self.name = name
        self.module = module
        self.doc = doc
        self.claims = claims
        self.train = train


class Claim:
    """An `expect` line that was proven: `params ~ 60M`."""

    __slots__ = ("comparison", "subject", "text", "value")

    def __init__(self, subject: str, comparison: str, value: object, text: str) -> None:
        self.subject = subject
        self.comparison = comparison
        self.value = value
        self.text = text


class Design:
    """All networks of one file, in the order of the text.

    `families` are those of a file without a network, each with the parameters that it needs.
    """

    __slots__ = ("families", "name", "networks")

    def __init__(
        self,
        name: str,
        networks: tuple[Network, ...],
        families: tuple[tuple[str, tuple[str, ...]], ...] = (),
    ) -> None:
        self.name = name
        self.networks = networks
        self.families = families
