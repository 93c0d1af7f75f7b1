"""Reports as LaTeX tables (booktabs and longtable) to paste into a paper."""

from __future__ import annotations

from archdsl.backends.latex import escape
from archdsl.backends.report.tables import make_sections

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.backends.report.model import Report
    from archdsl.backends.report.parts import Section, Table


TOO_WIDE = frozenset(("activations", "jump", "forward", "FLOPs"))
"""Columns that a page has no room for."""


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
    return "\n".join([*lines, "", "\\noindent " + ";\n".join(notes) + "\n"]).rstrip()


def _table(table: Table) -> list[str]:
    columns = [c for c in table.columns if c.key not in TOO_WIDE]
    form = "".join("r" if c.right else "l" for c in columns)
    head = " & ".join(escape(c.title) for c in columns)
    lines = [
        f"\\begin{{longtable}}{{@{{}}{form}@{{}}}}",
        f"\\toprule\n{head} \\\\\n\\midrule\n\\endhead",
    ]
    texts = [[_cell(cell, c.code) for cell in c.cells] for c in columns]
    lines += [" & ".join(cells) + r" \\" for cells in zip(*texts, strict=True)]
    if table.has_totals:
        lines += ["\\midrule", " & ".join(escape(c.total) for c in columns) + r" \\"]
    return [*lines, "\\bottomrule", "\\end{longtable}"]


def _cell(cell: str, is_code: bool) -> str:
    text = cell.lstrip(" ")
    indent = "\\quad " * ((len(cell) - len(text)) // 2)
    return indent + (f"\\texttt{{{escape(text)}}}" if is_code else escape(text))
