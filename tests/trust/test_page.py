"""The tables of docs/trust.md against the code: every number, error, flag and test is there."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

from archdsl.cli.specs import make_limits
from archdsl.elaborate.context import Limits
from tests.trust.test_limits import BEYOND

ROOT = Path(__file__).resolve().parents[2]


def rows(heading: str) -> list[list[str]]:
    """The cells of the table below a heading, the row of headings left out."""
    page = (ROOT / "docs" / "trust.md").read_text(encoding="utf-8")
    section = page.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.split("\n") if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


def constant(path: str) -> object:
    """The value of a dotted name."""
    module, _, name = path.rpartition(".")
    if module.endswith(".Limits"):
        return getattr(Limits(), name)
    return getattr(import_module(module), name)


@pytest.mark.parametrize("row", rows("Limits"), ids=lambda row: row[0])
def test_limit(row: list[str]) -> None:
    """The number is that of the code, the flag goes to its cap, and a test goes past it."""
    what, default, raised, error, path = row
    assert constant(path.strip("`")) == int(default.replace(",", "")), what
    assert BEYOND[path.strip("`")] == error.strip("`")
    flag = re.fullmatch(r"`--limit (\w+)=N`, to ([\d,]+)", raised)
    if flag:
        cap = int(flag[2].replace(",", ""))
        assert getattr(make_limits([f"{flag[1]}={cap}"]), flag[1]) == cap
        with pytest.raises(Exception, match="at most"):
            make_limits([f"{flag[1]}={cap + 1}"])


def test_every_limit_is_on_the_page() -> None:
    """What a test goes past stands in the table."""
    assert {row[4].strip("`") for row in rows("Limits")} == set(BEYOND)


@pytest.mark.parametrize("row", rows("Threats"), ids=lambda row: row[0])
def test_threat(row: list[str]) -> None:
    """The tests that a threat names are there."""
    for cell in row[2].split(", "):
        path, name = cell.strip("`").split("::")
        assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8")
