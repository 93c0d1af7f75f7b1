"""When two things agree: what is raised where they do not, and how much rounding may differ."""

from __future__ import annotations

from typing import Any

from torch import Tensor

TOLERANCE = 1e-7
TOO_LARGE = 1e60  # values beyond this say nothing


class Mismatch(Exception):
    """Two things that must be equal are not."""


def need(right: bool, what: str) -> None:
    """Raises Mismatch unless it is so."""
    if not right:
        raise Mismatch(what)


def as_list(made: Any) -> list[Tensor]:
    """The outputs of a module."""
    return [made] if isinstance(made, Tensor) else list(made)


def close(a: Tensor, b: Tensor) -> bool:
    """Equal up to rounding; where values are beyond all sense, of equal shape."""
    if a.shape != b.shape:
        return False
    size = float(a.abs().max()) if a.numel() else 0.0
    if not size < TOO_LARGE:
        return True
    return bool((a - b).abs().max() <= TOLERANCE * max(size, 1.0))
