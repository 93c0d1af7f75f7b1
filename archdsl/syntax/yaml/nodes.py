"""What YAML says, before it means anything: scalars as they are written, sequences, mappings."""

from __future__ import annotations

from archdsl.diagnostics.model import Diagnostic, Label
from archdsl.source import SourceFile, Span


class Wrong(Exception):
    """A part of the file that cannot be read: the diagnostics that say why."""

    def __init__(self, *diagnostics: Diagnostic) -> None:
        super().__init__(diagnostics[0].message)
        self.diagnostics = diagnostics


def wrong(id: str, message: str, span: Span, help: str = "", label: str = "") -> Wrong:
    """An exception with one diagnostic."""
    return Wrong(Diagnostic(id, message, Label(span, label), help=help))


class Node:
    """A piece of YAML with its place; `end` is behind its last character, blanks left out."""

    __slots__ = ("end", "file", "start")
    word = "nothing"

    def __init__(self, file: SourceFile, start: int, end: int) -> None:
        self.file = file
        self.start = start
        self.end = end

    @property
    def span(self) -> Span:
        """Where it stands."""
        return Span(self.file, self.start, self.end)

    @property
    def what(self) -> str:
        """What errors call it."""
        return self.word


class Scalar(Node):
    """A text: `value` is what it says, `style` how: empty for a plain one, else `'`, `"`, `|`, `>`.

    A scalar has no type: what stands there is text of the language, so a word stays a word.
    """

    __slots__ = ("style", "value")
    word = "a text"

    def __init__(self, file: SourceFile, start: int, end: int, value: str, style: str) -> None:
        super().__init__(file, start, end)
        self.value = value
        self.style = style

    @property
    def empty(self) -> bool:
        """Whether it is YAML's null: nothing, `~` or `null`, not in quotes."""
        return not self.style and self.value in ("", "~", "null")


class Collection(Node):
    """A list or a mapping; `flow` where it stands in brackets."""

    __slots__ = ("flow",)

    def __init__(self, file: SourceFile, start: int, end: int, flow: bool) -> None:
        super().__init__(file, start, end)
        self.flow = flow


class Sequence(Collection):
    """`[a, b]`, or a line with `-` for each item."""

    __slots__ = ("items",)

    def __init__(self, file: SourceFile, start: int, end: int, flow: bool) -> None:
        super().__init__(file, start, end, flow)
        self.items: list[Node] = []

    @property
    def what(self) -> str:
        """What errors call it."""
        return "a list" if self.items else "an empty list"


class Mapping(Collection):
    """`{a: 1}`, or a line `a: 1` for each pair; every key is a text.

    `problem` says that a key stands twice; the second is not among the pairs.
    """

    __slots__ = ("index", "pairs", "problem")

    def __init__(self, file: SourceFile, start: int, end: int, flow: bool) -> None:
        super().__init__(file, start, end, flow)
        self.pairs: list[tuple[Scalar, Node]] = []
        self.index: dict[str, tuple[Scalar, Node]] = {}
        self.problem: Diagnostic | None = None

    @property
    def what(self) -> str:
        """What errors call it."""
        return "a mapping" if self.pairs else "an empty mapping"

    def add(self, key: Scalar, value: Node) -> None:
        """One more pair."""
        first = self.index.get(key.value)
        if first is None:
            self.pairs.append((key, value))
            self.index[key.value] = (key, value)
            return
        self.problem = self.problem or Diagnostic(
            "yaml-key",
            f"the key `{key.value[:40]}` stands twice in one mapping",
            Label(key.span),
            (Label(first[0].span, "here first"),),
            help="take one away: YAML keeps only one of them, and does not say which",
        )

    def get(self, name: str) -> Node | None:
        """The value of a key; None where there is no such key."""
        pair = self.index.get(name)
        return pair[1] if pair else None

    def key(self, name: str) -> Scalar:
        """The key itself; it must be there."""
        return self.index[name][0]


class Spoken(Span):
    """The place of a comment that is written as data: its text is not what stands there."""

    __slots__ = ("words",)

    def __init__(self, file: SourceFile, start: int, words: str) -> None:
        super().__init__(file, start, start)
        self.words = words

    @property
    def text(self) -> str:
        """The comment."""
        return self.words
