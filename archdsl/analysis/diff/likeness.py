"""How alike two pieces are, from 0 to 1, and which attributes tell two layers apart."""

from __future__ import annotations

from archdsl.analysis.diff.model import Change
from archdsl.analysis.diff.pieces import main_of
from archdsl.ops.base import show

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.analysis.diff.forms import Forms
    from archdsl.analysis.diff.pieces import Piece
    from archdsl.ir.model import Module, OpNode
    from archdsl.ops.base import Kind


class Likeness:
    """Likeness of the pieces of two modules; layers and bodies are compared once each."""

    __slots__ = ("_forms", "_known", "after", "before")

    def __init__(self, before: list[Piece], after: list[Piece], forms: Forms) -> None:
        self.before = before
        self.after = after
        self._forms = forms
        self._known: dict[tuple[int, int], float] = {}

    def __call__(self, i: int, j: int) -> float:
        """Of the i-th and the j-th; a common label or result tells between equals."""
        one, other = self.before[i], self.after[j]
        key = (one.unit, other.unit)
        alike = self._known.get(key)
        if alike is None:
            alike = self._known[key] = self._of(one, other)
        if not alike:
            return 0.0
        named = bool(one.label) and one.label == other.label
        typed = one.out_types == other.out_types
        counted = one.count == other.count
        return min(1.0, 0.85 * alike + 0.1 * named + 0.03 * typed + 0.02 * counted)

    def _of(self, one: Piece, other: Piece) -> float:
        if one.unit == other.unit:
            return 1.0
        if one.ops and other.ops:
            return _layers(one.ops, other.ops)
        if one.ops or other.ops:
            return 0.0
        mine, theirs = unwrap(one.runs[-1][0]), unwrap(other.runs[-1][0])
        common = self._forms.likeness(mine, theirs)
        same = mine.name == theirs.name and mine.kind == theirs.kind == "block"
        return 0.35 + 0.6 * common if same else 0.9 * common


def unwrap(module: Module) -> Module:
    """The module that a module calls and does nothing else."""
    while len(module.nodes) == 1:
        subs = list(module.submodules())
        node = module.nodes[0]
        if not subs or node.outputs != module.output_types() or hasattr(node, "runs"):
            break
        module = subs[0]
    return module


def _layers(one: tuple[OpNode, ...], other: tuple[OpNode, ...]) -> float:
    mine, theirs = main_of(one).op, main_of(other).op
    if type(mine) is type(theirs):
        same = sum(getattr(mine, f.name) == getattr(theirs, f.name) for f in mine.fields)
        common = 0.65 + 0.25 * (same / len(mine.fields) if mine.fields else 1)
    elif mine.family == theirs.family:
        common = 0.55
    else:
        return 0.0
    return common + 0.1 * ([o.op.name for o in one] == [o.op.name for o in other])


def layer_changes(one: tuple[OpNode, ...], other: tuple[OpNode, ...]) -> tuple[Change, ...]:
    """What tells two layers apart: their attributes, their norms and activations."""
    mine, theirs = main_of(one), main_of(other)
    changes = list(_op_changes(mine, theirs, main=True))
    before = [o for o in one if o is not mine and o.op.name != "flatten"]  # the input asks for it
    after = [o for o in other if o is not theirs and o.op.name != "flatten"]
    for family in dict.fromkeys(o.op.family for o in (*before, *after)):
        left = [o for o in before if o.op.family == family]
        right = [o for o in after if o.op.family == family]
        for k in range(max(len(left), len(right))):
            if k >= len(left):
                changes.append(Change(_word(family), "none", right[k].op.text()))
            elif k >= len(right):
                changes.append(Change(_word(family), left[k].op.text(), "none"))
            else:
                changes += _op_changes(left[k], right[k], main=False)
    return tuple(changes) or _order(one, other)


def _order(one: tuple[OpNode, ...], other: tuple[OpNode, ...]) -> tuple[Change, ...]:
    texts = [", ".join(o.op.name for o in ops if o.op.name != "flatten") for ops in (one, other)]
    return (Change("order", *texts),) if texts[0] != texts[1] else ()


def _word(family: str) -> str:
    return {"activation": "act", "norm": "norm"}.get(family, family)


def _op_changes(one: OpNode, other: OpNode, main: bool) -> tuple[Change, ...]:
    mine, theirs = one.op, other.op
    if type(mine) is not type(theirs):
        word = "kind" if main else _word(mine.family)
        texts = (mine.name, theirs.name) if main else (mine.text(), theirs.text())
        found = [Change(word, *texts)]
        if main:
            found += _field_changes(mine, theirs)
        return tuple(found)
    found = _field_changes(mine, theirs)
    if one.init != other.init:
        found.append(Change("init", _init(one), _init(other)))
    if not main:
        found = [Change(f"{mine.name} {c.what}", c.before, c.after) for c in found]
    return tuple(found)


def _field_changes(mine: Kind, theirs: Kind) -> list[Change]:
    """Fields that both have and that differ."""
    common = {f.name for f in theirs.fields}
    pairs = [
        (f.name, _value(mine, f.name), _value(theirs, f.name))
        for f in mine.fields
        if f.name in common
    ]
    return [Change(name, one, other) for name, one, other in pairs if one != other]


def _value(op: Kind, name: str) -> str:
    """A field's value; the stride that a pool has by default is its kernel."""
    value = getattr(op, name)
    if value is None and name == "stride":
        value = getattr(op, "kernel", None)
    return "default" if value is None else show(value)


def _init(node: OpNode) -> str:
    parts = [f"{w}={d}({', '.join(map(repr, values))})" for w, d, values in node.init]
    return ", ".join(parts) or "default"
