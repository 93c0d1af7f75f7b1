"""The lexer: terminals of the grammar, with brackets and words seen in their context."""

from __future__ import annotations

import re

from archdsl.diagnostics.model import Fix
from archdsl.source import SourceFile, Span
from archdsl.syntax._tables import KEYWORDS, PATTERNS, SIGNS

MAX_DEPTH = 64  # brackets inside brackets

# One match per token. Words and rows are sorted out afterwards: what they are depends on context.
SCANNER = re.compile(
    r"(?P<BLANK>[ \t\r\f]+|\\\r?\n)"
    r"|(?P<END>(?:\#[^\n]*)?\n|\#[^\n]*)"
    + "".join(f"|(?P<{n}>{PATTERNS[n]})" for n in ("DIMS", "REAL", "INT", "XDIMS", "X", "REF"))
    + f"|(?P<WORD>{PATTERNS['NAME']})"
    + f"|(?P<STRING>{PATTERNS['STRING']})"
    + r"|(?P<ESCAPED>\\\|)"
    + "|(?P<SIGN>"
    + "|".join(re.escape(s) for s in sorted(SIGNS, key=len, reverse=True))
    + ")"
)
# Terminals that a word can be besides a keyword and a NAME, the most particular first, with the one
# word that they begin with, if any; compiled when first met.
SPECIAL_WORDS = (
    ("NETLABEL", ""),
    ("NETNAME", ""),
    ("LABEL", ""),
    ("BLOCK", "block"),
    ("TRAIN", "train"),
)
COMPILED: dict[str, re.Pattern[str]] = {}
OPEN = {"(": ")", "[": "]", "{": "}"}
CLOSE = {")": "(", "]": "[", "}": "{"}


class Token:
    """A terminal with its place."""

    __slots__ = ("end", "start", "text", "type")

    def __init__(self, type: str, text: str, start: int, end: int) -> None:
        self.type = type
        self.text = text
        self.start = start
        self.end = end


UNITS = {"k": "K", "m": "M", "g": "G", "t": "T", "b": "G"}  # as people write them


class LexError(Exception):
    """Text that no terminal matches, or brackets that do not."""

    def __init__(
        self,
        id: str,
        message: str,
        start: int,
        end: int,
        help: str = "",
        fix: Fix | None = None,
    ) -> None:
        super().__init__(message)
        self.id = id
        self.message = message
        self.start = start
        self.end = end
        self.help = help
        self.fix = fix
        self.other: tuple[int, str] | None = None  # another place: offset and words
        self.replaced = False  # the sign stands where that of the innermost bracket should
        self.crossed = 0  # the end of two signs that close in the wrong order


class Lexer:
    """Tokens of `file` from `start` to `end`; `next_token` is told what the parser can take."""

    __slots__ = (
        "at",
        "brackets",
        "cell",
        "closed",
        "comma",
        "comments",
        "end",
        "file",
        "line_start",
        "pending",
        "queue",
    )

    def __init__(
        self, file: SourceFile, start: int = 0, end: int | None = None, cell: bool = False
    ) -> None:
        self.file = file
        self.at = start
        self.end = len(file.text) if end is None else end
        self.brackets: list[tuple[str, int]] = []
        self.closed = ("", 0)  # the bracket that was closed last
        self.comma = False  # the last token was one
        self.comments: list[tuple[int, int]] = []
        self.pending: tuple[int, int] | None = None  # a line end that may become an NL
        self.line_start = True  # nothing but blanks since the line began
        self.cell = cell  # inside a table's cell: `\|` is the branch sign
        self.queue: Token | None = None

    def next_token(self, accepts: dict[str, int]) -> Token:
        """The next token; `$END` at the end. Raises LexError."""
        if self.queue is not None:
            token, self.queue = self.queue, None
            return self.name_word(token, accepts) if token.type == "WORD" else token
        text = self.file.text
        match = SCANNER.match
        while True:
            if self.at >= self.end:
                return Token("$END", "", self.end, self.end)
            m = match(text, self.at, self.end)
            if m is None:
                raise self.bad_character()
            kind = m.lastgroup
            if kind == "BLANK":
                self.at = m.end()
                continue
            if kind == "END":
                self.end_line(m)
                continue
            break
        start, stop = m.span()
        word = m.group()
        inner = self.brackets[-1][0] if self.brackets else "{"
        if word == "|" and self.line_start and inner == "{" and not self.cell:
            return self.row(start, accepts)
        self.line_start = False
        token = self.token(kind or "", word, start, stop, inner)
        comma, self.comma = self.comma, word == ","
        if self.pending is not None:
            line_end, self.pending = self.pending, None
            goes_on = comma and self.begins_step(token)
            if not goes_on and self.ends_statement(token, inner) and "NL" in accepts:
                self.queue = token
                return Token("NL", "\n", *line_end)
        return self.name_word(token, accepts) if token.type == "WORD" else token

    def token(self, kind: str, word: str, start: int, stop: int, inner: str) -> Token:
        """A token of what the scanner matched; keeps the brackets."""
        self.at = stop
        if kind == "ESCAPED":
            return Token("PIPE", word, start, stop)
        if kind == "SIGN":
            if word in OPEN:
                self.brackets.append((word, start))
                if len(self.brackets) > MAX_DEPTH:
                    raise LexError(
                        "nesting-too-deep",
                        f"brackets nest more than {MAX_DEPTH} deep",
                        start,
                        stop,
                        "define a block and call it",
                    )
            elif word in CLOSE:
                self.close(word, start, stop)
            return Token(SIGNS[word], word, start, stop)
        return Token(kind, word, start, stop)

    def close(self, word: str, start: int, stop: int) -> None:
        """Takes the matching bracket off, or raises LexError."""
        if self.brackets and self.brackets[-1][0] == CLOSE[word]:
            self.closed = self.brackets.pop()
            return
        around = any(b[0] == CLOSE[word] for b in self.brackets)
        if not self.brackets or not (around or self.lacks(self.brackets[-1][0]) > 0):
            raise self.stray(word, start, stop)
        sign, at = self.brackets[-1]
        crossed = self.find_crossed(word, stop)
        if crossed:
            raise self.cross(word, start, crossed)
        extra = self.lacks(CLOSE[word]) < 0
        around = around and not (extra and self.lacks(sign) > 0)  # else it stands for the other
        error = LexError(
            "unclosed-bracket",
            f"`{sign}` is closed by `{word}`",
            start,
            stop,
            f"write `{OPEN[sign]}` before `{word}`" if around else f"write `{OPEN[sign]}`",
            self.close_with(sign, at, Span(self.file, start, stop), around),
        )
        error.other = (at, f"this `{sign}` is open")
        error.replaced = not around
        raise error

    def find_crossed(self, word: str, stop: int) -> int:
        """Where the two innermost brackets end that close in the wrong order, as `[ { ] }`."""
        sign = self.brackets[-1][0]
        outer = self.brackets[-2][0] if len(self.brackets) > 1 else ""
        m = re.compile(r"[ \t]*(.)").match(self.file.text, stop, self.end)
        if outer != CLOSE[word] or m is None or m[1] != OPEN[sign] or self.lacks(sign) > 0:
            return 0
        return m.end()

    def cross(self, word: str, start: int, end: int) -> LexError:
        """Two brackets that close in the wrong order."""
        sign, at = self.brackets[-1]
        written = self.file.text[start:end]
        better = written[-1] + written[1:-1] + word
        help = f"the inner bracket closes first: `{better}`"
        fix = Fix(Span(self.file, start, end), better, f"write `{better}`")
        error = LexError(
            "unclosed-bracket", f"`{sign}` is closed by `{word}`", start, start + 1, help, fix
        )
        error.other = (at, f"this `{sign}` is open")
        error.crossed = end
        return error

    def lacks(self, sign: str) -> int:
        """How many brackets more open than close: on the line, if the innermost opens there."""
        text = self.file.text
        line = text.rfind("\n", 0, self.at) + 1
        start, end = 0, self.end
        if self.brackets[-1][1] >= line:
            stop = text.find("\n", self.at, self.end)
            start, end = line, stop if stop >= 0 else self.end
        return text.count(sign, start, end) - text.count(OPEN[sign], start, end)

    def stray(self, word: str, start: int, stop: int) -> LexError:
        """A bracket that closes nothing."""
        help = f"take `{word}` away"
        fix = Fix(Span(self.file, start, stop), "", help, safety="guess")
        message = f"`{word}` closes nothing"
        return LexError("unmatched-bracket", message, start, stop, help, fix)

    def close_with(self, sign: str, at: int, span: Span, around: bool) -> Fix:
        """The fix for a bracket closed by another's sign, which closes one `around` it or none."""
        from archdsl.syntax.recover import end_of_bracket

        close = OPEN[sign]
        if not around:
            return Fix(span, close, f"write `{close}`")
        end = end_of_bracket(self.file.text, at, span.start)
        text = f" {close}" if close != ")" and self.file.text[end - 1] not in " [{" else close
        return Fix(Span(self.file, end, end), text, f"close it with `{close}`")

    def unread(self, token: Token) -> None:
        """Puts a closing bracket back that the parser cannot use: it closes what stands around."""
        if token.text in CLOSE:
            self.brackets.append(self.closed)
            self.at = token.start
            self.queue = None

    def end_line(self, m: re.Match[str]) -> None:
        """Notes a line end, and the comment before it."""
        start, stop = m.span()
        comment = m.group().rstrip("\r\n")
        if comment:
            self.comments.append((start, start + len(comment)))
        if self.pending is None:
            self.pending = (stop - 1, stop)
        self.line_start = True
        self.at = stop

    def ends_statement(self, token: Token, inner: str) -> bool:
        """Whether the line end before this token is an NL (the grammar's head says the rule)."""
        if inner == "(" or (token.type == "WORD" and token.text == "else"):
            return False
        return not (token.text in CLOSE or (token.type == "PIPE"))

    def begins_step(self, token: Token) -> bool:
        """Whether a line that ended in a comma goes on with this token."""
        if token.type != "WORD":
            return token.type in ("REF", "LBRACE")
        if token.text in KEYWORDS:
            return token.text in ("if", "for")
        names = ("LABEL", "BLOCK", "TRAIN")
        return not any(compiled(n).match(self.file.text, token.start, self.end) for n in names)

    def row(self, start: int, accepts: dict[str, int]) -> Token:
        """A whole line of a table."""
        stop = self.file.text.find("\n", start)
        stop = self.end if stop < 0 else min(stop, self.end)
        token = Token("ROW", self.file.text[start:stop], start, stop)
        self.at = stop
        self.line_start = False
        if self.pending is not None:
            line_end, self.pending = self.pending, None
            if "NL" in accepts:
                self.queue = token
                return Token("NL", "\n", *line_end)
        return token

    def name_word(self, token: Token, accepts: dict[str, int]) -> Token:
        """Says which terminal a word is, by what the parser can take here."""
        word = token.text
        keyword = KEYWORDS.get(word)
        if keyword is not None:
            token.type = keyword
            return token
        for name, only in SPECIAL_WORDS:
            if name in accepts and (not only or only == word):
                m = compiled(name).match(self.file.text, token.start, self.end)
                if m is not None:
                    token.type = name
                    token.text = m.group()
                    token.end = self.at = m.end()
                    return token
        token.type = "NAME"
        return token

    def bad_character(self) -> LexError:
        """What to say about a character that begins no token."""
        text, at = self.file.text, self.at
        if text[at] == '"':
            return bad_string(self.file, at, self.end)
        if "0" <= text[at] <= "9":
            m = re.compile(r"[0-9A-Za-z_.]+").match(text, at)
            stop = m.end() if m else at + 1
            shown = f"`{text[at : min(stop, at + 40)]}`"
            help = "names start with a letter; a repeat stands apart: `conv3-64 x4`"
            fix: Fix | None = None
            if re.fullmatch(r"[0-9][0-9_]{,17}(?:\.[0-9]{1,17})?[kmgtbB]", text[at:stop]):
                better = text[at : stop - 1] + UNITS[text[stop - 1].lower()]
                help = f"units are large letters, K, M, G and T: write `{better}`"
                fix = Fix(Span(self.file, at, stop), better, f"write `{better}`")
            return LexError(
                "bad-number", f"{shown} is neither a number nor a name", at, stop, help, fix
            )
        return strange(self.file, at, self.end)


def bad_string(file: SourceFile, at: int, end: int) -> LexError:
    """A string with a backslash, or without an end."""
    text = file.text
    stop = text.find("\n", at, end)
    stop = end if stop < 0 else stop
    backslash = text.find("\\", at, stop)
    if backslash >= 0 and text.find('"', at + 1, stop) >= 0:
        return LexError(
            "bad-string",
            "strings have no backslashes",
            backslash,
            backslash + 1,
            "write `/` between folders, on every system",
            Fix(Span(file, backslash, backslash + 1), "/", "write `/`"),
        )
    close = len(text[:stop].rstrip())
    fix = Fix(Span(file, close, close), '"', "close the string")
    return LexError(
        "bad-string", "this string has no end", at, stop, 'close it with `"` on its line', fix
    )


def strange(file: SourceFile, at: int, end: int) -> LexError:
    """A character that the language does not use."""
    from archdsl.syntax.lookalikes import advice, mend_line

    char = file.text[at]
    shown = f"`{char}` (U+{ord(char):04X})" if char.isprintable() else f"U+{ord(char):04X}"
    return LexError(
        "bad-character",
        f"{shown} has no meaning here",
        at,
        at + 1,
        advice(file, at),
        mend_line(file, at, end),
    )


def compiled(name: str) -> re.Pattern[str]:
    """The pattern of a terminal."""
    if name not in COMPILED:
        COMPILED[name] = re.compile(PATTERNS[name])
    return COMPILED[name]
