"""What the README promises: its spec, its Python, its commands and its links."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import archdsl
from archdsl.cli.arguments import make_parser


@pytest.fixture(scope="module")
def readme(root: Path) -> str:
    return (root / "README.md").read_text(encoding="utf-8")


def test_its_spec_is_vgg_19(readme: str) -> None:
    spec = readme.split("```arch")[1].split("```", maxsplit=1)[0]
    net = archdsl.loads(spec)
    assert net.params == 143_667_240
    assert net.output_shape == (1000,)


def test_its_table_lists_the_commands_that_there_are(readme: str) -> None:
    listed = set(re.findall(r"^\| `archdsl (\w+)", readme, re.MULTILINE))
    usage = make_parser().format_help()
    commands = set(re.findall(r"^    (\w+)", usage, re.MULTILINE))
    assert listed == commands


def test_its_python_names_exist(readme: str) -> None:
    code = readme.split("```python")[1].split("```", maxsplit=1)[0]
    names = set(re.findall(r"\bnet\.(\w+)", code))
    assert names
    assert all(hasattr(archdsl.Net, name) for name in names)


def test_its_links_lead_somewhere(root: Path, readme: str) -> None:
    links = [link for link in re.findall(r"\]\(([^)]+)\)", readme) if "://" not in link]
    assert links
    assert [link for link in links if not (root / link).exists()] == []
