"""What the steps of a text are: shapes, parameters, MACs, receptive fields, values of names."""

from __future__ import annotations

from archdsl.analysis.cost import Cost, cost, node_cost
from archdsl.analysis.receptive import receptive_fields
from archdsl.analysis.walk import folded_size, layers
from archdsl.backends.report.numbers import short
from archdsl.elaborate.values import POISON, Results, Row, Tensor, show_value
from archdsl.elaborate.watch import Visit
from archdsl.ir.model import CallNode, Design, Module, OpNode, RepeatNode
from archdsl.source import SourceFile, Span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.elaborate.scope import Scope
    from archdsl.elaborate.values import Labelled
    from archdsl.ir.model import Network, Node
    from archdsl.syntax import ast
    from archdsl.tensor import TensorType

    Key = tuple[SourceFile, int, int, bool]

MAX_ROWS = 10_000  # of a network whose receptive fields are shown


class Instance:
    """One step, elaborated: what comes in and out, what it costs, where it stands.

    `where` names the call that led to it, `repeats` how often its group goes round there.
    """

    __slots__ = ("cost", "entered", "given", "network", "nodes", "repeats", "visit", "where")

    def __init__(self, visit: Visit, cost: Cost, repeats: int) -> None:
        self.visit = visit
        self.cost = cost
        self.repeats = repeats
        self.entered = types_of(visit.before)
        self.given = types_of(visit.after)
        self.nodes = visit.ctx.graph.nodes[visit.first : visit.last]
        self.network = visit.network
        self.where = call_text(visit)

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for instances that need not be told apart."""
        c = self.cost
        return (self.entered, self.given, c.params, c.total_macs, self.repeats, self.where)


class Facts:
    """The instances of every step, by its place in the text."""

    __slots__ = ("_costs", "_fields", "_repeats", "_values", "design", "visits")

    def __init__(self, design: Design, visits: list[Visit]) -> None:
        self.design = design
        self.visits: dict[Key, list[Visit]] = {}
        for v in visits:
            self.visits.setdefault(key_of(v.step), []).append(v)
        self._costs: dict[Module, Cost] = {}
        self._repeats: dict[int, int] | None = None
        self._fields: dict[int, list[tuple[str, str, str]]] | None = None
        self._values: dict[tuple[SourceFile, int], list[object]] | None = None

    def of(self, step: ast.Step) -> list[Instance]:
        """The instances of a step, those that are alike once, in the order of their making."""
        found: dict[tuple[object, ...], Instance] = {}
        for v in self.visits.get(key_of(step), ()):
            if v.after is None or v.after is POISON:
                continue
            one = Instance(v, self.cost_of(v), self.repeats(v))
            found.setdefault(one.key, one)
        return list(found.values())

    def at(self, span: Span) -> list[Instance]:
        """The instances of whatever step has that span (a row of a table)."""
        for repeated in (True, False):
            visits = self.visits.get((span.file, span.start, span.end, repeated))
            if visits:
                return self.of(visits[0].step)
        return []

    def cost_of(self, visit: Visit) -> Cost:
        """The totals of the nodes that a visit made."""
        total = Cost()
        for node in visit.ctx.graph.nodes[visit.first : visit.last]:
            for module in modules_of(node):
                cost(module, self._costs)
            one = node_cost(node, self._costs)
            total.add_work(one)
            total.add_weights(one)
        return total

    def repeats(self, visit: Visit) -> int:
        """How often the group around a step goes round, where it is all that repeats."""
        if self._repeats is None:
            self._repeats = {}
            for visits in self.visits.values():
                for v in visits:
                    for node in v.ctx.graph.nodes[v.first : v.last]:
                        self.count_group(node)
        nodes = visit.ctx.graph.nodes
        return self._repeats.get(id(nodes[0]), 1) if nodes else 1

    def count_group(self, node: Node) -> None:
        """Notes the bodies of a repeat by their first node."""
        if isinstance(node, RepeatNode) and self._repeats is not None:
            for module, times in node.runs:
                if module.kind == "group" and module.nodes:
                    self._repeats[id(module.nodes[0])] = times

    # --- receptive fields -----------------------------------------------------------------------

    def fields(self, one: Instance) -> list[str]:
        """The receptive fields of a step's output, in every place of its network."""
        if self._fields is None:
            self._fields = {}
            for network in self.design.networks:
                self.walk(network.name, network.module)
        last = one.nodes[-1] if one.nodes else None
        prefix = ""
        if last is not None and one.visit.frame is None:
            prefix = last.name
        op = last_op(last)
        found: dict[str, None] = {}
        for path, text, owner in self._fields.get(id(op), ()) if op is not None else ():
            mine = not prefix or (owner == one.network and (path + ".").startswith(prefix + "."))
            if mine:
                found[text] = None
        return list(found)

    def walk(self, network: str, module: Module) -> None:
        """Notes the field of every layer of a network."""
        if self._fields is None or folded_size(module) > MAX_ROWS:
            return
        rows = zip(layers(module, fold=True), receptive_fields(module, fold=True), strict=True)
        for layer, field in rows:
            if field is None:
                continue
            text = str(field)
            if field.stride and not field.whole:
                step = dict.fromkeys(map(str, field.stride))
                text += f", stride {'x'.join(step)}"
            self._fields.setdefault(id(layer.node), []).append((layer.path, text, network))

    def totals(self, network: Network) -> str:
        """`143,667,240 parameters · 19.63 GMACs`."""
        total = cost(network.module, self._costs)
        macs = short(total.total_macs)
        unit = f"{macs}MACs" if " " in macs else f"{macs} MACs"
        return f"{total.params:,} parameters · {unit}"

    # --- values of names ------------------------------------------------------------------------

    def values(self, span: Span) -> list[str]:
        """The values that a parameter, a `let` or a loop's variable has had, as written."""
        if self._values is None:
            self._values = {}
            seen: set[int] = set()
            for visits in self.visits.values():
                for v in visits:
                    self.note_scope(v.ctx.scope, seen)
        found = self._values.get((span.file, span.start), [])
        return list(dict.fromkeys(show_value(v).strip("`") for v in found))

    def labelled(self, name: str, owner: ast.Node) -> list[str]:
        """The shapes of an input or of a tensor parameter, in every graph that has it."""
        found: dict[str, None] = {}
        for visits in self.visits.values():
            for v in visits:
                value, by = v.ctx.graph.labels.get(name, (None, None))
                if by is owner:
                    found[shape_text(types_of(value))] = None
        return list(found)

    def note_scope(self, scope: Scope | None, seen: set[int]) -> None:
        """Notes the values of a scope and of those around it."""
        assert self._values is not None
        while scope is not None and id(scope) not in seen:
            seen.add(id(scope))
            for name, value in scope.names.items():
                at = scope.spans.get(name)
                if at is not None:
                    self._values.setdefault((at.file, at.start), []).append(value)
            scope = scope.parent


def key_of(step: ast.Step) -> Key:
    """What tells the steps of a text apart; a repeated layer and its body have one span."""
    span = step.span
    return (span.file, span.start, span.end, getattr(step, "repeat", None) is not None)


def types_of(value: Labelled | None) -> tuple[TensorType, ...]:
    """The types of a tensor, or of several under one name."""
    if isinstance(value, Tensor):
        return (value.type,)
    if isinstance(value, Results):
        if isinstance(value.main, Tensor):
            return (value.main.type,)
        return tuple(t for v in value.named.values() for t in types_of(v))
    if isinstance(value, Row):
        return tuple(t for _, v in sorted(value.items.items()) for t in types_of(v))
    return ()


def modules_of(node: Node) -> tuple[Module, ...]:
    """The modules that a node runs."""
    if isinstance(node, CallNode):
        return (node.module,)
    return tuple(m for m, _ in node.runs) if isinstance(node, RepeatNode) else ()


def shape_text(types: tuple[TensorType, ...]) -> str:
    """Shapes of what comes out."""
    shown = [str(t) for t in types[:4]]
    return ", ".join(shown) + (", …" if len(types) > 4 else "") or "?"


def last_op(node: Node | None) -> OpNode | None:
    """The layer that makes the output of a call or a repeat."""
    for _ in range(64):
        if isinstance(node, OpNode) or node is None:
            return node
        module = node.module if isinstance(node, CallNode) else None
        if isinstance(node, RepeatNode):
            module = node.runs[-1][0]
        at = module.outputs[0].value[0] if module is not None and module.outputs else -1
        node = module.nodes[at] if module is not None and at >= 0 else None
    return None


def call_text(visit: Visit) -> str:
    """The call that led to a place: `bottleneck(width=64, stride=2)`; "" in a network."""
    frame = visit.frame
    while frame is not None and not frame.name:
        frame = frame.outer
    if frame is None:
        return ""
    params: tuple[tuple[str, object], ...] = ()
    if isinstance(frame.key, tuple):  # as `make_module` makes it: the block, its arguments, …
        params = frame.key[1]
    given = ", ".join(f"{n}={show_value(v).strip('`')}" for n, v in params[:8])
    return f"{frame.name}({given})" if given else frame.name
