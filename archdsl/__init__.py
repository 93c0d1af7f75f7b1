"""archdsl: a compiler for neural-network architectures written as their papers' tables."""

from __future__ import annotations

__version__ = "0.1.0"
__all__ = ["Net", "SpecError", "__version__", "load", "loads"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.api import Net, SpecError, load, loads


def __getattr__(name: str) -> object:
    """The Python interface, imported only when it is asked for."""
    if name in ("Net", "SpecError", "load", "loads"):
        from archdsl import api

        return getattr(api, name)
    raise AttributeError(f"module 'archdsl' has no attribute {name!r}")
