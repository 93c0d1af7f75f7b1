"""A file that is served: its document as it stands, made anew when a file of it changes."""

from __future__ import annotations

import threading

from archdsl.diagnostics.model import Diagnostic, Label
from archdsl.files import EncodingProblem, FileProblem, decode, read_bytes
from archdsl.live.document import make_document, text_document
from archdsl.live.watch import INTERVAL, News, Watched
from archdsl.source import SourceFile, Span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.live.document import Document
    from archdsl.pipeline import Limits, Request


class Session:
    """One file with what it uses. `news` tells of changes; `watch` runs until it is closed."""

    def __init__(self, path: str, request: Request, limits: Limits) -> None:
        self.path = path
        self.news = News()
        self._request = request
        self._limits = limits
        self._lock = threading.Lock()
        self._made: dict[str, Document] = {}  # of this version, by the network that was asked for
        self._version = 0
        self._watched = Watched([path])

    def watch(self) -> None:
        """Looks after the files until the news are closed."""
        while not self.news.closed:
            with self._lock:
                changed = self._watched.changed()
            if changed:
                self.news.tell()
            self.news.wait(self.news.version, INTERVAL)

    def document(self, chosen: str) -> Document:
        """The document, with the version that it is of."""
        with self._lock:
            version = self.news.version
            if version != self._version:
                self._made.clear()
                self._version = version
            if chosen not in self._made:
                if len(self._made) > 64:
                    self._made.clear()
                self._made[chosen] = {**self._make(chosen), "version": version}
            return self._made[chosen]

    def _make(self, chosen: str) -> Document:
        text, problem = self._read()
        file = SourceFile(self.path, text)
        if problem:
            at = Label(Span(file, 0, 0))
            document = make_document(file)
            from archdsl.backends.html import Texts, describe_problem

            wrong = Diagnostic("unreadable", problem, at, help="the page follows when it is back")
            document["problems"] = [describe_problem(wrong, Texts(file))]
            return document
        document, made = text_document(file, chosen, self._request, self._limits)
        self._watched.follow([self.path, *made.files])
        return document

    def _read(self) -> tuple[str, str]:
        """The text, or why there is none."""
        try:
            return decode(read_bytes(self.path)), ""
        except FileProblem as problem:
            return "", str(problem)
        except EncodingProblem as problem:
            return "", problem.message
