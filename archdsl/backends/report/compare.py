"""Many networks in one table, beside the figures that their papers published."""

from __future__ import annotations

from archdsl.backends.report.numbers import fraction, shapes, size
from archdsl.backends.report.parts import Column, Table, counts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from archdsl.backends.report.model import NetworkReport

SAVE = (
    ("drop", "FLOPs"),
    ("drop", "training"),
    ("drop", "forward"),
    ("drop", "activations"),
    ("short", "MACs"),
    ("drop", "difference of params"),
    ("drop", "difference of macs"),
    ("drop", "output"),
    ("drop", "depth"),
    ("drop", "input"),
    ("short", "params"),
    ("short", "trainable"),
    ("drop", "accuracy"),
    ("drop", "trainable"),
)
"""What is given up first where there is little room."""


def compare(networks: Iterable[NetworkReport]) -> Table:
    """One row a network, and beside its counts the published ones and how far they are apart."""
    rows = list(networks)
    columns = [
        Column("network", [n.name for n in rows], right=False, code=True),
        Column("input", [shapes(n.inputs.values()) for n in rows]),
        Column("output", [shapes(n.outputs.values()) for n in rows]),
        counts("params", [n.cost.params for n in rows]),
        *_published("params", rows),
    ]
    if any(n.cost.trainable != n.cost.params for n in rows):
        columns.append(counts("trainable", [n.cost.trainable for n in rows]))
    columns += [
        counts("MACs", [n.cost.total_macs for n in rows]),
        *_published("macs", rows),
        counts("FLOPs", [2 * n.cost.total_macs for n in rows]),
        counts("activations", [n.cost.activations for n in rows]),
        Column("depth", [str(n.depth) for n in rows], values=[float(n.depth) for n in rows]),
        _bytes("forward", [n.memory.forward for n in rows]),
        _bytes("training", [n.memory.training() for n in rows]),
    ]
    if any(n.accuracy is not None for n in rows):
        values = [n.accuracy or 0.0 for n in rows]
        cells = ["–" if n.accuracy is None else fraction(n.accuracy) for n in rows]
        columns.append(Column("accuracy", cells, values=values))
    return Table(columns, SAVE)


def signed(difference: float | None) -> str:
    """A relative difference in percent: `+0.35 %`; `0` where it rounds to nothing."""
    if difference is None:
        return ""
    text = f"{100 * difference:+.2f}"
    return "0" if text in ("+0.00", "-0.00") else f"{text} %"


def _published(subject: str, networks: list[NetworkReport]) -> list[Column]:
    cells = [network.published.get(subject, "") for network in networks]
    if not any(cells):
        return []
    apart = [network.difference(subject) for network in networks]
    values = [0.0 if d is None else d for d in apart]
    return [
        Column("published", cells, key=f"published {subject}"),
        Column("diff", [signed(d) for d in apart], key=f"difference of {subject}", values=values),
    ]


def _bytes(title: str, numbers: list[int]) -> Column:
    return Column(title, [size(n) for n in numbers], values=[float(n) for n in numbers])
