"""The stages of a network: what each costs, and what it hands over to the next."""

from __future__ import annotations

from archdsl.analysis.stages import split_network
from archdsl.backends.report.numbers import percent, shapes, size
from archdsl.backends.report.parts import Column, Section, Table, counts
from archdsl.backends.report.tables import ports

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.analysis.stages import Split
    from archdsl.ir.model import Network

BYTES = 4  # of a number that crosses, in float32
CONVENTION = (
    "MACs of one example; the backward pass takes twice as many in every layer. A tensor for a"
    " later stage goes through those between."
)


def stage_sections(networks: list[Network], count: int) -> list[Section]:
    """A table of the stages for each network. Raises TooManyStages."""
    return [_section(network, split_network(network.module, count)) for network in networks]


def stage_values(networks: list[Network], count: int) -> list[dict[str, object]]:
    """The same for programs."""
    found: list[dict[str, object]] = []
    for network in networks:
        split = split_network(network.module, count)
        rows = [
            {
                "layers": stage.title,
                "params": stage.work.params,
                "macs": stage.work.total_macs,
                "gives": [list(type.dims) for type in split.given(stage)],
            }
            for stage in split.stages
        ]
        found.append(
            {
                "network": network.name,
                "stages": rows,
                "bottleneck": split.dearest,
                "best_bottleneck": split.bottleneck,
                "places": split.places,
            }
        )
    return found


def _section(network: Network, split: Split) -> Section:
    stages = split.stages
    macs = [stage.work.total_macs for stage in stages]
    given = [split.given(stage) for stage in stages]
    crossing = [BYTES * sum(type.numel for type in types) for types in given[:-1]]
    total = sum(macs)
    columns = [
        Column("stage", [str(k) for k in range(len(stages))]),
        Column("layers", [stage.title for stage in stages], right=False, code=True),
        counts("params", [s.work.params for s in stages], sum(s.work.params for s in stages)),
        counts("MACs", macs, total),
        Column("share of MACs", [percent(n, total) for n in macs]),
        Column("gives", [shapes(types) for types in given]),
        Column("hands over", [*map(size, crossing), "–"]),
    ]
    table = Table(columns, (("short", "MACs"), ("short", "params"), ("cut", "layers")))
    facts = [
        ("Dearest stage", _times(split.dearest, total, len(stages)), "of an equal share"),
        (
            "Best split",
            _times(split.bottleneck, total, len(stages)),
            _places(split.places),
        ),
        ("", CONVENTION, ""),
    ]
    module = network.module
    inputs = {port.name: port.type for port in module.inputs}
    outputs = {output.name: module.type_of(output.value) for output in module.outputs}
    shape = f"{ports(inputs)} → {ports(outputs)}"
    return Section(network.name, shape, table, facts, network.doc)


def _places(places: int) -> str:
    if places == 1:
        return "that the one place to cut at allows"
    return f"that the {places:,} places to cut at allow"


def _times(macs: int, total: int, stages: int) -> str:
    """How often the equal share of a stage goes into its MACs."""
    return f"{macs * stages / total:.3f}" if total else "–"
