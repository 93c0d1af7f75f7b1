"""Relations between a program and the same program in other forms of the language."""

from __future__ import annotations

import ast
from random import Random
from typing import Any

from archdsl.backends.torch.source import emit
from archdsl.diagnostics.render import render_all
from archdsl.elaborate.networks import elaborate
from archdsl.files import read_used
from archdsl.ir.model import Network
from archdsl.pipeline import compile_text
from archdsl.source import SourceFile
from archdsl.syntax.parse import parse
from archdsl.tensor import IMAGE
from tests.differential import parts, tables
from tests.differential.agree import need
from tests.differential.checks import check_running, compile_network
from tests.differential.claims import with_claims, with_training
from tests.differential.flat import Unfit
from tests.differential.flatten import compare, flatten
from tests.differential.tree import Line, Program
from tests.differential.write import write

STD = ("se(1)", "se_to(4)", "se(1, act=silu)")


def networks_of(text: str, files: dict[str, str], what: str) -> dict[str, Network]:
    """The networks of a text that may use other files, by name."""

    def read_other(path: str, asking: SourceFile, std: bool) -> SourceFile | str:
        if std:
            return read_used(path, asking, std)
        return SourceFile(path, files[path]) if path in files else f"no file {path}"

    tree, problems = parse(SourceFile("main.arch", text))
    design, wrong = elaborate(tree, read_other)
    found = [*problems, *wrong]
    need(not found, f"{what}: refused: {render_all(found)}\n{text}")
    return {n.name: n for n in design.networks}


def alike(made: Network, wanted: Network, what: str, text: str) -> None:
    """Both have the same layers, wired alike."""
    difference = compare(flatten(wanted), flatten(made))
    need(not difference, f"{what}: {difference}\n{text}")


def only(found: dict[str, Network]) -> Network:
    """The one network."""
    (network,) = found.values()
    return network


def variants(program: Program, network: Network, r: Random) -> None:
    """The columns of a table are the networks that they spell out."""
    other = tables.with_variant(program, r)
    text = tables.variants(program, other, r)
    found = networks_of(text, {}, "variants")
    need(list(found) == ["Net-A", "Net-B"], f"variants: {list(found)}\n{text}")
    alike(found["Net-A"], network, "variant A", text)
    alike(found["Net-B"], compile_network(write(other)), "variant B", text)


def parameters(program: Program, network: Network, r: Random) -> None:
    """A row of a table of parameters is the call that it spells out."""
    text = tables.parameter_tables(program, r)
    if not text:
        raise Unfit("no call stands alone")
    alike(only(networks_of(text, {}, "table of parameters")), network, "table of parameters", text)


def families(program: Program, network: Network, r: Random) -> None:
    """A member of a family is the network with its widths."""
    text, other = tables.family(program, r)
    found = networks_of(text, {}, "family")
    alike(found["Net-B"], network, "family", text)
    if other is not None:
        alike(found["Net-C"], compile_network(write(other)), "family's other member", text)


def splitting(program: Program, network: Network, r: Random) -> None:
    """Blocks may stand in another file."""
    text, blocks = parts.in_two_files(program, r)
    found = only(networks_of(text, {"parts/blocks.arch": blocks}, "use"))
    alike(found, network, "use", f"{text}\n{blocks}")


def standard(program: Program, network: Network, r: Random) -> None:
    """A block of the standard library is its text."""
    last = program.body[-1]
    if network.module.output_types()[-1].layout != IMAGE or not isinstance(last, Line):
        raise Unfit("no image at the end")
    text = f"{write(program)}{r.choice(STD)}\n"
    found = read_used("std/se", SourceFile("main.arch", ""), True)
    assert isinstance(found, SourceFile)
    ours = networks_of(f"use std/se\n{text}", {}, "std")
    if program.defaults is None:  # a used file keeps its own
        alike(only(ours), compile_network(f"{found.text}\n{text}"), "std", text)


def recursion(program: Program, network: Network, r: Random) -> None:
    """A repeat is a block that calls itself one time less; and that builds and runs."""
    other = parts.recursive(program)
    if len(other.blocks) == len(program.blocks):
        raise Unfit("no repeat")
    text = write(other)
    made = compile_network(text)
    alike(made, network, "recursion", text)
    check_running(made, flatten(made), r.randrange(10**6))


def results(program: Program, network: Network, r: Random) -> None:
    """The first lines may be a block of several outputs; and that builds and runs."""
    text = parts.with_results(program, r)
    made = compile_network(text)
    alike(made, network, "outputs of a block", text)
    check_running(made, flatten(made), r.randrange(10**6))


def claims(program: Program, network: Network, r: Random) -> None:
    """Claims that follow from the meaning hold; a false one is the only error."""
    true, false = with_claims(program, r)
    compile_network(true)
    _, wrong = compile_text(SourceFile("random", false))
    need([d.id for d in wrong] == ["false-claim"], f"{[d.id for d in wrong]} for\n{false}")


def training(program: Program, network: Network, r: Random) -> None:
    """Training facts change nothing but what the module says of them."""
    text, facts = with_training(program, r)
    made = compile_network(text)
    alike(made, network, "train", text)
    found: Any = None
    for node in ast.parse(emit(made, spec_name="random")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "TRAIN":
            found = ast.literal_eval(node.value)
    need(found == facts, f"TRAIN is {found}, not {facts}")


FORMS = {
    "variants": variants,
    "table of parameters": parameters,
    "family": families,
    "use": splitting,
    "standard library": standard,
    "recursion": recursion,
    "outputs of a block": results,
    "claims": claims,
    "training facts": training,
}
