"""Did you mean: the nearest known word."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word most like `word`, or an empty string where none is near."""
    from difflib import get_close_matches

    words = {k.lower(): k for k in known if len(k) <= 64}
    found = get_close_matches(word.lower()[:64], list(words), n=1, cutoff=0.6)
    return words[found[0]] if found else ""


def did_you_mean(word: str, known: Iterable[str], shape: str = "{}") -> str:
    """A help line, or an empty string."""
    found = nearest(word, known)
    return f"did you mean `{shape.format(found)}`?" if found else ""
