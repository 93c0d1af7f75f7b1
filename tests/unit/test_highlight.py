"""The Pygments lexer: every spec comes back whole, with no token that it does not know."""

from __future__ import annotations

from pathlib import Path

import pytest
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.token import Comment, Error, Keyword, Name, Number, String

from archdsl.highlight import ArchLexer
from archdsl.ops.base import Kind

ROOT = Path(__file__).parents[2]
FOLDERS = ("specs", "archdsl/std", "tests/golden/language")
SPECS = sorted(path for folder in FOLDERS for path in (ROOT / folder).glob("*.arch"))


def tokens(text: str) -> list[tuple[object, str]]:
    """Kinds and texts, blanks left out."""
    return [
        (kind, word) for _, kind, word in ArchLexer().get_tokens_unprocessed(text) if word.strip()
    ]


@pytest.mark.parametrize("path", SPECS, ids=lambda p: p.name)
def test_every_spec(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    found = list(ArchLexer().get_tokens_unprocessed(text))
    assert "".join(word for _, _, word in found) == text
    assert [word for _, kind, word in found if kind is Error] == []
    assert [at for at, _, _ in found] == [
        sum(len(word) for _, _, word in found[:k]) for k in range(len(found))
    ]


def test_words() -> None:
    found = tokens("## VGG\nnetwork VGG-E(classes=10) {\n  stem: conv3-64/2, soft-max  # end\n}\n")
    assert (String.Doc, "## VGG") in found
    assert (Keyword, "network") in found
    assert (Name.Class, "VGG-E") in found
    assert (Name.Attribute, "classes") in found
    assert (Name.Label, "stem") in found
    assert (Name.Builtin, "conv3") in found
    assert (Number.Integer, "64") in found
    assert (Name.Builtin, "soft-max") in found
    assert (Comment.Single, "# end") in found


@pytest.mark.parametrize("kind", sorted({k.name for k in Kind.registry.values()}))
def test_every_kind_is_known(kind: str) -> None:
    assert (Name.Builtin, kind) in tokens(f"input 3x8x8\n{kind}\n")


def test_what_is_no_spec_is_an_error_token_and_no_exception() -> None:
    text = "conv3-8 $ \0 é\n'\n"
    found = list(ArchLexer().get_tokens_unprocessed(text))
    assert "".join(word for _, _, word in found) == text
    assert [word for _, kind, word in found if kind is Error]


def test_it_is_found_by_name_and_escapes() -> None:
    from importlib.metadata import entry_points

    (entry,) = [e for e in entry_points(group="pygments.lexers") if e.name == "arch"]
    assert entry.load() is ArchLexer
    html = highlight("# <script>\ninput 3x8x8\n", ArchLexer(), HtmlFormatter())
    assert "<script>" not in html
