"""Text within LaTeX: what would be a command, a length or a missing glyph is set as it reads."""

from __future__ import annotations

import re

ESCAPES = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "[": "{[}",  # behind `\\` it would be a length
    "]": "{]}",
    "×": r"$\times$",
    "→": r"$\to$",
    "…": r"\ldots{}",
    "–": "--",
    "¹": r"$^{1}$",
    "²": r"$^{2}$",
    "³": r"$^{3}$",
    "⁶": r"$^{6}$",
    "⁹": r"$^{9}$",
}

BREAKS = re.compile(r"(?<=[._,(…])(?=.)")


def escape(text: str) -> str:
    """Text in which LaTeX finds no command; line breaks become spaces."""
    shown = (c if c.isprintable() else "?" for c in " ".join(text.split()))
    return "".join(ESCAPES.get(c, c) for c in shown)


def breakable(text: str) -> str:
    """Text whose line may break behind a full stop, an underscore, a comma or a bracket too."""
    words = text.split()
    return " ".join(r"\allowbreak{}".join(map(escape, BREAKS.split(word))) for word in words)
