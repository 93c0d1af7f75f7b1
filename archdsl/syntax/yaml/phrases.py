"""Values and arguments of the YAML form as the language writes them."""

from __future__ import annotations

import re

from archdsl.syntax.yaml.nodes import Mapping, Node, Scalar, Sequence
from archdsl.syntax.yaml.text import Text

PLAIN_COUNT = re.compile(r"[0-9]+|\(.*\)", re.S)
NAME_COUNT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\[[^\[\]]*\])*")


def phrase(node: Node) -> str:
    """What a text says."""
    assert isinstance(node, Scalar)
    return Text(node).said.strip()


def value(node: Node) -> str:
    """A value: a text, a list, or a call."""
    if isinstance(node, Sequence):
        return "[" + ", ".join(map(value, node.items)) + "]"
    if isinstance(node, Mapping):
        key, given = node.pairs[0]
        return phrase(key) + (args(given) or "()")
    return phrase(node)


def args(node: Node | None) -> str:
    """Arguments or parameters in brackets; nothing where there are none."""
    if node is None or (isinstance(node, Scalar) and node.empty):
        return ""
    found: list[str] = []
    if isinstance(node, Mapping):
        found = [f"{phrase(key)}={value(item)}" for key, item in node.pairs]
    elif isinstance(node, Sequence):
        for item in node.items:
            if isinstance(item, Mapping):
                key, given = item.pairs[0]
                found.append(f"{phrase(key)}={value(given)}")
            else:
                found.append(value(item))
    return f"({', '.join(found)})" if found else ""


def repeat(node: Mapping) -> str:
    """` x4`, ` x n` or ` x(2*n)`, with `shared`."""
    count, shared = node.get("repeat"), node.get("shared")
    if count is None:
        return ""
    words = phrase(count)
    if PLAIN_COUNT.fullmatch(words):
        text = f" x{words}"
    else:
        text = f" x {words}" if NAME_COUNT.fullmatch(words) else f" x({words})"
    flag = isinstance(shared, Scalar) and shared.value == "true"
    return text + (" shared" if flag else "")
