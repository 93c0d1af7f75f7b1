"""The data of the interactive page, and the file that holds it."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from hashlib import sha256
from html import unescape
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from archdsl import load, loads
from archdsl.backends.dot.errors import RenderError
from archdsl.backends.html import Texts, describe, page
from archdsl.backends.html.page import PARTS, asset, render_page, to_json
from archdsl.cli import main
from archdsl.live.document import network_page, text_document
from archdsl.pipeline import sketch
from archdsl.source import SourceFile

ROOT = Path(__file__).resolve().parents[2]


def described(text: str) -> dict[str, Any]:
    return describe(loads(text).ir, Texts())


def test_counts_beyond_a_browser_go_as_text() -> None:
    net = loads("input 8x2x2\nconv3-8 x1000000000000000\ngap, FC-10\n")
    data = describe(net.ir, Texts())
    assert data["params"] == str(net.params)
    assert data["rows"] == [
        ["conv1.0-999999999999999.conv1", 0, 0, 10**15, 10**15, 1],
        ["gap1", 1, 1, 1, 1, 2],
        ["flatten1", 1, 2, 1, 1, 2],
        ["fc1", 1, 3, 1, 1, 2],
    ]
    assert len(to_json(data)) < 5_000  # the text's size, not the repeat's


def test_every_layer_has_its_row_and_its_receptive_field() -> None:
    net = load(str(ROOT / "specs" / "resnet.arch"), network="ResNet-18")
    data = describe(net.ir, Texts())
    rows, modules = data["rows"], data["modules"]
    assert [r[0] for r in rows] == [la.path for la in net.layers]
    for row, layer in zip(rows, net.layers, strict=True):
        shown = modules[row[1]]["layers"][str(row[2])]
        assert shown["text"] == layer.op.text()
        assert shown["out"] == [str(t) for t in layer.out_types]
        assert shown["params"] * row[4] == layer.params
        assert shown["macs"] * row[3] == layer.macs
    fields = {r[0]: data["fields"][r[5]] for r in rows}
    assert fields["conv1_x_conv1"] == "7, stride 2"
    assert fields["conv1_x_maxpool1"] == "11, stride 4"
    assert fields["conv5_x.1.conv2"] == "435, stride 32"
    assert fields["gap1"] == "all"


def test_stages_end_at_pools_and_labels_and_follow_one_line() -> None:
    data = described(
        "input 3x16x16\nconv3-8, conv3-8, maxpool\nhead: conv3-8, conv1-8\n"
        "output(train) side: @head, gap, FC-3\nconv3-4, gap, FC-10\n"
    )
    names = [(s["name"], s["title"]) for s in data["stages"]]
    assert names == [
        ("stage 1", "conv3-8 ×2, maxpool"),
        ("head", "conv3-8, conv1-8"),
        ("stage 3", "conv3-4, gap"),
    ]


def test_a_long_body_is_cut_into_parts() -> None:
    data = described("input 4x8x8\nfor i in 0..5000 { conv3-4(pad=1), conv1-4 }\n")
    parts = data["stages"]
    assert len(parts) == 100
    assert (parts[0]["first"], parts[-1]["end"]) == (0, 10_000)
    assert all(a["end"] == b["first"] for a, b in pairwise(parts))


def test_places_count_as_browsers_do() -> None:
    text = "# 🙂\ninput 3x8x8\nconv3-8  # ok\n"
    file = SourceFile("/home/someone/net.arch", text)
    found: Any = text_document(file)
    document, made = found
    assert not made.diagnostics
    (layer,) = document["network"]["modules"][-1]["items"]
    assert layer["at"] == [0, 3, 0, 3, 7]
    assert [f["name"] for f in document["files"]] == ["net.arch"]  # its folder is nobody's business
    wide: Any = text_document(SourceFile("n.arch", 'input 3x8x8\nconv3-8(pad="🙂", groups=1)\n'))[0]
    assert [p["at"] for p in wide["problems"]] == [[0, 2, 12, 2, 16]]  # the face takes two units


def test_a_wrong_text_is_drawn_up_to_its_mistake() -> None:
    text = "input 3x8x8\na: conv3-8\nconv3-16\nadd[ @a | @in ]\nFC-10\n"
    document, made = text_document(SourceFile("net.arch", text))
    network: Any = document["network"]
    assert [d.id for d in made.diagnostics] == ["join-mismatch"]
    assert network["partial"]
    assert [i["title"] for i in network["modules"][-1]["items"]] == ["conv3-8", "conv3-16"]
    assert [o["shape"] for o in network["outputs"] if o["open"]] == ["16x8x8"]


def test_a_false_claim_leaves_the_network_whole() -> None:
    found = sketch(SourceFile("net.arch", "input 3x8x8\nconv3-8\nexpect params == 1\n"))
    assert [d.id for d in found.diagnostics] == ["false-claim"]
    assert list(found.networks) == ["net"]
    assert found.partial == set()


@pytest.mark.parametrize(
    "text", ["", "}}}", "input\n", "conv3-8\n", "network A {\n", "input 3x8x8\n"]
)
def test_no_text_is_too_wrong(text: str) -> None:
    document, made = text_document(SourceFile("net.arch", text))
    assert bool(made.diagnostics) == bool(document["problems"])
    json.loads(to_json(document))


def test_the_policy_names_what_the_page_runs() -> None:
    net = loads("input 3x8x8\nconv3-8\n")
    file = SourceFile("x.arch", "# </script><!-- \u2028\n")
    text = network_page(net.ir, file, "1")
    found = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    assert found
    policy = unescape(found[1])
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.S)
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.S)
    for kind, part in (("script", script), ("style", style)):
        digest = b64encode(sha256(part.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert "connect-src 'none'" in policy
    assert not re.search(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//""", text)
    assert text.count("<script") == 3
    assert "\u2028" not in text
    data = re.search(r'id="document">(.*?)</script>', text, re.S)
    assert data
    assert json.loads(data[1])["files"][0]["text"] == file.text


def test_scripts_write_no_markup() -> None:
    for name in (*PARTS, "start", "live"):
        text = asset(f"{name}.js")
        assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(", text)
        assert len(text.splitlines()) < 400


def test_a_page_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "MAX_DATA", 1000)
    with pytest.raises(RenderError, match="the limit is 1,000"):
        render_page({"text": "x" * 1000}, "net", "1")


def test_draw_and_compile_write_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net.arch").write_text("input 3x8x8\nconv3-8\n", encoding="utf-8")
    assert main(["draw", "net.arch", "-o", "a.html"]) == 0
    assert main(["compile", "net.arch", "--emit", "html", "-o", "out"]) == 0
    assert Path("a.html").read_bytes() == Path("out/net.html").read_bytes()
    Path("wrong.arch").write_text("input 3x8x8\nconv\n", encoding="utf-8")
    assert main(["draw", "wrong.arch", "-o", "b.html"]) == 1
    assert not Path("b.html").exists()
    assert "wrote out/net.html" in capsys.readouterr().out


def test_what_is_shipped_is_named() -> None:
    notice = asset("NOTICE.md")
    pinned = json.loads((ROOT / "playground" / "package.json").read_text("utf-8"))["dependencies"]
    assert f"version {pinned['@viz-js/viz']}" in notice
    assert f"Viz.js {pinned['@viz-js/viz']}" in asset("viz-global.js")[:200]
