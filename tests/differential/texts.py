"""Texts of random networks, for tests that need specs of all kinds and no torch."""

from __future__ import annotations

from random import Random

from tests.differential.broken import BROKEN
from tests.differential.grow import grow
from tests.differential.write import write


def valid_text(seed: int, size: int = 5) -> str:
    """A network that is right, in the plain layout."""
    return write(grow(seed, size))


def wild_text(seed: int) -> str:
    """A network that is right, with comments, blanks, CRLF, a byte order mark and other words."""
    return write(grow(seed), seed)


def any_text(seed: int) -> str:
    """A network that is right, or one with a mistake in its middle, laid out anyhow."""
    text = wild_text(seed)
    if seed % 4:
        return text
    r = Random(seed)
    lines = text.splitlines(keepends=True)
    lines.insert(r.randrange(len(lines)), f"{r.choice(BROKEN)[1]}\n")
    return "".join(lines)
