"""Numbers for modules: equal numbers, equal graphs, whatever the shapes and the names are."""

from __future__ import annotations

from archdsl.ir.model import CallNode, OpNode, RepeatNode
from archdsl.ir.order import postorder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.ir.model import Module, Node


class Forms:
    """Numbers of everything met in two networks; takes time in the size of the IR.

    The form of a module is its layers with their attributes and wiring; `named` also minds the
    names of nodes, and `contents` counts the kinds of layers in it.
    """

    __slots__ = ("_known", "contents", "form", "named")

    def __init__(self, *roots: Module) -> None:
        self._known: dict[object, int] = {}
        self.form: dict[Module, int] = {}
        self.named: dict[Module, int] = {}
        self.contents: dict[Module, dict[str, int]] = {}
        for root in roots:
            for module in postorder(root):
                if module not in self.form:
                    self._add(module)

    def number(self, key: object) -> int:
        """The number of a key; a new key gets a new number."""
        return self._known.setdefault(key, len(self._known))

    def likeness(self, one: Module, other: Module) -> float:
        """Share of layers that two modules have in common, by kinds (Dice's coefficient)."""
        mine, theirs = self.contents[one], self.contents[other]
        total = sum(mine.values()) + sum(theirs.values())
        common = sum(min(n, theirs.get(name, 0)) for name, n in mine.items())
        return 2 * common / total if total else 1.0

    def _add(self, module: Module) -> None:
        steps = tuple(map(self._node, module.nodes))
        ends = tuple((o.name, o.value, o.train_only, o.weight) for o in module.outputs)
        self.form[module] = form = self.number(("module", steps, ends, len(module.inputs)))
        names = tuple(node.name for node in module.nodes)
        below = tuple(self.named[sub] for sub in module.submodules())
        labels = tuple(module.labels.items())
        self.named[module] = self.number(("named", form, module.name, names, below, labels))
        self.contents[module] = self._contents(module)

    def _node(self, node: Node) -> tuple[object, ...]:
        return (self.action(node), node.inputs, node.shares)

    def action(self, node: Node) -> tuple[object, ...]:
        """What a node does, without its wiring."""
        if isinstance(node, OpNode):
            return ("op", node.op.key, node.init)
        if isinstance(node, CallNode):
            return ("call", self.form[node.module])
        if isinstance(node, RepeatNode):
            runs = tuple((self.form[module], times) for module, times in node.runs)
            return ("repeat", runs, node.tied)
        raise TypeError(node)

    def _contents(self, module: Module) -> dict[str, int]:
        found: dict[str, int] = {}
        for node in module.nodes:
            if isinstance(node, OpNode):
                found[node.op.name] = found.get(node.op.name, 0) + 1
        for sub in module.submodules():
            for name, n in self.contents[sub].items():
                found[name] = found.get(name, 0) + n
        return found
