"""The planted faults stand where their list says; a sample of them is caught."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mutants.fault import Fault
from tests.mutants.faults import FAULTS


def test_there_are_enough() -> None:
    assert len(FAULTS) >= 30
    assert len({f.name for f in FAULTS}) == len(FAULTS)


@pytest.mark.parametrize("one", FAULTS, ids=lambda f: f.name)
def test_it_can_be_planted(one: Fault, root: Path) -> None:
    """Its text stands in its file exactly once, and the edit is one that Python reads."""
    text = (root / "archdsl" / one.file).read_text(encoding="utf-8")
    assert text.count(one.old) == 1
    compile(text.replace(one.old, one.new), one.file, "exec")
