"""Did you mean: the nearest known word."""

from __future__ import annotations

from archdsl.diagnostics.model import Edit, Fix
from archdsl.source import Span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


LEAST = 3  # letters of a word that may be another, misspelled: `b` is nobody's `bn`
ALIKE = 0.65  # of the letters: `depth` is no `width`
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
    if len(word) < LEAST:
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
    """The fix that writes the nearest known word over `span`, where one is near.

    It is a guess where the words differ in more than a slip, or two are as near.
    """
    from difflib import SequenceMatcher

    names = candidates(word, known)
    found = nearest(word, names.values())
    if not found:
        return None
    slips = [k for k in names if is_slip(word.lower(), k)]
    matcher = SequenceMatcher(None, found.lower(), word.lower())
    best = matcher.ratio()

    def as_near(other: str) -> bool:
        matcher.set_seq1(other)  # the quick ratios are bounds of the ratio
        return matcher.quick_ratio() >= best and matcher.ratio() >= best

    others = (k for k in names if k != found.lower())
    family, hyphen, _ = found.lower().rpartition("-")  # of `Tiny-S` and `Tiny-L`, `Tiny-XL` is none
    sisters = [k for k in names if hyphen and k.startswith(f"{family}-")]
    sure = len(sisters) < 2 or not word.lower().startswith(f"{family}-")
    sure = sure and (slips == [found.lower()] or (best >= 0.7 and not any(map(as_near, others))))
    text = shape.format(found)
    return Fix(span, text, f"write `{text}`", safety="sure" if sure else "guess")


def part(span: Span, text: str) -> Span:
    """The first place inside a span where `text` stands, or the whole of it."""
    at = span.file.text.find(text, span.start, span.end)
    return Span(span.file, at, at + len(text)) if at >= 0 else span


def rename_everywhere(span: Span, word: str, known: Iterable[str]) -> Fix | None:
    """As `rename`, and the same wherever else in the file the word stands, comments left out."""
    import re

    fix = rename(span, word, known)
    if fix is None:
        return None
    text = span.file.text
    more = []
    for m in re.finditer(rf"#[^\n]*|(?<![\w@]){re.escape(word)}(?!\w)", text):
        if m.group() == word and m.start() != span.start:
            more.append(Edit(Span(span.file, *m.span()), fix.text))
    return Fix(span, fix.text, fix.title, tuple(more), fix.safety)
