"""Text made safe for DOT: every attribute goes through `quote` or `rich`."""

from __future__ import annotations

import re

LONGEST = 400
"""Characters of one label; `dot` itself refuses strings above 16,384 bytes."""

HARMLESS = re.compile(r"[A-Za-z0-9 _.,:=+*/()\[\]#×–…-]*")
"""Text that neither DOT nor its HTML-like labels can take for markup."""


class Span:
    """A piece of a label with its own size, colour and weight."""

    __slots__ = ("bold", "color", "size", "text")

    def __init__(self, text: str, size: float, color: str, bold: bool = False) -> None:
        self.text = text
        self.size = size
        self.color = color
        self.bold = bold


def quote(text: str) -> str:
    """A quoted DOT string that shows exactly `text`, its newlines included.

    Quotes, backslashes (DOT's escapes such as `\\N`) and ampersands (DOT decodes entities) are
    escaped; what cannot be printed becomes U+FFFD; very long text is cut.
    """
    if len(text) > LONGEST:
        text = text[: LONGEST - 1] + "…"
    text = text.replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")
    return '"' + "\\n".join(printable(line) for line in text.split("\n")) + '"'


def printable(text: str) -> str:
    """The text with control, format and surrogate characters replaced by U+FFFD."""
    return "".join(c if c.isprintable() else "\ufffd" for c in text)


def rich(lines: list[list[Span]]) -> str:
    """A label of several sizes and colours.

    Only harmless text is put into an HTML-like label; anything else makes the whole label a
    plain quoted string, in which there is nothing to break out of.
    """
    plain = "\n".join("".join(span.text for span in line) for line in lines)
    if (
        not plain.strip()
        or len(plain) > LONGEST
        or not all(HARMLESS.fullmatch(p) for p in plain.split("\n"))
    ):
        return quote(plain)
    return (
        "<"
        + "<br/>".join("".join(_tag(span) for span in line if span.text) for line in lines)
        + ">"
    )


def _tag(span: Span) -> str:
    text = f"<b>{span.text}</b>" if span.bold else span.text
    return f'<font point-size="{span.size:g}" color="{span.color}">{text}</font>'
