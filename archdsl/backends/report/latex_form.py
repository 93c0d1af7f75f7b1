"""Reports in LaTeX, for `booktabs` and `longtable`, in columns that a page has room for."""

from __future__ import annotations

from archdsl.backends.latex import breakable, escape
from archdsl.backends.report.tables import make_sections

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.backends.report.model import Report
    from archdsl.backends.report.parts import Column, Section, Table

TOO_WIDE = frozenset(("activations", "jump", "FLOPs"))
"""Columns that a page has no room for."""

FIRST = (
    ("short", "MACs"),
    ("cut", "operation"),
    ("drop", "share of params"),
    ("drop", "share of MACs"),
)
"""What is given up before anything else: a paper has no room for shares."""

ROOM = 81.0
"""Letters of a line of `article`: 345 points, of which a letter of `\\footnotesize` takes 4."""

BETWEEN = 1.6  # letters between two columns: twice 3 points
TYPED = 1.12  # letters that one of `\\texttt` takes
NARROWEST = 12  # letters of a column of text that breaks its lines


def render(report: Report) -> str:
    """The report as LaTeX source for `booktabs` and `longtable`."""
    parts = ["% needs \\usepackage{booktabs,longtable} and \\usepackage[T1]{fontenc}"]
    parts += [_section(section) for section in make_sections(report)]
    return "\n\n".join(parts) + "\n"


def _section(section: Section) -> str:
    lines = _table(section.table)
    if section.title:
        caption = f"{escape(section.title)}: {escape(section.subtitle)}"
        lines.insert(1, f"\\caption{{{caption}}}\\\\")
    notes = [
        f"{escape(label)}: {escape(value)}" + (f" ({escape(note)})" if note else "")
        if label
        else escape(value)
        for label, value, note in section.facts
    ]
    head = "{\\footnotesize\\setlength{\\tabcolsep}{3pt}"
    text = "{\\sloppy\\noindent " + ";\n".join(notes) + "\\par}"
    return "\n".join([head, *lines, "}", "", text])


class _Shown:
    """A column as it is set; `room` is the width in letters of one whose lines break, else 0."""

    __slots__ = ("cells", "column", "room", "total")

    def __init__(self, column: Column) -> None:
        self.column = column
        self.cells = column.cells
        self.total = column.total
        self.room = 0

    @property
    def width(self) -> float:
        """Letters that it takes."""
        if self.room:
            return self.room
        kind = TYPED if self.column.code else 1.0
        longest = max((len(cell) for cell in self.cells), default=0)
        return max(longest * kind, len(self.column.title), len(self.total))

    @property
    def form(self) -> str:
        """How `longtable` sets it."""
        if self.room:
            return f"p{{{0.5 * self.room:.1f}em}}"
        return "r" if self.column.right else "l"


def _fit(table: Table) -> list[_Shown]:
    """The columns with what their table allows given up, step by step, until they fit."""
    shown = {c.key: _Shown(c) for c in table.columns if c.key not in TOO_WIDE}
    for action, key in (*FIRST, *table.steps):
        if key not in shown or _excess(shown) <= 0:
            continue
        column = shown[key].column
        if action == "drop":
            del shown[key]
        elif action == "cut":
            _narrow(shown, key, 2 * NARROWEST)
        else:  # "short"; bars are not drawn here
            shown[key].cells = column.short or column.cells
            shown[key].total = column.short_total or column.total
    for key in [key for key, one in shown.items() if not one.column.right]:
        _narrow(shown, key, NARROWEST)
    return list(shown.values())


def _narrow(shown: dict[str, _Shown], key: str, least: float) -> None:
    """Lets a column break its lines, as far as there is too little room."""
    excess, width = _excess(shown), shown[key].width
    if excess > 0 and width > least:
        shown[key].room = int(max(width - excess, least))


def _excess(shown: dict[str, _Shown]) -> float:
    return sum(column.width + BETWEEN for column in shown.values()) - BETWEEN - ROOM


def _table(table: Table) -> list[str]:
    columns = _fit(table)
    form = "".join(column.form for column in columns)
    head = " & ".join(escape(column.column.title) for column in columns)
    lines = [
        f"\\begin{{longtable}}{{@{{}}{form}@{{}}}}",
        f"\\toprule\n{head} \\\\\n\\midrule\n\\endhead",
    ]
    texts = [[_cell(cell, column) for cell in column.cells] for column in columns]
    lines += [" & ".join(cells) + r" \\" for cells in zip(*texts, strict=True)]
    if table.has_totals:
        lines += ["\\midrule", " & ".join(escape(c.total) for c in columns) + r" \\"]
    return [*lines, "\\bottomrule", "\\end{longtable}"]


def _cell(cell: str, column: _Shown) -> str:
    text = cell.lstrip(" ")
    indent = "\\quad " * ((len(cell) - len(text)) // 2)
    words = breakable(text) if column.room else escape(text)
    words = f"\\texttt{{{words}}}" if column.column.code else words
    return ("\\raggedright " if column.room else "") + indent + words
