"""A table as plain data, before it is text, Markdown, LaTeX or HTML."""

from __future__ import annotations


class Word:
    """A line of a cell; bold where the column on the left has nothing like it."""

    __slots__ = ("bold", "text")

    def __init__(self, text: str, bold: bool = False) -> None:
        self.text = text
        self.bold = bold

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Word) and (self.text, self.bold) == (other.text, other.bold)

    def __hash__(self) -> int:
        return hash((self.text, self.bold))

    def __repr__(self) -> str:
        return f"Word({self.text!r}, {self.bold})"


class Group:
    """Lines of a cell: layers one below the other, or those of a block in brackets, `×times`."""

    __slots__ = ("block", "times", "words")

    def __init__(self, words: tuple[Word, ...], times: int = 1, block: bool = False) -> None:
        self.words = words
        self.times = times
        self.block = block

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Group) and (self.words, self.times, self.block) == (
            other.words,
            other.times,
            other.block,
        )

    def __hash__(self) -> int:
        return hash((self.words, self.times, self.block))

    def __repr__(self) -> str:
        return f"Group({self.words!r}, {self.times}, {self.block})"


Cell = tuple[Group, ...]


class Row:
    """A cell for each network, or one cell for all (`spans`).

    `name` is the stage's in the text and `size` the output size, where all networks agree on
    them. `fact` rows state figures, and hold no layers.
    """

    __slots__ = ("cells", "fact", "name", "size", "spans")

    def __init__(
        self,
        cells: tuple[Cell, ...],
        name: str = "",
        size: str = "",
        *,
        spans: bool = False,
        fact: bool = False,
    ) -> None:
        self.name = name
        self.size = size
        self.cells = cells
        self.spans = spans
        self.fact = fact


class Table:
    """A titled table: headings, rows, and a second small table of `facts` below it.

    `sides` are the headings of the columns that hold names and sizes, none in VGG's notation.
    """

    __slots__ = ("facts", "headings", "rows", "sides", "title")

    def __init__(
        self,
        title: str,
        headings: tuple[str, ...],
        rows: tuple[Row, ...],
        facts: tuple[Row, ...],
        sides: tuple[str, ...],
    ) -> None:
        self.title = title
        self.headings = headings
        self.rows = rows
        self.facts = facts
        self.sides = sides


def plain(text: str) -> Cell:
    """A cell of one line."""
    return (Group((Word(text),)),) if text else ()
