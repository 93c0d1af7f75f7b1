"""How wide text is: Helvetica's advance widths, with some room for the fonts that stand in."""

from __future__ import annotations

ROOM = 1.06
"""Arial and Liberation Sans are as wide as Helvetica; others may be a little wider."""

# Thousandths of the font size, from Adobe's published font metrics.
NARROW = {
    "'": 191, "i": 222, "j": 222, "l": 222, "|": 260, "f": 278, "t": 278, "I": 278,
    " ": 278, "!": 278, ",": 278, ".": 278, "/": 278, ":": 278, ";": 278, "[": 278, "]": 278,
    "\\": 278, "r": 333, "-": 333, "(": 333, ")": 333, "`": 333, "{": 334, "}": 334,
    '"': 355, "*": 389, "^": 469,
}  # fmt: skip
COMMON = {
    500: "cksvxyzJ",
    584: "+<=>~×±÷",
    611: "FTZ",
    667: "ABEKPSVXY&",
    722: "CDHNRUw",
    778: "GOQ",
    833: "Mm",
    889: "%",
    944: "W",
    1000: "…—@",
}
WIDTHS = NARROW | {letter: width for width, letters in COMMON.items() for letter in letters}
USUAL = 556
"""Digits, and most lower-case letters."""

BOLD = 1.07


def text_width(text: str, size: float, bold: bool = False) -> float:
    """Width of a line of text in the units of `size`; a character of full width is one em."""
    total = 0
    for letter in text:
        if letter <= "\u02ff" or letter in WIDTHS:
            total += WIDTHS.get(letter, USUAL if letter.isascii() else 611)
        else:
            total += 1000 if letter > "\u2e7f" else 700
    return total * size / 1000 * ROOM * (BOLD if bold else 1)
