"""Differences in Markdown, for the description of a pull request."""

from __future__ import annotations

from archdsl.backends.diff.rows import FACT, FOLD, HEAD, make_rows
from archdsl.backends.diff.totals import heading, signed, signed_short, totals, verdict
from archdsl.backends.report.markdown_form import code, escape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.analysis.diff.model import Difference
    from archdsl.backends.diff.rows import Row


def render(difference: Difference, by: str) -> str:
    """The difference as two tables; text from the spec stands in code spans or is escaped."""
    if difference.is_empty:
        return escape(verdict(difference)) + "\n"
    names = [code(n.name) for n in (difference.before, difference.after)]
    lines = [
        f"## {escape(heading(difference))}",
        "",
        _line("", *names, "difference", ""),
        _line(":---", "---:", "---:", "---:", "---:"),
        *(_line(*row) for row in totals(difference)),
        "",
        _line("", "where", "what", "output", "params", "MACs"),
        _line(":---", ":---", ":---", "---:", "---:", "---:"),
        *map(_row, make_rows(difference, by)),
    ]
    return "\n".join(lines) + "\n"


def _row(row: Row) -> str:
    indent = "&nbsp;" * (4 * row.level)
    if row.mark in (FOLD, HEAD):
        sign = "… " if row.mark == FOLD else ""
        return _line("", "", f"{indent}*{sign}{escape(row.text)}*", "", "", signed_short(row.macs))
    mark = "~" if row.mark == FACT else row.mark
    what = "; ".join([code(row.text), *map(escape, row.notes)])
    return _line(
        code(mark),
        indent + code(row.name),
        what,
        escape(row.shape),
        signed(row.params),
        signed_short(row.macs),
    )


def _line(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"
