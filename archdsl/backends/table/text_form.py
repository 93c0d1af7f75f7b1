"""Tables for terminals: columns of text, rules between rows."""

from __future__ import annotations

from archdsl.backends.table.model import Word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.backends.table.model import Cell, Row, Table

GAP = "  "
BOLD, PLAIN = "\x1b[1m", "\x1b[0m"


def render(table: Table, color: bool = False) -> str:
    """The table, and below it the one of facts; bold only with `color`."""
    names = [[Word(h, True)] for h in table.headings]
    head = [[Word(side, True)] for side in table.sides]
    count = len(table.headings)
    widths = _widths(table, [*head, *names])
    total = sum(widths) + len(GAP) * (len(widths) - 1)
    rule = "─" * total
    out = [_center([Word(table.title, True)], total, color)] if table.title else []
    out += [rule, *_lines([*head, *names], widths, color), rule]
    for row in table.rows:
        cells = [stack(cell) for cell in row.cells]
        first = _sides(row) if table.sides else []
        if row.spans and count > 1:
            spread = [sum(widths[len(first) :]) + len(GAP) * (count - 1)]
            out += _lines([*first, *cells], widths[: len(first)] + spread, color)
        else:
            out += _lines([*first, *cells], widths, color)
        out.append(rule)
    for fact in table.facts:
        out += ["", fact.name]
        figures = [lines_of(cell) for cell in fact.cells]
        out += _lines(names, _fit(names, figures), color)
        out += _lines(figures, _fit(names, figures), color)
    return "\n".join(line.rstrip() for line in out) + "\n"


def lines_of(cell: Cell) -> list[Word]:
    """The lines of a cell, a block in brackets on one line: `[3×3, 64; 3×3, 64] ×2`."""
    out: list[Word] = []
    for group in cell:
        times = f" ×{group.times}" if group.times > 1 else ""
        if group.block:
            inside = "; ".join(word.text for word in group.words)
            bold = all(word.bold for word in group.words)
            out.append(Word(f"[{inside}]{times or ' ×1'}", bold))
        else:
            out += (Word(word.text + times, word.bold) for word in group.words)
    return out


def stack(cell: Cell) -> list[Word]:
    """The lines of a cell, those of a block one below the other in brackets."""
    out: list[Word] = []
    for group in cell:
        if not group.block or len(group.words) == 1:
            out += lines_of((group,))
            continue
        width = max(len(word.text) for word in group.words)
        times = f" ×{group.times}"
        middle = (len(group.words) - 1) // 2
        for i, word in enumerate(group.words):
            left, right = _bracket(i, len(group.words))
            tail = times if i == middle else " " * len(times)
            out.append(Word(f"{left}{word.text:^{width}}{right}{tail}", word.bold))
    return out


def _bracket(line: int, lines: int) -> tuple[str, str]:
    if line == 0:
        return "⎡", "⎤"
    return ("⎣", "⎦") if line == lines - 1 else ("⎢", "⎥")


def _widths(table: Table, head: list[list[Word]]) -> list[int]:
    rows: list[list[list[Word]]] = [head]
    spans = 0
    for row in table.rows:
        cells = [stack(cell) for cell in row.cells]
        if row.spans and len(table.headings) > 1:
            spans = max([spans, *(_wide(word) for cell in cells for word in cell)])
            cells = [[] for _ in table.headings]
        rows.append([*_sides(row), *cells] if table.sides else cells)
    widths = [max((_wide(w) for row in rows for w in row[i]), default=1) for i in range(len(head))]
    first = len(table.sides)
    missing = spans - sum(widths[first:]) - len(GAP) * (len(widths) - first - 1)
    while missing > 0:
        for i in range(first, len(widths)):
            widths[i] += 1
        missing -= len(widths) - first
    return widths


def _sides(row: Row) -> list[list[Word]]:
    return [[Word(text)] if text else [] for text in (row.name, row.size)]


def _fit(*rows: list[list[Word]]) -> list[int]:
    return [max(_wide(w) for row in rows for w in row[i]) for i in range(len(rows[0]))]


def _lines(cells: list[list[Word]], widths: list[int], color: bool) -> list[str]:
    height = max((len(cell) for cell in cells), default=0)
    return [
        GAP.join(
            _center(cell[i : i + 1], width, color)
            for cell, width in zip(cells, widths, strict=True)
        )
        for i in range(height)
    ]


def _center(words: list[Word], width: int, color: bool) -> str:
    if not words:
        return " " * width
    word = words[0]
    space = max(0, width - _wide(word))
    text = _printable(word.text)
    shown = f"{BOLD}{text}{PLAIN}" if color and word.bold else text
    return " " * (space // 2) + shown + " " * (space - space // 2)


def _wide(word: Word) -> int:
    return len(word.text)


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else "\ufffd" for c in text)
