"""A network as its readers see it: stages, and the tree of its blocks."""

from __future__ import annotations

from archdsl.analysis.cost import Cost, cost, node_cost
from archdsl.analysis.walk import repetitions
from archdsl.ir.model import CallNode, Module, OpNode, RepeatNode
from archdsl.ir.order import postorder
from archdsl.ops.base import show

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from archdsl.analysis.follow import Lens
    from archdsl.ir.model import Node
    from archdsl.tensor import TensorType

    Found = tuple[Any, ...]
    Seen = dict[Node, tuple[Found, Found]]

ACCOMPANY = ("norm", "activation", "dropout")
"""Families of what goes with the layer before it."""

Entry = tuple["Part | None", "Iterator[Entry] | None"]


class Part:
    """A stage or a block: `title` says what it is made of, `level` how deep it is nested.

    It stands for `times` runs with `copies` sets of weights; `each` is the cost of one. `found`
    is what each lens that was asked for sees of all its runs.
    """

    __slots__ = (
        "copies",
        "each",
        "found",
        "in_type",
        "level",
        "out_type",
        "path",
        "times",
        "title",
    )

    def __init__(
        self,
        path: str,
        title: str,
        in_type: TensorType,
        out_type: TensorType,
        each: Cost,
        level: int = 0,
        times: int = 1,
        copies: int = 1,
        found: Found = (),
    ) -> None:
        self.path = path
        self.title = title
        self.in_type = in_type
        self.out_type = out_type
        self.each = each
        self.level = level
        self.times = times
        self.copies = copies
        self.found = found

    @property
    def params(self) -> int:
        """Parameters of all runs together."""
        return self.each.params * self.copies

    @property
    def macs(self) -> int:
        """Multiply-accumulates of all runs, attention products included."""
        return self.each.total_macs * self.times


def stages(module: Module, lenses: tuple[Lens, ...] = ()) -> Iterator[Part]:
    """Stages of a network: every block call in its body, and every repeat of blocks or of several
    layers, is one.

    Plain layers between them go together up to a label or to a pool that leaves a map. Of a
    network that only calls a block, the stages are that block's.
    """
    tree = _Tree(module, True, lenses)
    around = tuple(lens.enter(module) for lens in lenses)
    while len(module.nodes) == 1 and isinstance(module.nodes[0], CallNode):
        (row,) = tree.look(module, around)
        (around,) = tree.bodies(module.nodes[0], row)
        module = module.nodes[0].module
    seen: Seen = dict(zip(module.nodes, tree.look(module, around), strict=True))
    for nodes in tree.cut(module):
        yield tree.run(module, nodes, seen)


def blocks(module: Module, fold: bool = True, lenses: tuple[Lens, ...] = ()) -> Iterator[Part]:
    """The tree of block calls in execution order, and at its top the plain layers between them.

    The parts of level 0 add up to the network. With `fold`, equal repetitions are one part.
    """
    around = tuple(lens.enter(module) for lens in lenses)
    stack = [_Tree(module, fold, lenses).inside(module, around)]
    while stack:
        entry = next(stack[-1], None)
        if entry is None:
            stack.pop()
            continue
        part, below = entry
        if part is not None:
            yield part
        if below is not None:
            stack.append(below)


def signature(module: Module, *following: Module) -> str:
    """A block call as the text has it: `bottleneck(mid=64, out=256, stride=2 then 1)`."""
    later = [dict(m.params) for m in following]
    words = []
    for name, value in module.params:
        values = dict.fromkeys(show(v) for v in (value, *(m.get(name, value) for m in later)))
        words.append(f"{name}={' then '.join(values)}")
    inside = ", ".join(words)
    return f"{module.name}({inside})" if inside else module.name


def describe(nodes: tuple[Node, ...]) -> str:
    """Steps as a line of a table: `conv7-64/2, maxpool3/2`; a hidden layer's norm goes with it."""
    steps: dict[int, Node] = {}
    for node in nodes:
        main = steps.setdefault(node.step, node)
        if _is_hidden(node) and not _is_hidden(main):
            steps[node.step] = node  # the layer itself, not the `flatten` that it needs
    return ", ".join(_word(node) for node in steps.values())


def _is_hidden(node: Node) -> bool:
    return not isinstance(node, OpNode) or node.op.hidden


def _word(node: Node) -> str:
    if isinstance(node, OpNode):
        return node.op.text()
    if isinstance(node, CallNode):
        return _name([node.module])
    if isinstance(node, RepeatNode):
        word = _name([module for module, _ in node.runs])
        return f"{word} ×{node.count}{' shared' * node.tied}" if node.count > 1 else word
    raise TypeError(node)


def _name(runs: list[Module]) -> str:
    """A block by its call, a group by its steps (a group inside it by its braces alone)."""
    module = runs[0]
    if module.kind != "group":
        return signature(module, *runs[1:])
    if any(isinstance(n, (CallNode, RepeatNode)) and _groups(n) for n in module.nodes):
        return "{ … }"
    inside = describe(module.nodes)
    return "{ " + inside + " }" if ", " in inside else inside


def _groups(node: CallNode | RepeatNode) -> bool:
    used = [node.module] if isinstance(node, CallNode) else [m for m, _ in node.runs]
    return any(m.kind == "group" for m in used)


class _Tree:
    """What one pass over a network needs: costs of its modules, and those without blocks."""

    __slots__ = ("fold", "lenses", "memo", "plain")

    def __init__(self, module: Module, fold: bool, lenses: tuple[Lens, ...]) -> None:
        self.fold = fold
        self.lenses = lenses
        self.memo: dict[Module, Cost] = {}
        cost(module, self.memo)
        self.plain: set[Module] = set()
        for part in postorder(module):
            if part.kind == "group" and all(sub in self.plain for sub in part.submodules()):
                self.plain.add(part)

    def inside(
        self,
        module: Module,
        around: Found,
        prefix: str = "",
        level: int = 0,
        times: int = 1,
        held: int = 1,
    ) -> Iterator[Entry]:
        """Parts directly in a module, each with what stands below it."""
        seen: Seen = dict(zip(module.nodes, self.look(module, around), strict=True))
        for nodes in self.cut(module):
            node = nodes[0]
            if self.is_plain(node):
                if level == 0:
                    yield self.run(module, nodes, seen, prefix, times, held), None
                continue
            bodies = self.bodies(node, seen[node])
            for (sub, tail, n, own), within in zip(
                repetitions(node, self.fold), bodies, strict=True
            ):
                path, runs, sets = prefix + node.name + tail, times * n, held * own
                part = self.block(sub, path, level, runs, sets, within)
                deeper = level + (part is not None)
                yield part, self.inside(sub, within, path + ".", deeper, runs, sets)

    def block(
        self, module: Module, path: str, level: int, times: int, held: int, around: Found
    ) -> Part | None:
        """A block as a part; a group has none."""
        if module.kind != "block":
            return None
        into, out = module.inputs[0].type, module.output_types()[0]
        pairs = zip(self.lenses, around, strict=True)
        found = tuple(lens.whole(module, one) for lens, one in pairs)
        each = self.memo[module]
        return Part(path, signature(module), into, out, each, level, times, held, found)

    def look(self, module: Module, around: Found) -> Iterator[tuple[Found, Found]]:
        """For each node of a module what the lenses find, and what they need to go into it."""
        pairs = zip(self.lenses, around, strict=True)
        rows = [list(lens.steps(module, one)) for lens, one in pairs]
        for i in range(len(module.nodes)):
            yield tuple(row[i][1] for row in rows), tuple(row[i][2] for row in rows)

    def bodies(self, node: Node, row: tuple[Found, Found]) -> Iterator[Found]:
        """The surroundings of each repetition that a node runs."""
        if not self.lenses:
            return (() for _ in repetitions(node, self.fold))
        pairs = zip(self.lenses, row[1], strict=True)
        return zip(*(lens.bodies(node, one, self.fold) for lens, one in pairs), strict=True)

    def run(
        self,
        module: Module,
        nodes: tuple[Node, ...],
        seen: Seen,
        prefix: str = "",
        times: int = 1,
        held: int = 1,
    ) -> Part:
        """Several nodes in a row as one part."""
        columns = zip(*(seen[node][0] for node in nodes), strict=True)
        found = (
            lens.gather(list(column)) for lens, column in zip(self.lenses, columns, strict=True)
        )
        each = Cost()
        for node in nodes:
            part = node_cost(node, self.memo)
            each.add_work(part)
            each.add_weights(part)
        first, last = nodes[0], nodes[-1]
        name = _labels(module).get(last) or (
            first.name if first is last else f"{first.name}…{last.name}"
        )
        into = module.type_of(first.inputs[0]) if first.inputs else first.outputs[0]
        title, out = describe(nodes), last.outputs[0]
        return Part(prefix + name, title, into, out, each, 0, times, held, tuple(found))

    def cut(self, module: Module) -> Iterator[tuple[Node, ...]]:
        """Nodes of a module: calls of blocks alone, plain layers together."""
        labels = _labels(module)
        row: list[Node] = []
        for node in module.nodes:
            if not self.is_plain(node):
                if row:
                    yield tuple(row)
                    row = []
                yield (node,)
                continue
            row.append(node)
            if node in labels or _is_pool(node):
                yield tuple(row)
                row = []
        if row:
            yield tuple(row)

    def is_plain(self, node: Node) -> bool:
        """A layer, repeated or not, or a group of layers with no block in it that runs once."""
        if isinstance(node, CallNode):
            return node.module in self.plain
        if isinstance(node, RepeatNode):
            return all(
                m in self.plain and (node.count == 1 or _is_one_layer(m)) for m, _ in node.runs
            )
        return True


def _labels(module: Module) -> dict[Node, str]:
    """The nodes that the text names, each with its first name."""
    names: dict[Node, str] = {}
    for label, (index, _) in module.labels.items():
        if index >= 0:
            names.setdefault(module.nodes[index], label)
    return names


def _is_one_layer(module: Module) -> bool:
    """Whether a group is one layer, with its norm and activation."""
    with_it = [isinstance(n, OpNode) and n.op.family in ACCOMPANY for n in module.nodes]
    return with_it.count(False) <= 1


def _is_pool(node: Node) -> bool:
    out = node.outputs[0]
    return isinstance(node, OpNode) and node.op.family == "pool" and out.numel > out.channels
