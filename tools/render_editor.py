"""Shows a spec as an editor does, as text: hints behind `▸`, and what a hover on a word says.

python -m tools.render_editor FILE [WORD …]
"""

from __future__ import annotations

import sys
from pathlib import Path

from archdsl.lsp.document import Document, Workspace
from archdsl.lsp.hints import render
from archdsl.lsp.hover import hover


def document_of(name: str, text: str) -> Document:
    """A text as if it were open in an editor."""
    return Document(Path(name).resolve().as_uri(), name, text, 1, Workspace(), "utf-16")


def hover_on(document: Document, word: str) -> str:
    """What the editor shows over the first place where a text stands, in Markdown."""
    found = hover(document, document.text.index(word) + 1)
    return found[0] if found is not None else ""


def main(arguments: list[str]) -> int:
    """The hints of a file, then what it says on each word."""
    name, *words = arguments
    document = document_of(name, Path(name).read_text(encoding="utf-8"))
    print(render(document).rstrip())
    for word in words:
        print(f"\n--- {word}\n{hover_on(document, word)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
