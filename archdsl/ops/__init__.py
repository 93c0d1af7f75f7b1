"""All layer kinds: importing this package fills `Kind.registry`."""

from archdsl.ops import (
    activation,
    attention,
    classic,
    conv,
    dropout,
    embedding,
    flatten,
    join,
    layout,
    linear,
    norm,
    pool,
    recurrent,
    residual,
    sequence,
    shape,
)

__all__ = [
    "activation",
    "attention",
    "classic",
    "conv",
    "dropout",
    "embedding",
    "flatten",
    "join",
    "layout",
    "linear",
    "norm",
    "pool",
    "recurrent",
    "residual",
    "sequence",
    "shape",
]
