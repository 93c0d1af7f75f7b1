"""Data as YAML, with its comments and empty lines; texts are quoted only where they must be."""

from __future__ import annotations

import re

from archdsl.syntax.yaml.data import Around, Data, Items, Pairs, Words

WIDTH = 96
# A text that YAML takes as it is: no sign of YAML at its start, no `: `, ` #` or blank at its end.
PLAIN = re.compile(r"(?:[A-Za-z0-9_(]|-[0-9])(?:[^\s:#]|:(?=\S)|#(?<=\S#)|[ ](?=[^\s#]))*")
PLAIN_FLOW = re.compile(r"(?:[A-Za-z0-9_(]|-[0-9])(?:[^\s:#,\[\]{}]|#(?<=\S#)|[ ](?=[^\s#]))*")
# What a spec may hold and YAML only by escapes.
ESCAPED = re.compile("[\f\ufffe\uffff]")
# What other readers of YAML take for a boolean, nothing, a date, or an octal number.
TRAPS = re.compile(r"(?i:y|n|yes|no|on|off|null|nan)|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}|[-+]?0[0-9_]+")


def dump(data: Pairs) -> str:
    """The text of a document."""
    lines: list[str] = []
    write_pairs(data, 0, lines)
    return "\n".join(lines) + "\n"


def write_pairs(data: Pairs, indent: int, lines: list[str]) -> None:
    """`key: value` lines."""
    for around, key, value in data.pairs:
        begin(around, indent, lines)
        write_value(f"{' ' * indent}{quote(key, False)}:", value, indent + 2, lines)
        finish(around, lines)


def begin(around: Around, indent: int, lines: list[str]) -> None:
    """What stands above an item."""
    for text, blank in around.above:
        lines += [""] * blank
        lines.append(" " * indent + text)
    lines += [""] * around.blank


def finish(around: Around, lines: list[str]) -> None:
    """The comment beside an item; beside the sign of a text over several lines, as none ends it."""
    if around.beside:
        first, end, rest = lines[-1].partition("\n")
        lines[-1] = f"{first}  {around.beside}{end}{rest}"


def write_value(start: str, value: Data | None, indent: int, lines: list[str]) -> None:
    """A value behind its key, on the same line or below it."""
    flat = None if value is None or "\n" in (text := flow(value, True)) else text
    if value is None:
        lines.append(start)
    elif isinstance(value, Words) and "\n" in value.text and can_be_literal(value.text):
        below = [(" " * indent + line).rstrip() for line in value.text.split("\n")]
        lines.append("\n".join([f"{start} |", *below]))
    elif isinstance(value, Words) or is_flat(value, f"{start} {flat}"):
        lines.append(f"{start} {flat}")
    elif isinstance(value, Items):
        lines.append(start + (f"  {value.head}" if value.head else ""))
        write_items(value, indent, lines)
    else:
        lines.append(start)
        write_pairs(value, indent, lines)


def is_flat(value: Items | Pairs, line: str) -> bool:
    """Whether a value stands in brackets: where it must, and where a mapping is short."""
    if isinstance(value, Items):
        return value.flow or not (value.items or value.tail)
    return not value.pairs or (value.flow and len(line) <= WIDTH)


def can_be_literal(text: str) -> bool:
    """Whether a text can stand below `|` as it is."""
    return text[:1] not in (" ", "\n", "\t") and text == text.rstrip() and not ESCAPED.search(text)


def write_items(data: Items, indent: int, lines: list[str]) -> None:
    """`- item` lines."""
    for around, item in data.items:
        begin(around, indent, lines)
        at = len(lines)
        if isinstance(item, Pairs) and item.pairs and not item.flow:
            write_pairs(item, indent + 2, lines)
            first = next(i for i in range(at, len(lines)) if is_code(lines[i]))
            lines[first] = " " * indent + "- " + lines[first][indent + 2 :]
        elif isinstance(item, Items) and not item.flow and item.items:
            write_items(item, indent + 2, lines)
            first = next(i for i in range(at, len(lines)) if is_code(lines[i]))
            lines[first] = " " * indent + "- " + lines[first][indent + 2 :]
        else:
            write_value(" " * indent + "-", item, indent + 2, lines)
        finish(around, lines)
    for text, blank in data.tail:
        lines += [""] * blank
        lines.append(" " * indent + text)


def is_code(line: str) -> bool:
    """Whether a line is neither empty nor a comment."""
    return bool(line.strip()) and not line.lstrip().startswith("#")


def flow(data: Data | None, top: bool = False) -> str:
    """Data on one line."""
    if data is None:
        return "null"
    if isinstance(data, Words):
        return quote(data.text, not top)
    if isinstance(data, Pairs):
        return "{" + ", ".join(f"{quote(k, True)}: {flow(v)}" for _, k, v in data.pairs) + "}"
    parts = []
    for _, item in data.items:
        if isinstance(item, Pairs) and len(item.pairs) == 1 and item.flow:
            parts.append(flow(item)[1:-1])  # a pair in a list needs no braces
        else:
            parts.append(flow(item))
    return "[" + ", ".join(parts) + "]"


def quote(text: str, inside: bool) -> str:
    """A text as it must be written, `inside` brackets or not."""
    pattern = PLAIN_FLOW if inside else PLAIN
    if pattern.fullmatch(text) and not TRAPS.fullmatch(text):
        return text
    if "'" not in text and text.isprintable():
        return f"'{text}'" if '"' in text else f'"{text}"' if "\\" not in text else f"'{text}'"
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08X}" for c in escaped) + '"'
