"""An open text as it stands: its tree, its names, what its layers are. Each is found when asked."""

from __future__ import annotations

import os
import threading

from archdsl.diagnostics.model import Diagnostic
from archdsl.elaborate.watch import Watch
from archdsl.files import read_used, std_folder
from archdsl.lsp.facts import Facts
from archdsl.lsp.index import Index, make_index
from archdsl.lsp.positions import Lines
from archdsl.pipeline import trace
from archdsl.source import SourceFile
from archdsl.syntax import ast
from archdsl.syntax.forms import is_data, read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.ir.model import Design


MAX_MENDS = 8
LONG = 50_000  # characters


class Superseded(Exception):
    """The text has changed since: nobody waits for this answer any more."""


class Document:
    """One version of an open text. A change makes another; what depends on this one is dropped.

    `name` is its path, or `<untitled>` in angle brackets where it is no file.
    """

    __slots__ = (
        "_facts",
        "_index",
        "_lock",
        "_mended",
        "_traced",
        "_tree",
        "files",
        "last_good",
        "lines",
        "name",
        "outdated",
        "source",
        "uri",
        "version",
        "workspace",
    )

    def __init__(
        self,
        uri: str,
        name: str,
        text: str,
        version: int,
        workspace: Workspace,
        encoding: str,
        before: Document | None = None,
    ) -> None:
        self.last_good: Document | None
        self.uri = uri
        self.name = name
        self.version = version
        self.workspace = workspace
        self.lines = Lines(text, encoding)
        self.source = SourceFile(name, text)
        self.outdated = False
        self.files: dict[str, SourceFile] = {}  # what it uses, directly or around
        self._lock = threading.RLock()
        self._tree: tuple[ast.File, list[Diagnostic]] | None = None
        self._mended: ast.File | None = None
        self._index: Index | None = None
        self._traced: tuple[Design, list[Diagnostic], Watch] | None = None
        self._facts: Facts | None = None
        # The last version whose steps were all elaborated, for places that are broken now.
        self.last_good = before.last_good if before is not None else None
        if before is not None and before.good:
            self.last_good, before.last_good = before, None

    @property
    def text(self) -> str:
        """The whole text."""
        return self.source.text

    @property
    def form(self) -> str:
        """`arch`, `data` (YAML and JSON) or `literate` (Markdown with specs in it)."""
        if is_data(self.source):
            return "data"
        return "literate" if self.name.lower().endswith((".md", ".markdown")) else "arch"

    def writes_spec(self, offset: int) -> bool:
        """Whether an offset lies in text of the language: not in data, not in prose."""
        if self.form != "literate":
            return self.form == "arch"
        fences = [
            line for line in self.text[:offset].split("\n") if line.lstrip().startswith("```")
        ]
        return len(fences) % 2 == 1 and fences[-1].lstrip("` \t").startswith("arch")

    @property
    def good(self) -> bool:
        """Whether it has been elaborated, and without a mistake."""
        return self._traced is not None and not self._traced[1] and not self.syntax[1]

    @property
    def syntax(self) -> tuple[ast.File, list[Diagnostic]]:
        """The tree and the mistakes of syntax."""
        with self._lock:
            if self._tree is None:
                self.check()
                self._tree = read(self.source)
            return self._tree

    @property
    def tree(self) -> ast.File:
        """The tree; broken statements are left out. Where an error swallows what is around it,
        the tree of the text with the lines of the errors blanked out, at the same offsets."""
        with self._lock:
            if self._mended is None:
                tree, wrong = self.syntax
                self._mended = tree if tree.lost is not None else mend(self.source, tree, wrong)
            return self._mended

    @property
    def index(self) -> Index:
        """The names."""
        with self._lock:
            if self._index is None:
                self._index = make_index(self.tree, self.load)
            return self._index

    @property
    def traced(self) -> tuple[Design, list[Diagnostic], Watch]:
        """The networks that are right, the mistakes behind the syntax, every step's visit."""
        with self._lock:
            if self._traced is None:
                watch = Watch(self.check)
                design, wrong = trace(self.tree, watch, self.read_other)
                self._traced = design, wrong, watch
            return self._traced

    @property
    def facts(self) -> Facts:
        """What the layers are."""
        with self._lock:
            if self._facts is None:
                design, _, watch = self.traced
                self._facts = Facts(design, watch.visits)
            return self._facts

    @property
    def diagnostics(self) -> list[Diagnostic]:
        """All mistakes, as `archdsl check` finds them; those of this file first."""
        found = list(self.syntax[1])
        if self.syntax[0].lost is not None:  # otherwise the errors behind the syntax are guesses
            found += self.traced[1]
        found.sort(key=lambda d: (d.primary.span.file is not self.source, d.primary.span.start))
        return found

    def check(self) -> None:
        """Raises Superseded where the text has changed."""
        if self.outdated:
            raise Superseded

    # --- other files ----------------------------------------------------------------------------

    def read_other(self, path: str, asking: SourceFile, std: bool) -> SourceFile | str:
        """A file that a `use` names: as it is open in the editor, or as it is on the disk."""
        found = read_used(path, asking, std)
        if isinstance(found, str):
            return found
        name = found.name
        if name in self.files:
            return self.files[name]
        text = None if std else self.workspace.open_text(name)
        self.files[name] = found if text is None else SourceFile(name, text)
        return self.files[name]

    def load(self, use: ast.Use, asking: SourceFile) -> Index | None:
        """The names of a file that a `use` names; None where it cannot be read."""
        found = self.read_other(use.path, asking, use.std)
        return None if isinstance(found, str) else self.workspace.index_of(found, self.load)


def mend(source: SourceFile, tree: ast.File, wrong: list[Diagnostic]) -> ast.File:
    """The tree of the text without the lines of its errors, as often as that uncovers others."""
    text = source.text
    for _ in range(MAX_MENDS if len(text) < LONG else 1):
        for d in wrong:
            at = min(d.primary.span.start, len(text))
            while at > 0 and not text[text.rfind("\n", 0, at) + 1 : at + 1].strip():
                at = text.rfind("\n", 0, at)  # an error at the end of the text: the line before
                if at < 0:
                    break
            at = max(at, 0)
            start = text.rfind("\n", 0, at) + 1
            end = text.find("\n", at)
            end = len(text) if end < 0 else end
            text = text[:start] + " " * (end - start) + text[end:]
        found, wrong = read(SourceFile(source.name, text))
        if found.lost is not None or not wrong:
            return found
    return found if found.body else tree


class Workspace:
    """The open documents by URI, its folders, and the names in the files that are used."""

    __slots__ = ("_loading", "documents", "encoding", "indexes", "overlay", "roots")

    def __init__(self) -> None:
        self.documents: dict[str, Document] = {}
        self.encoding = "utf-16"
        self.roots: list[str] = []  # folders
        self.overlay: dict[str, str] = {}  # texts by path that stand for those on the disk
        self.indexes: dict[str, Index] = {}  # of files that are not changed since
        self._loading: set[str] = set()

    def open_text(self, name: str) -> str | None:
        """The text of a path that is open in the editor."""
        path = os.path.normpath(name)
        for d in list(self.documents.values()):
            if os.path.normpath(d.name) == path:
                return d.text
        return self.overlay.get(path)

    def texts(self) -> dict[str, str]:
        """The texts of all files that are open, by path."""
        return {os.path.normpath(d.name): d.text for d in list(self.documents.values())}

    def index_of(self, file: SourceFile, load: object) -> Index | None:
        """The names of a file, remembered; None while it is being read: files may go round."""
        known = self.indexes.get(file.name)
        if known is not None and known.source.text == file.text:
            return known
        if file.name in self._loading or not callable(load):
            return None
        self._loading.add(file.name)
        try:
            index = self.indexes[file.name] = make_index(read(file)[0], load)
            return index
        finally:
            self._loading.discard(file.name)


def real_path(name: str) -> str:
    """Where a file lies: those of the standard library are files too."""
    if name.startswith("std/"):
        return os.path.join(std_folder(), name[4:])
    return os.path.abspath(name)
