"""`python -m tests.fuzz.atheris_parse`: coverage-guided texts for the parser and the checker."""

from __future__ import annotations

import sys

from archdsl.files import EncodingProblem, decode
from archdsl.pipeline import compile_text
from archdsl.source import SourceFile
from archdsl.syntax.format.render import lay_out
from tests.fuzz.drive import drive
from tests.fuzz.words import build_text


def try_text(data: bytes) -> None:
    """The first byte decides: the bytes as they are, or a text built of the language's words."""
    if not data:
        return
    try:
        text = decode(data[1:]) if data[0] & 1 else build_text(data[1:])
    except EncodingProblem:
        return
    check_text("m.arch", text)


def check_text(name: str, text: str) -> None:
    """A text has a design or diagnostics, inside the file; what is right has one layout."""
    file = SourceFile(name, text)
    design, diagnostics = compile_text(file)
    assert (design is None) == bool(diagnostics)
    for d in diagnostics:
        span = d.primary.span
        assert 0 <= span.start <= span.end <= len(span.file.text)
    if design is not None and name.endswith(".arch"):
        laid, problems = lay_out(file)
        assert not problems
        assert lay_out(SourceFile(name, laid)) == (laid, [])


if __name__ == "__main__":
    sys.exit(drive(sys.argv, ".arch", try_text))
