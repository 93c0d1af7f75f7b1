"""What several commands print: a line for each network, and diagnostics."""

from __future__ import annotations

import sys

from archdsl.cli.output import say_json, uses_color, warn
from archdsl.cli.specs import Spec, Usage
from archdsl.diagnostics.characters import escape
from archdsl.ir.model import Network


def summary(spec: Spec) -> list[str]:
    """A line for each network that is right."""
    from archdsl.analysis.cost import cost

    assert spec.design is not None
    name = escape(spec.name)
    if not spec.design.networks:
        needed = need(spec)
        return [f"{name}: OK, {f'families only: {needed}' if needed else 'blocks only'}"]
    out = []
    for network in spec.design.networks:
        total = cost(network.module)
        claims = len(network.claims)
        held = f", {claims} claim{'s' if claims != 1 else ''} hold" if claims else ""
        held = held.replace("claim hold", "claim holds")
        out.append(
            f"{name}: OK {network.name}: {shapes(network)}, {total.params:,} parameters, "
            f"{total.total_macs:,} MACs{held}"
        )
    return out


def need(spec: Spec) -> str:
    """What to write for a file of families to have a network: `--set w=…` builds `A`."""
    families = spec.design.families if spec.design is not None else ()
    if not families:
        return ""
    name, params = families[0]
    return f"`{' '.join(f'--set {p}=…' for p in params[:4])}` builds `{name}`"


def need_networks(specs: list[Spec]) -> None:
    """Says which files have no network; raises Usage where none has."""
    empty = [s for s in specs if s.design is not None and not s.design.networks]
    if len(empty) == len(specs):
        raise Usage(no_network(specs))
    if empty:
        warn(f"archdsl: {no_network(empty)}")


def no_network(specs: list[Spec]) -> str:
    """Why a command that works on networks has none."""
    words = [escape(s.name) + (f" ({need(s)})" if need(s) else "") for s in specs]
    return "no network in " + ", ".join(words)


def shapes(network: Network) -> str:
    """What goes in and what comes out."""
    module = network.module
    ins = ", ".join(str(p.type) for p in module.inputs)
    outs = ", ".join(str(module.type_of(o.value)) for o in module.outputs if not o.train_only)
    return f"{ins} -> {outs}"


def names_of(spec: Spec) -> list[str]:
    """Names of a spec's networks."""
    return [n.name for n in spec.design.networks] if spec.design is not None else []


def problems_of(spec: Spec) -> dict[str, object]:
    """A spec's diagnostics for programs."""
    from archdsl.diagnostics.render import to_dict

    return {
        "file": spec.name,
        "ok": not spec.diagnostics,
        "diagnostics": [to_dict(d) for d in spec.diagnostics],
    }


def show_problems(specs: list[Spec], as_json: bool = False) -> int:
    """Diagnostics on standard error; 1 where there are any."""
    wrong = [s for s in specs if s.diagnostics]
    if not wrong:
        return 0
    if as_json:
        say_json([problems_of(s) for s in wrong])
        return 1
    from archdsl.diagnostics.render import render_all

    for spec in wrong:
        warn(render_all(spec.diagnostics, uses_color(sys.stderr)))
    return 1
