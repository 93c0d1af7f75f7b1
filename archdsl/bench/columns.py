"""Columns that measured and estimated layers share."""

from __future__ import annotations

from archdsl.backends.report.parts import Column
from archdsl.bench.units import tail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.analysis.walk import Layer


def layer_column(layers: list[Layer]) -> Column:
    """Their paths; in little room, the ends of them."""
    paths = [layer.path for layer in layers]
    return Column("layer", paths, right=False, short=[tail(path) for path in paths])


def operation_column(layers: list[Layer]) -> Column:
    """What they do, and how often."""
    cells = [
        f"{layer.op.text()} ×{layer.times:,}" if layer.times > 1 else layer.op.text()
        for layer in layers
    ]
    return Column("operation", cells, right=False)
