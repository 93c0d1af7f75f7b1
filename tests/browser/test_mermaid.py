"""Mermaid's own parser and renderer over what we write: every box, frame and line, as text."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import tarfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import archdsl.ops  # noqa: F401
from archdsl.backends.dot import THEMES, view
from archdsl.backends.dot.model import Box, Cluster, Edge, View
from archdsl.backends.mermaid import MOST_BOXES, render_mermaid
from archdsl.pipeline import compile_text
from archdsl.source import SourceFile

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Dialog, Page

SPECS = Path(__file__).resolve().parents[2] / "specs"
VERSION = "12.3.0"
INTEGRITY = "sha512-" + (
    "4113TdXeLAsMruJ79OpFL5O8+LTFXhQqZ260rF3tgUmiNAtRm4Uume04I+65PRN6yZ69J4f8rVYWW8zRk65UYw=="
)
CASES = [
    ("vgg_e", 5), ("resnet", 0), ("resnet", 4), ("googlenet", 1), ("unet", 3), ("vit", 7),
]  # fmt: skip
if os.environ.get("MERMAID") == "all":  # minutes
    CASES = [(spec.stem, detail) for spec in sorted(SPECS.glob("*.arch")) for detail in range(10)]
HOSTILE = (
    '"]; click n1 "javascript:alert(1)"', "`**b**`", "a\nend\nn9[x]", "%%{init: {}}%%",
    "<b onclick=alert(1)>#35;", "end", "subgraph", "x-->y", "]]))}}", "\\\"'", "#quot;", "é×→…", "",
)  # fmt: skip
DRAW = """async ([text, id]) => {
    await mermaid.parse(text);
    const { svg } = await mermaid.render(id, text);
    const place = document.createElement("div");
    place.innerHTML = svg;
    document.body.replaceChildren(place);
    const words = (one) => [...one.querySelectorAll("p")].map((p) =>
        p.innerHTML.split(/<br ?\\/?>/).map((line) => {
            const box = document.createElement("div");
            box.innerHTML = line;
            return box.textContent;
        })).flat();
    const all = (what) => [...place.querySelectorAll(what)];
    return {
        boxes: all("g.node").map((n) => [n.id.match(/(n\\d+)-\\d+$/)?.[1], words(n)]),
        frames: all("g.cluster").map((c) => words(c).join(" ")),
        labels: all("g.edgeLabel").map((l) => words(l).join(" ")).filter(Boolean),
        lines: all("path.flowchart-link").length,
        scripts: all("script, a, [onclick]").length,
    };
}"""


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Mermaid in one file, from npm, whose checksum is checked here."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("needs npm: apt-get install npm")
    folder = tmp_path_factory.mktemp("mermaid")
    command = [npm, "pack", f"mermaid@{VERSION}", "--silent"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("needs npm's packages, and the registry is out of reach")
    (packed,) = folder.glob("*.tgz")
    digest = base64.b64encode(hashlib.sha512(packed.read_bytes()).digest()).decode()
    assert f"sha512-{digest}" == INTEGRITY
    with tarfile.open(packed) as archive:
        member = archive.extractfile("package/dist/mermaid.min.js")
        assert member is not None
        (folder / "mermaid.js").write_bytes(member.read())
    return folder / "mermaid.js"


@pytest.fixture(scope="module")
def page(browser: Browser, script: Path) -> Page:
    """A page with Mermaid, as strict as GitHub has it."""
    page = browser.new_page()
    page.set_content("<!doctype html><title>m</title><body></body>")
    page.add_script_tag(path=script)
    page.evaluate("mermaid.initialize({startOnLoad: false, securityLevel: 'strict'})")
    return page


def check(page: Page, picture: View, theme: str = "light") -> None:
    """What Mermaid drew is what the view has."""
    drawn = page.evaluate(DRAW, [render_mermaid(picture, theme), "picture"])
    wanted = {}
    for box in picture.boxes():
        small = ", ".join(filter(None, (box.below, f"{box.params:,}" if box.params else "")))
        wanted[box.id] = plain(" ".join((box.above, box.title, small)))
    assert {id: plain(" ".join(words)) for id, words in drawn["boxes"]} == wanted
    frames = [c.title + (f", {c.params:,}" if c.params else "") for c in picture.clusters()]
    assert Counter(map(plain, drawn["frames"])) == Counter(map(plain, frames))
    shown = [plain(e.label) for e in picture.edges if e.shown and e.label]
    assert Counter(map(plain, drawn["labels"])) == Counter(shown)
    assert drawn["lines"] == len(picture.edges)
    assert drawn["scripts"] == 0


def plain(text: str) -> str:
    """Text without the differences that no reader sees."""
    return " ".join(text.split())


@pytest.mark.parametrize(("spec", "detail"), CASES)
def test_mermaid_draws_what_the_view_has(page: Page, spec: str, detail: int) -> None:
    text = (SPECS / f"{spec}.arch").read_text(encoding="utf-8")
    design, problems = compile_text(SourceFile(spec, text))
    assert design is not None, problems
    direction = "LR" if detail % 2 else "TB"
    check(page, view(design.networks[0], detail, direction, MOST_BOXES))


@pytest.mark.parametrize("theme", THEMES)
def test_every_theme_is_known_to_mermaid(page: Page, theme: str) -> None:
    text = (SPECS / "googlenet.arch").read_text(encoding="utf-8")  # it has training-only parts
    design, _ = compile_text(SourceFile("googlenet", text))
    assert design is not None
    check(page, view(design.networks[0], 1, limit=MOST_BOXES), theme)


def test_hostile_text_is_shown_as_text(page: Page) -> None:
    """Each text as title, small lines, name of a frame, and on a line; and all in one picture."""
    dialogs: list[str] = []

    def refuse(one: Dialog) -> None:
        dialogs.append(one.message)
        one.dismiss()

    page.on("dialog", refuse)
    frames, edges = [], []
    for i, text in enumerate(HOSTILE):
        boxes = [Box(f"n{i}{k}", "", "conv", text, above=text, below=text) for k in (1, 2)]
        frames.append(Cluster(f"cluster_n{i}1", "", text, tuple(boxes), params=i + 1))
        edges.append(Edge(f"n{i}1", f"n{i}2", text))
        parsed = View(text, text, (frames[-1],), (edges[-1],), note=text)
        page.evaluate("text => mermaid.parse(text)", render_mermaid(parsed))
    check(page, View("all", "of them", tuple(frames), tuple(edges)))
    assert dialogs == []
