"""Tables as LaTeX: `tabular`, `\\multicolumn` and `\\textbf` only."""

from __future__ import annotations

from archdsl.backends.latex import escape
from archdsl.backends.table.model import Group, Word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.backends.table.model import Cell, Row, Table


ROOM = 340.0
"""Points of a line of `article`."""

SIZES = (
    ("", 5.2, 6.0),
    (r"\small\setlength{\tabcolsep}{5pt}", 4.8, 5.0),
    (r"\footnotesize\setlength{\tabcolsep}{4pt}", 4.3, 4.0),
    (r"\scriptsize\setlength{\tabcolsep}{2.5pt}\setlength{\arraycolsep}{1pt}", 3.8, 2.5),
)
"""Commands that make a table smaller; points of a letter, and on each side of a column."""

BRACKETS = 8  # letters around the lines of a block, with how often it is repeated


def render(table: Table, color: bool = False) -> str:
    """The table and below it the one of facts, as small as a page needs them."""
    size = _size(table)
    tabular = _tabular(table)
    return f"{{{size}\n{tabular}}}\n" if size else tabular


def _size(table: Table) -> str:
    """The largest of `SIZES` in which the table has room, else the smallest."""
    widths = [len(heading) + 1.0 for heading in table.headings]
    for row in table.rows:
        for i, cell in enumerate(() if row.spans else row.cells):
            widths[i] = max([widths[i], *(_letters(group) for group in cell)])
    if table.sides:
        widths.append(max([len(table.sides[0]), *(len(row.name) for row in table.rows)]))
        widths.append(max([len(table.sides[1]), *(len(row.size) for row in table.rows)]))
    for command, letter, side in SIZES:
        if sum(widths) * letter + len(widths) * 2 * side <= ROOM:
            return command
    return SIZES[-1][0]


def _letters(group: Group) -> float:
    longest = max((len(w.text) * (1.1 if w.bold else 1.0) for w in group.words), default=0.0)
    return longest + (BRACKETS if group.block else 4 * (group.times > 1))


def _tabular(table: Table) -> str:
    count = len(table.headings)
    first = len(table.sides)
    out = [f"\\begin{{tabular}}{{|{'c|' * (count + first)}}}", r"\hline"]
    if table.title:
        out += [_span(count + first, f"\\textbf{{{escape(table.title)}}}") + r" \\ \hline"]
    heads = [f"\\textbf{{{escape(h)}}}" for h in table.headings]
    out.append(" & ".join([*table.sides, *heads]) + r" \\ \hline")
    for row in table.rows:
        out += _row(row, table)
    out.append(r"\end{tabular}")
    if table.facts:
        out += [r"\par", f"\\begin{{tabular}}{{|l|{'c|' * count}}}", r"\hline"]
        out.append(" & ".join(["", *heads]) + r" \\ \hline")
        for fact in table.facts:
            cells = [escape(cell[0].words[0].text) for cell in fact.cells]
            out.append(" & ".join([escape(fact.name), *cells]) + r" \\ \hline")
        out.append(r"\end{tabular}")
    return "\n".join(out) + "\n"


def _row(row: Row, table: Table) -> list[str]:
    """A line of source for each line of the cells, and a rule after the last."""
    columns = [_lines(cell) for cell in row.cells]
    height = max([1, *(len(lines) for lines in columns)])
    out = []
    for i in range(height):
        cells = [lines[i] if i < len(lines) else "" for lines in columns]
        if row.spans and len(table.headings) > 1:
            cells = [_span(len(table.headings), cells[0], not table.sides)]
        if table.sides:
            cells[:0] = [escape(row.name), escape(row.size)] if i == 0 else ["", ""]
        out.append(" & ".join(cells) + r" \\" + (r" \hline" if i == height - 1 else ""))
    return out


def _span(columns: int, text: str, left: bool = True) -> str:
    return f"\\multicolumn{{{columns}}}{{{'|' * left}c|}}{{{text}}}"


def _lines(cell: Cell) -> list[str]:
    out: list[str] = []
    for group in cell:
        times = f" $\\times {group.times}$" if group.times > 1 or group.block else ""
        if group.block:
            out.append(_block(group) + times)
        else:
            out += (_word(word) + times for word in group.words)
    return out


def _block(group: Group) -> str:
    """Lines one below the other in brackets."""
    inside = r" \\ ".join(f"\\mbox{{{_word(word)}}}" for word in group.words)
    return f"$\\left[\\begin{{array}}{{c}}{inside}\\end{{array}}\\right]$"


def _word(word: Word) -> str:
    text = escape(word.text)
    return f"\\textbf{{{text}}}" if word.bold else text
