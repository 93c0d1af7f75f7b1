"""The functions of expressions: a fixed set, all of them pure and bounded."""

from __future__ import annotations

import math

from archdsl.elaborate.values import MAX_LIST
from archdsl.ops.base import Dims

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class FunctionError(Exception):
    """Arguments that a function does not take; the text says what it wants."""


def number(value: object) -> int | float:
    """The value, if it is a number."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    raise FunctionError("a number")


def integer(value: object) -> int:
    """The value, if it is an integer."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise FunctionError("an integer")


def numbers(args: tuple[object, ...]) -> list[int | float]:
    """The arguments, or the elements of a single list."""
    items = args[0] if len(args) == 1 and isinstance(args[0], tuple) else args
    return [number(v) for v in items]


def divisible(v: object, by: object, low: object = None) -> int:
    """The multiple of `by` nearest to `v`, not below 90 % of it (MobileNet's channel rule)."""
    value, step = number(v), integer(by)
    if step < 1:
        raise FunctionError("a positive divisor")
    least = step if low is None else integer(low)
    new = max(least, int(value + step / 2) // step * step)
    return new + step if new < 0.9 * value else new


def listed(start: object, stop: object = None, step: object = 1) -> tuple[int, ...]:
    """`range(3)`, `range(2, 8)`, `range(0, 8, 2)`."""
    first, last = (0, integer(start)) if stop is None else (integer(start), integer(stop))
    by = integer(step)
    if by == 0:
        raise FunctionError("a step other than 0")
    found = range(first, last, by)
    if len(found) > MAX_LIST:
        raise FunctionError(f"at most {MAX_LIST:,} numbers")
    return tuple(found)


def length(value: object) -> int:
    """How many elements a list or a size has."""
    if isinstance(value, tuple):
        return len(value)
    raise FunctionError("a list")


def root(value: object) -> float:
    """The square root of a number of at least 0."""
    v = number(value)
    if v < 0:
        raise FunctionError("a number of at least 0")
    return math.sqrt(v)


def logarithm(value: object) -> float:
    """The binary logarithm of a positive number."""
    v = number(value)
    if v <= 0:
        raise FunctionError("a positive number")
    return math.log2(v)


def least(*args: object) -> int | float:
    """The smallest of numbers or of a list."""
    return min(nonempty(numbers(args)))


def greatest(*args: object) -> int | float:
    """The largest of numbers or of a list."""
    return max(nonempty(numbers(args)))


def nonempty(values: list[int | float]) -> list[int | float]:
    """The values, if there are any."""
    if not values:
        raise FunctionError("at least one number")
    return values


def total(*args: object) -> int | float:
    """The sum of numbers or of a list."""
    return sum(numbers(args))


def rounded(value: object) -> int:
    """The nearest integer; halves go to the even one, as IEEE 754 says."""
    return round(number(value))


def backwards(value: object) -> tuple[object, ...]:
    """A list from its end."""
    if isinstance(value, tuple) and not isinstance(value, Dims):
        return value[::-1]
    raise FunctionError("a list")


FUNCTIONS: dict[str, tuple[Callable[..., object], int, int | None, str]] = {
    # name: (function, least arguments, most, how it is written)
    "abs": (lambda v: abs(number(v)), 1, 1, "abs(x)"),
    "ceil": (lambda v: math.ceil(number(v)), 1, 1, "ceil(x)"),
    "divisible": (divisible, 2, 3, "divisible(x, by)"),
    "floor": (lambda v: math.floor(number(v)), 1, 1, "floor(x)"),
    "len": (length, 1, 1, "len(list)"),
    "log2": (logarithm, 1, 1, "log2(x)"),
    "max": (greatest, 1, None, "max(a, b)"),
    "min": (least, 1, None, "min(a, b)"),
    "range": (listed, 1, 3, "range(stop)"),
    "reversed": (backwards, 1, 1, "reversed(list)"),
    "round": (rounded, 1, 1, "round(x)"),
    "sqrt": (root, 1, 1, "sqrt(x)"),
    "sum": (total, 1, None, "sum(list)"),
}
