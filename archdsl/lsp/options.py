"""What an editor asks of the server when it starts it."""

from __future__ import annotations

import os
from pathlib import Path


class Options:
    """`initializationOptions`, each with a default; what has another type is not taken.

    `hints`, `lens` and `lint` switch features off; `lensCommand` is what a click on the totals
    runs; `explain` is a URI that an error's id is put behind, for the link of its code.
    """

    __slots__ = ("explain", "hints", "lens_command", "lint", "snippets")

    def __init__(self, given: object = None, snippets: bool = False) -> None:
        found = given if isinstance(given, dict) else {}

        def switch(name: str) -> bool:
            value = found.get(name)
            return value if isinstance(value, bool) else True

        def text(name: str) -> str:
            value = found.get(name)
            return value if isinstance(value, str) else ""

        self.hints = switch("hints")
        self.lint = switch("lint")
        self.lens_command = text("lensCommand")
        self.explain = text("explain")
        self.snippets = snippets

    def page(self, id: str, severity: str) -> str:
        """Where the page of an error stands: with the editor, or in the docs of a checkout."""
        if self.explain:
            return self.explain + id
        root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
        page = Path(root, "docs", "errors.md" if severity == "error" else "lints.md")
        return f"{page.as_uri()}#{id}" if page.is_file() else ""
