"""The pages of the errors: a wrong example gives its error and no other, a right one none."""

from __future__ import annotations

import inspect
import re
import textwrap
from pathlib import Path

import pytest

import archdsl.cli.pages
import archdsl.lint.rules  # noqa: F401  (these fill the registries)
from archdsl.cli import main
from archdsl.diagnostics.errors import ArchError
from archdsl.lint.rule import Rule
from archdsl.pipeline import compile_text
from archdsl.source import SourceFile

IDS = sorted(ArchError.registry)
# Pages without examples that can be checked: what no few lines can show.
WITHOUT_EXAMPLES = {
    "bad-encoding": "an example could not stand in a text",
    "broken-bundle": "about a weight file",
    "module-too-large": "a refusal of the torch back end",
    "not-deployable": "a refusal of a deployment form",
    "not-dense": "a refusal of --dense",
    "not-distributable": "a refusal of --parallel",
    "not-emittable": "a refusal of the torch back end",
    "no-arch-block": "about a Markdown page",
    "other-sizes": "a refusal of --dense",
    "report-too-large": "a limit of the reports",
    "source-too-large": "a refusal of the torch back end",
    "unreadable": "about a file that is gone",
    "table-cell": "about a table that is imported",
    "table-claim": "about a table that is imported",
    "table-column": "about a table that is imported",
    "table-limit": "about a table that is imported",
    "table-open": "about a table that is imported",
    "table-shape": "about a table that is imported",
    "tool-missing": "no fault of a spec",
    "torch-missing": "no fault of a spec",
}


def page(id: str) -> str:
    """The text of a page."""
    return inspect.getdoc(ArchError.registry[id]) or ""


def example(id: str, word: str) -> str | None:
    """The spec below `Wrong:` or `Right:`."""
    found = re.search(rf"^{word}:\n\n((?:    .*\n|\n)+)", page(id) + "\n", re.M)
    return textwrap.dedent(found[1]).rstrip() + "\n" if found else None


def form(id: str) -> str:
    """The suffix of a page's examples."""
    return "yaml" if "yaml" in id else "arch"


@pytest.mark.parametrize("id", IDS)
def test_page(id: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`archdsl explain` shows the page, and the page begins with a sentence."""
    assert main(["explain", id]) == 0
    shown = capsys.readouterr().out
    assert shown == f"{id}\n\n{page(id)}\n"
    assert re.match(r"[A-Z`].*[^\s]", page(id))


@pytest.mark.parametrize("id", [i for i in IDS if i not in WITHOUT_EXAMPLES])
def test_wrong_example(id: str) -> None:
    """The wrong example has exactly one mistake, that of its page."""
    text = example(id, "Wrong")
    assert text is not None
    design, diagnostics = compile_text(SourceFile(f"wrong.{form(id)}", text))
    assert design is None
    assert [d.id for d in diagnostics] == [id]


@pytest.mark.parametrize("id", [i for i in IDS if i not in WITHOUT_EXAMPLES])
def test_right_example(id: str) -> None:
    """The right example has none."""
    text = example(id, "Right")
    assert text is not None
    design, diagnostics = compile_text(SourceFile(f"right.{form(id)}", text))
    assert [(d.id, d.message) for d in diagnostics] == []
    assert design is not None
    assert design.networks


def test_pages_without_examples() -> None:
    """The list above names pages that are there, and none that has an example."""
    assert set(WITHOUT_EXAMPLES) <= set(IDS)
    shown = [i for i in WITHOUT_EXAMPLES if example(i, "Wrong") or example(i, "Right")]
    assert shown == ["report-too-large"]  # its example needs a command, not the text alone


def test_every_id_has_a_page(root: Path) -> None:
    """An id that any stage gives, by class or by its bare word, is one of the registry."""
    given = set()
    for path in (root / "archdsl").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        given.update(re.findall(r"\b(?:Diagnostic|LexError|Mistake)\(\s*\"([a-z-]+)\"", text))
        if "lint" not in path.parts:  # its rules have a registry of their own
            given.update(re.findall(r"^    id = \"([a-z-]+)\"", text, re.M))
    assert given - set(IDS) - set(Rule.registry) == set()
    assert not set(IDS) & set(Rule.registry)
    assert {"bad-character", "label-inside-line", "empty-branch"} <= given
    assert "kernel-too-large" in given


def test_unknown_page(capsys: pytest.CaptureFixture[str]) -> None:
    """An id of no error is a wrong command, with the nearest one."""
    assert main(["explain", "kernel-to-large"]) == 2
    assert capsys.readouterr().err == (
        "archdsl: no error or lint is called 'kernel-to-large'; did you mean `kernel-too-large`?\n"
    )
