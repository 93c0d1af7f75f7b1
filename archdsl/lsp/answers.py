"""The answer to each request of an editor, made from one version of a text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsprotocol import types

from archdsl.lsp import convert
from archdsl.lsp.complete import complete, typed_from
from archdsl.lsp.convert import location, markdown, offset_of, range_of
from archdsl.lsp.document import Document
from archdsl.lsp.hints import hints
from archdsl.lsp.hover import hover
from archdsl.lsp.navigate import definitions, references
from archdsl.lsp.options import Options
from archdsl.lsp.outline import folds, lenses, symbols
from archdsl.lsp.problems import fixes
from archdsl.lsp.rename import prepare, rename
from archdsl.lsp.signature import signature
from archdsl.lsp.tokens import tokens

if TYPE_CHECKING:
    from collections.abc import Callable


def on_hover(d: Document, p: types.HoverParams, _: Options) -> types.Hover | None:
    """What stands under the cursor."""
    found = hover(d, offset_of(d, p.position))
    if found is None:
        return None
    text, span = found
    return types.Hover(markdown(text), range_of(d.lines, span.start, span.end))


def on_hints(d: Document, p: types.InlayHintParams, o: Options) -> list[types.InlayHint]:
    """The shapes behind the lines of a range."""
    start, end = offset_of(d, p.range.start), offset_of(d, p.range.end)
    return [
        types.InlayHint(
            position=types.Position(*d.lines.place(h.offset)),
            label=h.text,
            kind=types.InlayHintKind.Type,
            tooltip=h.more,
            padding_left=True,
        )
        for h in (hints(d, start, end) if o.hints else ())
    ]


def on_completion(d: Document, p: types.CompletionParams, o: Options) -> types.CompletionList:
    """What may be typed here."""
    at = offset_of(d, p.position)
    replaced = range_of(d.lines, typed_from(d, at), at)
    items = [convert.completion(i, replaced, d, o.snippets) for i in complete(d, at)]
    return types.CompletionList(is_incomplete=False, items=items)


def on_signature(d: Document, p: types.SignatureHelpParams, _: Options) -> object:
    """The brackets around the cursor."""
    found = signature(d, offset_of(d, p.position))
    if found is None:
        return None
    params = [
        types.ParameterInformation(t, markdown(doc) if doc else None) for t, doc in found.params
    ]
    active = found.active if found.active >= 0 else len(params)
    one = types.SignatureInformation(
        found.text, markdown(found.doc) if found.doc else None, params, active
    )
    return types.SignatureHelp([one], 0, active)


def on_definition(d: Document, p: types.DefinitionParams, _: Options) -> list[types.Location]:
    """Where a name is defined."""
    return [location(s, d) for s in definitions(d, offset_of(d, p.position))]


def on_references(d: Document, p: types.ReferenceParams, _: Options) -> list[types.Location]:
    """Where a name is said."""
    found = references(d, offset_of(d, p.position), p.context.include_declaration)
    return [location(s, d) for s in found]


def on_highlight(d: Document, p: types.DocumentHighlightParams, _: Options) -> object:
    """Where the file says a name."""
    found = d.index.at(offset_of(d, p.position))
    if found is None:
        return None
    kinds = types.DocumentHighlightKind
    return [
        types.DocumentHighlight(
            range_of(d.lines, o.span.start, o.span.end), kinds.Write if o.defines else kinds.Read
        )
        for o in d.index.places(found.definition)
        if o.span.file is d.tree.source
    ]


def on_prepare(d: Document, p: types.PrepareRenameParams, _: Options) -> object:
    """What would be renamed. Raises Refused."""
    span, name = prepare(d, offset_of(d, p.position))
    return types.PrepareRenamePlaceholder(range_of(d.lines, span.start, span.end), name)


def on_rename(d: Document, p: types.RenameParams, _: Options) -> types.WorkspaceEdit:
    """The edits of a renaming. Raises Refused."""
    changes = {}
    for path, edits in rename(d, offset_of(d, p.position), p.new_name).items():
        uri = d.uri if path == d.name else convert.uri_of(path, d)
        changes[uri] = [types.TextEdit(location(s, d).range, new) for s, new in edits]
    return types.WorkspaceEdit(changes=changes)


def on_symbols(d: Document, _: types.DocumentSymbolParams, __: Options) -> object:
    """The outline."""
    return [convert.symbol(s, d) for s in symbols(d)]


def on_folding(d: Document, _: types.FoldingRangeParams, __: Options) -> object:
    """What folds."""
    return [types.FoldingRange(first, last, kind=kind) for first, last, kind in folds(d)]


def on_tokens(d: Document, _: types.SemanticTokensParams, __: Options) -> types.SemanticTokens:
    """What every word is."""
    return types.SemanticTokens(convert.token_data(tokens(d), d.lines))


def on_some_tokens(d: Document, p: types.SemanticTokensRangeParams, _: Options) -> object:
    """What the words of a range are."""
    start, end = offset_of(d, p.range.start), offset_of(d, p.range.end)
    return types.SemanticTokens(convert.token_data(tokens(d, start, end), d.lines))


def on_lens(d: Document, _: types.CodeLensParams, o: Options) -> list[types.CodeLens]:
    """The totals over each network."""
    command = o.lens_command
    return [
        types.CodeLens(
            range_of(d.lines, span.start, span.end),
            types.Command(text, command, arguments=[d.uri] if command else None),
        )
        for span, text in lenses(d)
    ]


def on_actions(d: Document, p: types.CodeActionParams, o: Options) -> list[types.CodeAction]:
    """The fixes for a range."""
    only = p.context.only
    quick = types.CodeActionKind.QuickFix
    if only and not any(quick == k or str(quick.value).startswith(f"{k}.") for k in only):
        return []
    start, end = offset_of(d, p.range.start), offset_of(d, p.range.end)
    return [
        convert.code_action(x, fix, d, o.page(x.id, x.severity)) for x, fix in fixes(d, start, end)
    ]


def on_formatting(d: Document, _: types.DocumentFormattingParams, __: Options) -> object:
    """The canonical layout, as `archdsl fmt` writes it; nothing where the syntax is wrong."""
    from archdsl.lsp.layout import layout

    new = layout(d)
    if new is None or new == d.text:
        return []
    return [types.TextEdit(range_of(d.lines, 0, len(d.text)), new)]


ANSWERS: dict[str, tuple[Callable[[Document, Any, Options], object], object]] = {
    types.TEXT_DOCUMENT_HOVER: (on_hover, None),
    types.TEXT_DOCUMENT_INLAY_HINT: (on_hints, None),
    types.TEXT_DOCUMENT_COMPLETION: (
        on_completion,
        types.CompletionOptions(trigger_characters=["@", "(", ",", "=", "/", ".", '"', ":"]),
    ),
    types.TEXT_DOCUMENT_SIGNATURE_HELP: (
        on_signature,
        types.SignatureHelpOptions(trigger_characters=["(", ","]),
    ),
    types.TEXT_DOCUMENT_DEFINITION: (on_definition, None),
    types.TEXT_DOCUMENT_REFERENCES: (on_references, None),
    types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT: (on_highlight, None),
    types.TEXT_DOCUMENT_PREPARE_RENAME: (on_prepare, None),
    types.TEXT_DOCUMENT_RENAME: (on_rename, types.RenameOptions(prepare_provider=True)),
    types.TEXT_DOCUMENT_DOCUMENT_SYMBOL: (on_symbols, None),
    types.TEXT_DOCUMENT_FOLDING_RANGE: (on_folding, None),
    types.TEXT_DOCUMENT_CODE_LENS: (on_lens, types.CodeLensOptions()),
    types.TEXT_DOCUMENT_CODE_ACTION: (
        on_actions,
        types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix]),
    ),
    types.TEXT_DOCUMENT_FORMATTING: (on_formatting, None),
}
