"""The contents of a module for the page: steps, calls and repeats, each with its figures."""

from __future__ import annotations

from archdsl.analysis.cost import copies, node_cost, op_cost
from archdsl.analysis.parts import signature
from archdsl.backends.dot.contents import role_of
from archdsl.backends.dot.steps import group_steps, needed_nodes
from archdsl.backends.dot.words import NAMED, attributes_of, call_title, title_of
from archdsl.ir.model import CallNode, OpNode, RepeatNode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from archdsl.analysis.cost import Cost
    from archdsl.backends.dot.steps import Step
    from archdsl.backends.html.texts import Texts
    from archdsl.ir.model import Module, Node, Value
    from archdsl.tensor import TensorType

    Data = dict[str, Any]

EXACT = 2**53
"""Above this a number of a browser is not exact, and goes as text."""


class Items:
    """Describes the modules of one network, callees first."""

    __slots__ = ("_index", "_memo", "_texts", "kinds", "modules", "places")

    def __init__(self, texts: Texts, memo: dict[Module, Cost]) -> None:
        self._texts = texts
        self._memo = memo
        self._index: dict[Module, int] = {}
        self.modules: list[Data] = []
        self.kinds: dict[str, str] = {}  # what each kind that occurs is
        self.places: dict[int, tuple[int, int]] = {}  # of a node: its module and number there

    def add(self, module: Module) -> None:
        """One module; those that it uses have been added."""
        at = self._index[module] = len(self.modules)
        needed = needed_nodes(module)
        labels = _labels(module)
        steps = group_steps(module)
        items: list[Data] = []
        layers: dict[str, Data] = {}
        for i, node in enumerate(module.nodes):
            self.places[id(node)] = (at, i)
            if isinstance(node, OpNode):
                layers[str(i)] = self._layer(node)
                if i not in steps:
                    continue  # a later layer's box shows it
                item = self._step(steps[i], i)
            else:
                item = self._use(node, labels.get(i, ""))
            item["i"] = i
            item["in"] = [list(v) for v in _inputs(node, steps.get(i))]
            item["out"] = shapes(node.outputs)
            if i not in needed:
                item["training"] = True
            if i in labels:
                item["label"] = labels[i]
            items.append(item)
        total = self._memo[module]
        self.modules.append(
            {
                "name": module.name,
                "kind": module.kind,
                "title": signature(module),
                "doc": module.doc,
                "in": shapes(tuple(p.type for p in module.inputs)),
                "out": [list(o.value) for o in module.outputs],
                "items": items,
                "layers": layers,
                "params": number(total.params),
                "macs": number(total.total_macs),
                "at": self._texts.place(module.span),
            }
        )

    def _layer(self, node: OpNode) -> Data:
        cost = op_cost(node)
        name = node.op.name
        self.kinds.setdefault(name, (type(node.op).__doc__ or "").split("\n")[0].strip())
        return {
            "name": node.name,
            "kind": name,
            "text": node.op.text(),
            "in": shapes(node.in_types),
            "out": shapes(node.outputs),
            "params": number(cost.params),
            "macs": number(cost.total_macs),
            "at": self._texts.place(node.span),
        }

    def _step(self, step: Step, last: int) -> Data:
        main = step.nodes[step.main]
        total = [op_cost(node) for node in step.nodes]
        return {
            "type": "step",
            "name": main.name,
            "kind": main.op.name,
            "role": role_of(step.op),
            "title": title_of(step.op),
            "text": step.op.text(),
            "more": attributes_of(step.op),
            "above": step.above,
            "below": step.below,
            "layers": _numbers(step, last),
            "params": number(sum(c.params for c in total)),
            "macs": number(sum(c.total_macs for c in total)),
            "shared": main.shares is not None,
            "at": self._texts.place(main.span),
        }

    def _use(self, node: CallNode | RepeatNode, label: str) -> Data:
        total = node_cost(node, self._memo)
        item: Data = {
            "type": "call" if isinstance(node, CallNode) else "repeat",
            "name": node.name,
            "role": "block",
            "params": number(total.params),
            "macs": number(total.total_macs),
            "shared": node.shares is not None,
            "at": self._texts.place(node.span),
        }
        if isinstance(node, RepeatNode):
            first = node.runs[0][0]
            item["tied"] = node.tied
            item["runs"] = [
                [self._index[m], n, copies(node, k)] for k, (m, n) in enumerate(node.runs)
            ]
        else:
            first = node.module
            item["module"] = self._index[first]
        item["title"] = call_title(label, first) or self._contents(first)
        return item

    def _contents(self, module: Module) -> str:
        """What is in a group that has no name: `conv3-64, maxpool, …`."""
        titles = [str(i["title"]) for i in self.modules[self._index[module]]["items"]]
        return ", ".join([*titles[:NAMED], *["…"][: len(titles) > NAMED]]) or "nothing"


def shapes(types: tuple[TensorType, ...]) -> list[str]:
    """Shapes as the spec writes them: `64x224x224`."""
    return [str(t) for t in types]


def number(n: int) -> int | str:
    """A count that survives a browser."""
    return n if n < EXACT else str(n)


def _numbers(step: Step, last: int) -> list[int]:
    """Where the layers of a step stand in their module: each reads the one before it."""
    return [*(node.inputs[0][0] for node in step.nodes[1:]), last]


def _inputs(node: Node, step: Step | None) -> tuple[Value, ...]:
    return node.inputs if step is None else step.nodes[0].inputs


def _labels(module: Module) -> dict[int, str]:
    labels: dict[int, str] = {}
    for label, (index, _) in module.labels.items():
        labels.setdefault(index, label)
    return labels
