"""Operators on values: arithmetic with bounded results, comparison, indexing."""

from __future__ import annotations

import math

from archdsl.elaborate.context import Located
from archdsl.elaborate.errors import BadValue, Limit
from archdsl.elaborate.values import MAX_LIST, count_elements, show_value
from archdsl.ops.base import LayerRef
from archdsl.source import Span
from archdsl.syntax import ast

MAX_BITS = 4096
LONG_LIST = f"a list of more than {MAX_LIST:,} elements"
LONG_INTEGER = "an integer of more than a thousand digits"


class TooLong(Exception):
    """A result beyond its limit; the text says which."""


class NotReal(Exception):
    """A result that is no real number."""


def bounded(values: tuple[object, ...], span: Span) -> tuple[object, ...]:
    """The list, unless it holds too much."""
    if count_elements(values, MAX_LIST) > MAX_LIST:
        raise Located(Limit(LONG_LIST), span)
    return values


def apply_binary(op: str, a: object, b: object) -> object:
    """One operator; TypeError where it does not take such values."""
    if op == "==":
        return same(a, b)
    if op == "!=":
        return not same(a, b)
    if op == "in":
        if isinstance(b, tuple):
            return any(same(a, v) for v in b)
        raise TypeError
    if isinstance(a, tuple) and isinstance(b, tuple) and op == "+" and type(a) is type(b) is tuple:
        return a + b
    if isinstance(a, tuple) and type(a) is tuple and op == "*" and is_count(b):
        if len(a) * int(b) > MAX_LIST:  # type: ignore[call-overload]
            raise TooLong(LONG_LIST)
        return a * int(b)  # type: ignore[call-overload]
    if not is_number(a) or not is_number(b):
        raise TypeError
    return arithmetic(op, a, b)  # type: ignore[arg-type]


def arithmetic(op: str, a: int | float, b: int | float) -> object:
    """Numbers; `/` of integers that divide exactly is an integer."""
    match op:
        case "+":
            return a + b
        case "-":
            return a - b
        case "*":
            return a * b
        case "/":
            if isinstance(a, int) and isinstance(b, int) and b and a % b == 0:
                return a // b
            return a / b
        case "//":
            return a // b
        case "%":
            return a % b
        case "**":
            return power(a, b)
        case "<":
            return a < b
        case "<=":
            return a <= b
        case ">":
            return a > b
        case ">=":
            return a >= b
        case "..":
            if isinstance(a, int) and isinstance(b, int):
                if b - a > MAX_LIST:
                    raise TooLong(LONG_LIST)
                return tuple(range(a, b))
    raise TypeError


def power(a: int | float, b: int | float) -> int | float:
    """`a ** b` with a bounded result."""
    if isinstance(a, int) and isinstance(b, int) and b >= 0:
        if a.bit_length() * b > MAX_BITS:
            raise TooLong(LONG_INTEGER)
        return int(a**b)
    result = a**b
    if isinstance(result, complex):
        raise NotReal
    return result


def check_size(value: object, span: Span) -> None:
    """Numbers stay bounded and are numbers."""
    if isinstance(value, int) and value.bit_length() > MAX_BITS:
        raise Located(Limit(LONG_INTEGER), span)
    if isinstance(value, float) and not math.isfinite(value):
        raise Located(BadValue("a result too large for a real number"), span)
    if isinstance(value, tuple):
        bounded(value, span)


def same(a: object, b: object) -> bool:
    """Equality; true is not 1, and a size equals a list of the same numbers."""
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, LayerRef) and isinstance(b, str):
        return not a.attrs and b in a.kind.names
    if isinstance(b, LayerRef) and isinstance(a, str):
        return same(b, a)
    return a == b


def is_number(value: object) -> bool:
    """An integer or a real."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_count(value: object) -> bool:
    """An integer of at least 0."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def apply_unary(e: ast.Unary, value: object) -> object:
    """`-`, `+` or `not`."""
    if e.op == "not" and isinstance(value, bool):
        return not value
    if e.op != "not" and is_number(value):
        return -value if e.op == "-" else value  # type: ignore[operator]
    raise Located(BadValue(f"`{e.op}` does not take {show_value(value)}"), e.span)


def apply_index(e: ast.Index, target: object, index: object) -> object:
    """An element of a list or a size, from 0."""
    if not isinstance(target, tuple):
        raise Located(BadValue(f"{show_value(target)} is no list"), e.target.span)
    if not is_count(index) or index >= len(target):  # type: ignore[operator]
        raise Located(
            BadValue(
                f"no element {show_value(index)} in a list of {len(target)}",
                help=f"elements are numbered 0 to {len(target) - 1}" if target else "",
            ),
            e.index.span,
        )
    return target[index]  # type: ignore[call-overload]
