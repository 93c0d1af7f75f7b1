"""What tests of columns, tables and volumes share: networks of specs, pictures read back."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from xml.etree import ElementTree

from archdsl.analysis.walk import Layer, layers
from archdsl.files import read_spec
from archdsl.ir.model import Network
from archdsl.pipeline import Request, compile_text
from archdsl.source import SourceFile

ROOT = Path(__file__).resolve().parents[2]
SVG = "{http://www.w3.org/2000/svg}"


@cache
def family(spec: str) -> dict[str, Network]:
    """The networks of a file of specs/, by name."""
    path = ROOT / "specs" / f"{spec}.arch"
    design, problems = compile_text(read_spec(str(path)))
    assert not problems
    assert design is not None
    return {n.name: n for n in design.networks}


def load(text: str) -> Network:
    """The one network of a text."""
    design, problems = compile_text(SourceFile("net.arch", text), Request(None, {}, None))
    assert design is not None, problems
    return design.networks[0]


@cache
def layers_by_path(network: Network) -> dict[str, Layer]:
    """Every layer of the IR by its path, repetitions one by one."""
    return {layer.path: layer for layer in layers(network.module)}


def read_svg(svg: str) -> ElementTree.Element:
    """The picture as a tree, and what every picture must be: accessible, without scripts."""
    tree = ElementTree.fromstring(svg)
    assert tree.tag == SVG + "svg"
    assert tree.get("role") == "img"
    assert tree[0].tag == SVG + "title"
    assert tree[1].tag == SVG + "desc"
    allowed = {"svg", "title", "desc", "g", "rect", "path", "polygon", "ellipse", "text"}
    for element in tree.iter():
        assert element.tag.removeprefix(SVG) in allowed
        assert not [name for name in element.attrib if name.startswith("on") or "href" in name]
    return tree


def groups(tree: ElementTree.Element, kind: str) -> list[ElementTree.Element]:
    """The `<g>` of a class, in order."""
    return [g for g in tree.iter(SVG + "g") if g.get("class") == kind]


def texts(tree: ElementTree.Element, kind: str | None = None) -> list[ElementTree.Element]:
    """The `<text>` of a class, or all of them."""
    return [t for t in tree.iter(SVG + "text") if kind is None or t.get("class") == kind]


def extent(text: ElementTree.Element) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of a line of text."""
    from archdsl.backends.svg import text_width

    size, x, y = (float(text.get(name, "0")) for name in ("font-size", "x", "y"))
    wide = text_width(text.text or "", size, text.get("font-weight") == "bold")
    left = {"middle": x - wide / 2, "start": x, "end": x - wide}[text.get("text-anchor", "start")]
    return left, y - 0.75 * size, left + wide, y + 0.2 * size


def check_texts(tree: ElementTree.Element) -> None:
    """No text lies on another, and none is cut off."""
    width, height = float(tree.get("width", "0")), float(tree.get("height", "0"))
    boxes = sorted((extent(t), t.text) for t in texts(tree))
    for i, ((left, top, right, bottom), words) in enumerate(boxes):
        assert left >= 0, words
        assert right <= width, words
        assert 0 <= top < bottom <= height, words
        for (left2, top2, _, bottom2), words2 in boxes[i + 1 :]:
            if left2 >= right:
                break
            assert bottom2 <= top or top2 >= bottom, f"{words!r} lies on {words2!r}"


def owner(path: str, network: Network) -> list[Layer]:
    """The layers below the path of a call."""
    return [x for p, x in layers_by_path(network).items() if p.startswith(path + ".")]
