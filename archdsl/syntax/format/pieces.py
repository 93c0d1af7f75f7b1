"""Pieces of the page: each knows its width on one line, and how to break where it is too wide."""

from __future__ import annotations

from archdsl.syntax.format.gaps import Lead
from archdsl.syntax.format.page import LIMIT, STEP, Page

TALL = 1 << 40  # the width of what takes more than one line
FAR_RIGHT = 60  # no brackets are laid out from a column beyond this one


class Piece:
    """A part of a statement.

    `width` is that of its one line, TALL where it takes more; `start` is what must stand on the
    line it begins on, before it can break.
    """

    __slots__ = ("start", "width")
    start: int
    width: int

    def flat(self, page: Page) -> None:
        """Writes it on the open line; its width is not TALL."""
        raise NotImplementedError

    def write(self, page: Page, indent: int, rest: int) -> None:
        """Writes it; `rest` columns follow on its last line, other lines are indented."""
        raise NotImplementedError


class Words(Piece):
    """Text that never breaks."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text
        self.width = self.start = len(text)

    def flat(self, page: Page) -> None:
        """The text."""
        page.put(self.text)

    def write(self, page: Page, indent: int, rest: int) -> None:
        """The text."""
        page.put(self.text)


class Stop(Piece):
    """Comments where none is expected: the line ends there, and goes on below."""

    __slots__ = ("lead",)

    def __init__(self, lead: Lead) -> None:
        self.lead = lead
        self.width = TALL
        self.start = 0

    def write(self, page: Page, indent: int, rest: int) -> None:
        """The comments, and a new line."""
        page.say(self.lead.comments, indent + STEP, first=True)
        page.newline(indent + STEP)


class Row(Piece):
    """Pieces that follow each other with nothing between them."""

    __slots__ = ("parts",)

    def __init__(self, parts: list[Piece]) -> None:
        self.parts = parts
        self.width = sum(p.width for p in parts)
        self.start = follow(parts, 0, 0)

    def flat(self, page: Page) -> None:
        """One behind the other."""
        for part in self.parts:
            part.flat(page)

    def write(self, page: Page, indent: int, rest: int) -> None:
        """One behind the other; those that break do."""
        if self.width + rest <= LIMIT - page.col:
            self.flat(page)
            return
        rests = [rest]
        for part in reversed(self.parts[1:]):
            rests.append(part.start + (rests[-1] if type(part) is Words else 0))
        for part in self.parts:
            part.write(page, indent, rests.pop())


def follow(parts: list[Piece], first: int, rest: int) -> int:
    """Columns from a part on until the line can break."""
    width = 0
    for part in parts[first:]:
        width += part.start
        if type(part) is not Words:
            return width
    return width + rest


def join(parts: list[Piece | str]) -> Piece:
    """One piece of several; texts beside each other become one."""
    pieces: list[Piece] = []
    texts: list[str] = []
    for part in parts:
        if isinstance(part, str):
            texts.append(part)
            continue
        if texts:
            pieces.append(Words("".join(texts)))
            texts = []
        pieces.append(part)
    if texts or not pieces:
        pieces.append(Words("".join(texts)))
    return pieces[0] if len(pieces) == 1 else Row(pieces)


class Chain(Piece):
    """`a, b, c`: breaks behind commas, where the author did and where it must; goes on indented."""

    __slots__ = ("items",)

    def __init__(self, items: list[tuple[Lead, Piece]]) -> None:
        self.items = items
        self.width = sum(piece.width for _, piece in items) + 2 * len(items) - 2
        if any(lead.comments or (i and lead.newline) for i, (lead, _) in enumerate(items)):
            self.width = TALL
        self.start = items[0][1].start + (len(items) > 1)

    def flat(self, page: Page) -> None:
        """On one line."""
        for i, (_, piece) in enumerate(self.items):
            if i:
                page.put(", ")
            piece.flat(page)

    def write(self, page: Page, indent: int, rest: int) -> None:
        """Fills lines."""
        if self.width + rest <= LIMIT - page.col:
            self.flat(page)
            return
        fill(self.items, page, indent, indent + STEP, rest)


def fill(
    items: list[tuple[Lead, Piece]],
    page: Page,
    indent: int,
    hang: int,
    rest: int,
    keep: bool = True,
) -> None:
    """Items with commas between them; `keep` keeps the author's line ends."""
    here = indent
    for i, (lead, piece) in enumerate(items):
        after = 1 if i + 1 < len(items) else rest
        if i:
            page.put(",")
        breaks = bool(i) and ((keep and lead.newline) or not fits(piece, page, hang, after))
        if lead.comments or breaks:
            page.say(lead.comments, hang, first=True)
            page.newline(hang)
            here = hang
        elif i:
            page.put(" ")
        piece.write(page, here, after)


def fits(piece: Piece, page: Page, hang: int, rest: int) -> bool:
    """Whether an item may begin on the open line, behind a comma."""
    room = LIMIT - page.col - 1
    if hang + piece.width + rest <= LIMIT:  # it is whole on a line of its own
        return piece.width + rest <= room
    return piece.start <= room


class Arguments(Piece):
    """`(a, b)`: breaks behind commas and goes on below its first argument.

    With comments inside, each argument has a line of its own.
    """

    __slots__ = ("items", "tail")

    def __init__(self, items: list[tuple[Lead, Piece]], tail: Lead) -> None:
        self.items = items
        self.tail = tail
        self.width = sum(piece.width for _, piece in items) + max(0, 2 * len(items) - 2) + 2
        if self.has_comments():
            self.width = TALL
        whole = len(items) == 0 or (len(items) == 1 and type(items[0][1]) is Words)
        self.start = self.width if whole and self.width < TALL else 1

    def has_comments(self) -> bool:
        """Whether comments stand before an argument or behind the last."""
        return bool(self.tail.comments) or any(lead.comments for lead, _ in self.items)

    def flat(self, page: Page) -> None:
        """On one line."""
        page.put("(")
        for i, (_, piece) in enumerate(self.items):
            if i:
                page.put(", ")
            piece.flat(page)
        page.put(")")

    def write(self, page: Page, indent: int, rest: int) -> None:
        """Fills lines below the first argument, or indented where that is too far right."""
        if self.width + rest <= LIMIT - page.col or self.start == self.width:
            self.flat(page)
        elif self.has_comments():
            self.write_list(page, indent)
        else:
            self.write_filled(page, indent, rest)

    def write_list(self, page: Page, indent: int) -> None:
        """One argument a line."""
        page.put("(")
        for i, (lead, piece) in enumerate(self.items):
            if i:
                page.put(",")
            page.say(lead.comments, indent + STEP, first=True)
            page.newline(indent + STEP)
            piece.write(page, indent + STEP, 1)
        page.say(self.tail.comments, indent + STEP, first=True)
        page.newline(indent)
        page.put(")")

    def write_filled(self, page: Page, indent: int, rest: int) -> None:
        """As many arguments a line as fit."""
        page.put("(")
        column = page.col
        widest = max((p.start for _, p in self.items), default=0)
        beside = column <= FAR_RIGHT and (
            column + widest < LIMIT or indent + STEP + widest >= LIMIT
        )
        if not beside:
            column = indent + STEP
            page.newline(column)
        fill(self.items, page, indent, column, rest + 1 if beside else 0, keep=False)
        if not beside:
            page.newline(indent)
        page.put(")")


class ListPiece(Piece):
    """`[a, b]`: on one line, or with its rows between the brackets, as the author broke them."""

    __slots__ = ("items", "tail")

    def __init__(self, items: list[tuple[Lead, Piece]], tail: Lead) -> None:
        self.items = items
        self.tail = tail
        self.width = sum(piece.width for _, piece in items) + max(0, 2 * len(items) - 2) + 2
        if self.tail.comments or any(lead.comments or lead.newline for lead, _ in items):
            self.width = TALL
        self.start = 1

    def flat(self, page: Page) -> None:
        """On one line."""
        page.put("[")
        for i, (_, piece) in enumerate(self.items):
            if i:
                page.put(", ")
            piece.flat(page)
        page.put("]")

    def write(self, page: Page, indent: int, rest: int) -> None:
        """Rows between the brackets."""
        if self.width + rest <= LIMIT - page.col:
            self.flat(page)
            return
        inner = indent + STEP
        page.put("[")
        if self.items:
            page.say(self.items[0][0].comments, inner, first=True)
            page.newline(inner)
            first = (Lead((), False, False), self.items[0][1])
            fill([first, *self.items[1:]], page, inner, inner, 0)
        page.say(self.tail.comments, inner, first=True)
        page.newline(indent)
        page.put("]")
