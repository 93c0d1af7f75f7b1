"""What tables state beside layers: sizes, depths, FLOPs and parameters."""

from __future__ import annotations

import re

from archdsl.importers.table.clean import words_of

SIDES = re.compile(r"(\d{1,5})(?:\^2|x(\d{1,5}))(?:x(\d{1,6}))?(?!\d)")
DEPTH = re.compile(r"(\d{1,5}) ?-?(?:weight )?layers?\b")
FIGURE = re.compile(
    r"~? ?(\d{1,9}(?:,\d{3})*(?:\.\d{1,6})?)"
    r"(?: ?x ?10\^\{?(\d{1,2})\}?| ?(k|m|g|t|b|million|billion))?"
    r"(?: ?(?:flops|macs|madds|mult-adds|params|parameters))?"
)
SUFFIX = {"k": "K", "m": "M", "g": "G", "t": "T", "b": "G", "million": "M", "billion": "G"}
POWER = {3: "K", 6: "M", 9: "G", 12: "T"}
MACS = re.compile(r"flops|mult-?adds?|multiply|macs?\b|madds?|mul-?add")
PARAMS = re.compile(r"(?:# ?|number of |no\. ?of )?param(?:eter)?s?\b|weights\b")


def read_size(text: str) -> tuple[int, ...] | None:
    """`56×56`, `224²×3`, `112×112×64`, `7x7`: the numbers as written; else, and of a 0, None."""
    found = SIDES.fullmatch(words_of(text).replace(" ", ""))
    if found is None:
        return None
    first = int(found[1])
    rest = () if found[3] is None else (int(found[3]),)
    sizes = (first, int(found[2] or first), *rest)
    return sizes if all(sizes) else None


def as_map(sizes: tuple[int, ...]) -> tuple[int, int, int] | None:
    """Channels, height, width of three numbers in either order; None where it is not clear."""
    a, b, c = sizes
    if a == b:
        return c, a, b
    if b == c:
        return a, b, c
    return None


def read_depth(text: str) -> int | None:
    """`11 weight layers`, `18-layer`."""
    found = DEPTH.fullmatch(words_of(text))
    return int(found[1]) if found else None


def read_figure(text: str, unit: str = "") -> str | None:
    """A rounded figure as the language writes it: `3.6×10⁹` is `3.6G`; `unit` where it has none."""
    found = FIGURE.fullmatch(words_of(text))
    if found is None:
        return None
    number = found[1].replace(",", "_")
    if found[2]:
        return number + POWER[int(found[2])] if int(found[2]) in POWER else None
    return number + (SUFFIX[found[3]] if found[3] else unit)


def unit_of(heading: str) -> str:
    """The unit that a heading names for all its numbers: `(in millions)`, `(10^9)`."""
    text = words_of(heading)
    if "million" in text or "(m)" in text or "10^6" in text:
        return "M"
    return "G" if "billion" in text or "(g)" in text or "(b)" in text or "10^9" in text else ""
