"""From our values to those of the protocol: positions, places, diagnostics, edits."""

from __future__ import annotations

import os
import re

from lsprotocol import types
from pygls.uris import from_fs_path

from archdsl.diagnostics.model import Diagnostic, Fix
from archdsl.lsp.document import Document, real_path
from archdsl.lsp.items import Item
from archdsl.lsp.outline import Symbol
from archdsl.lsp.positions import Lines
from archdsl.lsp.problems import message
from archdsl.lsp.tokens import TYPES
from archdsl.source import Span

HOLE = re.compile(r"\$\{\d+:([^}]*)\}|\$\d")
SEVERITY = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "note": types.DiagnosticSeverity.Information,
}
ITEM_KINDS = {
    "kind": types.CompletionItemKind.Class,
    "block": types.CompletionItemKind.Function,
    "network": types.CompletionItemKind.Module,
    "function": types.CompletionItemKind.Function,
    "keyword": types.CompletionItemKind.Keyword,
    "attribute": types.CompletionItemKind.Property,
    "property": types.CompletionItemKind.Property,
    "word": types.CompletionItemKind.EnumMember,
    "file": types.CompletionItemKind.File,
    "label": types.CompletionItemKind.Reference,
}
SYMBOL_KINDS = {
    "network": types.SymbolKind.Class,
    "block": types.SymbolKind.Function,
    "let": types.SymbolKind.Constant,
    "input": types.SymbolKind.Interface,
    "output": types.SymbolKind.Interface,
    "label": types.SymbolKind.Field,
}


def range_of(lines: Lines, start: int, end: int) -> types.Range:
    """A piece of a text."""
    first, last = lines.place(start), lines.place(max(start, end))
    return types.Range(types.Position(*first), types.Position(*last))


def offset_of(document: Document, position: types.Position) -> int:
    """An editor's position as an offset."""
    return document.lines.offset((position.line, position.character))


def location(span: Span, document: Document) -> types.Location:
    """A place in this file or in another; those of the standard library are files too."""
    if is_here(span, document):
        return types.Location(document.uri, range_of(document.lines, span.start, span.end))
    lines = Lines(span.file.text, document.lines.encoding)
    uri = uri_of(span.file.name, document)
    return types.Location(uri, range_of(lines, span.start, span.end))


def is_here(span: Span, document: Document) -> bool:
    """Whether a span lies in the document's own text."""
    return span.file is document.source or span.file.name == document.name


def uri_of(name: str, document: Document) -> str:
    """The URI of a file: as the editor has it open, or from its path."""
    path = os.path.normpath(real_path(name))
    for d in list(document.workspace.documents.values()):
        if os.path.normpath(d.name) == path:
            return d.uri
    return from_fs_path(path) or path


def diagnostic(d: Diagnostic, document: Document, page: str) -> types.Diagnostic:
    """A mistake at its place; one of another file stands at the start of the text."""
    span = d.primary.span
    here = is_here(span, document)
    related = [
        types.DiagnosticRelatedInformation(location(s.span, document), s.text or d.message)
        for s in d.secondary
    ]
    if not here:
        related.insert(0, types.DiagnosticRelatedInformation(location(span, document), d.message))
    return types.Diagnostic(
        range=range_of(document.lines, span.start, span.end)
        if here
        else range_of(document.lines, 0, document.lines.ends[0]),
        message=message(d) if here else f"in {span.file.name}: {message(d)}",
        severity=SEVERITY.get(d.severity, types.DiagnosticSeverity.Error),
        code=d.id,
        code_description=types.CodeDescription(page) if page else None,
        source="archdsl",
        related_information=related or None,
        tags=[types.DiagnosticTag.Unnecessary] if "unused" in d.id else None,
    )


def code_action(d: Diagnostic, fix: Fix, document: Document, page: str) -> types.CodeAction:
    """A fix, as a quick fix of its diagnostic."""
    edits = [
        types.TextEdit(range_of(document.lines, e.span.start, e.span.end), e.text)
        for e in fix.edits
    ]
    return types.CodeAction(
        title=fix.title,
        kind=types.CodeActionKind.QuickFix,
        diagnostics=[diagnostic(d, document, page)],
        is_preferred=fix.safety == "sure",
        edit=types.WorkspaceEdit(changes={document.uri: edits}),
    )


def completion(
    item: Item, replaced: types.Range, document: Document, snippets: bool
) -> types.CompletionItem:
    """An offer of completion; `replaced` is what is typed of it already."""
    text = item.snippet or item.label
    plain = HOLE.sub(lambda m: m.group(1) or "", text)
    rank = str(item.rank)
    return types.CompletionItem(
        label=item.label,
        kind=ITEM_KINDS.get(item.kind, types.CompletionItemKind.Variable),
        detail=item.detail or None,
        documentation=markdown(item.more) if item.more else None,
        sort_text=f"{rank}{item.label.lower()}",
        insert_text_format=types.InsertTextFormat.Snippet
        if snippets and plain != text
        else types.InsertTextFormat.PlainText,
        text_edit=types.TextEdit(replaced, text if snippets else plain),
        additional_text_edits=[
            types.TextEdit(range_of(document.lines, start, end), new)
            for start, end, new in item.edits
        ]
        or None,
    )


def markdown(text: str) -> types.MarkupContent:
    """A Markdown text."""
    return types.MarkupContent(types.MarkupKind.Markdown, text)


def symbol(s: Symbol, document: Document) -> types.DocumentSymbol:
    """An entry of the outline."""
    lines = document.lines
    start, end = min(s.whole.start, s.span.start), max(s.whole.end, s.span.end)
    return types.DocumentSymbol(
        name=s.name,
        kind=SYMBOL_KINDS[s.kind],
        range=range_of(lines, start, end),
        selection_range=range_of(lines, s.span.start, s.span.end),
        detail=s.detail or None,
        children=[symbol(c, document) for c in s.children],
    )


def token_data(found: list[tuple[int, int, str]], lines: Lines) -> list[int]:
    """Semantic tokens in the protocol's form: each relative to the one before."""
    data: list[int] = []
    last_line = last_column = 0
    for start, end, kind in found:
        line, column = lines.place(start)
        length = lines.units(start, end)
        data += (
            line - last_line,
            column - last_column if line == last_line else column,
            length,
            TYPES.index(kind),
            0,
        )
        last_line, last_column = line, column
    return data
