"""Reports for the terminal: aligned columns, rules, thousands separators, and colour if asked."""

from __future__ import annotations

from archdsl.backends.report.tables import make_sections

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from archdsl.backends.report.model import Report
    from archdsl.backends.report.parts import Column, Section, Table

    Paint = Callable[[str, str], str]

GAP = "  "
BAR = 10  # columns of a full bar
EIGHTHS = " ▏▎▍▌▋▊▉"
WIDE = 32  # columns of text are cut to this before numbers are given up
NARROWEST = 8  # columns of text are cut to no less
BOLD, DIM, PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[0m"


def render(report: Report, width: int = 80, color: bool = False) -> str:
    """The report in lines of at most `width` columns, if that leaves the columns readable."""
    return render_sections(make_sections(report), width, color)


def render_sections(sections: list[Section], width: int = 80, color: bool = False) -> str:
    """Titled tables in lines of at most `width` columns, if that leaves the columns readable."""
    paint = _paint if color else _leave
    parts = [_section(section, max(width, 40), paint) for section in sections]
    lines = "\n\n".join("\n".join(part) for part in parts).split("\n")
    return "".join(line.rstrip() + "\n" for line in lines)


def _section(section: Section, width: int, paint: Paint) -> list[str]:
    columns = _fit(section.table, width)
    wide = sum(column.width for column in columns) + len(GAP) * (len(columns) - 1)
    rule = paint("─" * wide, DIM)
    lines = []
    if section.title:
        room = max(wide - len(section.title) - len(section.subtitle), 2)
        lines.append(paint(_clean(section.title), BOLD) + " " * room + _clean(section.subtitle))
        lines += [paint(line, DIM) for line in _wrap(section.doc, max(wide, NARROWEST))]
    lines += [rule, paint(_line(columns, [c.title for c in columns]), BOLD), rule]
    lines += [_line(columns, list(row)) for row in zip(*(c.cells for c in columns), strict=True)]
    lines.append(rule)
    if section.table.has_totals:
        lines += [paint(_line(columns, [c.total for c in columns]), BOLD), ""]
    return lines + _facts(section.facts, width, paint)


def _facts(facts: list[tuple[str, str, str]], width: int, paint: Paint) -> list[str]:
    label_width = max((len(label) for label, _, _ in facts), default=0)
    value_width = max((len(value) for label, value, _ in facts if label), default=0)
    lines = []
    for label, value, note in facts:
        if not label:
            lines += [paint(line, DIM) for line in _wrap(value, width)]
            continue
        head = f"{label:<{label_width}}{GAP}{_clean(value):>{value_width}}"
        notes = _wrap(note, max(width - len(head) - len(GAP), 20))
        lines.append(head + GAP + paint(notes[0] if notes else "", DIM))
        lines += [" " * (len(head) + len(GAP)) + paint(more, DIM) for more in notes[1:]]
    return lines


class _Shown:
    """A column as it is set: cells of at most `width`."""

    __slots__ = ("cells", "right", "title", "total", "width")

    def __init__(self, column: Column, cells: list[str], total: str) -> None:
        self.title = column.title
        self.right = column.right
        self.cells = [_clean(cell) for cell in cells]
        self.total = total
        self.width = max(len(cell) for cell in [*self.cells, self.title, self.total])
        if column.bars is not None:
            self.cells = [
                f"{cell:>{self.width}} {bar(length):<{BAR}}"
                for cell, length in zip(self.cells, column.bars, strict=True)
            ]
            self.title = f"{self.title:>{self.width}}" + " " * (BAR + 1)
            self.width += BAR + 1

    def drop_bars(self) -> None:
        """Leaves the numbers alone."""
        self.width -= BAR + 1
        self.cells = [cell[: self.width] for cell in self.cells]
        self.title = self.title[: self.width]

    def cut(self, width: int) -> None:
        """Shortens the cells; what is left out becomes an ellipsis, `×3` at the end stays."""
        self.cells = [cell if len(cell) <= width else _cut(cell, width) for cell in self.cells]
        self.width = width


def _fit(table: Table, width: int) -> list[_Shown]:
    """The columns with what their table allows given up, step by step, until they fit."""
    sources = {column.key: column for column in table.columns}
    shown = {key: _Shown(column, column.cells, column.total) for key, column in sources.items()}
    cut: dict[str, int] = {}
    for action, key in table.steps:
        excess = _excess(shown, width)
        if excess <= 0:
            break
        if key not in shown:
            continue
        source, column = sources[key], shown[key]
        if action == "drop":
            del shown[key]
        elif action == "cut" and column.width > WIDE:
            cut[key] = max(column.width - excess, WIDE)
            column.cut(cut[key])
        elif action == "bars":
            column.drop_bars()
        elif action == "short" and source.short is not None:
            shown[key] = _Shown(source, source.short, source.short_total)
    for key, narrow in cut.items():  # what was given up later may have left room
        whole = _Shown(sources[key], sources[key].cells, sources[key].total)
        whole.cut(min(whole.width, narrow + max(-_excess(shown, width), 0)))
        shown[key] = whole
    while (excess := _excess(shown, width)) > 0:
        texts = [c for c in shown.values() if not c.right and c.width > NARROWEST]
        if not texts:
            break
        widest = max(texts, key=lambda c: c.width)
        others = [c.width for c in texts if c is not widest]
        down_to = max(widest.width - excess, max(others, default=NARROWEST) - 1, NARROWEST)
        widest.cut(min(down_to, widest.width - 1))
    return list(shown.values())


def bar(length: float) -> str:
    """A bar of at most `BAR` characters, exact to an eighth; something is never nothing."""
    eighths = round(length * BAR * 8)
    if length > 0:
        eighths = max(eighths, 1)
    return "█" * (eighths // 8) + (EIGHTHS[eighths % 8] if eighths % 8 else "")


def _cut(cell: str, width: int) -> str:
    head, times, count = cell.rpartition(" ×")
    room = width - len(times) - len(count) - 1
    if not times or room < 1:
        return cell[: width - 1] + "…"
    return f"{head[:room]}…{times}{count}"


def _excess(shown: dict[str, _Shown], width: int) -> int:
    return sum(c.width + len(GAP) for c in shown.values()) - len(GAP) - width


def _line(columns: list[_Shown], cells: list[str]) -> str:
    padded = (
        f"{cell:>{column.width}}" if column.right else f"{cell:<{column.width}}"
        for column, cell in zip(columns, cells, strict=True)
    )
    return GAP.join(padded).rstrip()


def _wrap(text: str, width: int) -> list[str]:
    from textwrap import wrap

    return wrap(_clean(text), width)


def _clean(text: str) -> str:
    """Text without line breaks and control characters, which could steer a terminal."""
    text = " ".join(text.split("\n"))
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def _paint(text: str, style: str) -> str:
    return f"{style}{text}{PLAIN}" if text else ""


def _leave(text: str, style: str) -> str:
    return text
