"""Applies a rewrite of single modules to a network: each module once, callees first."""

from __future__ import annotations

from archdsl.ir.model import CallNode, RepeatNode
from archdsl.ir.order import postorder
from archdsl.passes.edit import Edit
from archdsl.passes.moves import Moves, Numbering
from archdsl.passes.nodes import with_module, with_runs
from archdsl.passes.rewritten import Rewritten
from archdsl.passes.rewritten import with_module as with_graph

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from archdsl.ir.model import Module, Network

    Done = dict[Module, tuple[Module, Moves]]
    Inside = list[tuple[str, range | None, Moves]]


def rewrite_modules(network: Network, local: Callable[[Edit], None]) -> Rewritten:
    """The network with `local` done to every distinct module.

    `local` may not change what goes into a module or comes out of it, and does to equal weights
    the same. Where modules that share weights (tied repetitions, `shares`) would move them
    in different ways, they stay as they are.
    """
    done: Done = {}
    numbering = Numbering()
    for module in postorder(network.module):
        edit = Edit(module)
        inside = take_children(edit, done)
        local(edit)
        done[module] = edit.finish(), numbering.make(edit.moves, inside)
    module, moves = done[network.module]
    return Rewritten(with_graph(network, module), (moves,))


def take_children(edit: Edit, done: Done) -> Inside:
    """Puts the rewritten modules into calls and repeats; gives how their weights move."""
    inside: Inside = []
    nodes = edit.module.nodes
    fixed = _at_odds(edit.module, done)
    for index, node in enumerate(nodes):
        if index in fixed:
            continue
        if isinstance(node, CallNode):
            module, moves = done[node.module]
            if module is not node.module:
                edit.put(index, with_module(node, module))
            if node.shares is None:
                inside.append((node.name, None, moves))
        elif isinstance(node, RepeatNode):
            runs = tuple((done[module][0], times) for module, times in node.runs)
            if runs != node.runs:
                edit.put(index, with_runs(node, runs))
            if node.shares is None:
                inside += _of_repeat(node, done)
    return inside


def _of_repeat(node: RepeatNode, done: Done) -> Inside:
    if node.tied:
        return [(node.name, range(1), done[node.runs[0][0]][1])]
    found: Inside = []
    at = 0
    for module, times in node.runs:
        found.append((node.name, range(at, at + times), done[module][1]))
        at += times
    return found


def _at_odds(module: Module, done: Done) -> set[int]:
    """Calls and repeats whose weights are one, and would not move in one way."""
    ways: dict[int, set[object]] = {}
    groups: dict[int, list[int]] = {}
    for index, node in enumerate(module.nodes):
        owner = index if node.shares is None else node.shares
        if isinstance(node, CallNode):
            ways.setdefault(owner, set()).add(done[node.module][1].number)
        elif isinstance(node, RepeatNode):
            ways.setdefault(owner, set()).update(_ways(node, done))
        else:
            continue
        groups.setdefault(owner, []).append(index)
    return {i for owner, members in groups.items() if len(ways[owner]) > 1 for i in members}


def _ways(node: RepeatNode, done: Done) -> list[object]:
    """One way for each set of weights that must agree: all runs of a tied one, else the whole."""
    numbers = [done[module][1].number for module, _ in node.runs]
    if node.tied:
        return list(numbers)
    each: list[tuple[int, int]] = []
    for number, (_, times) in zip(numbers, node.runs, strict=True):
        before = each.pop()[1] if each and each[-1][0] == number else 0
        each.append((number, before + times))
    return [tuple(each)]
