"""Offsets in a text, and the lines and columns that editors count in UTF-16, UTF-8 or UTF-32."""

from __future__ import annotations

import re
from bisect import bisect_right

LINE_END = re.compile(r"\r\n|\n|\r")
UTF8, UTF16, UTF32 = "utf-8", "utf-16", "utf-32"

Place = tuple[int, int]
"""A line and a column in it, both from 0; the column in units of the encoding."""


class Lines:
    """The lines of a text. Lines end as LSP says: at LF, CRLF or CR, and nowhere else."""

    __slots__ = ("ascii", "encoding", "ends", "starts", "text")

    def __init__(self, text: str, encoding: str = UTF16) -> None:
        self.text = text
        self.encoding = encoding
        self.ascii = text.isascii() or encoding == UTF32
        self.starts = [0]
        self.ends = []  # without the line end
        for m in LINE_END.finditer(text):
            self.ends.append(m.start())
            self.starts.append(m.end())
        self.ends.append(len(text))

    def place(self, offset: int) -> Place:
        """The line and column of an offset; offsets outside of the text are its ends."""
        offset = min(max(offset, 0), len(self.text))
        line = bisect_right(self.starts, offset) - 1
        start = self.starts[line]
        offset = min(offset, self.ends[line])  # between CR and LF is the line's end
        return line, self.units(start, offset)

    def offset(self, place: Place) -> int:
        """The offset of a line and column; beyond a line is its end, beyond the text its end."""
        line, column = place
        if line < 0:
            return 0
        if line >= len(self.starts):
            return len(self.text)
        start, end = self.starts[line], self.ends[line]
        column = max(column, 0)
        if self.ascii:
            return min(start + column, end)
        for at in range(start, end):
            if column <= 0:
                return at
            column -= self.width(self.text[at])
        return end

    def units(self, start: int, end: int) -> int:
        """How many units a piece of a line has."""
        if self.ascii:
            return end - start
        return sum(self.width(c) for c in self.text[start:end])

    def width(self, char: str) -> int:
        """Units of one character."""
        if self.encoding == UTF8:
            return len(char.encode("utf-8", "surrogatepass"))
        return 2 if self.encoding == UTF16 and ord(char) > 0xFFFF else 1

    def line_of(self, offset: int) -> int:
        """The line of an offset, from 0."""
        return bisect_right(self.starts, offset) - 1


def splice(lines: Lines, start: Place, end: Place, new: str) -> str:
    """The text with a range replaced, as an editor's change says it."""
    first, last = lines.offset(start), lines.offset(end)
    return lines.text[:first] + new + lines.text[max(first, last) :]
