"""Text as a terminal can show it: widths, tabs, control characters."""

from __future__ import annotations


def visible(text: str) -> str:
    """A source line as it can be printed: tabs as blanks, control characters by their code."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        "    " if c == "\t" else c if c.isprintable() else f"<U+{ord(c):04X}>" for c in text
    )


def escape(text: str) -> str:
    """A message without control characters."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else f"<U+{ord(c):04X}>" for c in text)


def columns(text: str) -> int:
    """Columns that a text takes in a terminal."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def wrap(text: str, width: int) -> list[str]:
    """The text in lines of `width` columns; what stands in backquotes is not torn apart."""
    import re

    lines = [""]
    for word in re.findall(r"[^\s`]*`[^`]*`[^\s`]*|\S+", text):
        if lines[-1] and columns(lines[-1]) + 1 + columns(word) > width:
            lines.append("")
        lines[-1] += (" " if lines[-1] else "") + word
    return lines
