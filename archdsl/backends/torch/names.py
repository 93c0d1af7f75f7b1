"""Identifiers of the generated source: valid, unique, and never a name that means something."""

from __future__ import annotations

import builtins
import keyword
import re

_IMPORTED_WORDS = """
torch nn F Tensor NamedTuple math annotations checkpoint nullcontext
"""
IMPORTED = frozenset(_IMPORTED_WORDS.split())
"""Names that the generated file may import."""

_LOCAL_WORDS = """
self layer i _ build self_check check_shapes TRAIN NORMS Graphed fold_norms lay_out_inputs
recompute Uncounted
"""
LOCALS = frozenset(_LOCAL_WORDS.split())
"""Names that the emitter writes itself."""

SEQUENTIAL = frozenset({"append", "extend", "insert", "pop"})
"""Methods that `nn.Sequential` has and `nn.Module` has not."""

BUILTINS = frozenset(dir(builtins))

_RESERVED = IMPORTED | LOCALS | BUILTINS | frozenset(keyword.kwlist)

_CAPITALS = {
    "bn": "BN",
    "ln": "LN",
    "gn": "GN",
    "fc": "FC",
    "lrn": "LRN",
    "relu": "ReLU",
    "relu6": "ReLU6",
    "gelu": "GELU",
    "silu": "SiLU",
    "prelu": "PReLU",
    "dwconv": "DWConv",
    "sepconv": "SepConv",
    "maxpool": "MaxPool",
    "avgpool": "AvgPool",
    "gap": "GAP",
}


class Namer:
    """Gives each name once: a second `conv` becomes `conv2`."""

    __slots__ = ("_taken",)

    def __init__(self, taken: frozenset[str] | set[str] = frozenset()) -> None:
        self._taken = set(taken)

    def take(self, wanted: str) -> str:
        """The wanted name, or that name with the lowest number that makes it free."""
        name, number = wanted, 1
        while name in self._taken:
            number += 1
            name = f"{wanted}{number}" if not wanted[-1].isdigit() else f"{wanted}_{number}"
        self._taken.add(name)
        return name

    def is_free(self, name: str) -> bool:
        """Whether nobody took it."""
        return name not in self._taken


def variable(name: str) -> str:
    """A name for a local variable or an argument: `in` becomes `in_`, `y[0]` becomes `y_0`."""
    word = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_")
    if not word or word[0].isdigit():
        word = "t" + word
    return word + "_" if word in _RESERVED else word


def class_name(name: str) -> str:
    """A name for a class: `basic` becomes `Basic`, `VGG-E` `VGG_E`, `dense_block` `DenseBlock`."""
    words = [_camel(word) for word in re.split(r"[^A-Za-z0-9_]+", name) if word.strip("_")]
    word = "_".join(words) or "Net"
    if word[0].isdigit():
        word = "Net" + word
    return word + "Net" if word in _RESERVED else word


def kinds_name(kinds: list[str]) -> str:
    """A class name for a short chain of layers: `ConvBNReLU`."""
    return "".join(_CAPITALS.get(kind.lower(), class_name(kind)) for kind in kinds)


def _camel(word: str) -> str:
    pieces = [p for p in word.split("_") if p]
    if word != word.lower():
        whole = "_".join(pieces)
        return whole[0].upper() + whole[1:]
    out = ""
    for piece in pieces:
        # `x1_0` must not become `X10`.
        numbers = out[-1:].isdigit() and piece[0].isdigit()
        out += "_" * numbers + piece[0].upper() + piece[1:]
    return out
