"""Differences for the terminal: totals, then the changed pieces with their figures at the right."""

from __future__ import annotations

from archdsl.backends.diff.rows import FACT, FOLD, HEAD, make_rows
from archdsl.backends.diff.totals import heading, signed, signed_short, totals, verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.analysis.diff.model import Difference
    from archdsl.backends.diff.rows import Row

BOLD, DIM, RED, GREEN, YELLOW, PLAIN = (
    "\x1b[1m",
    "\x1b[2m",
    "\x1b[31m",
    "\x1b[32m",
    "\x1b[33m",
    "\x1b[0m",
)
PAINTS = {"+": GREEN, "-": RED, "~": YELLOW, FOLD: DIM, HEAD: DIM, FACT: YELLOW}
INDENT = "    "
WIDEST_NAME = 18


def render(difference: Difference, by: str, width: int = 100, color: bool = False) -> str:
    """The difference in lines of at most `width` columns, where they can be cut to that."""
    width = max(width, 60)
    if difference.is_empty:
        return _clean(verdict(difference)) + "\n"
    rows = make_rows(difference, by)
    lines = [_paint(_clean(heading(difference)), BOLD, color), ""]
    lines += [*_totals(difference, color), ""]
    lines += _table(rows, width, color)
    lines += ["", _summary(rows)]
    return "".join(line.rstrip() + "\n" for line in lines)


def _totals(difference: Difference, color: bool) -> list[str]:
    names = [_cut(_clean(n.name), 20) for n in (difference.before, difference.after)]
    table = [("", *names, "difference", ""), *totals(difference)]
    widths = [max(len(row[k]) for row in table) for k in range(5)]
    lines = []
    for k, row in enumerate(table):
        cells = [f"{row[0]:<{widths[0]}}", *(f"{row[c]:>{widths[c]}}" for c in range(1, 5))]
        line = "  ".join(cells).rstrip()
        lines.append(_paint(line, DIM, color) if k == 0 else line)
    return lines


def _table(rows: list[Row], width: int, color: bool) -> list[str]:
    """Rows with their names aligned, and shapes and figures aligned at the right."""
    figures = [(_clean(r.shape), signed(r.params), signed_short(r.macs)) for r in rows]
    headed = [("output", "params", "MACs"), *figures]
    widths = [max(len(f[k]) for f in headed) for k in range(3)]
    widths[0] = min(widths[0], 27)
    room = width - sum(widths) - 6
    names: dict[int, int] = {}
    for row in rows:
        if row.mark in "+-~":
            names[row.level] = min(max(names.get(row.level, 0), len(row.name)), WIDEST_NAME)
    lines = [_paint(" " * room + _figures(headed[0], widths), DIM, color)]
    for row, figure in zip(rows, figures, strict=True):
        wide = width if row.mark == FACT else room  # facts have no figures at the right
        left = _left(row, names.get(row.level, 0), wide)
        first = f"{left[0]:<{wide}}{_figures(figure, widths)}".rstrip()
        if len(figure[0]) > widths[0]:
            first = f"{left[0]:<{room}}{_figures(('', *figure[1:]), widths)}".rstrip()
            left.append(_under(row, f"output {figure[0]}"))
        lines += [_paint(line, PAINTS[row.mark], color) for line in (first, *left[1:])]
    return lines


def _figures(cells: tuple[str, str, str], widths: list[int]) -> str:
    return "".join(f"  {cell:>{size}}" for cell, size in zip(cells, widths, strict=True))


def _left(row: Row, name_width: int, room: int) -> list[str]:
    """What stands at the left; notes that find no room go below."""
    if row.mark in (FOLD, HEAD):
        sign = "… " if row.mark == FOLD else ""
        end = ":" if row.mark == HEAD and " as in " not in row.text else ""
        return [f"{INDENT * row.level}  {sign}{_clean(row.text)}{end}"]
    name, text = _cut(_clean(row.name), WIDEST_NAME), _clean(row.text)
    mark = "~" if row.mark == FACT else row.mark
    head = f"{INDENT * row.level}{mark} {name:<{name_width}}  "
    notes = [_clean(note) for note in row.notes]
    whole = head + "; ".join([text, *notes])
    if len(whole) <= room:
        return [whole]
    lines = [head + _cut(text, max(room - len(head), 20))]
    line = ""
    for note in notes:
        longer = f"{line}; {note}" if line else note
        if line and len(_under(row, longer)) > room:
            lines.append(_under(row, line))
            longer = note
        line = longer
    return [*lines, _under(row, line)] if line else lines


def _under(row: Row, text: str) -> str:
    return f"{INDENT * row.level}      {text}"


def _summary(rows: list[Row]) -> str:
    words = {"~": "changed", "+": "added", "-": "removed"}
    top = [r for r in rows if r.level == 0]
    counts = [(sum(r.mark == mark for r in top), word) for mark, word in words.items()]
    text = ", ".join(f"{n} {word}" for n, word in counts if n)
    return f"{text or 'only shapes differ'}; MACs are per example, insides for one repetition"


def _paint(text: str, code: str, color: bool) -> str:
    return f"{code}{text}{PLAIN}" if color else text


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _clean(text: str) -> str:
    """Text without line breaks and control characters, which could steer a terminal."""
    text = " ".join(text.split("\n"))
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
