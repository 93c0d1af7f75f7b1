"""Blocks of the standard library that a file does not use yet, with the `use` they need."""

from __future__ import annotations

import os

from archdsl.files import std_folder
from archdsl.lsp.items import Item
from archdsl.lsp.scopes import BLOCK, Definition
from archdsl.source import Span
from archdsl.syntax import ast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.lsp.document import Document


def library_items(document: Document, visible: dict[str, Definition]) -> list[Item]:
    """The blocks that are not in sight; taking one adds it to the file's `use` lines."""
    found = []
    for stem in stems(std_folder()):
        at = Span(document.source, 0, 0)
        index = document.load(ast.Use(at, f"std/{stem}", at, True, None), document.source)
        for name, d in index.usable().items() if index is not None else ():
            if name in visible or d.kind != BLOCK or not d.file.name.endswith(f"/{stem}.arch"):
                continue
            params = ", ".join(p.span.text for p in d.params)
            needed = [p.name for p in d.params if p.default is None]
            holes = ", ".join(f"${{{i}:{n}}}" for i, n in enumerate(needed, 1))
            found.append(
                Item(
                    name,
                    BLOCK,
                    f"({params}) from std/{stem}",
                    snippet=f"{name}({holes})" if holes else name,
                    more=getattr(d.node, "doc", ""),
                    edits=(add_use(document, stem, name),),
                    rank=3,
                )
            )
    return found


def add_use(document: Document, stem: str, name: str) -> tuple[int, int, str]:
    """The edit that makes a block known: one more name of a `use`, or one more `use`."""
    last = 0
    for s in document.tree.body:
        if not isinstance(s, ast.Use):
            continue
        if s.path == f"std/{stem}" and s.names:
            return (s.span.end, s.span.end, f", {name}")
        last = s.span.end
    if last:
        return (last, last, f"\nuse std/{stem}: {name}")
    first = len(document.text) if not document.tree.body else document.tree.body[0].span.start
    start = document.text.rfind("\n", 0, first) + 1
    lines = document.text[:start].split("\n")
    while len(lines) > 1 and lines[-2].startswith("##"):  # the comment of what stands below
        start -= len(lines.pop(-2)) + 1
    return (start, start, f"use std/{stem}: {name}\n")


def stems(folder: str) -> list[str]:
    """The spec files of a folder without their suffix."""
    return sorted(f[:-5] for f in os.listdir(folder) if f.endswith(".arch"))
