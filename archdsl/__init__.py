"""archdsl: a compiler for neural-network architectures written as their papers' tables."""

from __future__ import annotations

__version__ = "0.1.0"
__all__ = [
    "Net",
    "Nets",
    "SpecError",
    "__version__",
    "load",
    "load_all",
    "load_plain",
    "load_weights",
    "loads",
    "loads_all",
    "plain_state_dict",
]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.api import (
        SpecError,
        load,
        load_all,
        load_plain,
        load_weights,
        loads,
        loads_all,
        plain_state_dict,
    )
    from archdsl.net import Net, Nets


def __getattr__(name: str) -> object:
    """The Python interface, imported only when it is asked for."""
    if name == "load_ipython_extension":
        from archdsl import notebook

        return notebook.load_ipython_extension
    if name in __all__:
        from archdsl import api

        return getattr(api, name)
    raise AttributeError(f"module 'archdsl' has no attribute {name!r}")
