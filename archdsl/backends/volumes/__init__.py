"""A network as boxes in three dimensions, to scale."""

from __future__ import annotations

from archdsl.backends.volumes.build import build
from archdsl.backends.volumes.draw import render_volumes
from archdsl.backends.volumes.model import Picture, Solid

__all__ = ["Picture", "Solid", "build", "render_volumes"]
