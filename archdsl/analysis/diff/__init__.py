"""What changed between two networks: their graphs aligned, level by level, not by line."""

from __future__ import annotations

from archdsl.analysis.diff.compare import diff
from archdsl.analysis.diff.model import Body, Change, Difference, Entry, Inside
from archdsl.analysis.diff.networks import Pairing, pair_networks

__all__ = ["Body", "Change", "Difference", "Entry", "Inside", "Pairing", "diff", "pair_networks"]
