"""Names: what each place means in the corners of the language, and those of all specs renamed.

`LSP_RENAME=all` renames all names of all specs; otherwise one of each.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from archdsl.elaborate.tables import SPECIAL
from archdsl.lsp.document import Document, Workspace
from archdsl.lsp.moves import Moves
from archdsl.lsp.navigate import definitions
from archdsl.lsp.positions import Lines, splice
from archdsl.lsp.rename import Refused, apply, rename
from tools.render_editor import document_of

ROOT = Path(__file__).resolve().parents[2]
SPECS = sorted((ROOT / "specs").glob("*.arch"))


def target(text: str, needle: str, plus: int = 0, nth: int = 1) -> tuple[int, str]:
    """The line (from 1) and the text of the definition of what stands somewhere."""
    document = document_of("/names.arch", text)
    at = -1
    for _ in range(nth):
        at = text.index(needle, at + 1)
    found = definitions(document, at + plus)
    return (found[0].line, found[0].text) if found else (0, "")


def test_labels_belong_to_their_graph() -> None:
    text = """input 3x8x8
a: conv3-8
{ a: conv3-8
  add[ @a | @in ] } x2
add[ @a | conv3-8 ]
"""
    assert target(text, "@a", 1) == (3, "a")
    assert target(text, "@a", 1, 2) == (2, "a")


def test_parameters_hide_what_is_around() -> None:
    text = """let w = 4
block b(w) { conv3-w }
network N { input 3x8x8
conv3-w
let w = 8
b(w=w) }
"""
    assert target(text, "3-w }", 2) == (2, "w")
    assert target(text, "conv3-w\n", 6) == (1, "w")  # its own `let` comes later
    assert target(text, "w=w") == (2, "w")
    assert target(text, "w=w", 2) == (5, "w")


def test_what_a_call_gives() -> None:
    text = """block two(n) { low: conv3-n
output high: conv1-n
conv3-n }
network N { input 3x8x8
t: two(8)
add[ @t.low | @t.high ] }
"""
    assert target(text, "@t.low", 4) == (1, "low")
    assert target(text, "@t.high", 4) == (2, "high")
    assert target(text, "@t.low", 1) == (5, "t")


def test_tables() -> None:
    text = """block b(n, k=3) { conv(k)-n }
network T { input 3x8x8
| b | n | k |
|---|---|---|
| y | 4 | 1 |
|   | 8 |   |
add[ @y | conv1-4 ] }
network V { input 3x8x8
| A | B |
| s: conv3-4 | s: conv3-8 |
| @s, relu |
}
expect V-B: shape(@s) == 8x8x8
"""
    assert target(text, "| b | n", 2) == (1, "b")
    assert target(text, "| n | k", 2) == (1, "n")
    assert target(text, "@y", 1) == (5, "y")
    assert target(text, "@s, relu", 1)[0] == 10
    assert target(text, "V-B", 1) == (9, "B")
    assert target(text, "shape(@s", 7)[0] == 10


def test_networks_with_hyphens_and_loops() -> None:
    text = """network A-1 { input 3x8x8
conv3-8 }
network B = A-1()
network C { input 3x8x8
for i in 0..2 { y[i]: conv3-(8*i+8) }
concat[ @y[*] | @y[0] ], A-1, soft-max }
"""
    assert target(text, "= A-1", 3) == (1, "A-1")
    assert target(text, ", A-1", 3) == (1, "A-1")
    assert target(text, "8*i", 2) == (5, "i")
    assert target(text, "@y[*", 1) == (5, "y")
    assert target(text, "soft-max", 1) == (0, "")


def test_the_file_that_a_use_names() -> None:
    text = "use std/resnet: basic\ninput 3x8x8\nbasic(8, shortcut=conv)\n"
    document = document_of("/names.arch", text)
    (span,) = definitions(document, text.index("basic(8"))
    assert span.file.name == "std/resnet.arch"
    assert span.text == "basic"
    (span,) = definitions(document, text.index("shortcut="))
    assert span.text == "shortcut"


@pytest.mark.parametrize("path", SPECS, ids=lambda p: p.stem)
def test_every_name_can_be_renamed(path: Path) -> None:
    """A fresh name is always taken: so every place that says a name is known. The new text is
    right, and says the old name nowhere that it was meant."""
    text = path.read_text(encoding="utf-8")
    document = Document(path.as_uri(), str(path), text, 1, Workspace(), "utf-16")
    mine = {
        id(o.definition): o.definition
        for o in document.index.occurrences
        if o.defines and o.definition.name not in SPECIAL  # a heading of that name means more
    }
    found = list(mine.values())
    everything = os.environ.get("LSP_RENAME") == "all"
    if not everything:
        found = random.Random(3).sample(found, min(1, len(found)))
    for d in found:
        edits = rename(document, d.span.start, "fresh_name")
        for name, changes in edits.items():
            old = changes[0][0].file.text
            new = Document(f"file://{name}", name, apply(old, changes), 1, Workspace(), "utf-16")
            if everything and len(edits) == 1:
                assert [x.message for x in new.diagnostics] == [], d.name


def test_a_renaming_that_would_catch_another_name() -> None:
    text = "let a = 4\nlet b = 4\nblock k(n) { conv3-a, conv3-n, conv3-b }\ninput 3x8x8\nk(4)\n"
    document = document_of("/names.arch", text)
    with pytest.raises(Refused, match=r"another name|something else|wrong"):
        rename(document, text.index("(n)") + 1, "a")  # equal values: the networks are the same
    with pytest.raises(Refused):
        rename(document, text.index("let a") + 4, "b")
    with pytest.raises(Refused, match="no name"):
        rename(document, text.index("let a") + 4, "for")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_positions_go_there_and_back(encoding: str) -> None:
    text = "a😀b\r\né\u2028\x0c\nx\ry\r\n"
    lines = Lines(text, encoding)
    assert len(lines.starts) == 5
    for offset in range(len(text) + 1):
        if text[offset - 1 : offset + 1] != "\r\n":
            assert lines.offset(lines.place(offset)) == offset
    assert lines.place(10**6) == lines.place(len(text))
    assert lines.offset((99, 0)) == len(text)
    assert lines.offset((0, 99)) == 3
    width = {"utf-8": 4, "utf-16": 2, "utf-32": 1}[encoding]
    assert splice(lines, (0, 1), (0, 1 + width), "-") == text.replace("😀", "-")


def test_places_of_an_older_text() -> None:
    old = "one\ntwo\n    three\n"
    assert Moves(old, "one\nnew\ntwo\n    three\n").of(5) == 9
    assert Moves(old, "one\ntwo\n    new\n    three\n").of(12) == 20
    assert Moves(old, "one\ntw\n    three\n").of(5) is None
    assert Moves(old, "one\ntw\n    three\n").of(12) == 11
