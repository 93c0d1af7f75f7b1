"""Lint on random specs: it raises nothing, its fixes hold, and layout does not matter to it.

`LINT_SPECS=5000` looks at more of them.
"""

from __future__ import annotations

import os
from functools import cache

import pytest

from archdsl.diagnostics.mend import apply_fixes, mend
from archdsl.diagnostics.model import Diagnostic
from archdsl.diagnostics.render import render_all
from archdsl.lint.rule import Rule
from archdsl.lint.run import Choice
from archdsl.pipeline import compile_text, lint_text
from archdsl.source import SourceFile
from archdsl.syntax.format import render
from archdsl.syntax.forms import read
from tests.differential.texts import valid_text

COUNT = int(os.environ.get("LINT_SPECS", "160"))
CHUNKS = 4
ALL = Choice(all=True)


def accepts(text: str) -> bool:
    return compile_text(SourceFile("random", text))[0] is not None


@cache
def valid(chunk: int) -> list[str]:
    """Random texts that are right."""
    return [valid_text(seed, 4) for seed in range(chunk, COUNT, CHUNKS)]


def findings(text: str) -> list[Diagnostic]:
    return findings_in(SourceFile("random", text))


def findings_in(file: SourceFile) -> list[Diagnostic]:
    wrong, found = lint_text(file, ALL)
    assert wrong == [], file.text
    return found


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_lint_of_random_specs(chunk: int) -> None:
    seen = 0
    for text in valid(chunk):
        found = findings(text)
        seen += len(found)
        render_all(found)
        places = {(d.id, d.primary.span.start) for d in found}
        assert len(places) == len(found), f"two findings of one rule at one place\n{text}"
        for d in found:
            assert d.id in Rule.registry
            span = d.primary.span
            assert 0 <= span.start < span.end <= len(text)
            if d.fix is not None:
                mended = findings(apply_fixes(text, [d.fix]))
                assert len(mended) < len(found), (d.id, text)
    assert seen > COUNT // CHUNKS


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_fixes_of_random_specs_come_to_rest(chunk: int) -> None:
    """All fixes together: the text stays right, and a second time nothing is left to mend."""
    made = 0
    for text in valid(chunk)[::2]:
        once = mend(SourceFile("random", text), findings_in)
        made += len(once.done)
        assert accepts(once.file.text)
        twice = mend(once.file, findings_in)
        assert twice.file.text == once.file.text
        assert all(d.fix is None for d in once.left)
    assert made > COUNT // CHUNKS // 16


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_layout_does_not_matter(chunk: int) -> None:
    """The same findings before and after `fmt`."""
    for text in valid(chunk)[::2]:
        tree, _ = read(SourceFile("random", text))
        after = [d.id for d in findings(render(tree))]
        assert after == [d.id for d in findings(text)], text
