"""An editor for tests: `archdsl lsp` as a process, spoken to through pygls' own client."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any, Self

from lsprotocol import types
from pygls.lsp.client import LanguageClient

if TYPE_CHECKING:
    from pathlib import Path

TIMEOUT = 20.0


class Editor(LanguageClient):
    """One session; `diagnostics` holds the newest for each URI, by version."""

    def __init__(self) -> None:
        super().__init__("tests", "1")
        self.diagnostics: dict[str, types.PublishDiagnosticsParams] = {}
        self.published: list[int | None] = []  # the versions, in the order they came
        self.messages: list[str] = []
        self.news = asyncio.Event()
        self.texts: dict[str, str] = {}
        self.versions: dict[str, int] = {}

        @self.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def published(params: types.PublishDiagnosticsParams) -> None:
            self.diagnostics[params.uri] = params
            self.published.append(params.version)
            self.news.set()

        @self.feature(types.WINDOW_SHOW_MESSAGE)
        def shown(params: types.ShowMessageParams) -> None:
            self.messages.append(params.message)

    async def __aenter__(self) -> Self:
        await self.start_io(sys.executable, "-m", "archdsl", "lsp")
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.wait_for(self.shutdown_async(None), TIMEOUT)
        self.exit(None)
        assert self._server is not None
        assert await asyncio.wait_for(self._server.wait(), TIMEOUT) == 0
        await self.stop()

    async def begin(self, folder: Path | None, **options: Any) -> types.InitializeResult:
        """The handshake; `encodings`, `snippets` and initialization options may be given."""
        encodings = options.pop("encodings", None)
        snippets = options.pop("snippets", True)
        item = types.ClientCompletionItemOptions(snippet_support=snippets)
        capabilities = types.ClientCapabilities(
            general=types.GeneralClientCapabilities(position_encodings=encodings),
            text_document=types.TextDocumentClientCapabilities(
                completion=types.CompletionClientCapabilities(completion_item=item),
                rename=types.RenameClientCapabilities(prepare_support=True),
            ),
        )
        found = await self.initialize_async(
            types.InitializeParams(
                capabilities=capabilities,
                initialization_options=options,
                workspace_folders=folder and [types.WorkspaceFolder(folder.as_uri(), "tests")],
            )
        )
        self.initialized(types.InitializedParams())
        return found

    def open(self, uri: str, text: str) -> None:
        """Opens a text."""
        self.texts[uri], self.versions[uri] = text, 1
        item = types.TextDocumentItem(uri, "archdsl", 1, text)
        self.text_document_did_open(types.DidOpenTextDocumentParams(item))

    def replace(self, uri: str, text: str) -> None:
        """A whole new text."""
        self.change(uri, [types.TextDocumentContentChangeWholeDocument(text)])
        self.texts[uri] = text

    def edit(self, uri: str, start: types.Position, end: types.Position, new: str) -> None:
        """One incremental change."""
        self.change(uri, [types.TextDocumentContentChangePartial(types.Range(start, end), new)])

    def change(self, uri: str, changes: list[Any]) -> None:
        """Changes of a text."""
        self.versions[uri] += 1
        document = types.VersionedTextDocumentIdentifier(self.versions[uri], uri)
        self.text_document_did_change(types.DidChangeTextDocumentParams(document, changes))

    async def problems(self, uri: str) -> list[types.Diagnostic]:
        """The diagnostics of the newest version, once they have come."""

        async def wait() -> list[types.Diagnostic]:
            while True:
                found = self.diagnostics.get(uri)
                if found is not None and found.version == self.versions[uri]:
                    return list(found.diagnostics)
                self.news.clear()
                await self.news.wait()

        return await asyncio.wait_for(wait(), TIMEOUT)

    def at(self, uri: str, needle: str, plus: int = 0, nth: int = 1) -> dict[str, Any]:
        """`text_document` and `position` of the nth place where a text stands (in ASCII lines)."""
        text, at = self.texts[uri], -1
        for _ in range(nth):
            at = text.index(needle, at + 1)
        return {"text_document": self.file(uri), "position": place(text, at + plus)}

    def file(self, uri: str) -> types.TextDocumentIdentifier:
        """The identifier of a text."""
        return types.TextDocumentIdentifier(uri)


def place(text: str, offset: int) -> types.Position:
    """A position in a text whose lines are ASCII."""
    start = text.rfind("\n", 0, offset) + 1
    return types.Position(text.count("\n", 0, offset), offset - start)


def offset(text: str, position: types.Position) -> int:
    """An offset in a text whose lines are ASCII."""
    lines = text.split("\n")
    return sum(len(line) + 1 for line in lines[: position.line]) + position.character


def applied(text: str, edits: Any) -> str:
    """A text with an answer's edits made (ASCII lines)."""
    spans = [(offset(text, e.range.start), offset(text, e.range.end), e.new_text) for e in edits]
    for start, end, new in sorted(spans, reverse=True):
        text = text[:start] + new + text[end:]
    return text
