"""`archdsl check --format sarif`: logs by the model that is generated from the official schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as Log

from archdsl.cli import main
from archdsl.diagnostics.errors import ArchError

FOLDER = Path(__file__).resolve().parent.parent / "golden" / "errors"
CASES = sorted(path.name for path in FOLDER.glob("*.arch"))


@pytest.fixture
def logged(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> tuple[int, dict[str, Any]]:
    """The log of all golden cases in one run, after its validation."""
    monkeypatch.chdir(FOLDER)
    code = main(["check", "--format", "sarif", *CASES])
    text = capsys.readouterr().out
    Log.model_validate_json(text)  # unknown keys are errors in it, as in the schema
    return code, json.loads(text)


def test_whole_log(logged: tuple[int, dict[str, Any]]) -> None:
    """Every diagnostic is a result with its rule; every rule explains itself."""
    code, log = logged
    assert code == 1
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [r["id"] for r in rules] == sorted({r["ruleId"] for r in run["results"]})
    for rule in rules:
        assert rule["id"] in ArchError.registry
        assert rule["shortDescription"]["text"]
        assert rule["help"]["markdown"].count("```") % 2 == 0
    for found in run["results"]:
        assert rules[found["ruleIndex"]]["id"] == found["ruleId"]
        place = found["locations"][0]["physicalLocation"]
        assert (FOLDER / place["artifactLocation"]["uri"]).exists()
    assert len(run["results"]) > len(CASES)
    assert any("relatedLocations" in r for r in run["results"])
    assert any("fixes" in r for r in run["results"])


def test_places(logged: tuple[int, dict[str, Any]]) -> None:
    """A replacement of a fix, made by lines and columns, is the one that `--fix` makes."""
    (run,) = logged[1]["runs"]
    fixed = next(r for r in run["results"] if r["ruleId"] == "unknown-layer" and "fixes" in r)
    (change,) = fixed["fixes"][0]["artifactChanges"]
    region = change["replacements"][0]["deletedRegion"]
    lines = (FOLDER / change["artifactLocation"]["uri"]).read_text("utf-8").splitlines()
    line = lines[region["startLine"] - 1]
    assert region["startLine"] == region["endLine"]
    wrong = line[region["startColumn"] - 1 : region["endColumn"] - 1]
    assert f"called `{wrong}`" in fixed["message"]["text"]


def test_nothing_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A right spec gives a log without results, and exit code 0."""
    spec = tmp_path / "right.arch"
    spec.write_text("input 3x32x32\nconv3-8\n", encoding="utf-8")
    assert main(["check", "--format", "sarif", str(spec)]) == 0
    text = capsys.readouterr().out
    Log.model_validate_json(text)
    assert json.loads(text)["runs"][0]["results"] == []
