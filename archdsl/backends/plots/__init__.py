"""Plots: from the rows of a report to a Vega-Lite specification, and from that to SVG, PNG, PDF."""

from __future__ import annotations

from archdsl.backends.plots.bars import plot_costs
from archdsl.backends.plots.render import FORMATS, render
from archdsl.backends.plots.scatter import plot_accuracy

__all__ = ["FORMATS", "plot_accuracy", "plot_costs", "render"]
