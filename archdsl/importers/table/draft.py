"""A spec being written: its lines, each with the cell that it comes from, and its claims."""

from __future__ import annotations

import re

from archdsl.importers.table.model import Cell, Reading

NAME = re.compile(r"[A-Za-z_][\w-]{0,59}")
KIND_LIKE = re.compile(r"[A-Za-z]+\d+$")


class Claim:
    """What the table states of a network; a rounded one that is false becomes a comment."""

    __slots__ = ("cell", "rounded", "text")

    def __init__(self, text: str, cell: Cell | None, rounded: bool = False) -> None:
        self.text = text
        self.cell = cell
        self.rounded = rounded


class Draft:
    """The lines of a spec with their cells, the blocks that it uses, its claims and assumptions."""

    __slots__ = ("claims", "false", "lines", "reading", "uses")

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.lines: list[tuple[str, Cell | None]] = []
        self.claims: list[Claim] = []
        self.false: list[str] = []
        self.uses: dict[str, set[str]] = {}

    def add(self, text: str, cell: Cell | None = None) -> None:
        """One more line."""
        self.lines.append((text, cell))

    def claim(self, text: str, cell: Cell | None, rounded: bool = False) -> None:
        """One more claim, without the word `expect`."""
        self.claims.append(Claim(text, cell, rounded))

    def use(self, file: str, block: str) -> str:
        """Notes that a block of the standard library is used; gives its name."""
        self.uses.setdefault(file, set()).add(block)
        return block

    def assembled(self) -> list[tuple[str, Cell | None]]:
        """All lines of the spec, in their order, with where they come from."""
        out: list[tuple[str, Cell | None]] = [
            (f"# Imported from the table in {shown_name(self.reading.file.name)}.", None)
        ]
        if self.reading.doubts:
            out.append(("# Mended, because the table contradicts itself:", None))
            out += [(line, None) for note in self.reading.doubts for line in wrapped(note)]
        if self.reading.notes:
            out.append(("# Assumed, because the table does not say it:", None))
            out += [(line, None) for note in self.reading.notes for line in wrapped(note)]
        for file in sorted(self.uses):
            out.append((f"use {file}: {', '.join(sorted(self.uses[file]))}", None))
        out.append(("", None))
        out += self.lines
        out.append(("", None))
        out += [(f"expect {c.text}", c.cell) for c in self.claims]
        out += [(line, None) for note in self.false for line in wrapped(note)]
        return out


def shown_name(name: str) -> str:
    """A file's name in a comment: its last part, without what could end the line."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(c if c.isprintable() else "?" for c in last)[:80]


def wrapped(note: str) -> list[str]:
    """An assumption as comment lines."""
    import textwrap

    lines = textwrap.wrap(note, 94, break_long_words=False, break_on_hyphens=False)
    return [f"# {'- ' if i == 0 else '  '}{line}" for i, line in enumerate(lines)]


def network_name(text: str) -> str:
    """A name that a network can have, made of a heading or a file's name."""
    name = re.sub(r"[^A-Za-z0-9_-]+", "_", text.strip()).strip("_-")[:48]
    if not name:
        return "Net"
    return name if name[0].isalpha() or name[0] == "_" else "Net-" + name


def label_name(text: str) -> str:
    """A label made of a row's name; one that reads as a kind with digits gets an end of its own."""
    name = re.sub(r"[^A-Za-z0-9_]+", "_", text.strip()).strip("_")[:48]
    if not name or not name[0].isalpha():
        return ""
    return name + "_x" if KIND_LIKE.match(name) or f" {name.lower()} " in RESERVED else name


RESERVED = (
    " and block default else expect false for if in input let network none not or output "
    "shared then true train use x c pool pooling conv convolution fc linear softmax "
)
