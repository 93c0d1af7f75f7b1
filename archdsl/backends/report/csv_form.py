"""Reports as comma-separated values: a header, then one line a layer, part or network."""

from __future__ import annotations

from csv import writer
from io import StringIO

from archdsl.backends.report.numbers import shapes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from archdsl.backends.report.model import Report

LAYER_COLUMNS = ("network", "path", "kind", "operation", "in", "out", "params", "macs", "sees")
PART_COLUMNS = ("network", "path", "level", "operation", "in", "out", "params", "macs")
NETWORK_COLUMNS = (
    "network",
    "input",
    "output",
    "params",
    "trainable",
    "buffers",
    "macs",
    "matmul_macs",
    "activations",
    "layers",
    "depth",
    "published_params",
    "published_macs",
)


def render(report: Report) -> str:
    """The report as CSV; repetitions are listed one by one, several shapes are set apart by spaces.

    A cell that a spreadsheet would take for a formula gets a quote before it.
    """
    out = StringIO()
    write = writer(out, lineterminator="\n").writerow
    for row in _rows(report):
        write([guard(cell) if isinstance(cell, str) else cell for cell in row])
    return out.getvalue()


def guard(cell: str) -> str:
    """A cell that no spreadsheet computes."""
    return "'" + cell if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else cell


def _rows(report: Report) -> Iterator[tuple[str | int, ...]]:
    if report.by == "network":
        yield NETWORK_COLUMNS
        yield from _networks(report)
    elif report.by == "layer":
        yield LAYER_COLUMNS
        for network in report.networks:
            for row in network.rows(fold=False):
                into, out = shapes(row.inputs), shapes(row.outputs)
                sees = str(row.field) if row.field else ""
                counts = (row.params, row.macs, sees)
                yield (network.name, row.path, row.kind, row.text, into, out, *counts)
    else:
        yield PART_COLUMNS
        for network in report.networks:
            for row in network.rows(fold=False):
                into, out = shapes(row.inputs), shapes(row.outputs)
                about = (row.path, row.level, row.text)
                yield (network.name, *about, into, out, row.params, row.macs)


def _networks(report: Report) -> Iterator[tuple[str | int, ...]]:
    for network in report.networks:
        cost, published = network.cost, network.published
        yield (
            network.name,
            shapes(network.inputs.values()),
            shapes(network.outputs.values()),
            cost.params,
            cost.trainable,
            cost.buffers,
            cost.total_macs,
            cost.matmul_macs,
            cost.activations,
            cost.layers,
            network.depth,
            published.get("params", ""),
            published.get("macs", ""),
        )
