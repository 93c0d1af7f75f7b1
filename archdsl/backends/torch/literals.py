"""Literals, docstring text and type annotations of the generated source."""

from __future__ import annotations

import math

from archdsl.backends.torch.errors import NotEmittable


def literal(value: object) -> str:
    """A value as Python writes it; NotEmittable for anything but plain finite values."""
    if value is None or isinstance(value, (bool, int)):
        return repr(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise NotEmittable(f"the number {value} cannot be written as a literal")
        return repr(value)
    if isinstance(value, str):
        escaped = ascii(value)
        return escaped if '"' in value else f'"{escaped[1:-1]}"'
    if isinstance(value, (tuple, list)):
        inside = [literal(v) for v in value]
        return "(" + ", ".join(inside) + ("," if len(inside) == 1 else "") + ")"
    raise NotEmittable(f"a value of type {type(value).__name__} cannot be written as a literal")


def annotation(values: list[object]) -> str:
    """The type of an argument that takes these values: `int | tuple[int, ...]`."""
    return " | ".join(dict.fromkeys(sorted((_type(v) for v in values), key=_rank)))


def number(n: int) -> str:
    """An integer with its digits in groups of three, as source: `143_667_240`."""
    return f"{n:_}"


def doc_lines(text: str) -> list[str]:
    """Lines of user text that may stand in a docstring: nothing in them ends or escapes it."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    while lines and not lines[-1]:
        del lines[-1]
    while lines and not lines[0]:
        del lines[0]
    return [_escape(line) for line in lines]


def printable(text: str) -> str:
    """User text as any terminal shows it: escapes for all but printable ASCII."""
    shown = (c if c.isascii() and c.isprintable() else ascii(c)[1:-1] for c in text)
    return "".join(shown).replace('"', "'")


def docstring(lines: list[str], indent: int) -> list[str]:
    """A docstring of lines that are safe already, the first one beside the quotes."""
    pad = " " * indent
    if len(lines) == 1 and indent + len(lines[0]) + 6 <= 88:
        return [f'{pad}"""{lines[0]}"""']
    body = [pad + line if line else "" for line in lines[1:]]
    return [f'{pad}"""{lines[0]}', *body, f'{pad}"""']


def _escape(line: str) -> str:
    shown = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in line)
    return shown.replace("\\", "\\\\").replace('"', "'")


def _type(value: object) -> str:
    if isinstance(value, (tuple, list)):
        inner = dict.fromkeys(_type(v) for v in value)
        return f"tuple[{' | '.join(inner) or 'int'}, ...]"
    return "None" if value is None else type(value).__name__


def _rank(type_name: str) -> tuple[int, str]:
    order = ["bool", "int", "float", "str"]
    place = order.index(type_name) if type_name in order else len(order) + (type_name == "None")
    return place, type_name
