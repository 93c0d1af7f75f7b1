"""Diagrams as Mermaid, which code hosts draw where it stands in a README."""

from __future__ import annotations

from archdsl.backends.mermaid.render import MOST_BOXES, render_mermaid

__all__ = ["MOST_BOXES", "render_mermaid"]
