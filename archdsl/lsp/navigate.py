"""Where a name is defined and where else it is said, in all files of the workspace."""

from __future__ import annotations

import os
import re

from archdsl.files import EncodingProblem, FileProblem, read_spec
from archdsl.lsp.document import real_path
from archdsl.lsp.places import path_at
from archdsl.source import SourceFile, Span
from archdsl.syntax import ast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from archdsl.lsp.document import Document
    from archdsl.lsp.index import Index
    from archdsl.lsp.scopes import Definition, Occurrence

MAX_FILES = 2000
SKIPPED = frozenset(("node_modules", "build", "dist", "__pycache__"))


def definitions(document: Document, offset: int) -> list[Span]:
    """The places that define the name at an offset; the whole file for the path of a `use`."""
    found = document.index.at(offset)
    if found is not None:
        return found.definition.sites
    for node in path_at(document.tree, offset):
        if isinstance(node, ast.Use) and node.path_span.start <= offset <= node.path_span.end:
            other = document.read_other(node.path, document.source, node.std)
            if isinstance(other, SourceFile):
                return [Span(other, 0, 0)]
    return []


def references(document: Document, offset: int, declared: bool) -> list[Span]:
    """Every place that speaks of the name at an offset, `declared` with those that define it."""
    found = document.index.at(offset)
    if found is None:
        return []
    spans = []
    for index in indexes(document, found.definition):
        spans += [o.span for o in same(index, found.definition) if declared or not o.defines]
    return spans


def indexes(document: Document, d: Definition) -> Iterator[Index]:
    """The files that may speak of a definition: this one, and where it is seen from outside."""
    yield document.index
    seen = {os.path.normpath(document.name)}
    outside = d.inner is not None or d.file is not document.tree.source
    if not outside or document.name.startswith("<"):
        return
    for path in workspace_files(document, real_path(d.file.name)):
        if path in seen:
            continue
        seen.add(path)
        text = document.workspace.open_text(path)
        try:
            file = SourceFile(path, text) if text is not None else read_spec(path)
        except (FileProblem, EncodingProblem):
            continue
        if re.search(rf"\b{re.escape(d.name)}\b", file.text):
            index = document.workspace.index_of(file, document.load)
            if index is not None:
                yield index


def workspace_files(document: Document, defined_in: str) -> Iterator[str]:
    """The specs of the workspace's folders, the defining file first; at most 2000."""
    roots = document.workspace.roots or [os.path.dirname(document.name) or "."]
    if not defined_in.startswith(os.path.dirname(os.path.abspath(__file__))):
        yield os.path.normpath(defined_in)
    count = 0
    for root in roots:
        for folder, inside, files in os.walk(root):
            inside[:] = sorted(n for n in inside if n not in SKIPPED and not n.startswith("."))
            for name in sorted(files):
                if name.endswith(".arch"):
                    count += 1
                    if count > MAX_FILES:
                        return
                    yield os.path.normpath(os.path.join(folder, name))


def same(index: Index, d: Definition) -> list[Occurrence]:
    """The occurrences of a definition in a file that was read on its own."""
    key = key_of(d)
    found = [o for o in index.occurrences if o.definition is d or key_of(o.definition) == key]
    once = {(o.span.start, o.span.end): o for o in found}
    return [once[at] for at in sorted(once)]


def key_of(d: Definition) -> tuple[str, int, str]:
    """What tells definitions apart, however often their file was read."""
    return (real_path(d.file.name), d.span.start, d.name)
