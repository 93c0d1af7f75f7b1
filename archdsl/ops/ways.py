"""How a tensor of one layout becomes one of another: advice, read only where it is needed."""

from __future__ import annotations

from math import isqrt

from archdsl.tensor import SEQUENCE, SIGNAL, TOKENS, VECTOR, TensorType


def to_map(x: TensorType) -> tuple[str, str]:
    """How a map is made of what is none: words, and the layer that does it."""
    if x.layout == TOKENS:
        return "`embed(vocab, dim)` makes a sequence of vectors of tokens", ""
    if x.layout == SEQUENCE:
        before = "transpose(to=signal)"
        length, features = x.dims
        return (
            f"`{before}` makes a signal of it, {features} channels at {length} positions; "
            "`reshape` an image",
            before,
        )
    before = f"reshape({square(x.numel)})"
    return f"`{before}` makes an image of {x.numel} numbers", before


def square(n: int) -> str:
    """The image of `n` numbers that is a square of as few channels as 1 or 3, if there is one."""
    for channels in (1, 3):
        side = isqrt(n // channels)
        if channels * side * side == n:
            return f"{channels}x{side}x{side}"
    return f"{n}x1x1"


def to_sequence(x: TensorType) -> tuple[str, str]:
    """How a sequence is made of what is none: words, and the layer that does it."""
    if x.layout == TOKENS:
        return "`embed(vocab, dim)` makes a sequence of tokens", ""
    if x.layout == VECTOR:
        before = f"reshape(1x{x.numel}, to=seq)"
        return f"`{before}` makes a sequence of one position of this vector", before
    if x.layout == SIGNAL:
        return "`transpose(to=seq)` makes a sequence of a signal", "transpose(to=seq)"
    return "`tokens` makes a sequence of the positions of a map", "tokens"
