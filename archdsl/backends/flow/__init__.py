"""A network as one line of layers with the shortcuts around them: what columns, tables and
volumes are drawn from."""

from __future__ import annotations

from archdsl.backends.flow.model import Fold, Item, Line, Part, Skip, parts_of
from archdsl.backends.flow.trace import TooLong, trace

__all__ = ["Fold", "Item", "Line", "Part", "Skip", "TooLong", "parts_of", "trace"]
