"""The forms of a table, by name."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.backends.table.model import Table

FORMS = {
    "txt": "text_form",
    "md": "markdown_form",
    "tex": "latex_form",
    "html": "html_form",
}
"""Suffix of a file, and the module of its form; each has `render(table, color)`."""


def render(table: Table, form: str, color: bool = False) -> str:
    """The table in a form (KeyError for any other); `color` sets bold on terminals."""
    from importlib import import_module

    made: str = import_module(f"archdsl.backends.table.{FORMS[form]}").render(table, color)
    return made
