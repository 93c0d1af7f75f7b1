"""Tables pasted from papers, web pages and LaTeX, and timm's block strings, as specs."""

from __future__ import annotations

from archdsl.diagnostics.model import Diagnostic
from archdsl.importers.table.carriers import FORMS, detect, read_grid
from archdsl.importers.table.draft import Draft
from archdsl.importers.table.model import Options, Reading, Unreadable
from archdsl.importers.table.settle import settle
from archdsl.source import SourceFile

__all__ = ["FORMS", "Draft", "Options", "read_table", "settle"]


def read_table(file: SourceFile, options: Options) -> tuple[Draft | None, list[Diagnostic]]:
    """The spec that a table means, or None with what is not understood; it does not raise."""
    reading = Reading(file, options)
    try:
        draft = read_notation(reading)
    except Unreadable:
        return None, reading.problems
    if reading.problems:
        reading.problems.sort(key=lambda d: d.primary.span.start)
        return None, reading.problems
    return draft, []


def read_notation(reading: Reading) -> Draft:
    """Reads the table by the notation that its headings show. Raises Unreadable."""
    form = reading.options.form
    if form == "auto":
        form = detect(reading.file.text, reading.file.name)
    if form == "timm":
        from archdsl.importers.table.timm import read_blocks

        return read_blocks(reading)
    grid = read_grid(reading, form)
    from archdsl.importers.table.layers import finds_layers, read_layers

    if finds_layers(grid):
        return read_layers(reading, grid)
    from archdsl.importers.table.variants import read_variants

    return read_variants(reading, grid)
