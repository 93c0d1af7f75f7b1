"""`archdsl kinds KIND`: all that a kind takes, as it is written."""

from __future__ import annotations

import pytest

import archdsl.ops  # noqa: F401  (fills the registry of kinds)
from archdsl.cli import main
from archdsl.ops.base import Kind


@pytest.mark.parametrize("name", sorted(Kind.registry))
def test_page(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Every attribute stands on a line of its own, the other names of the kind are told."""
    assert main(["kinds", name]) == 0
    lines = capsys.readouterr().out.splitlines()
    kind = Kind.registry[name]
    first = [line.split()[0] for line in lines if line.startswith("  ")]
    assert {f.name for f in kind.fields} <= set(first)
    assert set(kind.tensors) <= set(first)
    assert any(line.startswith("written ") for line in lines)
    also = next((line for line in lines if line.startswith("also ")), "")
    assert all(other in also for other in kind.names[1:])


def test_a_misspelled_kind_is_told_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kinds", "maxpol"]) == 2
    assert "maxpool" in capsys.readouterr().err
