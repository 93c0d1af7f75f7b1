"""Reports as comma-separated values: a header, then one line a layer, part or network."""

from __future__ import annotations

from csv import writer
from io import StringIO

from archdsl.backends.report.numbers import shapes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from archdsl.backends.report.model import Report
    from archdsl.backends.report.rows import Row

LAYER_COLUMNS = ("network", "path", "kind", "operation", "in", "out", "params", "macs", "sees")
MORE = ("trainable", "activations", "jump", "forward_bytes", "saved_bytes", "training_bytes")
PART_COLUMNS = ("network", "path", "level", "operation", "in", "out", "params", "macs", "sees")
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
    "flops",
    "forward_bytes",
    "training_bytes",
    "accuracy",
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


def _rows(report: Report) -> Iterator[tuple[str | int | float, ...]]:
    if report.by == "network":
        yield NETWORK_COLUMNS
        yield from _networks(report)
        return
    is_layers = report.by == "layer"
    yield (*(LAYER_COLUMNS if is_layers else PART_COLUMNS), *MORE)
    for network in report.networks:
        for row in network.rows(fold=False):
            about = (row.path, row.kind if is_layers else row.level, row.text)
            yield (network.name, *about, shapes(row.inputs), shapes(row.outputs), *_figures(row))


def _figures(row: Row) -> tuple[str | int, ...]:
    sees, jump = (str(row.field), row.field.jump) if row.field else ("", "")
    more = (row.memory.forward, row.memory.saved, row.memory.training())
    return (row.params, row.macs, sees, row.trainable, row.activations, jump, *more)


def _networks(report: Report) -> Iterator[tuple[str | int | float, ...]]:
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
            2 * cost.total_macs,
            network.memory.forward,
            network.memory.training(),
            "" if network.accuracy is None else network.accuracy,
        )
