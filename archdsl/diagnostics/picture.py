"""The picture of a diagnostic: source lines with marks below them, and words on the marks."""

from __future__ import annotations

from archdsl.diagnostics.characters import columns, escape, visible
from archdsl.diagnostics.color import BLUE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.diagnostics.color import Paint
    from archdsl.diagnostics.model import Label
    from archdsl.source import SourceFile

MAX_LINE = 160
MAX_BETWEEN = 1  # lines between two shown ones that are shown rather than told by dots
MAX_TALL = 2  # labels over several lines that get a margin of their own


class Mark:
    """A label on one line: columns from `start` to `end` of what is shown, with its words."""

    __slots__ = ("end", "main", "start", "words")

    def __init__(self, start: int, end: int, words: str, main: bool) -> None:
        self.start = start
        self.end = end
        self.words = words
        self.main = main


class Tall:
    """A label over several lines, drawn down the margin: first and last line, last column."""

    __slots__ = ("end", "first", "last", "main", "margin", "words")

    def __init__(
        self, first: int, last: int, end: int, words: str, main: bool, margin: int
    ) -> None:
        self.first = first
        self.last = last
        self.end = end  # offset in the last line behind the span's last character
        self.words = words
        self.main = main
        self.margin = margin


class Picture:
    """The lines of one file that the labels stand on."""

    def __init__(
        self,
        file: SourceFile,
        labels: list[tuple[Label, bool]],
        width: int,
        paint: Paint,
        severe: str,
    ) -> None:
        self.file = file
        self.width = width
        self.paint = paint
        self.severe = severe
        self.talls: list[Tall] = []
        self.by_line: dict[int, list[tuple[Label, bool]]] = {}
        for label, main in labels:
            self.place(label, main)

    def place(self, label: Label, main: bool) -> None:
        """Notes where a label goes: below its line, or down the margin."""
        first, _ = self.file.line_col(label.span.start)
        last, end = self.file.line_col(max(label.span.start, label.span.end - 1))
        if last > first and len(self.talls) < MAX_TALL:
            tall = Tall(first, last, end, escape(label.text), main, len(self.talls))
            self.talls.append(tall)
            self.by_line.setdefault(first, [])
            self.by_line.setdefault(last, [])
        else:
            self.by_line.setdefault(first, []).append((label, main))

    def draw(self) -> list[str]:
        """The lines of the picture."""
        blank = " " * self.width
        out = [f"{blank} {self.bar()}"]
        before = 0
        for line in sorted(self.by_line):
            gap = line - before - 1 if before else 0
            if gap > MAX_BETWEEN:
                out.append(self.dots(line))
            elif gap:
                out.append(self.source(before + 1, 0, self.file.line_text(before + 1)))
            out.extend(self.line(line))
            before = line
        if len(out) > 1:
            out.append(out[0])
        return out

    def bar(self) -> str:
        """The line between the numbers and the text."""
        return self.paint(BLUE, "|")

    def dots(self, line: int) -> str:
        """Lines are left out above `line`."""
        margin = self.margin(line, between=True)
        return (self.paint(BLUE, "...".ljust(self.width + 2)) + f" {margin}").rstrip()

    def source(self, line: int, start: int, text: str) -> str:
        """A line of the text with its number."""
        number = self.paint(BLUE, f"{line:>{self.width}}")
        shown = visible(text[start : start + MAX_LINE])
        shown += self.paint(BLUE, "…") if len(text) > start + MAX_LINE else ""
        return f"{number} {self.bar()} {self.margin(line)}{shown}".rstrip()

    def line(self, line: int) -> list[str]:
        """A line of the text, and the marks below it."""
        text = self.file.line_text(line)
        labels = self.by_line[line]
        at = [self.file.line_col(label.span.start)[1] - 1 for label, _ in labels]
        at += [t.end - 1 for t in self.talls if t.last == line]
        start = max(0, min(at) - 40) if at and len(text) > MAX_LINE else 0
        out = [self.source(line, start, text)]
        marks = [self.mark(label, main, start, text) for label, main in labels]
        lead = f"{' ' * self.width} {self.bar()} {self.margin(line, below=True)}"
        out += [(lead + row).rstrip() for row in self.rows(marks)]
        out += [self.foot(t, text, start) for t in self.talls if t.last == line]
        return out

    def mark(self, label: Label, main: bool, start: int, text: str) -> Mark:
        """A label in columns of the line as it is shown."""
        shown = text[start : start + MAX_LINE]
        at = self.file.line_col(label.span.start)[1] - 1 - start
        at = at if 0 <= at <= len(shown) else 0
        length = min(label.span.end - label.span.start, len(shown) - at)
        left = columns(visible(shown[:at]))
        size = max(1, columns(visible(shown[at : at + length])))
        return Mark(left, left + size, escape(label.text), main)

    def rows(self, marks: list[Mark]) -> list[str]:
        """Marks in one row, the words of the last beside it, those of the others hanging below."""
        if not marks:
            return []
        row = self.underline(marks)
        hanging = sorted((m for m in marks if m.words), key=lambda m: (m.start, m.main))
        end = max(m.end for m in marks)
        if hanging and hanging[-1].end == end:
            last = hanging.pop()
            row += f" {self.tint(last.words, last.main)}"
        out = [row, self.stems(hanging)] if hanging else [row]
        while hanging:
            last = hanging.pop()
            stems = self.stems([m for m in hanging if m.start < last.start], last.start)
            out.append(stems + self.tint(last.words, last.main))
        return out

    def underline(self, marks: list[Mark]) -> str:
        """`^^^^` under the place of the mistake, `----` under the others; the shorter wins."""
        cells: list[Mark | None] = [None] * max(m.end for m in marks)
        for m in sorted(marks, key=lambda m: (m.start - m.end, m.main)):
            cells[m.start : m.end] = [m] * (m.end - m.start)
        if all(m is None or not m.main for m in cells):  # hidden by labels within it
            for m in marks:
                if m.main:
                    cells[m.start] = m
        out, at = "", 0
        while at < len(cells):
            end = at + 1
            mine = cells[at]
            kind = None if mine is None else mine.main
            while end < len(cells) and (None if (c := cells[end]) is None else c.main) == kind:
                end += 1
            if kind is None:
                out += " " * (end - at)
            else:
                out += self.tint(("^" if kind else "-") * (end - at), kind)
            at = end
        return out

    def stems(self, marks: list[Mark], width: int = 0) -> str:
        """A `|` below the start of each mark, padded to `width` columns."""
        out, at = "", 0
        for m in sorted(marks, key=lambda m: (m.start, not m.main)):
            if m.start >= at:
                out += " " * (m.start - at) + self.tint("|", m.main)
                at = m.start + 1
        return out + " " * (width - at)

    def tint(self, text: str, main: bool) -> str:
        """Red for the mistake, blue for what it depends on."""
        return self.paint(self.severe if main else BLUE, text)

    def margin(self, line: int, between: bool = False, below: bool = False) -> str:
        """What labels of several lines draw left of a line of the text."""
        out = ""
        for t in self.talls:
            inside = t.first < line <= t.last or (below and line == t.first)
            sign = "/" if line == t.first and not (between or below) else "|" if inside else " "
            out += self.tint(sign, t.main) + " " if sign != " " else "  "
        return out

    def foot(self, tall: Tall, text: str, start: int) -> str:
        """The end of a label of several lines: a corner, a line to the last column, the words."""
        shown = columns(visible(text[start : max(start, tall.end - 1)]))
        others = "".join(
            self.tint("| ", t.main) if t.first < tall.last < t.last else "  "
            for t in self.talls[: tall.margin]
        )
        reach = "_" * (shown + 2 * (len(self.talls) - tall.margin) - 1)
        drawn = self.tint(f"|{reach}{'^' if tall.main else '-'}", tall.main)
        words = f" {self.tint(tall.words, tall.main)}" if tall.words else ""
        return f"{' ' * self.width} {self.bar()} {others}{drawn}{words}"
