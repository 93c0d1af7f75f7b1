"""Networks as the table of a paper: a column each, stages as rows (VGG's and ResNet's Table 1)."""

from __future__ import annotations

from archdsl.backends.table.build import build
from archdsl.backends.table.forms import FORMS, render
from archdsl.backends.table.model import Group, Row, Table, Word

__all__ = ["FORMS", "Group", "Row", "Table", "Word", "build", "render"]
