"""The residual join: a body plus its input (He et al. 2015); made of other kinds."""

from __future__ import annotations

from archdsl.ops.base import Field, Kind, choice, real

SHORTCUTS = ("identity", "conv", "pad", "match", "all")


class Residual(Kind):
    """`residual[body]` adds its input back, then applies `act` (He et al. 2015).

    It never stands in the IR: it becomes its body, a shortcut and an `add`.
    """

    names = ("residual",)
    family = "join"
    arity = (1, None)
    hidden = True
    expands = True
    fields = (
        Field(
            "shortcut",
            choice(*SHORTCUTS),
            "identity",
            "where shapes differ: an error, a projection (option B), zero padding (A), no sum "
            "(match); `all` always projects (C)",
            SHORTCUTS,
        ),
        Field("scale", real(-1e6, 1e6, "a number"), 1, "what the body is multiplied by"),
        Field(
            "droppath",
            real(0, 1, "a number from 0 to 1"),
            0,
            "how often training drops the body (stochastic depth)",
        ),
    )
    shortcut: str
    scale: float
    droppath: float
