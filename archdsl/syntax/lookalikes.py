"""Characters that mean nothing here: what was meant, and the fix for the rest of the line."""

from __future__ import annotations

import re
from unicodedata import decomposition, normalize

from archdsl.diagnostics.model import Edit, Fix
from archdsl.source import SourceFile, Span

MEANT = {
    "–": "-",
    "—": "-",
    "−": "-",
    "‐": "-",
    "‑": "-",
    "⁃": "-",
    "“": '"',
    "”": '"',
    "„": '"',
    "«": '"',
    "»": '"',
    "‘": '"',
    "’": '"',
    "'": '"',
    "`": '"',
    "\u00a0": " ",
    "；": ",",
    ";": ",",
    "、": ",",
    "…": "..",
    "→": ",",
    "⟶": ",",
    "➔": ",",
    "⇒": ",",
    "·": "*",
    "⋅": "*",
    "∗": "*",
    "÷": "/",
    "⁄": "/",
    "∕": "/",
    "≈": "~",
    "∼": "~",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "✕": "x",
    "⨯": "x",
    "✖": "x",
    "∣": "|",
    "│": "|",
    "&": " and ",
    "!": " not ",
    "^": "**",
}
"""What a character stands for that people, papers and editors write in its place."""

MAX_EDITS = 40  # a line of more such characters holds no slip of the keyboard
NUMBER = re.compile("[‘’“”„'`][0-9]+[‘’“”'`]")  # a number needs no quotes
WORDS = {
    " ": "a plain space",
    ",": "`,`",
    " and ": "`and`",
    " not ": "`not`",
}


def meant_by(char: str) -> str:
    """What was meant by a character; empty where it cannot be told."""
    found = MEANT.get(char)
    if found is not None:
        return found
    if is_raised(char):
        return ""
    plain = normalize("NFKC", char)
    if plain != char and plain.isascii() and plain.isprintable():
        return plain
    return str(int(char)) if char.isdecimal() else ""


def is_raised(char: str) -> bool:
    """A digit above or below the line: `32²` is a power or a size, and not 322."""
    return not char.isascii() and decomposition(char).startswith(("<super>", "<sub>"))


STATEMENT = re.compile(r"(?:^|[;{\n])[ \t]*(?:input|let|expect|use|default)\b[^;{}\n]*$")
LONGEST_STEP = 200  # letters of a step that are looked at
POWER = re.compile(r"[-/]([A-Za-z_0-9]+)\^([A-Za-z_0-9]+)(?![A-Za-z_0-9^]|[ \t]*[*+-])")
VALUES = re.compile(r"[=(]|\b(?:let|if|for|in|expect|input|x)\b")  # a power needs no brackets there


def advice(file: SourceFile, at: int) -> str:
    """The help line for a character."""
    char = file.text[at]
    power = power_of_layer(file.text, at) if char == "^" else None
    if power is not None:
        return f"a power is written `**`, and what is computed stands in brackets: `{power[2]}`"
    if NUMBER.match(file.text, at):
        return "a number stands without quotes"
    if is_raised(char):
        return "a power is written `2**3`, a size `32x32`, and digits stand on the line"
    if char in ";；":
        return "write a comma or a new line"
    if char == "\ufeff":
        return "a byte order mark may stand at the start of the file only: take it away"
    if char == "@":
        return "a labelled tensor is `@name`; what comes in here is `identity`"
    if char == "\\":
        return "take it away; in a table's cell a branch's sign is written `\\|`"
    meant = meant_by(char)
    if not meant:
        return "names have the letters a to z, digits and `_`; others stand in strings and comments"
    return f"write {WORDS.get(meant, f'`{meant}`')}"


def mend_line(file: SourceFile, at: int, end: int) -> Fix | None:
    """The fix that writes what was meant for this character, and for all others of its line."""
    text = file.text
    stop = text.find("\n", at, end)
    stop = end if stop < 0 else stop
    edits: list[Edit] = []
    quoted = False
    bare = {i for m in NUMBER.finditer(text, at, stop) for i in (m.start(), m.end() - 1)}
    for i in range(at, stop):
        char = text[i]
        if char == "#" and not quoted:
            break
        if char == "&" and text[i - 1] == "&" and edits:
            continue  # the second of `&&`: the edit of the first covers it
        if char == '"':
            quoted = not quoted
        meant = "" if char.isascii() and char not in ";'&!`^" else meant_by(char)
        power = power_of_layer(text, i) if char == "^" else None
        if power is not None:
            start, last = power[:2]
            edits += [
                Edit(Span(file, i, i + 1), "**"),
                Edit(Span(file, start, start), "("),
                Edit(Span(file, last, last), ")"),
            ]
        elif i in bare:
            edits.append(Edit(Span(file, i, i + 1), ""))
        elif meant and (not quoted or meant == '"'):
            last = i + (2 if text.startswith("&&", i) else 1)
            begin = behind_word(text, i) if meant == "," else i
            edits.append(Edit(Span(file, begin, last), written(text, i, last, meant, stop)))
            quoted = not quoted if meant == '"' else quoted
        if len(edits) > MAX_EDITS:
            return None
    if not edits or not edits[0].span.start <= at < edits[0].span.end:
        return None
    first = edits[0]
    titles = {"": "take it away", "\n": "begin a new line", " ": "write a plain space"}
    title = titles.get(first.text, f"write `{first.text.strip()}`")
    return Fix(first.span, first.text, title, tuple(edits[1:]))


def power_of_layer(text: str, at: int) -> tuple[int, int, str] | None:
    """Where the number of `conv3-2^3` begins and ends, and what to write for it with its sign."""
    line = max(at - LONGEST_STEP, text.rfind("\n", max(0, at - LONGEST_STEP), at) + 1, 0)
    start = at
    while start > line and (text[start - 1].isalnum() or text[start - 1] == "_"):
        start -= 1
    m = POWER.match(text, max(start - 1, line))
    step = re.split(r"[,{\[|:]", text[line:start])[-1]
    if m is None or VALUES.search(step) or not re.search(r"[A-Za-z_0-9)][-/]$", step):
        return None
    return start, m.end(), f"{m[0][0]}({m[1]}**{m[2]})"


def behind_word(text: str, at: int) -> int:
    """Where the word before `at` on its line ends: a comma stands right behind it."""
    line = text.rfind("\n", 0, at) + 1
    end = line + len(text[line:at].rstrip(" \t"))
    return end if end > line else at


def written(text: str, at: int, last: int, meant: str, stop: int) -> str:
    """What to write for a sign: no comma at the end of a line, no doubled blanks."""
    rest = text[last:stop].split("#", maxsplit=1)[0].strip()
    if meant == "," and not rest:
        return ""
    if meant == "," and STATEMENT.search(text[max(0, at - LONGEST_STEP) : at]):
        return "\n"  # it ends its line
    if meant == "!" or text[at : at + 2] == "!=":
        return "!"
    if meant in (" and ", " not "):
        left = text[at - 1 : at].isspace() or text[at - 1 : at] in "(["
        right = text[last : last + 1].isspace()
        return (meant.lstrip() if left else meant) if not right else meant.strip()
    return meant
