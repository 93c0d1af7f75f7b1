"""docs/editors.md shows what the server says: its hints and hovers are made anew and compared."""

from __future__ import annotations

import re
from pathlib import Path

from archdsl.lsp.hints import render
from tools.render_editor import document_of, hover_on

PAGE = Path(__file__).resolve().parents[2] / "docs" / "editors.md"


def test_hints_and_hovers_of_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    spec = re.search(r"^```arch\n(.*?)^```$", page, re.M | re.S)
    hints = re.search(r"^```text hints=all\n(.*?)^```$", page, re.M | re.S)
    assert spec is not None
    assert hints is not None
    document = document_of("/small.arch", spec[1])
    assert document.diagnostics == []
    assert render(document).rstrip() == hints[1].rstrip()
    hovers = re.findall(r"^````text hover=(\S+)\n(.*?)^````$", page, re.M | re.S)
    assert len(hovers) == 3
    for word, text in hovers:
        assert hover_on(document, word).rstrip() == text.rstrip(), word
