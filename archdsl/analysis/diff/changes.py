"""What differs between two partners apart from their bodies: counts, arguments, wiring, names."""

from __future__ import annotations

from archdsl.analysis.diff.likeness import layer_changes
from archdsl.analysis.diff.model import Change
from archdsl.analysis.diff.pieces import main_of
from archdsl.ops.base import show

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.analysis.diff.pieces import Piece, Runs
    from archdsl.analysis.diff.wiring import Wires
    from archdsl.ir.model import Module, Network, Output


def own_changes(left: Wires, i: int, right: Wires, j: int) -> tuple[Change, ...]:
    """Changes of the i-th and the j-th piece: a layer, or a call or repeat without its body."""
    one, other = left.pieces[i], right.pieces[j]
    changes: list[Change] = []
    if one.count != other.count:
        changes.append(Change("repetitions", f"×{one.count:,}", f"×{other.count:,}"))
    if one.tied != other.tied:
        changes.append(Change("weights", *(_tied(p) for p in (one, other))))
    if one.ops and other.ops:
        if one.unit != other.unit:
            changes += layer_changes(one.ops, other.ops)
    else:
        changes += call_changes(one.runs, other.runs)
    changes += _sharing(one, other, left, right)
    if left.sources(i) != right.sources(j):
        changes.append(_reads(one, other, left, right))
    if one.label != other.label and (one.label or other.label):
        changes.append(Change("name", one.name, other.name))
    return tuple(changes)


def input_change(one: Piece, other: Piece) -> Change:
    """Why the same layer holds other weights: what comes in."""
    types = [p.in_types if p.runs else main_of(p.ops).in_types for p in (one, other)]
    mine, theirs = types[0][0], types[1][0]
    if mine.layout == theirs.layout and mine.channels != theirs.channels:
        word = "channels in" if mine.is_map else "features in"
        return Change(word, f"{mine.channels:,}", f"{theirs.channels:,}")
    return Change("input", *(", ".join(map(str, t)) for t in types))


def _reads(one: Piece, other: Piece, left: Wires, right: Wires) -> Change:
    counts = len(one.inputs), len(other.inputs)
    if counts[0] != counts[1]:
        return Change("inputs", *map(str, counts))
    return Change("reads", left.describe(one.inputs), right.describe(other.inputs))


def _tied(piece: Piece) -> str:
    return "shared" if piece.tied else "of its own"


def _sharing(one: Piece, other: Piece, left: Wires, right: Wires) -> list[Change]:
    """Whose weights a layer uses."""
    targets = [p.module.nodes[p.first].shares for p in (one, other)]
    anchors = [
        None if target is None else wires.anchor((target, 0))
        for wires, target in zip((left, right), targets, strict=True)
    ]
    if anchors[0] == anchors[1]:
        return []
    texts = [
        "its own" if target is None else f"those of {p.module.nodes[target].name}"
        for p, target in zip((one, other), targets, strict=True)
    ]
    return [Change("weights", *texts)]


def call_changes(mine: Runs, theirs: Runs) -> list[Change]:
    """Another block, other arguments, another kind of body."""
    one, other = mine[0][0], theirs[0][0]
    if _called(one) != _called(other):
        return [Change("block", _called(one), _called(other))]
    values = [_arguments(runs) for runs in (mine, theirs)]
    names = dict.fromkeys((*values[0], *values[1]))
    pairs = [(name, *(v.get(name, "none") for v in values)) for name in names]
    return [Change(name, a, b) for name, a, b in pairs if a != b]


def _called(module: Module) -> str:
    return "a group" if module.kind == "group" else module.name


def _arguments(runs: Runs) -> dict[str, str]:
    """Arguments as the text has them: `2 then 1`."""
    later = [dict(module.params) for module, _ in runs[1:]]
    found = {}
    for name, value in runs[0][0].params:
        words = dict.fromkeys(show(v) for v in (value, *(m.get(name, value) for m in later)))
        found[name] = " then ".join(words)
    return found


def pair_runs(mine: Runs, theirs: Runs) -> list[tuple[str, tuple[Module, Module]]]:
    """Bodies to compare: the first with the first, the last with the last; each pair once."""
    longer = max(len(mine), len(theirs))
    pairs: dict[tuple[Module, Module], str] = {}
    for k in range(longer):
        pair = mine[min(k, len(mine) - 1)][0], theirs[min(k, len(theirs) - 1)][0]
        pairs.setdefault(pair, "first" if k == 0 else "others")
    return [(at, pair) for pair, at in pairs.items()]


def ends_changes(left: Wires, right: Wires) -> tuple[Change, ...]:
    """Changes of what goes into two modules and out of them."""
    names = [", ".join(p.name for p in wires.module.inputs) for wires in (left, right)]
    differ = len(left.module.inputs) != len(right.module.inputs)
    changes = [Change("inputs", *names)] if differ else []
    mine = {o.name: o for o in left.module.outputs}
    theirs = {o.name: o for o in right.module.outputs}
    if len(mine) == len(theirs) == 1:  # the main output; blocks may call it as they like
        theirs = {name: next(iter(theirs.values())) for name in mine}
    for name in dict.fromkeys((*mine, *theirs)):
        one, other = mine.get(name), theirs.get(name)
        texts = [
            _output(o, wires) if o else "none"
            for o, wires in zip((one, other), (left, right), strict=True)
        ]
        if one and other and _same_end(one, other, left, right):
            continue
        changes.append(Change(f"output {name}", *texts))
    return tuple(changes)


def _same_end(one: Output, other: Output, left: Wires, right: Wires) -> bool:
    facts = [(o.train_only, o.weight) for o in (one, other)]
    return facts[0] == facts[1] and left.anchor(one.value) == right.anchor(other.value)


def _output(output: Output, wires: Wires) -> str:
    text = wires.describe((output.value,))
    text += " in training only" if output.train_only else ""
    return text if output.weight is None else f"{text}, weight {output.weight!r}"


def network_changes(before: Network, after: Network) -> list[Change]:
    """Changes of what a network says about itself: inputs, parameters, training."""
    changes: list[Change] = []
    ports = [{p.name: str(p.type) for p in n.module.inputs} for n in (before, after)]
    if len(ports[0]) == len(ports[1]) == 1:
        ports = [{"": next(iter(p.values()))} for p in ports]
    facts: list[tuple[str, dict[str, str], dict[str, str]]] = [("input", ports[0], ports[1])]
    params = [dict(n.module.params) for n in (before, after)]
    common = [{k: show(v) for k, v in p.items() if all(k in q for q in params)} for p in params]
    # What a network reaches is no part of it.
    train = [{k: show(v) for k, v in n.train if k != "accuracy"} for n in (before, after)]
    facts += [("", common[0], common[1]), ("train", train[0], train[1])]
    for word, one, other in facts:
        for name in dict.fromkeys((*one, *other)):
            texts = one.get(name, "none"), other.get(name, "none")
            if texts[0] != texts[1]:
                changes.append(Change(f"{word} {name}".strip(), *texts))
    return changes
