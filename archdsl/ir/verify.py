"""The verifier: what must hold of every design, whoever made it."""

from __future__ import annotations

from archdsl.diagnostics.errors import ArchError
from archdsl.ir.model import CallNode, Design, Module, OpNode, RepeatNode
from archdsl.ir.names import is_attribute_name
from archdsl.ir.order import CyclicModules, postorder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from archdsl.ir.model import Node, Value
    from archdsl.tensor import TensorType


class IRError(ValueError):
    """A design that breaks the rules of the IR: a bug of the pass that made it."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def check(design: Design) -> None:
    """Raises IRError with every problem that `verify` finds."""
    problems = verify(design)
    if problems:
        raise IRError(problems)


def verify(design: Design) -> list[str]:
    """Problems of a design, none where it is sound; each names its module and node.

    Values come before their use and inside their module, types are what `infer` says of them,
    names are unique and can be attributes, repeats fit end to end, shared weights have the
    same shapes, and no module uses itself. Each distinct module is looked at once.
    """
    problems = []
    seen: set[Module] = set()
    weights = _Weights()
    names: set[str] = set()
    for network in design.networks:
        if network.name in names:
            problems.append(f"network {network.name}: a second network of that name")
        names.add(network.name)
        try:
            order = postorder(network.module)
        except CyclicModules as error:
            problems.append(f"network {network.name}: {error}")
            continue
        for module in order:
            if module not in seen:
                seen.add(module)
                found = list(_module(module, weights))
                problems += [f"{module.kind} {module.name or '(unnamed)'}: {p}" for p in found]
    return problems


def _module(module: Module, weights: _Weights) -> Iterator[str]:
    names: set[str] = set()
    sound = True
    for index, node in enumerate(module.nodes):
        found = list(_node(module, index, node))
        if node.name in names:
            found.append("a second node of that name")
        elif not is_attribute_name(node.name):
            found.append("its name cannot be an attribute of a module")
        names.add(node.name)
        yield from (f"node {node.name} [{index}]: {problem}" for problem in found)
        sound = sound and not found
    yield from _results(module)
    if sound and weights.add(module):
        for index, node in enumerate(module.nodes):
            for problem in _sharing(module, index, node, weights):
                yield f"node {node.name} [{index}]: {problem}"


def _results(module: Module) -> Iterator[str]:
    if not module.outputs:
        yield "it has no output"
    names: set[str] = set()
    for output in module.outputs:
        if output.name in names:
            yield f"a second output `{output.name}`"
        names.add(output.name)
        if not _exists(module, output.value, len(module.nodes)):
            yield f"output `{output.name}` is {output.value}, which does not exist"
    for label, value in module.labels.items():
        if not _exists(module, value, len(module.nodes)):
            yield f"label `{label}` is {value}, which does not exist"


def _node(module: Module, index: int, node: Node) -> Iterator[str]:
    missing = [value for value in node.inputs if not _exists(module, value, index)]
    if missing:
        yield f"input {missing[0]} does not exist before it"
        return
    types = tuple(module.type_of(value) for value in node.inputs)
    if isinstance(node, OpNode):
        yield from _op(node, types)
    elif isinstance(node, CallNode):
        yield from _fits(node.module, types)
        if _outputs(node.module) != node.outputs:
            yield "its types are not its module's"
    elif isinstance(node, RepeatNode):
        yield from _repeat(node, types)


def _exists(module: Module, value: Value, before: int) -> bool:
    node, port = value
    if node == -1:
        return 0 <= port < len(module.inputs)
    return 0 <= node < before and 0 <= port < len(module.nodes[node].outputs)


def _op(node: OpNode, types: tuple[TensorType, ...]) -> Iterator[str]:
    if types != node.in_types:
        yield f"it expects {_show(node.in_types)} and is given {_show(types)}"
        return
    low, high = node.op.arity
    if len(types) < low or (high is not None and len(types) > high):
        yield f"`{node.op.name}` does not take {len(types)} inputs"
        return
    try:
        first = node.op.before(types)
        outputs = node.outputs if first else node.op.infer(types)
    except ArchError as error:
        yield f"`{node.op.name}` refuses {_show(types)}: {error.message}"
        return
    if first:
        yield f"`{node.op.name}` needs `{first[0].name}` before it"
    elif outputs != node.outputs:
        yield f"`{node.op.name}` gives {_show(outputs)}, not {_show(node.outputs)}"


def _fits(module: Module, types: tuple[TensorType, ...]) -> Iterator[str]:
    wanted = tuple(port.type for port in module.inputs)
    if wanted != types:
        yield f"`{module.name}` takes {_show(wanted)} and is given {_show(types)}"


def _outputs(module: Module) -> tuple[TensorType, ...] | None:
    """Types of the outputs; None where the module itself is broken."""
    if all(_exists(module, o.value, len(module.nodes)) for o in module.outputs):
        return module.output_types()
    return None


def _repeat(node: RepeatNode, types: tuple[TensorType, ...]) -> Iterator[str]:
    if not node.runs or not types:
        yield "a repeat needs a body and an input"
        return
    others = types[1:]
    for module, times in node.runs:
        if times < 1:
            yield f"`{module.name}` runs {times} times"
        yield from _fits(module, types)
        outputs = _outputs(module)
        if not outputs:
            return
        following = (outputs[0], *others)
        if times > 1:
            yield from _fits(module, following)
        types = following
    if outputs != node.outputs:
        yield "its types are not those of its last run"


def _sharing(module: Module, index: int, node: Node, weights: _Weights) -> Iterator[str]:
    if isinstance(node, RepeatNode) and node.tied:
        first = weights.ids[node.runs[0][0]]
        if any(weights.ids[run] != first for run, _ in node.runs):
            yield "its runs hold different weights, so they cannot be tied"
    if node.shares is None:
        return
    if not 0 <= node.shares < index:
        yield f"it shares the weights of node {node.shares}, which is not before it"
    elif weights.node(node) != weights.node(module.nodes[node.shares]):
        yield f"its weights are not shaped like those of `{module.nodes[node.shares].name}`"


def _show(types: tuple[TensorType, ...]) -> str:
    return "(" + ", ".join(t.describe() for t in types) + ")"


class _Weights:
    """Numbers for the weight shapes of modules: equal numbers, equal shapes in equal order."""

    __slots__ = ("ids", "known")

    def __init__(self) -> None:
        self.ids: dict[Module, int] = {}
        self.known: dict[object, int] = {}

    def add(self, module: Module) -> bool:
        """Numbers a module; false where one of its submodules was unsound and has no number."""
        if any(sub not in self.ids for sub in module.submodules()):
            return False
        own = tuple(self.node(n) for n in module.nodes if n.shares is None)
        self.ids[module] = self._number(tuple(n for n in own if n))
        return True

    def node(self, node: Node) -> int:
        """Number of a node's weight shapes, 0 where it has none."""
        shapes: tuple[object, ...]
        if isinstance(node, OpNode):
            shapes = tuple((w.shape, w.role) for w in node.op.weights(node.in_types))
        elif isinstance(node, CallNode):
            return self.ids[node.module]
        elif isinstance(node, RepeatNode):
            shapes = self._runs(node)
        else:
            raise TypeError(node)
        return self._number(shapes)

    def _runs(self, node: RepeatNode) -> tuple[object, ...]:
        if node.tied:
            return tuple(n for n in (self.ids[node.runs[0][0]],) if n)
        runs: list[tuple[int, int]] = []
        for module, times in node.runs:
            number = self.ids[module]
            before = runs.pop()[1] if runs and runs[-1][0] == number else 0
            if number:
                runs.append((number, before + times))
        return tuple(runs)

    def _number(self, shapes: tuple[object, ...]) -> int:
        return self.known.setdefault(shapes, len(self.known) + 1) if shapes else 0
