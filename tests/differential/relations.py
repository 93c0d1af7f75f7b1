"""Metamorphic relations: what must stay when a program is rewritten."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from random import Random

from archdsl.analysis.cost import cost
from archdsl.ir.model import Network
from archdsl.ir.text import render
from archdsl.pipeline import compile_text
from archdsl.source import SourceFile
from tests.differential.checks import compile_network, need
from tests.differential.flat import Unfit
from tests.differential.flatten import compare, flatten
from tests.differential.reference import Reference, lay_out
from tests.differential.relations_forms import FORMS
from tests.differential.rewrite import (
    inline_calls,
    letted,
    reverse_concats,
    split_repeats,
    swap_sides,
    unroll,
    with_unused_block,
    without_last,
    wrap_lines,
)
from tests.differential.tree import Program
from tests.differential.write import write

Relation = Callable[[Program, Network, Random], None]


def text_of(text: str) -> str:
    """The IR of a text, as text."""
    design, _ = compile_text(SourceFile("random", text))
    assert design is not None
    return render(design)


def same(program: Program, network: Network, what: str) -> None:
    """The rewritten program has the same layers, wired alike."""
    other = compile_network(write(program))
    difference = compare(flatten(network), flatten(other))
    need(not difference, f"{what}: {difference}")
    totals = [
        (c.params, c.buffers, c.total_macs) for c in (cost(n.module) for n in (network, other))
    ]
    need(totals[0] == totals[1], f"{what}: {totals}")


def layout(program: Program, network: Network, r: Random) -> None:
    """Blanks, lines, comments, CRLF, a byte order mark and ways to say it change nothing."""
    wild = text_of(write(program, r.randrange(10**6)))
    need(text_of(write(program)) == wild, "layout changes the IR")


def renaming(program: Program, network: Network, r: Random) -> None:
    """Names of labels, blocks, parameters and inputs change nothing but names."""
    names = {name: f"q{i}_{name[:1]}_" for i, name in enumerate(names_of(program))}
    other = compile_network(write(program, None, names))
    difference = compare(flatten(network), flatten_renamed(other, names))
    need(not difference, f"renaming: {difference}")


def flatten_renamed(network: Network, names: dict[str, str]) -> Reference:
    """The layers of a network whose outputs have their old names again."""
    flat = flatten(network)
    old = {new: name for name, new in names.items()}
    flat.outputs = [(old.get(n, n), v, t) for n, v, t in flat.outputs]
    return flat


def names_of(program: Program) -> Iterator[str]:
    """Names that a program gives."""
    text = write(program)
    found = re.findall(r"\b[a-z]+\d+_", text)
    params = [p for b in program.blocks for p in b.params]
    yield from dict.fromkeys([*found, *params, *program.lets])


def unrolling(program: Program, network: Network, r: Random) -> None:
    """A repeat is its body again and again."""
    same(unroll(program), network, "unrolling")


def adding(program: Program, network: Network, r: Random) -> None:
    """x(m + n) is x(m), then x(n)."""
    same(split_repeats(program, r), network, "x(m + n)")


def inlining(program: Program, network: Network, r: Random) -> None:
    """A call is the block's body."""
    same(inline_calls(program), network, "inlining")


def wrapping(program: Program, network: Network, r: Random) -> None:
    """A block around a line changes nothing."""
    same(wrap_lines(program), network, "wrapping")


def letting(program: Program, network: Network, r: Random) -> None:
    """A name for a number changes nothing."""
    same(letted(program), network, "let")


def unused(program: Program, network: Network, r: Random) -> None:
    """A block that nobody calls changes nothing."""
    plain, more = text_of(write(program)), text_of(write(with_unused_block(program)))
    need(plain == more, "a block that nobody calls changes the IR")


def swapping(program: Program, network: Network, r: Random) -> None:
    """Height and width for each other everywhere: the same counts, the sizes swapped."""
    swapped = swap_sides(program)
    if swapped is None:
        return
    other = compile_network(write(swapped))
    totals = [cost(n.module) for n in (network, other)]
    need(totals[0].total_macs == totals[1].total_macs, "swapped sides have other MACs")
    for a, b in zip(flatten(network).layers, flatten(other).layers, strict=True):
        for t, u in zip(a.out_types, b.out_types, strict=True):
            turned = (*t.dims[:-2], t.dims[-1], t.dims[-2]) if t.rank > 1 else t.dims
            need(turned == u.dims, f"{a.op.text()}: swapped sides give {u}, not {turned}")


def reordering(program: Program, network: Network, r: Random) -> None:
    """The order of a concat's branches changes no count of its own."""
    other = reverse_concats(program)
    design, _ = compile_text(SourceFile("random", write(other)))
    if design is None:
        return  # a label may stand behind its use now
    totals = [cost(n.module) for n in (network, design.networks[0])]
    need(totals[0].params == totals[1].params, "the order of a concat changes the parameters")
    need(totals[0].total_macs == totals[1].total_macs, "the order of a concat changes the MACs")


def shortening(program: Program, network: Network, r: Random) -> None:
    """Without the last line there are the layers before it."""
    short = without_last(program)
    if short is None or not lay_out(short).layers:
        return
    few, many = flatten(compile_network(write(short))), flatten(network)
    for a, b in zip(few.layers, many.layers, strict=False):
        need((a.op, a.in_types, a.out_types) == (b.op, b.in_types, b.out_types), "no prefix")
    need(len(few.layers) <= len(many.layers), "fewer lines, more layers")


RELATIONS: dict[str, Relation] = {
    "layout": layout,
    "renaming": renaming,
    "unrolling": unrolling,
    "x(m+n)": adding,
    "inlining": inlining,
    "wrapping": wrapping,
    "let": letting,
    "unused block": unused,
    "swapping sides": swapping,
    "concat order": reordering,
    "last line": shortening,
    **FORMS,
}
PLACED = frozenset(
    {"unrolling", "x(m+n)", "inlining", "wrapping", "last line", "recursion", "outputs of a block"}
)
"""What moves steps to other places, where other defaults may hold: for programs without any."""


def relate(name: str, program: Program, network: Network, r: Random) -> bool:
    """Makes one of the relations; whether it says something of this program."""
    if program.defaults is not None and name in PLACED:
        return False
    try:
        RELATIONS[name](program, network, r)
    except Unfit:
        return False
    return True
