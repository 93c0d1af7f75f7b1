"""The texts that a page shows, and places in them as a browser counts: UTF-16 units from 0."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.source import SourceFile, Span

Place = list[int]
"""Which text, first line (from 1) and column (from 0), last line and the column behind its end."""


class Texts:
    """Texts in the order in which they are met; folders of this machine are not named."""

    __slots__ = ("_files", "_index")

    def __init__(self, main: SourceFile | None = None) -> None:
        self._files: list[SourceFile] = []
        self._index: dict[int, int] = {}
        if main is not None:
            self.index(main)

    def index(self, file: SourceFile) -> int:
        """The number of a text."""
        known = self._index.get(id(file))
        if known is None:
            known = self._index[id(file)] = len(self._files)
            self._files.append(file)
        return known

    def place(self, span: Span) -> Place:
        """Where a span stands."""
        file = span.file
        first, start = file.line_col(span.start)
        last, end = file.line_col(max(span.start, span.end))
        where = [_units(file.line_text(first), start - 1), _units(file.line_text(last), end - 1)]
        return [self.index(file), first, where[0], last, where[1]]

    def describe(self) -> list[dict[str, str]]:
        """The texts with the names that they are shown by."""
        return [{"name": _shown(f.name), "text": f.text} for f in self._files]


def _units(line: str, column: int) -> int:
    """A column in UTF-16 units."""
    before = line[:column]
    return column if before.isascii() else len(before.encode("utf-16-le", "surrogatepass")) // 2


def _shown(name: str) -> str:
    return name if name.startswith(("std/", "<")) else os.path.basename(name)
