"""Which literals of a class differ between its instances, and so become constructor arguments."""

from __future__ import annotations

from archdsl.backends.torch import inits
from archdsl.backends.torch.code import MISSING, Expr, New
from archdsl.backends.torch.literals import literal
from archdsl.backends.torch.names import LOCALS, Namer, variable
from archdsl.ir.model import OpNode, RepeatNode
from archdsl.ir.names import MODULE_ATTRIBUTES
from archdsl.tensor import TOKENS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.backends.torch.plan import ClassPlan

CHANNELS = "channels"
COUNT = "count"
INIT = "init "  # begins the nature of what a layer starts from

_POSITIONAL = (
    ("Conv", ("in", "out")),
    ("Linear", ("in", "out")),
    ("RBF", ("in", "out")),
    ("LSTM", ("in", "out")),
    ("GRU", ("in", "out")),
    ("RNN", ("in", "out")),
    ("GroupNorm", ("groups", "features")),
    ("Norm", ("features",)),
    ("Affine", ("features",)),
    ("LayerScale", ("features",)),
    ("ClassToken", ("features",)),
    ("CrossAttention", ("features", "source_features", "heads")),
    ("Attention", ("features", "heads")),
    ("Embedding", ("vocab", "features")),
    ("Drop", ("p",)),
)
"""What positional arguments are called, by a part of the class's name."""

_CHANNEL_WORDS = frozenset({"in", "out", "features", "groups", "num_features", "channels"})
_OTHER_WORDS = frozenset({"stride", "kernel", "k", "pad", "padding", "dilation", "p"})


class Slot:
    """A literal of a node: its value, its default, and what it would be called as an argument.

    `nature` keeps a stride from being called a padding only because the numbers agree; `stored`
    says that the forward pass reads it.
    """

    __slots__ = ("default", "hint", "nature", "stored", "value")

    def __init__(
        self,
        hint: str,
        value: object,
        default: object = MISSING,
        nature: str = "",
        stored: bool = False,
    ) -> None:
        self.hint = hint
        self.value = value
        self.default = default
        self.nature = nature or (CHANNELS if hint in _CHANNEL_WORDS else hint)
        self.stored = stored


class Parameter:
    """An argument of a class's constructor; `stored` ones are kept for the forward pass."""

    __slots__ = ("name", "nature", "stored", "values")

    def __init__(self, name: str, nature: str, values: list[object]) -> None:
        self.name = name
        self.nature = nature
        self.values = values
        self.stored = False

    @property
    def key(self) -> tuple[str, ...]:
        """Its values in a form that tells 1, True and 1.0 apart, as Python's `==` does not."""
        return tuple(repr(v) for v in self.values)


def unify(plan: ClassPlan) -> None:
    """Fills in `params`, `texts` and `arguments` of a class whose children have theirs."""
    slots = [
        [node_slots(plan, m, i) for m in range(len(plan.modules))]
        for i in range(len(plan.module.nodes))
    ]
    columns = [[list(column) for column in zip(*of_node, strict=True)] for of_node in slots]
    unifier = _Unifier(plan, columns)
    plan.texts = []
    for i, row in enumerate(columns):
        formulas = inits.formulas(plan, i)
        numbers = len(row) - len(formulas)  # distributions stand behind the arguments
        plan.texts.append(
            [
                None
                if k >= numbers and "{number}" not in formulas[k - numbers]
                else unifier.text(i, column, row)
                for k, column in enumerate(row)
            ]
        )
    plan.params = unifier.in_order()
    plan.arguments = {
        id(module): tuple(p.values[m] for p in plan.params) for m, module in enumerate(plan.modules)
    }


def node_slots(plan: ClassPlan, m: int, i: int) -> list[Slot]:
    """The literals of node `i` in the module number `m`, in a fixed order."""
    node, row = plan.modules[m].nodes[i], plan.rows[m][i]
    if isinstance(row, New):
        assert isinstance(node, OpNode)
        words = next((words for part, words in _POSITIONAL if part in row.cls), ())
        found = [
            Slot(a.name or (words[k] if k < len(words) else f"size{k}"), plain(a.value), a.default)
            for k, a in enumerate(row.args)
        ]
        return found + [Slot(hint, v, nature=INIT + hint) for hint, v in inits.numbers(node)]
    if isinstance(row, Expr):
        return [Slot(name, plain(v), stored=True) for name, v in row.values.items()]
    return _child_slots(plan, m, i)


def plain(value: object) -> object:
    """A value with all its sequences as plain tuples."""
    return tuple(plain(v) for v in value) if isinstance(value, (tuple, list)) else value


def _child_slots(plan: ClassPlan, m: int, i: int) -> list[Slot]:
    node = plan.modules[m].nodes[i]
    if isinstance(node, RepeatNode):
        runs = list(node.runs)
    else:
        assert not isinstance(node, OpNode)
        runs = [(node.module, 0)]
    found = []
    for child, (module, count) in zip(plan.children[i], runs, strict=True):
        values = child.arguments[id(module)]
        found += [
            Slot(p.name, v, nature=p.nature) for p, v in zip(child.params, values, strict=True)
        ]
        if isinstance(node, RepeatNode):
            found.append(Slot("depth", count, nature=COUNT, stored=node.tied))
    return found


class _Unifier:
    """Names the columns of literals that differ, one name for equal ones."""

    def __init__(self, plan: ClassPlan, columns: list[list[list[Slot]]]) -> None:
        self.plan = plan
        self.modules = plan.modules
        self.params: dict[tuple[str, tuple[str, ...]], Parameter] = {}
        self.namer = Namer(LOCALS | MODULE_ATTRIBUTES | {n.name for n in plan.module.nodes})
        self.block = self._block_arguments()
        self.channels = self._channel_arguments()
        self.hints: dict[str, set[tuple[str, ...]]] = {}
        for row in columns:
            for column in row:
                self.hints.setdefault(column[0].hint, set()).add(_key(column))

    def text(self, i: int, column: list[Slot], row: list[list[Slot]]) -> str | None:
        """How a literal is written; None where it is the default in every instance."""
        first = column[0]
        key = _key(column)
        if len(set(key)) == 1:
            same = type(first.value) is type(first.default) and first.value == first.default
            return None if same else literal(first.value)
        derived = self._half_of_kernel(column, row) if first.hint == "padding" else None
        if derived:
            return derived
        if first.nature == COUNT and not first.stored:
            more = tuple(repr(_integer(s.value) + 1) for s in column)
            name = self.block.get(more)
            if name is not None and key not in self.block:
                values: list[object] = [_integer(s.value) + 1 for s in column]
                return f"{self._param(more, values, name, COUNT, False).name} - 1"
        if first.hint == "in_channels" and not first.stored:
            more_than_input = self._input_plus(column)
            if more_than_input:
                return more_than_input
        wanted = self._wanted(self.plan.module.nodes[i].name, first, key)
        param = self._param(key, [s.value for s in column], wanted, first.nature, first.stored)
        return f"self.{param.name}" if first.stored else param.name

    def in_order(self) -> list[Parameter]:
        """`in_channels` first, then the block's own arguments in their order, then the rest."""
        own = list(dict.fromkeys(self.block.values()))
        rank = {"in_channels": -1} | {name: k for k, name in enumerate(own)}
        distinct = dict.fromkeys(self.params.values())
        return sorted(distinct, key=lambda p: rank.get(p.name, len(own)))

    def _param(
        self, key: tuple[str, ...], values: list[object], wanted: str, nature: str, stored: bool
    ) -> Parameter:
        known = self.params.get((nature, key))
        if known is None:
            # An argument of the block may serve two purposes under its one name.
            known = next(
                (p for p in self.params.values() if p.name == wanted and p.key == key), None
            )
        if known is None:
            known = Parameter(self.namer.take(wanted), nature, values)
        if (nature, key) not in self.params:
            self.params[nature, key] = known
        known.stored = known.stored or stored
        return known

    def _wanted(self, node: str, slot: Slot, key: tuple[str, ...]) -> str:
        own = self.block.get(key)
        fits = own not in _OTHER_WORDS or own == slot.hint
        if own is not None and fits and not (own == "out" and slot.nature != CHANNELS):
            return own
        if slot.nature == CHANNELS and key in self.channels:
            return self.channels[key]
        if len(self.hints[slot.hint]) == 1 and slot.hint not in ("in", "out"):
            return variable(slot.hint)
        return variable(f"{node}_{slot.hint}")

    def _block_arguments(self) -> dict[tuple[str, ...], str]:
        found: dict[tuple[str, ...], str] = {}
        for k, (name, _) in enumerate(self.plan.module.params):
            key = tuple(repr(plain(m.params[k][1])) for m in self.modules)
            found.setdefault(key, variable(name))
        return found

    def _channel_arguments(self) -> dict[tuple[str, ...], str]:
        found: dict[tuple[str, ...], str] = {}
        types = [(m.inputs[0].type, m.output_types()[0]) for m in self.modules]
        for k, name in ((0, "in_channels"), (1, "out_channels")):
            if all(t[k].layout != TOKENS for t in types):
                found.setdefault(tuple(repr(t[k].channels) for t in types), name)
        return found

    def _input_plus(self, column: list[Slot]) -> str | None:
        """`in_channels + 32` for the input of a layer behind ones that add channels."""
        inputs = [m.inputs[0].type for m in self.modules]
        if any(x.layout == TOKENS for x in inputs):
            return None
        more = {_integer(s.value) - x.channels for s, x in zip(column, inputs, strict=True)}
        if len(more) > 1 or min(more) <= 0:
            return None
        values: list[object] = [x.channels for x in inputs]
        key = tuple(map(repr, values))
        name = self._wanted("", Slot("in_channels", 0, nature=CHANNELS), key)
        return f"{self._param(key, values, name, CHANNELS, False).name} + {more.pop()}"

    def _half_of_kernel(self, column: list[Slot], row: list[list[Slot]]) -> str | None:
        """`kernel_size // 2` for a padding that is just that."""
        for other in row:
            if other[0].hint != "kernel_size" or len(set(_key(other))) == 1:
                continue
            pairs = [(k.value, p.value) for k, p in zip(other, column, strict=True)]
            if all(isinstance(k, int) and p == k // 2 for k, p in pairs):
                name = self.params["kernel_size", _key(other)].name
                return f"{name} // 2"
        return None


def _key(column: list[Slot]) -> tuple[str, ...]:
    return tuple(repr(slot.value) for slot in column)


def _integer(value: object) -> int:
    assert isinstance(value, int)
    return value
