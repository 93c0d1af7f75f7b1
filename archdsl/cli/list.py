"""`archdsl list`: the networks of a file."""

from __future__ import annotations

from archdsl.cli.options import add_files, add_spec_options
from archdsl.cli.output import say, say_json
from archdsl.cli.show import shapes, show_problems
from archdsl.cli.specs import read_all
from archdsl.ir.model import Network

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def options(parser: ArgumentParser) -> None:
    """`archdsl list FILE…`."""
    add_files(parser)
    add_spec_options(parser)


def run(args: Namespace) -> int:
    """A line each, or an object each."""
    from archdsl.analysis.cost import cost

    specs = read_all(args)
    failed = show_problems(specs, args.json)
    if failed:
        return failed
    networks = [n for s in specs if s.design is not None for n in s.design.networks]
    if args.json:
        say_json([facts_of(n) for n in networks])
        return 0
    width = max((len(n.name) for n in networks), default=0)
    for n in networks:
        total = cost(n.module)
        doc = n.doc.split("\n")[0]
        say(
            f"{n.name:<{width}}  {shapes(n)}  {total.params:,} parameters"
            + (f"  {doc}" if doc else "")
        )
    return 0


def facts_of(network: Network) -> dict[str, object]:
    """A network for programs."""
    from archdsl.analysis.cost import cost

    module = network.module
    return {
        "network": network.name,
        "doc": network.doc,
        "inputs": {p.name: list(p.type.dims) for p in module.inputs},
        "outputs": {o.name: list(module.type_of(o.value).dims) for o in module.outputs},
        "params": cost(module).params,
    }
