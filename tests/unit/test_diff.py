"""Differences: what they say of published networks and of edits, how they look, their limits."""

from __future__ import annotations

import json
import os
import re
import time
from pathlib import Path
from random import Random

import pytest

from archdsl.analysis.diff import Difference, Entry, diff, pair_networks
from archdsl.analysis.diff.align import align
from archdsl.backends.diff import render
from archdsl.cli import main
from archdsl.files import read_spec
from archdsl.ir.model import Design, Network
from archdsl.pipeline import Request, compile_text
from archdsl.source import SourceFile

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden" / "diff"

EDIT_BEFORE = """\
default conv (norm=bn, act=relu)
block unit(w, s=1) {
    residual(act=relu, shortcut=conv)[ conv3-w/s, conv3-w ]
}
input 3x64x64
stem: conv7-16/2, maxpool3/2(pad=1)
unit(16) x2
unit(32, s=2 then 1) x3
lrn
gap, dropout-0.5, FC-10
"""
EDIT_AFTER = """\
default conv (norm=bn, act=relu)
block unit(w, s=1) {
    residual(act=gelu, shortcut=conv)[ conv5-w/s, dropout-0.1, conv3-w(norm=none) ]
}
input 3x48x48
begin: conv7-16/2, maxpool3/2(pad=1)
lrn
unit(16) x2
unit(48, s=2 then 1) x3
gap, FC-10
"""
CASES = {
    "vgg_d_e.txt": ("specs/vgg.arch:VGG-D", "specs/vgg.arch:VGG-E"),
    "vgg_a_lrn.txt": ("specs/vgg.arch:VGG-A", "specs/vgg.arch:VGG-A-LRN"),
    "resnet_34_50.txt": ("specs/resnet.arch:ResNet-34", "specs/resnet.arch:ResNet-50"),
    "resnet_50_101.txt": ("specs/resnet.arch:ResNet-50", "specs/resnet.arch:ResNet-101"),
    "resnet_50_resnext.txt": ("specs/resnet.arch:ResNet-50", "specs/resnext.arch:ResNeXt-50-32x4d"),
    "resnet_50_wide.txt": (
        "specs/resnet.arch:ResNet-50",
        "specs/wide_resnet.arch:Wide-ResNet-50-2",
    ),
    "resnet_50_se.txt": ("specs/resnet.arch:ResNet-50", "specs/senet.arch:SE-ResNet-50"),
    "mobilenet_2_3.txt": (
        "specs/mobilenet.arch:MobileNetV2",
        "specs/mobilenet.arch:MobileNetV3-Large",
    ),
    "googlenet_bn.md": ("specs/googlenet.arch:GoogLeNet", "specs/googlenet_bn.arch:GoogLeNet-BN"),
    "alexnet.txt": ("specs/alexnet.arch:AlexNet", "specs/alexnet.arch:AlexNet"),
    "edit.txt": (EDIT_BEFORE, EDIT_AFTER),
    "edit.json": (EDIT_BEFORE, EDIT_AFTER),
}


def network(source: str) -> Network:
    """The one network of a text, or of FILE:NETWORK."""
    if "\n" in source:
        return design(source).networks[0]
    path, _, name = source.partition(":")
    made, wrong = compile_text(read_spec(str(ROOT / path)), Request(name or None))
    assert made is not None, wrong
    return made.networks[0]


def design(text: str) -> Design:
    """The design of a text."""
    made, wrong = compile_text(SourceFile("net.arch", text))
    assert made is not None, [(p.id, p.message) for p in wrong]
    return made


def compare(one: str, other: str) -> Difference:
    """The difference of two networks; in an image of 3x32x32 where only the body is given."""
    whole = ("specs/", "default", "input")
    texts = [s if s.startswith(whole) else f"input 3x32x32\n{s}\n" for s in (one, other)]
    return diff(network(texts[0]), network(texts[1]))


def told(difference: Difference) -> list[tuple[str, str, list[tuple[str, str, str]]]]:
    """(state, name, changes) of the top entries that differ."""
    return [
        (e.state, e.piece.name, [(c.what, c.before, c.after) for c in e.changes])
        for e in difference.body.changed
    ]


@pytest.mark.parametrize("name", CASES)
def test_golden(name: str) -> None:
    form = {".txt": "text", ".md": "markdown", ".json": "json"}[Path(name).suffix]
    text = render(compare(*CASES[name]), form, width=100)
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")
    if form == "text":
        assert max(map(len, text.splitlines())) <= 100


def test_one_layer_edited_is_one_change() -> None:
    found = compare("conv3-8 x4, gap", "conv3-8, conv5-8, conv3-8, conv3-8, gap")
    assert told(found) == [("changed", "conv2", [("kernel", "3", "5")])]


def test_repeats_are_counted() -> None:
    found = compare("conv3-8 x3, gap", "conv3-8 x1000000, gap")
    assert told(found) == [("changed", "conv1", [("repetitions", "×3", "×1,000,000")])]
    assert found.delta.params == 999_997 * (8 * 8 * 9 + 8)


def test_written_out_is_the_same_as_repeated() -> None:
    found = compare("conv3-8 x3, gap", "conv3-8, conv3-8, conv3-8, gap")
    assert found.is_empty
    assert found.regrouped
    assert "repeated, grouped or named in other ways" in render(found)


def test_a_branch_more_is_no_longer_chain() -> None:
    found = compare(
        "concat[ conv3-8 | conv3-8 ], gap", "concat[ conv3-8 | conv3-8 | conv3-8 ], gap"
    )
    assert [(state, name) for state, name, _ in told(found)] == [
        ("added", "conv3"),
        ("changed", "concat1"),
    ]
    assert told(found)[1][2] == [("inputs", "2", "3")]


def test_only_the_wiring_changed() -> None:
    body = "a: conv3-8\nb: conv3-8\nadd[ @{} | @b, conv3-8 ]\n"
    left, right = (body.format(x) + "gap" for x in "ab")
    found = compare(
        left.replace("b: conv3-8\n", "b: conv3-8, conv1-8\n"),
        right.replace("b: conv3-8\n", "b: conv3-8, conv1-8\n"),
    )
    assert told(found) == [("changed", "add1", [("reads", "a, conv1", "b, conv1")])]


def test_what_moved_is_named_a_move() -> None:
    found = compare("lrn, conv3-8, bn, gap", "conv3-8, bn, lrn, gap")
    assert [(e.state, e.piece.name, e.moved is not None) for e in found.body.changed] == [
        ("removed", "lrn1", True),
        ("added", "lrn1", True),
    ]
    assert "moved down" in render(found)
    assert "moved here from above" in render(found)


def test_a_new_name_is_a_change_of_the_name_alone() -> None:
    found = compare("stem: conv3-8\ngap", "begin: conv3-8\ngap")
    assert [c for _, _, changes in told(found) for c in changes] == [("name", "stem", "begin")]
    assert "was called stem" in render(found)


def test_a_name_inside_a_block_is_seen() -> None:
    text = "block b() {{\n    {}: conv3-8\n    add[ @{} | conv1-8 ]\n}}\ninput 3x8x8\nb(), gap\n"
    found = diff(*(network(text.format(x, x)) for x in ("left", "right")))
    assert not found.is_empty
    assert "was called left" in render(found)


def test_shapes_behind_a_change_are_said_once() -> None:
    body = "conv3-8{}, bn, relu, conv3-8, bn, relu, gap"
    found = compare(body.format(""), body.format("/2"))
    assert told(found) == [("changed", "conv1", [("stride", "1", "2")])]
    text = render(found)
    assert text.count("8x32x32 → 8x16x16") == 2  # the layer's, and of all that follow
    assert "6 layers alike, shapes 8x32x32 → 8x16x16" in text


def test_other_inputs_change_no_layer() -> None:
    body = "default conv (act=relu)\nconv3-8, maxpool, conv3-16, gap\n"
    found = diff(network("input 3x32x32\n" + body), network("input 3x48x48\n" + body))
    assert [(c.what, c.before, c.after) for c in found.body.changes] == [
        ("input", "3x32x32", "3x48x48")
    ]
    assert not found.body.changed
    assert not found.is_empty


def test_weights_shared_or_not() -> None:
    found = compare("{ conv3-3, relu } x3 shared, gap", "{ conv3-3, relu } x3, gap")
    assert told(found) == [("changed", "group1", [("weights", "shared", "of its own")])]
    found = compare("a: conv3-3\nconv3-3, gap", "a: conv3-3\nconv3-3(share=a), gap")
    assert told(found) == [("changed", "conv1", [("weights", "its own", "those of a")])]


def test_outputs_and_training() -> None:
    body = "conv3-8\n{}gap, FC-10\n"
    aux = "output(train, weight=0.3) aux: gap, FC-10\n"
    found = compare(body.format(""), body.format(aux))
    assert ("output aux", "none") in [(c.what, c.before) for c in found.body.changes]
    train = "train {{ optimizer = sgd(lr={}) }}\n"
    found = compare("conv3-8\n" + train.format(0.1), "conv3-8\n" + train.format(0.2))
    assert [(c.what, c.before, c.after) for c in found.body.changes] == [
        ("train optimizer", "sgd(lr=0.1)", "sgd(lr=0.2)")
    ]


def test_entries_add_up() -> None:
    for pair in CASES.values():
        found = compare(*pair)
        check_sums(found)
        check_sums(diff(network(pair[1]), network(pair[0])))


def check_sums(found: Difference) -> None:
    """The differences of the entries add up to that of the totals."""
    deltas = [entry.delta for entry in found.body.entries]
    for name in ("params", "trainable", "buffers", "total_macs", "activations", "layers"):
        assert sum(getattr(d, name) for d in deltas) == getattr(found.delta, name), name


def test_pairs_by_name() -> None:
    text = "network A {{ input {0}x8x8\nconv3-8 }}\nnetwork {1} {{ input 3x8x8\nconv3-8 }}\n"
    pairing = pair_networks(design(text.format(3, "B")), design(text.format(1, "C")))
    assert [(a.name, b.name) for a, b in pairing.pairs] == [("A", "A")]
    assert (pairing.removed, pairing.added) == (["B"], ["C"])


def test_aligns_thousands_quickly() -> None:
    r = Random(1)
    one = [r.randrange(9) for _ in range(20_000)]
    other = list(one)
    for _ in range(200):
        other[r.randrange(20_000)] = r.randrange(9, 12)
    start = time.perf_counter()
    pairs = align(one, other, lambda i, j: float(one[i] == other[j]))
    assert time.perf_counter() - start < 10
    assert sum(i is not None and j is not None and one[i] == other[j] for i, j in pairs) > 19_700
    shuffled = [r.randrange(9) for _ in range(5_000)]
    pairs = align(one[:5_000], shuffled, lambda i, j: float(one[i] == shuffled[j]))
    assert [i for i, _ in pairs if i is not None] == list(range(5_000))
    assert [j for _, j in pairs if j is not None] == list(range(5_000))


def test_alignment_prefers_likeness() -> None:
    assert align([1, 2, 3], [1, 4, 3], lambda i, j: 0.5) == [(0, 0), (1, 1), (2, 2)]
    assert align([1, 2, 3], [1, 4, 3], lambda i, j: 0.1) == [
        (0, 0),
        (1, None),
        (None, 1),
        (2, 2),
    ]
    assert align([], [], lambda i, j: 1.0) == []


# --- the command -------------------------------------------------------------------------------


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Exit code and what is printed."""
    code = main(["diff", *words])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "net.arch"
    path.write_text("input 3x8x8\nconv3-8, gap\n", encoding="utf-8")
    return path


def test_exit_codes(capsys: pytest.CaptureFixture[str], spec: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.arch"
    other.write_text("input 3x8x8\nconv5-8, gap\n", encoding="utf-8")
    assert run(capsys, str(spec), str(other))[0] == 0
    assert run(capsys, "--exit-code", str(spec), str(other))[0] == 1
    assert run(capsys, "--exit-code", str(spec), str(spec))[0] == 0
    assert run(capsys, "-q", str(spec), str(other)) == (1, "", "")
    other.write_text("input 3x8x8\nconv5-8, gip\n", encoding="utf-8")
    code, out, err = run(capsys, str(spec), str(other))
    assert (code, out) == (1, "")
    assert "gip" in err
    assert run(capsys, str(spec), str(tmp_path / "none.arch"))[0] == 2
    assert run(capsys, "-", "-")[0] == 2


def test_no_common_name_says_what_to_write(capsys: pytest.CaptureFixture[str]) -> None:
    resnet, vgg = str(ROOT / "specs/resnet.arch"), str(ROOT / "specs/vgg.arch")
    code, out, err = run(capsys, resnet, vgg)
    assert (code, out) == (2, "")
    assert "ResNet-18" in err
    assert "write FILE:NETWORK" in err


def test_whole_files(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    text = (ROOT / "specs/vgg.arch").read_text(encoding="utf-8")
    other = tmp_path / "vgg.arch"
    other.write_text(re.sub(r"(?m)^expect.*\n", "", text).replace("FC-4096", "FC-2048", 1))
    code, out, _ = run(capsys, str(ROOT / "specs/vgg.arch"), str(other))
    assert code == 0
    assert out.count("out 4096 → 2048") == 6
    code, out, _ = run(capsys, str(other), str(other))
    assert out == "alike: VGG-A, VGG-A-LRN, VGG-B, VGG-C, VGG-D, VGG-E\n"


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    vgg = str(ROOT / "specs/vgg.arch")
    code, out, _ = run(capsys, "--json", f"{vgg}:VGG-D", f"{vgg}:VGG-E")
    assert code == 0
    (found,) = json.loads(out)["networks"]
    assert found["delta"]["params"] == 143_667_240 - 138_357_544
    assert sum(e["params"] for e in found["entries"]) == found["delta"]["params"]
    assert [e["after"]["repetitions"] for e in found["entries"]] == [4, 4, 4]


def test_by_stage_is_the_top_alone(capsys: pytest.CaptureFixture[str]) -> None:
    names = [f"{ROOT}/specs/resnet.arch:ResNet-34", f"{ROOT}/specs/resnet.arch:ResNet-50"]
    out = run(capsys, "--by", "stage", *names)[1]
    assert "inside" not in out.rsplit("\n", 2)[0]
    assert "basic → bottleneck ×6" in out


def test_colour_and_control_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    found = compare("conv3-8, gap", "conv5-8, gap")
    assert "\x1b[33m~ conv1" in render(found, color=True)
    assert "\x1b" not in render(found)


def entries(found: Difference) -> list[Entry]:
    """All entries, those of bodies too."""
    out = list(found.body.entries)
    for entry in out:
        for inside in entry.inside:
            out += inside.body.entries
    return out


def test_a_body_shared_by_many_calls_is_compared_once() -> None:
    blocks = "block b0() {{ conv{}-8 }}\n" + "".join(
        f"block b{k}() {{{{ b{k - 1}(), relu, b{k - 1}() }}}}\n" for k in range(1, 25)
    )
    text = blocks + "input 8x8x8\nb24(), gap\n"
    start = time.perf_counter()
    found = diff(network(text.format(3)), network(text.format(5)))
    shown = render(found)
    json.loads(render(found, "json"))
    assert time.perf_counter() - start < 5
    assert found.delta.params == 2**24 * 8 * 8 * 16
    assert len(shown.splitlines()) < 300
