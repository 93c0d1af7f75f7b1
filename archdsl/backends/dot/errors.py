"""What can go wrong when a picture is drawn; none of it is the spec's fault."""

from __future__ import annotations


class RenderError(Exception):
    """A picture cannot be drawn; the message says in one line why."""


class ToolMissing(RenderError):
    """No program on this machine draws the format; the message says what to install."""


class TooLarge(RenderError):
    """A picture that has too many boxes even when it is folded as far as it goes."""
