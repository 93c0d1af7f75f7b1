"""Renaming: edits in every file that says the name, refused where they would change a meaning."""

from __future__ import annotations

import re

from archdsl.lsp.document import Document, Workspace, real_path
from archdsl.lsp.navigate import indexes, same
from archdsl.lsp.scopes import NETWORK, USED, Definition
from archdsl.lsp.skeleton import skeleton
from archdsl.source import Span
from archdsl.syntax import ast
from archdsl.syntax._tables import KEYWORDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.lsp.index import Index

NAME = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")
NETWORK_NAME = re.compile(r"[A-Za-z_][A-Za-z_0-9]*(?:-[A-Za-z0-9_]+)*")


class Refused(Exception):
    """Why a name cannot be changed, or not to that one."""


def prepare(document: Document, offset: int) -> tuple[Span, str]:
    """The name at an offset and its place. Raises Refused."""
    found = document.index.at(offset)
    if found is None:
        raise Refused("no name of this file stands here")
    check_definition(found.definition, document)
    span = own_part(found.span, found.definition)
    return span, span.text


def rename(document: Document, offset: int, name: str) -> dict[str, list[tuple[Span, str]]]:
    """The edits by path, the document's own under its `name`. Raises Refused."""
    _, old = prepare(document, offset)
    found = document.index.at(offset)
    assert found is not None
    d = found.definition
    if not (NETWORK_NAME if d.kind == NETWORK else NAME).fullmatch(name) or name in KEYWORDS:
        raise Refused(f"`{name}` is no name")
    if name == old:
        return {}
    edits: dict[str, list[tuple[Span, str]]] = {}
    for index in indexes(document, d):
        places = [own_part(o.span, d) for o in same(index, d)] + prefixes(index, d)
        if any(span.text != old for span in places):
            raise Refused(f"`{old}` is a part of other names")
        if places:
            edits[index.source.name] = [(span, name) for span in places]
    for path, changes in edits.items():
        check_meaning(path, changes, edits, document)
    return edits


def own_part(span: Span, d: Definition) -> Span:
    """What of a place a definition names: of `VGG-A` a table's heading names the `A`."""
    size = d.span.end - d.span.start
    if size < len(d.name) and span.text == d.name:
        return Span(span.file, span.end - size, span.end)
    return span


def prefixes(index: Index, d: Definition) -> list[Span]:
    """Where a network with variants is named as a part of theirs: the `VGG` of `VGG-A`."""
    if d.kind != NETWORK or d.span.text != d.name:
        return []
    return [
        Span(o.span.file, o.span.start, o.span.start + len(d.name))
        for o in index.occurrences
        if o.definition is not d
        and o.definition.node is d.node
        and o.definition.name == o.span.text
        and o.span.text.startswith(d.name + "-")
    ]


def check_definition(d: Definition, document: Document) -> None:
    """Whether what it names can be edited."""
    if d.file.name.startswith("std/"):
        raise Refused(f"`{d.name}` belongs to the standard library")
    if d.kind == USED:
        raise Refused(f"the file that defines `{d.name}` cannot be read")
    if document.syntax[1]:
        raise Refused("the text has mistakes of syntax: mend them first")
    if any(isinstance(s, ast.Broken) for s in document.tree.body):
        raise Refused("a statement here cannot be read: mend it first")


def check_meaning(
    path: str,
    changes: list[tuple[Span, str]],
    edits: dict[str, list[tuple[Span, str]]],
    document: Document,
) -> None:
    """Elaborates a file before and after: the same networks and mistakes, but for names."""
    before = opened(path, changes[0][0].file.text, document, {})
    texts = {real_path(p): apply(c[0][0].file.text, c) for p, c in edits.items()}
    after = opened(path, texts[real_path(path)], document, texts)
    new = next(
        (x for x in after.diagnostics if x.id not in {y.id for y in before.diagnostics}), None
    )
    if new is not None:
        raise Refused(f"the spec would be wrong: {new.message}")
    alike = len(before.diagnostics) == len(after.diagnostics)
    if not alike or skeleton(before.traced[0]) != skeleton(after.traced[0]):
        raise Refused("the spec would mean something else")
    if bindings(before) != bindings(after):
        raise Refused("another name of the same spelling would be meant")


def opened(path: str, text: str, document: Document, texts: dict[str, str]) -> Document:
    """A text as if it were open, beside those that are, with `texts` in their places."""
    workspace = Workspace()
    workspace.encoding = document.workspace.encoding
    workspace.overlay = {**document.workspace.texts(), **texts}
    return Document(document.uri, path, text, 0, workspace, workspace.encoding)


def apply(text: str, changes: list[tuple[Span, str]]) -> str:
    """The text with its changes made."""
    for span, new in sorted(changes, key=lambda c: c[0].start, reverse=True):
        text = text[: span.start] + new + text[span.end :]
    return text


def bindings(document: Document) -> list[int]:
    """For every place that names something, the number of what it names."""
    numbers: dict[int, int] = {}
    found: dict[tuple[int, int], int] = {}
    for o in document.index.occurrences:
        number = numbers.setdefault(id(o.definition), len(numbers))
        found.setdefault((o.span.start, o.span.end), number)
    return list(found.values())
