"""LaTeX in plain words: commands for looks vanish, arrays become brackets."""

from __future__ import annotations

import re

from archdsl.importers.table.clean import clean

WORDS = {
    "times": "x",
    "cdot": "x",
    "ast": "x",
    "%": "%",
    "#": "#",
    "_": "_",
    "&": "&",
    "$": "",
    "{": "",
    "}": "",
    "[": "",
    "]": "",
    "(": "",
    ")": "",
    "lbrack": "[",
    "rbrack": "]",
    "checkmark": "yes",
    "cmark": "yes",
    "textasciitilde": "~",
    "sim": "~",
    "approx": "~",
    "slash": "/",
    "newline": "\n",
    "tabularnewline": "\n",
    "\\": "\n",
}
LOOKS = (
    " text textbf textit textrm textsf texttt textsc textnormal mathbf mathrm mathit mathsf "
    "mathtt boldsymbol bm emph bf it rm sf tt sc em bfseries itshape rmfamily sffamily "
    "ttfamily normalfont tiny scriptsize footnotesize small normalsize large Large left right "
    "big Big bigg Bigg bigl bigr Bigl Bigr quad qquad , ; : ! centering raggedright mbox hbox "
    "vbox underline textcolor color displaystyle textstyle makecell shortstack thead "
    "specialcell hline toprule midrule bottomrule noalign smallskip xspace strut phantom "
    "hfill unit ensuremath protect relax rule vspace hspace arraystretch ul uline mathcal "
    "operatorname "
)
DROPPED = " cite citep footnote footnotemark tablefootnote label ref rule vspace hspace "
COLORED = ("textcolor", "color", "rowcolor", "cellcolor")
BRACKETED = frozenset(("bmatrix", "bsmallmatrix"))
PIECE = re.compile(
    r"\\begin\s*\{(\w{1,20}\*?)\}(?:\s*\[[^\]\n]{0,20}\])?(?:\s*\{[^{}\n]{0,40}\})?"
    r"|\\end\s*\{(\w{1,20}\*?)\}"
    r"|\\\\\*?(?:\s*\[[^\[\]\n]{0,20}\])?"
    r"|\\([A-Za-z]+)\*?\s*|\\(.)|[^\\{}$~^&]+|.",
    re.S,
)
GROUP = re.compile(r"\s*(?:\[[^\]\n]{0,40}\])?\s*\{[^{}]{0,200}\}")


def clean_latex(text: str) -> str:
    """A cell's LaTeX as words; a command that is not known stays, so that the cell is an error."""
    out: list[str] = []
    at = 0
    while at < len(text):
        found = PIECE.match(text, at)
        assert found is not None
        at = found.end()
        begin, end, command, sign = found.groups()
        if begin:
            out.append("[" if begin in BRACKETED else "")
        elif end:
            out.append("]" if end in BRACKETED else "")
        elif found[0].startswith("\\\\"):
            out.append("\n")
        elif command and (f" {command} " in DROPPED or command in COLORED):
            group = GROUP.match(text, at)
            at = group.end() if group else at
        elif command or sign:
            word = command or sign
            out.append(WORDS.get(word, " " if f" {word} " in LOOKS or word == " " else found[0]))
        elif found[0] == "^":
            out.append("^")
        else:
            out.append({"{": "", "}": "", "$": "", "~": " ", "&": " "}.get(found[0], found[0]))
    return clean("".join(out).replace("^\\circ", ""))
