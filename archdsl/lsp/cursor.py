"""Where in a statement the cursor stands, read off the text before it: it may be broken there."""

from __future__ import annotations

import re
from itertools import pairwise

OPEN, CLOSE = {"(": ")", "[": "]", "{": "}"}, {")": "(", "]": "[", "}": "{"}
HEAD = re.compile(
    r"(?P<default>\bdefault\s(?P<kinds>[\w\s+-]+)|"
    r"(?P<word>[A-Za-z_]\w*)(?:\([^()]*\))?(?:[-/](?:\w+|\([^()]*\)|(?:\d+\.\d+)))*)$"
)
WORD = re.compile(r"[A-Za-z_]\w*$")
NAMED = re.compile(r"\s*([A-Za-z_]\w*)\s*=(?!=)")
LOOK_BACK = 20_000
LONGEST_HEAD = 400  # letters: a search for what ends at a place takes the square of them


class Cursor:
    """The place before an offset.

    `inner` is the innermost open bracket ("" outside of all), `head` the words before it,
    `argument` what is written of the argument so far (behind the last comma), `arguments` those
    before it, `line` the line up to the cursor, `word` the name that is being typed.
    """

    __slots__ = ("argument", "arguments", "head", "inner", "line", "opened", "word", "words")

    def __init__(self, text: str, offset: int) -> None:
        start = text.rfind("\n", 0, offset) + 1
        self.line = text[start:offset]
        m = WORD.search(self.line, max(0, len(self.line) - LONGEST_HEAD))
        self.word = m.group() if m else ""
        base = max(0, offset - LOOK_BACK)
        self.opened, cuts = open_bracket(text, base, offset)
        self.inner = text[self.opened] if self.opened >= 0 else ""
        self.head: re.Match[str] | None = None
        self.arguments: list[str] = []
        self.argument = ""
        self.words: tuple[str, ...] = ()
        if self.inner == "(":
            self.head = HEAD.search(text, max(base, self.opened - LONGEST_HEAD), self.opened)
            bounds = [self.opened, *cuts, offset]
            pieces = [text[a + 1 : b] for a, b in pairwise(bounds)]
            *self.arguments, self.argument = pieces
            if self.head is not None:
                kinds = self.head["kinds"]
                self.words = tuple("".join(kinds.split()).split("+")) if kinds else ()
                self.words = self.words or (self.head["word"],)

    @property
    def named(self) -> str:
        """The attribute whose value is being written."""
        m = NAMED.match(self.argument)
        return m.group(1) if m else ""

    @property
    def hidden(self) -> bool:
        """Whether the cursor stands in a comment or a string."""
        return "#" in self.line or self.line.count('"') % 2 == 1

    @property
    def begins_line(self) -> bool:
        """Whether only the word that is being typed stands on the line."""
        return not self.line[: len(self.line) - len(self.word)].strip()


def open_bracket(text: str, base: int, offset: int) -> tuple[int, list[int]]:
    """The offset of the innermost bracket that is open, and of the commas in it; -1 for none."""
    stack: list[tuple[int, list[int]]] = [(-1, [])]
    at = base
    while at < offset:
        char = text[at]
        if char == "#":
            end = text.find("\n", at)
            at = offset if end < 0 else end
            continue
        if char == '"':
            end, line = text.find('"', at + 1), text.find("\n", at + 1)
            at = end if 0 <= end < (line if line >= 0 else offset) else at
        elif char in OPEN:
            stack.append((at, []))
        elif char in CLOSE:
            if len(stack) > 1 and text[stack[-1][0]] == CLOSE[char]:
                stack.pop()
        elif char == ",":
            stack[-1][1].append(at)
        at += 1
    return stack[-1]
