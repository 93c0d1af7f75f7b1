"""Metamorphic relations: what must stay when a program is rewritten."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from random import Random

from archdsl.analysis.cost import cost
from archdsl.ir.model import Design, Network
from archdsl.ir.text import render
from archdsl.pipeline import compile_text
from archdsl.source import SourceFile
from tests.differential.agree import need
from tests.differential.checks import compile_network
from tests.differential.flat import Unfit
from tests.differential.flatten import compare, flatten
from tests.differential.reference import lay_out
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


def ir_of(network: Network) -> str:
    """The IR of a network, as text."""
    return render(Design("random", (network,)))


def rewritten(other: Program, program: Program) -> str:
    """The text of a program that was made of another one; Unfit where nothing was rewritten."""
    text = write(other)
    if text == write(program):
        raise Unfit("nothing to rewrite")
    return text


def same(made: Program, program: Program, network: Network, what: str) -> None:
    """The rewritten program has the same layers, wired alike."""
    other = compile_network(rewritten(made, program))
    difference = compare(flatten(network), flatten(other))
    need(not difference, f"{what}: {difference}")
    totals = [
        (c.params, c.buffers, c.total_macs) for c in (cost(n.module) for n in (network, other))
    ]
    need(totals[0] == totals[1], f"{what}: {totals}")


def renaming(program: Program, network: Network, r: Random) -> None:
    """Names of labels, blocks, parameters and inputs change nothing but names, in a plain layout.

    Blanks, lines, comments, CRLF, a byte order mark and ways to say it change nothing either: the
    network was compiled from a text with them.
    """
    names = {name: f"q{i}_{name[:1]}_" for i, name in enumerate(names_of(program))}
    old = {new: name for name, new in names.items()}
    renamed = text_of(write(program, None, names))
    found = re.sub(r"q\d+_[a-z]_", lambda m: old[m[0]], renamed)
    need(found == ir_of(network), f"renaming or layout changes the IR:\n{found}")


def names_of(program: Program) -> Iterator[str]:
    """Names that a program gives."""
    text = write(program)
    found = re.findall(r"\b[a-z]+\d+_", text)
    params = [p for b in program.blocks for p in b.params]
    yield from dict.fromkeys([*found, *params, *program.lets])


def unrolling(program: Program, network: Network, r: Random) -> None:
    """A repeat is its body again and again."""
    same(unroll(program), program, network, "unrolling")


def adding(program: Program, network: Network, r: Random) -> None:
    """x(m + n) is x(m), then x(n)."""
    same(split_repeats(program, r), program, network, "x(m + n)")


def inlining(program: Program, network: Network, r: Random) -> None:
    """A call is the block's body."""
    same(inline_calls(program), program, network, "inlining")


def wrapping(program: Program, network: Network, r: Random) -> None:
    """A block around a line changes nothing."""
    same(wrap_lines(program), program, network, "wrapping")


def letting(program: Program, network: Network, r: Random) -> None:
    """A name for a number changes nothing."""
    same(letted(program), program, network, "let")


def unused(program: Program, network: Network, r: Random) -> None:
    """A block that nobody calls changes nothing."""
    more = text_of(write(with_unused_block(program)))
    need(ir_of(network) == more, "a block that nobody calls changes the IR")


def swapping(program: Program, network: Network, r: Random) -> None:
    """Height and width for each other everywhere: the same counts, the sizes swapped."""
    swapped = swap_sides(program)
    if swapped is None:
        raise Unfit("height and width are mixed with other axes")
    other = compile_network(rewritten(swapped, program))
    totals = [cost(n.module) for n in (network, other)]
    need(totals[0].total_macs == totals[1].total_macs, "swapped sides have other MACs")
    for a, b in zip(flatten(network).layers, flatten(other).layers, strict=True):
        for t, u in zip(a.out_types, b.out_types, strict=True):
            turned = (*t.dims[:-2], t.dims[-1], t.dims[-2]) if t.rank > 1 else t.dims
            need(turned == u.dims, f"{a.op.text()}: swapped sides give {u}, not {turned}")


def reordering(program: Program, network: Network, r: Random) -> None:
    """The order of a concat's branches changes no count of its own."""
    text = rewritten(reverse_concats(program), program)
    design, _ = compile_text(SourceFile("random", text))
    if design is None:
        raise Unfit("a label may stand behind its use now")
    totals = [cost(n.module) for n in (network, design.networks[0])]
    need(totals[0].params == totals[1].params, "the order of a concat changes the parameters")
    need(totals[0].total_macs == totals[1].total_macs, "the order of a concat changes the MACs")


def shortening(program: Program, network: Network, r: Random) -> None:
    """Without the last line there are the layers before it."""
    short = without_last(program)
    if short is None or not lay_out(short).layers:
        raise Unfit("nothing would be left")
    few, many = flatten(compile_network(write(short))), flatten(network)
    for a, b in zip(few.layers, many.layers, strict=False):
        need((a.op, a.in_types, a.out_types) == (b.op, b.in_types, b.out_types), "no prefix")
    need(len(few.layers) <= len(many.layers), "fewer lines, more layers")


RELATIONS: dict[str, Relation] = {
    "renaming and layout": renaming,
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
ALWAYS = ("renaming and layout", "unrolling", "inlining", "swapping sides")
"""What is related of every network; of the others each has the next one that fits it."""
TURNING = tuple(name for name in RELATIONS if name not in ALWAYS)
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
