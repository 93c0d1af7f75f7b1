"""The canonical layout of an open text."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.lsp.document import Document


def layout(document: Document) -> str | None:
    """The text as `archdsl fmt` writes it; None where its syntax is wrong, and in other forms."""
    from archdsl.syntax.format import render

    tree, wrong = document.syntax
    return None if wrong or document.form != "arch" else render(tree)
