"""Text within LaTeX: what would be a command, a length or a missing glyph is set as it reads."""

from __future__ import annotations

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


def escape(text: str) -> str:
    """Text in which LaTeX finds no command; line breaks become spaces."""
    shown = (c if c.isprintable() else "?" for c in " ".join(text.split()))
    return "".join(ESCAPES.get(c, c) for c in shown)
