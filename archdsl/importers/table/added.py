"""Marked layers: where a paper prints in bold what a network adds to the one on its left."""

from __future__ import annotations

import re

from archdsl.importers.table.clean import clean
from archdsl.importers.table.model import Cell, Reading
from archdsl.importers.table.stages import Line
from archdsl.importers.table.words import Group, Step, Unclear, read_words

BOLD = re.compile(
    r"<(b|strong)>(?P<h>[^<>]{1,200})</\1>|\*\*(?P<m>[^*]{1,200})\*\*|\\textbf\{(?P<l>[^{}]{1,200})\}"
)


def restore_added(
    reading: Reading, lines: list[Line], names: list[str], depths: dict[str, int]
) -> list[str]:
    """Puts back layers that a copy of the table has lost, where the table itself proves them.

    A copied table often drops one of several equal words of a cell. Where a network states its
    depth, its cells give less, and some of its cells equal those of the network on their left
    though they mark a layer as added: if exactly the marked layers are missing, they are added
    to what the left one has. Anything else is left as it is. Gives a note for each network.
    """
    notes = []
    for at, name in enumerate(names):
        stated = depths.get(name)
        if at == 0 or stated is None or depth_of(lines, at) == stated:
            continue
        found = [(line, added) for line in lines if (added := marked(reading, line, at))]
        missing = stated - depth_of(lines, at)
        if missing <= 0 or sum(weights(added) for _, added in found) != missing:
            continue
        for line, added in found:
            cell = line.cells[at]
            assert cell is not None
            line.words[id(cell)] = [*line.words[id(cell)], *added]
        places = ", ".join(str(c.row) for line, _ in found if (c := line.cells[at]))
        notes.append(
            f"{name}: rows {places} read the same as those of {names[at - 1]}, but mark a layer as "
            f"added (in bold); with the added layers {name} has the {stated} layers that the table "
            f"states, without them {stated - missing}. They were put back"
        )
    return notes


def depth_of(lines: list[Line], network: int) -> int:
    """Layers with weights of a network."""
    return sum(weights(line.steps(network)) for line in lines)


def weights(words: list[Step | Group]) -> int:
    """Convolutions and fully connected layers among the words."""
    return sum(
        w.times * len(w.steps) if isinstance(w, Group) else w.kind in ("conv", "fc") for w in words
    )


def marked(reading: Reading, line: Line, network: int) -> list[Step | Group]:
    """The marked layers of a cell that has no more layers than the cell on its left."""
    cell, left = line.cells[network], line.cells[network - 1]
    if cell is None or left is None or cell is left:
        return []
    mine, theirs = line.steps(network), line.steps(network - 1)
    if [w.text for w in mine] != [w.text for w in theirs]:
        return []
    return bold_words(reading, cell)


def bold_words(reading: Reading, cell: Cell) -> list[Step | Group]:
    """The layers of a cell that are printed in bold."""
    out: list[Step | Group] = []
    for found in BOLD.finditer(reading.file.text, cell.start, cell.end):
        text = found["h"] or found["m"] or found["l"]
        try:
            out += [w for w in read_words(clean(text)) if isinstance(w, Step)]
        except Unclear:
            return []
    return out
