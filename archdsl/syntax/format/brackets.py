"""Pieces that hold lines: bodies in `{ }`, branches in `[ ]`, the arms of an `if`."""

from __future__ import annotations

from archdsl.syntax.format.gaps import Lead
from archdsl.syntax.format.page import LIMIT, STEP, Page
from archdsl.syntax.format.pieces import FAR_RIGHT, TALL, Piece


class Body(Piece):
    """`{ … }`: statements, one a line; a single one stays on the line where the author has it so.

    `facts` says that they may stand side by side with commas, as those of `train` do.
    """

    __slots__ = ("facts", "items", "tail")

    def __init__(
        self, items: list[tuple[Lead, Piece]], tail: Lead, open: bool, facts: bool = False
    ) -> None:
        self.items = items
        self.tail = tail
        self.facts = facts
        self.width = sum(piece.width for _, piece in items) + 2 * len(items) + 2
        several = len(items) > 1 and not facts
        breaks = any(lead.comments or lead.newline for lead, _ in items)
        if tail.comments or several or (items and open) or breaks:
            self.width = TALL
        self.start = self.width if not items and self.width < TALL else 1

    def flat(self, page: Page) -> None:
        """On one line."""
        page.put("{ " if self.items else "{")
        for i, (_, piece) in enumerate(self.items):
            if i:
                page.put(", ")
            piece.flat(page)
        page.put(" }" if self.items else "}")

    def write(self, page: Page, indent: int, rest: int) -> None:
        """One statement a line."""
        if self.width + rest <= LIMIT - page.col:
            self.flat(page)
        else:
            self.write_tall(page, indent)

    def write_tall(self, page: Page, indent: int) -> None:
        """One statement a line."""
        if not self.items and not self.tail.comments:
            page.put("{}")
            return
        page.put("{")
        write_lines(self.items, self.tail, page, indent + STEP, self.facts)
        page.newline(indent)
        page.put("}")


def write_lines(
    items: list[tuple[Lead, Piece]], tail: Lead, page: Page, indent: int, facts: bool = False
) -> None:
    """Statements, each on a line of its own, and the comments behind the last."""
    for i, (lead, piece) in enumerate(items):
        if facts and i and not lead.newline and not lead.comments:
            page.put(", ")
        else:
            page.begin(lead, indent, first=i == 0)
        piece.write(page, indent, 0)
    page.say(tail.comments, indent, first=not items)


class Arms(Piece):
    """`if a { … } else if b { … } else { … }`: all on one line, or each body on its own lines."""

    __slots__ = ("arms",)

    def __init__(self, arms: list[tuple[Lead, Piece, Body]]) -> None:
        self.arms = arms  # what stands before, `if a ` or `else `, and the body
        self.width = sum(head.width + body.width for _, head, body in arms) + len(arms) - 1
        if any(lead.comments for lead, _, _ in arms):
            self.width = TALL
        self.start = arms[0][1].start + 1

    def flat(self, page: Page) -> None:
        """On one line."""
        for i, (_, head, body) in enumerate(self.arms):
            if i:
                page.put(" ")
            head.flat(page)
            body.flat(page)

    def write(self, page: Page, indent: int, rest: int) -> None:
        """Each body on its own lines."""
        if self.width + rest <= LIMIT - page.col:
            self.flat(page)
            return
        for i, (lead, head, body) in enumerate(self.arms):
            if lead.comments:
                page.say(lead.comments, indent)
                page.newline(indent)
            elif i:
                page.put(" ")
            head.write(page, indent, 1)
            body.write_tall(page, indent)


class Branch:
    """One branch: what stands before its `|` (before the first branch nothing does), its lines."""

    __slots__ = ("lead", "lines")

    def __init__(self, lead: Lead, lines: list[tuple[Lead, Piece]]) -> None:
        self.lead = lead
        self.lines = lines


class Join(Piece):
    """`[ a | b ]`: on one line, or a branch a line with the `|` below the bracket.

    Where that is too wide, where a branch has several lines, or where the author ended the line
    behind the bracket, the brackets stand around them.
    """

    __slots__ = ("branches", "sign", "tail")

    def __init__(self, branches: list[Branch], tail: Lead, sign: str) -> None:
        self.branches = branches
        self.tail = tail
        self.sign = sign  # `|`, or `\|` in a table's cell
        self.width = sum(line.width for b in branches for _, line in b.lines)
        self.width += 4 + (len(branches) - 1) * (len(sign) + 2)
        if self.is_broken():
            self.width = TALL
        self.start = 1

    def is_broken(self) -> bool:
        """Whether it cannot stand on one line, or the author did not write it so."""
        leads = [self.tail]
        for branch in self.branches:
            leads.append(branch.lead)
            leads += [lead for lead, _ in branch.lines]
        several = any(len(b.lines) > 1 for b in self.branches)
        if several or any(lead.comments for lead in leads):
            return True
        return any(lead.newline for lead in leads[len(self.branches) == 1 :])

    def flat(self, page: Page) -> None:
        """On one line."""
        page.put("[ ")
        for i, branch in enumerate(self.branches):
            if i:
                page.put(f" {self.sign} ")
            branch.lines[0][1].flat(page)
        page.put(" ]")

    def write(self, page: Page, indent: int, rest: int) -> None:
        """On one line, with the signs below each other, or with the brackets around."""
        if self.width + rest <= LIMIT - page.col:
            self.flat(page)
        elif self.can_hang(page.col, rest):
            self.write_hanging(page, indent, rest)
        else:
            self.write_around(page, indent)

    def can_hang(self, column: int, rest: int) -> bool:
        """Whether each branch is one line that fits behind the bracket."""
        lead, last = self.branches[0].lines[0][0], self.branches[-1].lines[0][1]
        if any(len(b.lines) > 1 for b in self.branches) or column > FAR_RIGHT:
            return False
        if lead.comments or lead.newline:
            return False
        room = LIMIT - column - 2
        if any(min_width(b.lines[0][1]) > room for b in self.branches):
            return False
        return last.width >= TALL or last.width + 2 + rest <= room

    def write_hanging(self, page: Page, indent: int, rest: int) -> None:
        """The signs below the bracket; a single branch goes on as its line does."""
        column = page.col
        inner = indent if len(self.branches) == 1 else column + 2
        page.put("[ ")
        for i, branch in enumerate(self.branches):
            lead, line = branch.lines[0]
            if i:
                page.say(branch.lead.comments, column, first=True)
                page.newline(column)
                page.put(self.sign)
                if lead.comments:
                    page.say(lead.comments, column + 2, first=True)
                    page.newline(column + 2)
                else:
                    page.put(" ")
            last = i + 1 == len(self.branches) and not self.tail.comments
            line.write(page, inner, 2 + rest if last else 0)
        self.close(page, column, " ]")

    def write_around(self, page: Page, indent: int) -> None:
        """The brackets around, the lines indented."""
        inner = indent + STEP
        page.put("[")
        for i, branch in enumerate(self.branches):
            if i:
                page.say(branch.lead.comments, inner)
                page.newline(inner - 2)
                page.put(self.sign)
            for k, (lead, line) in enumerate(branch.lines):
                if i and not k and not lead.comments:
                    page.put(" ")
                else:
                    page.begin(lead, inner, first=k == 0)
                line.write(page, inner, 0)
        page.say(self.tail.comments, inner)
        page.newline(indent)
        page.put("]")

    def close(self, page: Page, column: int, sign: str) -> None:
        """The closing bracket, on its own line where comments stand before it."""
        if self.tail.comments:
            page.say(self.tail.comments, column)
            page.newline(column)
            sign = "]"
        page.put(sign)


def min_width(line: Piece) -> int:
    """Columns that a line needs at least."""
    return line.width if line.width < TALL else line.start
