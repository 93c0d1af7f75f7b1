"""Several networks side by side, rows aligned by output size (He et al. 2015, Figure 3)."""

from __future__ import annotations

from archdsl.backends.columns.build import build
from archdsl.backends.columns.draw import render_columns
from archdsl.backends.columns.model import Arc, Bracket, Cell, Column

__all__ = ["Arc", "Bracket", "Cell", "Column", "build", "render_columns"]
