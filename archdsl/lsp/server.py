"""The server: texts as the editor changes them, answers from a worker, diagnostics as one types."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

import archdsl
from archdsl.lsp import convert, extras
from archdsl.lsp.answers import ANSWERS, on_some_tokens, on_tokens
from archdsl.lsp.document import Document, Superseded, Workspace
from archdsl.lsp.options import Options
from archdsl.lsp.positions import splice
from archdsl.lsp.problems import warnings
from archdsl.lsp.protocol import Protocol
from archdsl.lsp.rename import Refused
from archdsl.lsp.tokens import TYPES

if TYPE_CHECKING:
    from collections.abc import Callable

    from archdsl.diagnostics.model import Diagnostic

DEBOUNCE = 0.12  # seconds without a change before a text is checked
MAX_DEBOUNCE = 1.0
QUICK = 0.25  # seconds: a text that takes longer is linted apart
CONTENT_MODIFIED, REQUEST_FAILED = -32801, -32803  # as LSP numbers them
T = TypeVar("T")


class Server(LanguageServer):
    """All open texts, the one worker that looks at them, and the checks that are due.

    Messages are read at once, work is done one piece after the other in a thread: so the newest
    version of a text is known while an older one is looked at, and that work ends early.
    """

    def __init__(self) -> None:
        super().__init__("archdsl", archdsl.__version__, protocol_cls=Protocol)
        self.desk = Workspace()
        self.options = Options()
        self.worker = ThreadPoolExecutor(1, "archdsl")
        self.linter = ThreadPoolExecutor(1, "archdsl-lint")
        self.due: dict[str, asyncio.TimerHandle] = {}
        self.pace: dict[str, float] = {}  # seconds that the last check of a text took
        self.ended = False
        self.running: set[asyncio.Task[None]] = set()

    async def look(
        self, document: Document, work: Callable[[], T], worker: ThreadPoolExecutor | None = None
    ) -> T:
        """Does work on a document in a worker. Raises Superseded where the text has changed."""

        def unless_changed() -> T:
            document.check()
            return work()

        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(worker or self.worker, unless_changed)

    # --- texts ----------------------------------------------------------------------------------

    def put(self, uri: str, text: str, version: int) -> None:
        """A new version of a text; whoever still looks at the old one stops."""
        before = self.desk.documents.get(uri)
        if before is not None:
            before.outdated = True
        path = to_fs_path(uri)
        name = path or f"<{uri.rpartition(':')[2].rpartition('/')[2] or 'untitled'}>"
        document = Document(uri, name, text, version, self.desk, self.desk.encoding, before)
        self.desk.documents[uri] = document

    def renew_users(self, name: str) -> None:
        """Looks anew at the open texts that use a file."""
        path = os.path.normpath(name)
        for d in list(self.desk.documents.values()):
            if any(os.path.normpath(used) == path for used in d.files):
                self.put(d.uri, d.text, d.version)
                self.plan(d.uri, DEBOUNCE)

    # --- diagnostics ----------------------------------------------------------------------------

    def plan(self, uri: str, delay: float) -> None:
        """Has a text checked soon; a check that is due already waits anew."""
        timer = self.due.pop(uri, None)
        if timer is not None:
            timer.cancel()
        delay = min(max(delay, self.pace.get(uri, 0.0) / 2 if delay else 0.0), MAX_DEBOUNCE)
        self.due[uri] = asyncio.get_running_loop().call_later(delay, self.start, uri)

    def start(self, uri: str) -> None:
        """Begins a check."""
        self.due.pop(uri, None)
        task = asyncio.get_running_loop().create_task(self.publish(uri))
        self.running.add(task)
        task.add_done_callback(self.running.discard)

    async def publish(self, uri: str) -> None:
        """Sends what is wrong with a text, unless it has changed meanwhile.

        The findings of lint come along; in a long text they come later, from a worker that
        keeps nobody waiting.
        """
        document = self.desk.documents.get(uri)
        if document is None:
            return
        begin = time.monotonic()
        try:
            found = await self.look(document, lambda: document.diagnostics)
            self.pace[uri] = took = time.monotonic() - begin
            lint = self.options.lint and not found
            if took > QUICK or not lint:
                await self.send(document, found)
            if lint:
                worker = self.linter if took > QUICK else self.worker
                work = partial(warnings, document)
                await self.send(document, await self.look(document, work, worker))
        except Superseded:
            return

    async def send(self, document: Document, found: list[Diagnostic]) -> None:
        """Publishes the diagnostics of a version, if it is still the newest."""
        page = self.options.page
        shown = [convert.diagnostic(d, document, page(d.id, d.severity)) for d in found]
        if self.desk.documents.get(document.uri) is document:
            self.text_document_publish_diagnostics(
                types.PublishDiagnosticsParams(document.uri, shown, document.version)
            )

    async def answer(
        self, uri: str, make: Callable[[Document, Any, Options], Any], params: object
    ) -> Any:
        """An answer from the version of the text that is open now."""
        document = self.desk.documents.get(uri)
        if document is None:
            return None
        try:
            return await self.look(document, lambda: make(document, params, self.options))
        except Superseded:
            raise JsonRpcException("the text has changed", CONTENT_MODIFIED) from None
        except Refused as why:
            raise JsonRpcException(str(why), REQUEST_FAILED) from None


def make_server() -> Server:
    """The server with all that it answers."""
    server = Server()
    register_session(server)
    register_texts(server)
    for method, (make, options) in ANSWERS.items():
        register(server, method, make, options)
    legend = types.SemanticTokensLegend(list(TYPES), [])
    register(server, types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL, on_tokens, legend)
    register(server, types.TEXT_DOCUMENT_SEMANTIC_TOKENS_RANGE, on_some_tokens, legend)
    extras.register(server)
    return server


def register(
    server: Server, method: str, make: Callable[[Document, Any, Options], Any], options: Any
) -> None:
    """One request, answered in the worker."""

    async def handle(params: Any) -> Any:
        return await server.answer(params.text_document.uri, make, params)

    server.feature(method, options)(handle)


def register_session(server: Server) -> None:
    """Start and end, and files that change outside of the editor."""

    @server.feature(types.INITIALIZE)
    def initialize(params: Any) -> None:
        text = params.capabilities.text_document
        completion = text.completion.completion_item if text and text.completion else None
        snippets = bool(completion and completion.snippet_support)
        server.options = Options(params.initialization_options, snippets)
        folders = [f.uri for f in params.workspace_folders or ()] or [params.root_uri or ""]
        server.desk.roots = [p for f in folders if (p := to_fs_path(f))]

    @server.feature(types.INITIALIZED)
    def initialized(_: Any) -> None:
        encoding = server.server_capabilities.position_encoding or "utf-16"
        server.desk.encoding = getattr(encoding, "value", encoding)

    @server.feature(types.SHUTDOWN)
    def shut_down(*_: Any) -> None:
        server.ended = True
        for document in server.desk.documents.values():
            document.outdated = True

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def files_changed(params: Any) -> None:
        for change in params.changes:
            path = to_fs_path(change.uri)
            if path:
                server.renew_users(path)


def register_texts(server: Server) -> None:
    """The texts as the editor changes them."""

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def opened(params: Any) -> None:
        item = params.text_document
        server.put(item.uri, item.text, item.version)
        server.renew_users(server.desk.documents[item.uri].name)
        server.plan(item.uri, 0.0)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def changed(params: Any) -> None:
        uri = params.text_document.uri
        document = server.desk.documents.get(uri)
        if document is None:
            return
        text, lines = document.text, document.lines
        for change in params.content_changes:
            if isinstance(change, types.TextDocumentContentChangePartial):
                start, end = change.range.start, change.range.end
                first, last = (start.line, start.character), (end.line, end.character)
                text = splice(lines, first, last, change.text)
            else:
                text = change.text
            lines = type(lines)(text, lines.encoding)
        server.put(uri, text, params.text_document.version)
        server.renew_users(document.name)
        server.plan(uri, DEBOUNCE)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: Any) -> None:
        uri = params.text_document.uri
        document = server.desk.documents.pop(uri, None)
        timer = server.due.pop(uri, None)
        if timer is not None:
            timer.cancel()
        if document is not None:
            document.outdated = True
            server.renew_users(document.name)
            server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))


def serve() -> int:
    """Speaks LSP over standard input and output until the editor ends it: 0, or 1 where it went
    away without a word. What else is printed goes to standard error, the editor's log."""
    logging.getLogger("pygls").setLevel(logging.CRITICAL)
    server = make_server()
    with os.fdopen(os.dup(1), "wb") as pipe, redirect_stdout(sys.stderr):
        server.start_io(stdout=pipe)
    for worker in (server.worker, server.linter):
        worker.shutdown(wait=False, cancel_futures=True)
    return 0 if server.ended else 1
