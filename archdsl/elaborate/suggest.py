"""Did you mean: the nearest known word."""

from __future__ import annotations

import re

from archdsl.diagnostics.model import Edit, Fix
from archdsl.source import Span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


LEAST = 3  # letters of a word that may be another, misspelled: `b` is nobody's `bn`
ALIKE = 0.65  # of the letters: `depth` is no `width`
LONG = 4  # letters of a word in which a wrong one leaves no doubt
NO_DIGIT = re.compile(r"\D+")
MAX_COMPARED = 500  # words that each wrong one is compared with in full


def candidates(word: str, known: Iterable[str]) -> dict[str, str]:
    """The known words by their small letters; of very many only such as begin like `word`."""
    words = list(known)
    if len(words) > MAX_COMPARED:
        head, size = word[:1].lower(), len(word)
        alike = (k for k in words if k[:1].lower() == head and -1 <= len(k) - size <= 1)
        words = [k for k, _ in zip(alike, range(MAX_COMPARED), strict=False)]
    return {k.lower(): k for k in words if len(k) <= 64}


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word most like `word`, or an empty string where none is near."""
    from difflib import get_close_matches

    words = candidates(word, known)
    if len(word) < LEAST or word.lower() in words:
        return words.get(word.lower(), "")
    slips = [k for k in words if is_slip(word.lower(), k)]
    if len(slips) == 1:
        return words[slips[0]]
    found = get_close_matches(word.lower()[:64], slips or list(words), n=1, cutoff=ALIKE)
    if found:
        return words[found[0]]
    stems = [k for k in words if len(k) >= LEAST and word.lower().startswith(k)]
    return words[max(stems, key=len)] if stems else ""


def is_slip(word: str, meant: str) -> bool:
    """Whether one slip of the keyboard makes `word` of `meant`, a word of three letters or more:
    a letter too many, too few or wrong, or two swapped (Damerau, 1964)."""
    if len(meant) < 3 or abs(len(word) - len(meant)) > 1 or word == meant:
        return False
    at = 0
    while at < min(len(word), len(meant)) and word[at] == meant[at]:
        at += 1
    rest, wanted = word[at:], meant[at:]
    if len(word) != len(meant):
        return rest[1:] == wanted if len(word) > len(meant) else rest == wanted[1:]
    swapped = rest[:2] == wanted[1::-1] and rest[2:] == wanted[2:]
    return swapped or rest[1:] == wanted[1:]


def did_you_mean(word: str, known: Iterable[str], shape: str = "{}") -> str:
    """A help line, or an empty string."""
    found = nearest(word, known)
    return f"did you mean `{shape.format(found)}`?" if found else ""


def rename(span: Span, word: str, known: Iterable[str], shape: str = "{}") -> Fix | None:
    """The fix that writes the nearest known word over `span`, where one is near."""
    names = list(known)
    found = nearest(word, names)
    if not found:
        return None
    text = shape.format(found)
    safety = "sure" if is_surely(word, found, names) else "guess"
    return Fix(span, text, f"write `{text}`", safety=safety)


def is_surely(word: str, found: str, names: list[str]) -> bool:
    """Whether a word can only be `found`, misspelled; else it may be a word of its own.

    Capitals and `_` mean nothing. A letter too few, a doubled one, two swapped and, in a longer
    word, a wrong one are slips; a letter more, or another first one, makes other words: `celu` is
    no `elu`, `tconv` no `conv`, `abn` no `abs`. Digits tell words apart.
    """
    small, wanted = word.lower(), found.lower()
    if len(small) > 64 or any(k.lower() == wanted and k != found for k in names):
        return False
    if small == wanted:
        return True
    digits = NO_DIGIT.sub("", small)
    others = {k for k in candidates(word, names) if NO_DIGIT.sub("", k) == digits} - {wanted}
    if len(small) < LEAST or NO_DIGIT.sub("", wanted) != digits:
        return False
    family, hyphen, _ = wanted.rpartition("-")  # of `Tiny-S` and `Tiny-L`, `Tiny-XL` is none
    sisters = {k for k in others if hyphen and k.startswith(f"{family}-")}
    if sisters and small.startswith(f"{family}-"):
        return False
    joined = small.replace("_", "")
    if small[-1:] != "_" and joined == wanted.replace("_", ""):
        return not any(k.replace("_", "") == joined for k in others)
    if not is_slip(small, wanted) or any(is_slip(small, k) for k in others):
        return is_long_word(small, wanted, others)
    if len(small) > len(wanted):
        at = next((i for i, c in enumerate(wanted) if small[i] != c), len(wanted))
        return at > 1 and small[at] == small[at - 1]
    if len(small) < len(wanted) or sorted(small) == sorted(wanted):
        return True
    return len(small) >= LONG and small[0] == wanted[0]


def is_long_word(small: str, wanted: str, others: set[str]) -> bool:
    """Whether a long word has few wrong letters, and is like no other."""
    from difflib import SequenceMatcher

    if len(small) < 10 or small[0] != wanted[0]:
        return False
    alike = SequenceMatcher(None, "", small)

    def ratio(other: str) -> float:
        alike.set_seq1(other)
        return alike.ratio() if alike.quick_ratio() >= 0.8 else 0.0

    return ratio(wanted) >= 0.85 and all(ratio(k) < 0.8 for k in others)


def part(span: Span, text: str) -> Span:
    """The first place inside a span where `text` stands, or the whole of it."""
    at = span.file.text.find(text, span.start, span.end)
    return Span(span.file, at, at + len(text)) if at >= 0 else span


def rename_everywhere(span: Span, word: str, known: Iterable[str]) -> Fix | None:
    """As `rename`, and the same wherever else in the file the word stands, comments left out."""
    fix = rename(span, word, known)
    if fix is None:
        return None
    text = span.file.text
    more = []
    for m in re.finditer(rf"#[^\n]*|(?<![\w@]){re.escape(word)}(?!\w)", text):
        if m.group() == word and m.start() != span.start:
            more.append(Edit(Span(span.file, *m.span()), fix.text))
    return Fix(span, fix.text, fix.title, tuple(more), fix.safety)
