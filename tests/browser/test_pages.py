"""The interactive page in a browser: what it shows is what the IR says, and it folds."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from archdsl import load
from archdsl.analysis.walk import layers
from archdsl.backends.dot.style import DARK, LIGHT
from archdsl.cli import main

if TYPE_CHECKING:
    from tests.browser.conftest import Tab

ROOT = Path(__file__).resolve().parents[2]
NETWORKS = {
    "vgg_e.arch": ("vgg_e", "conv3-256", "maxpool"),
    "googlenet.arch": ("GoogLeNet", "i4c", "auxhead"),
    "resnet.arch": ("ResNet-152", "conv4_x", "shortcut"),
    "efficientnet.arch": ("EfficientNet-B7", "stage3", "se_to1"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("pages")
    for name, (network, *_) in NETWORKS.items():
        argv = ["compile", f"{ROOT / 'specs' / name}:{network}", "--emit", "html", "-o", str(out)]
        assert main(argv) == 0
    return out


def page_of(folder: Path, network: str) -> str:
    path = folder / (network.replace("-", "_") + ".html")
    assert path.stat().st_size < 3_000_000
    return path.as_uri()


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network(tab: Tab, folder: Path, name: str) -> None:
    network, fold, word = NETWORKS[name]
    page = tab.open(page_of(folder, network))
    net = load(str(ROOT / "specs" / name), network=network)
    assert page.inner_text("#totals") == f"{net.params:,} parameters · {net.macs:,} MACs"
    begin = tab.count()
    assert begin <= 40

    # A click unfolds, and the frame's head folds again; the layout is made anew.
    folded = page.locator(f'.box.folded[aria-label*="{fold}"]').first
    before = page.locator("#canvas .line").count()
    folded.click()
    tab.rest()
    assert tab.count() > begin
    assert page.locator("#canvas .line").count() > before
    page.locator(f'.head[aria-label*="{fold}"]').first.click()
    tab.rest()
    assert tab.count() == begin

    # Hover shows the figures of the step, and its line of the text.
    box = page.locator('.box[class*="r-conv"]:not(.folded)').first
    box.hover()
    said = box.get_attribute("aria-label") or ""
    path = said.split("; ")[2]
    layer = next(la for la in net.layers if la.path == path)
    card = page.inner_text("#card")
    assert "×".join(map(str, layer.out_types[0].dims)) in card
    assert f"{layer.macs:,}" in card
    assert "receptive field" in card
    line = layer.node.span.line
    assert f"{name}:{line}" in card
    assert page.locator(f'#text .row.here[data-line="{line}"] .lit').count() > 0

    # Search looks into what is folded, and reveals it.
    page.keyboard.press("/")
    page.keyboard.type(word)
    found = int(page.inner_text("#found").split("/")[-1])
    assert found > 0
    page.keyboard.press("Enter")
    tab.rest()
    picked = page.locator(".picked").first.get_attribute("aria-label") or ""
    assert word in picked
    assert page.locator(".match").count() > 0
    assert {u.split(":")[0] for u in tab.asked} <= {"file", "blob", "data"}


@pytest.mark.parametrize("name", NETWORKS)
def test_what_is_shown_is_what_the_ir_says(tab: Tab, folder: Path, name: str) -> None:
    network = NETWORKS[name][0]
    page = tab.open(page_of(folder, network))
    net = load(str(ROOT / "specs" / name), network=network)
    page.click("[data-do=expand]")
    tab.rest()
    rows = {la.path: la for fold in (False, True) for la in layers(net.ir.module, fold)}
    total, seen = 0, 0
    for said in tab.boxes():
        _, _, path, *facts = said.split("; ")
        if path not in rows:
            continue
        row = rows[path]
        seen += 1
        assert f"gives {row.out_types[0]}" in facts
        params = next((int(f.split()[0].replace(",", "")) for f in facts if "parameters" in f), 0)
        total += params * row.copies
    assert total == net.params
    assert seen > 15

    page.click("[data-do=table]")
    cells = page.locator("#rows tbody tr").all_inner_texts()
    table = [text.split("\t") for text in cells]
    assert [r[1] for r in table] == [la.path for la in net.layers]
    assert [number(r[5]) for r in table] == [la.params for la in net.layers]
    assert [number(r[7]) for r in table] == [la.macs for la in net.layers]
    assert [r[4].split(" ")[0] for r in table] == [str(la.out_types[0]) for la in net.layers]


def number(text: str) -> int:
    return 0 if text == "–" else int(text.replace(",", ""))


def test_the_table_sorts_and_leads_to_the_picture(tab: Tab, folder: Path) -> None:
    page = tab.open(page_of(folder, "ResNet-152"))
    page.click("[data-do=table]")
    page.get_by_role("button", name="params", exact=True).click()
    texts = page.locator("#rows tbody tr td:nth-child(6)").all_inner_texts()
    numbers = [number(t) for t in texts]
    assert numbers == sorted(numbers, reverse=True)
    assert page.locator('th[aria-sort="descending"]').inner_text().startswith("params")
    first = page.locator("#rows tbody tr").first
    path = first.locator("th").inner_text()
    first.click()
    tab.rest()
    said = page.locator(".box.picked").get_attribute("aria-label") or ""
    main = path.rsplit(".", 1)
    assert main[-1] in said


def test_by_keyboard_only(tab: Tab, folder: Path) -> None:
    page = tab.open(page_of(folder, "ResNet-152"))
    focused = page.locator("#canvas :focus")
    for _ in range(30):
        page.keyboard.press("Tab")
        if focused.count():
            break
    assert (focused.get_attribute("aria-label") or "").startswith("input")
    for _ in range(6):
        page.keyboard.press("ArrowDown")
        if "conv2_x" in (focused.get_attribute("aria-label") or ""):
            break
    assert focused.get_attribute("aria-expanded") == "false"
    before = tab.count()
    page.keyboard.press("Enter")
    tab.rest()
    assert tab.count() == before + 1  # its two runs
    assert focused.get_attribute("aria-expanded") == "true"
    page.keyboard.press("u")
    tab.rest()
    assert tab.count() == before + 2  # its three repetitions
    page.keyboard.press("Backspace")
    tab.rest()
    assert tab.count() == before
    page.keyboard.press("?")
    assert page.locator("dialog[open]").count() == 1
    page.keyboard.press("Escape")
    zoom = page.inner_text("#zoom")
    page.locator("#canvas .box").first.focus()
    page.keyboard.press("+")
    assert page.inner_text("#zoom") != zoom
    page.keyboard.press("e")
    tab.rest()
    assert tab.count() > 40
    page.keyboard.press("c")
    tab.rest()
    assert tab.count() < before


def test_direction_zoom_and_text(tab: Tab, folder: Path) -> None:
    page = tab.open(page_of(folder, "GoogLeNet"))

    def spread() -> tuple[float, float]:
        boxes = [b.bounding_box() for b in page.locator(".box").all()]
        xs, ys = [b["x"] for b in boxes if b], [b["y"] for b in boxes if b]
        return max(xs) - min(xs), max(ys) - min(ys)

    width, height = spread()
    assert height > width
    page.click("[data-do=direction]")
    tab.rest()
    page.wait_for_timeout(350)
    width, height = spread()
    assert width > height
    before = page.inner_text("#zoom")
    page.mouse.move(700, 500)
    page.mouse.wheel(0, -400)
    assert int(page.inner_text("#zoom")[:-2]) > int(before[:-2])
    # A line of the table of the paper lights the block that it made.
    page.locator('#text .row[data-line="17"]').hover()
    lit = page.locator(".box.lit").first.get_attribute("aria-label") or ""
    assert "i4b" in lit


def test_light_and_dark(tab: Tab, folder: Path) -> None:
    page = tab.page
    page.emulate_media(color_scheme="dark")
    tab.open(page_of(folder, "vgg_e"))

    def paper() -> str:
        color = page.locator("body").evaluate("e => getComputedStyle(e).backgroundColor")
        return "#" + "".join(f"{int(n):02x}" for n in re.findall(r"\d+", color)[:3])

    assert paper() == DARK.paper
    page.keyboard.press("d")
    assert paper() == LIGHT.paper


def test_hostile_texts_do_nothing(tab: Tab, tmp_path: Path) -> None:
    evil = "</script><script>document.title='hacked';alert(1)</script><!--<script>"
    image = "<img src=x onerror=alert(2)>"
    text = (
        f"## {evil} {image} '\"&amp;\n"
        f"network Net {{\n    input 3x8x8  # {evil}{image}\n    conv3-8, relu\n}}\n"
    )
    path = tmp_path / "<img src=x onerror=alert(3)>.arch"
    path.write_text(text, encoding="utf-8")
    assert main(["compile", str(path), "--emit", "html", "-o", str(tmp_path)]) == 0
    page = tab.open((tmp_path / "Net.html").as_uri())
    assert page.title() == "Net"
    assert page.locator("img").count() == 0
    assert evil in page.locator("#text .row").first.inner_text()
    assert image in page.inner_text("#card")
