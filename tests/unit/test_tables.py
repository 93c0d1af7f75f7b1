"""The parser's tables are those of the grammar, and whoever edits one of the two is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from archdsl.syntax import generate


def test_tables_are_those_of_the_grammar(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert generate.main(["--check"]) == 0
    monkeypatch.setattr(generate, "TABLES", tmp_path / "_tables.py")
    generate.TABLES.write_text("", encoding="utf-8")
    assert generate.main(["--check"]) == 1
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert [line.split(" ")[0] for line in said] == ["tables", "tables", "wrote", "tables"]
    assert "tables differ: run archdsl.syntax.generate" in said
