"""Characters that hide or reorder what is written (CVE-2021-42574)."""

from __future__ import annotations

import re

from archdsl.diagnostics.model import Diagnostic, Fix, Label
from archdsl.source import SourceFile, Span

# Control, direction and invisible characters: C0 but \t \n \f, lone \r, DEL, C1, soft hyphen, zero
# widths and marks, line separators, embeddings, isolates, byte order marks, tags.
HIDDEN = re.compile(
    "(?:[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\ufeff\U000e0000-\U000e007f]+|\r(?!\n))"
)
ENDS = frozenset("\x0b\x85\u2028\u2029")  # elsewhere they end a line
ENDED = "write a plain end of line in its place"
MAX_FOUND = 50


def find_hidden(file: SourceFile) -> list[Diagnostic]:
    """Characters that hide or reorder what is written, in comments too (CVE-2021-42574)."""
    found = []
    for m in HIDDEN.finditer(file.text, 1 if file.text.startswith("\ufeff") else 0):
        codes = [f"U+{ord(c):04X}" for c in m.group()]
        shown = ", ".join(codes[:4]) + (f" and {len(codes) - 4} more" if len(codes) > 4 else "")
        hides = "hides or reorders" if len(codes) == 1 else "hide or reorder"
        message = f"{shown} {hides} the text on this line"
        if m.group() == "\r":
            message = f"a carriage return ({shown}) without a line feed ends no line"
        span = Span(file, *m.span())
        lone = m.group() == "\r"
        from unicodedata import category

        unseen = lone or all(category(c) == "Cf" for c in m.group())
        safety = "sure" if unseen else "guess"  # a control character may stand for a blank
        ends = lone or set(m.group()) <= ENDS
        fix = Fix(span, "\n" if ends else "", ENDED if ends else "take it away", safety=safety)
        found.append(Diagnostic("bad-character", message, Label(span), (), (), fix.title, fix))
        if len(found) == MAX_FOUND:
            break
    return found
