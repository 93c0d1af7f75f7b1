"""docs/gallery is what `make gallery` draws, and its page shows all of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from archdsl.analysis.cost import cost
from tests.unit.figures import ROOT, read_svg
from tools.gallery import FOLDER, all_shown, draw, page

GALLERY = ROOT / FOLDER
OWN = [shown for shown in all_shown() if not shown.is_graph]
GRAPHS = [shown for shown in all_shown() if shown.is_graph]


@pytest.mark.parametrize("shown", OWN, ids=lambda s: s.name)
def test_drawn_anew_it_is_the_same(shown, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Byte by byte; `make gallery` mends it."""
    monkeypatch.chdir(ROOT)
    draw(shown, tmp_path)
    assert (tmp_path / shown.name).read_bytes() == (GALLERY / shown.name).read_bytes()


@pytest.mark.parametrize("shown", GRAPHS, ids=lambda s: s.name)
def test_graphs_have_their_counts(shown) -> None:
    """Where things stand depends on the version of dot, what they say does not."""
    from archdsl.cli.specs import make_limits, read_one
    from archdsl.pipeline import Request

    name = shown.arguments.split()[0]
    spec = read_one(str(ROOT / name), Request(None, {}, None), make_limits([]))
    assert spec.design is not None
    (network,) = spec.design.networks
    tree = read_svg((GALLERY / shown.name).read_text(encoding="utf-8"))
    words = " ".join(t for t in tree.itertext())
    assert f"{cost(network.module).params:,}" in words


def test_the_page_shows_every_file() -> None:
    text = (GALLERY / "README.md").read_text(encoding="utf-8")
    assert text == page(GALLERY)
    linked = set(re.findall(r"\]\(([\w.-]+)\)", text))
    files = {p.name for p in GALLERY.iterdir()} - {"README.md", "blocks.arch"}
    assert linked == files
