"""`archdsl import table`: published tables become specs with the published counts."""

from __future__ import annotations

import gzip
import json
import os
import re
from pathlib import Path

import pytest

from archdsl.cli import main
from archdsl.diagnostics.errors import ArchError
from archdsl.files import read_spec
from archdsl.pipeline import compile_text
from archdsl.source import SourceFile

TESTS = Path(__file__).resolve().parent.parent
TABLES = TESTS / "data" / "tables"
GOLDEN = TESTS / "golden" / "import"
REFERENCE = json.loads(gzip.decompress((TESTS / "reference" / "networks.json.gz").read_bytes()))
VGG = {"A": "vgg_a", "A-LRN": "vgg_a_lrn", "B": "vgg_b", "C": "vgg_c", "D": "vgg_d", "E": "vgg_e"}
V3 = ["--act", "hardswish", "--se", "expansion", "--stem", "conv3-16/2"]
V3 += ["--head", "gap, FC-1280(act=hardswish), FC-1000"]
# File, options, and for each network the reference (or a number) that has its parameters.
CASES: list[tuple[str, list[str], dict[str, str | int]]] = [
    ("vgg.tsv", ["--name", "VGG"], {f"VGG-{n}": ref for n, ref in VGG.items()}),
    ("vgg.txt", [], {f"vgg-{n}": f"vgg_{n.lower()}" for n in "ABDE"}),
    ("vgg.html", [], {"vgg-A": "vgg_a", "vgg-A-LRN": "vgg_a_lrn", "vgg-E": "vgg_e"}),
    ("resnet.tsv", [], {f"resnet-{n}": f"resnet{n}" for n in (18, 34, 50, 101, 152)}),
    ("resnet.tex", [], {f"resnet-{n}": f"resnet{n}" for n in (18, 34, 50, 101, 152)}),
    ("resnet_lines.tsv", [], {"resnet_lines-50": "resnet50"}),
    ("resnext.txt", [], {"ResNeXt-50_32x4d": "resnext50_32x4d"}),
    ("densenet.md", [], {f"DenseNet-{n}": f"densenet{n}" for n in (121, 169, 201)}),
    ("mobilenet_v1.tsv", [], {"mobilenet_v1": "mobilenet_v1"}),
    ("mobilenet_v2.md", [], {"mobilenet_v2": "mobilenet_v2"}),
    ("mobilenet_v3_large.tex", [], {"mobilenet_v3_large": "mobilenet_v3_large"}),
    ("efficientnet_b0.txt", [], {"efficientnet_b0": "efficientnet_b0"}),
    ("efficientnet_b0.md", [], {"efficientnet_b0": "efficientnet_b0"}),
    ("efficientnet_b0.tex", [], {"efficientnet_b0": "efficientnet_b0"}),
    ("resnet.md", [], {f"resnet-{n}": f"resnet{n}" for n in (18, 34, 50)}),
    ("googlenet.csv", [], {"googlenet": 6_998_552}),  # BVLC's prototxt without its side heads
    ("squeezenet.html", [], {"squeezenet": "squeezenet1_0"}),
    ("timm_efficientnet_b0.txt", ["--act", "silu"], {"timm_efficientnet_b0": "efficientnet_b0"}),
    ("timm_mobilenet_v2.txt", ["--act", "relu6"], {"timm_mobilenet_v2": "mobilenet_v2"}),
    ("timm_mnasnet.txt", [], {"timm_mnasnet": "mnasnet1_0"}),
    ("timm_mobilenet_v3_large.txt", V3, {"timm_mobilenet_v3_large": "mobilenet_v3_large"}),
    # torchvision's efficientnet_v2_s has as many: 21,458,488
    (
        "timm_efficientnet_v2_s.txt",
        ["--act", "silu", "--stem", "conv3-24/2"],
        {"timm_efficientnet_v2_s": 21_458_488},
    ),
]
MACS_AS_WELL = ("resnet.tsv", "mobilenet_v2.md", "mobilenet_v1.tsv", "densenet.md", "resnext.txt")


@pytest.mark.parametrize(("file", "options", "wanted"), CASES, ids=[c[0] for c in CASES])
def test_counts(
    file: str,
    options: list[str],
    wanted: dict[str, str | int],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The spec holds all its claims, and its networks have the parameters of the references."""
    target = tmp_path / "out.arch"
    assert main(["import", "table", str(TABLES / file), *options, "-o", str(target)]) == 0
    capsys.readouterr()
    assert main(["check", str(target), "--json"]) == 0
    capsys.readouterr()
    assert main(["report", str(target), "--format", "json", "--by", "network"]) == 0
    found = {n["network"]: n for n in json.loads(capsys.readouterr().out)}
    refs = {n: REFERENCE[w] if isinstance(w, str) else {"params": w} for n, w in wanted.items()}
    assert {n: f["params"] for n, f in found.items()} == {n: r["params"] for n, r in refs.items()}
    if file in MACS_AS_WELL:
        assert {n: f["macs"] for n, f in found.items()} == {n: r["macs"] for n, r in refs.items()}


@pytest.mark.parametrize(("file", "options", "wanted"), CASES, ids=[c[0] for c in CASES])
def test_laid_out(
    file: str, options: list[str], wanted: object, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is printed is in the canonical layout, and the same each time."""
    from archdsl.syntax.format.render import lay_out

    assert main(["import", "table", str(TABLES / file), *options]) == 0
    first = capsys.readouterr().out
    assert main(["import", "table", str(TABLES / file), *options]) == 0
    assert capsys.readouterr().out == first
    assert lay_out(SourceFile("x.arch", first)) == (first, [])


SPECS = ["vgg.tsv", "resnet.tsv", "densenet.md", "mobilenet_v2.md", "googlenet.csv"]


@pytest.mark.parametrize("file", SPECS)
def test_spec(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The whole spec is the golden file: one that a person would keep."""
    assert main(["import", "table", str(TABLES / file)]) == 0
    golden = GOLDEN / (Path(file).stem + ".arch")
    made = capsys.readouterr().out
    if os.environ.get("BLESS"):
        golden.write_text(made, encoding="utf-8")
    assert made == golden.read_text(encoding="utf-8")
    assert compile_text(read_spec(str(golden)))[1] == []


WRONG = sorted(p.name for p in GOLDEN.iterdir() if p.suffix not in (".stderr", ".arch"))


@pytest.mark.parametrize("name", WRONG)
def test_message(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole of standard error is the golden file, and nothing is printed."""
    monkeypatch.chdir(GOLDEN)
    assert main(["import", "table", name]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    golden = GOLDEN / f"{name}.stderr"
    if os.environ.get("BLESS"):
        golden.write_text(err, encoding="utf-8")
    assert err == golden.read_text(encoding="utf-8")


def test_every_error_has_a_case() -> None:
    import archdsl.cli.pages  # noqa: F401  (fills the registry)

    said = "".join((GOLDEN / f"{n}.stderr").read_text("utf-8") for n in WRONG)
    shown = set(re.findall(r"\[(table-\w+)\]:", said))
    assert shown == {i for i in ArchError.registry if i.startswith("table-")}


def test_a_lost_layer_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """The lecture's copy of VGG's table has lost a layer in three cells of E: that is told."""
    assert main(["import", "table", str(TABLES / "vgg.tsv")]) == 0
    out, err = capsys.readouterr()
    assert "mended: E: rows 9, 11, 13" in err
    assert "# Mended, because the table contradicts itself:" in out


def test_a_lost_layer_without_proof_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without the marks nothing says which layers are missing, so none is made up."""
    text = re.sub("</?b>", "", (TABLES / "vgg.tsv").read_text("utf-8"))
    path = tmp_path / "vgg.tsv"
    path.write_text(text, encoding="utf-8")
    assert main(["import", "table", str(path)]) == 1
    assert "row 3, column 6: `depth` is 16, not 19" in capsys.readouterr().err


def test_loose_keeps_the_layers(capsys: pytest.CaptureFixture[str]) -> None:
    """With --loose a claim that is false becomes a comment."""
    assert main(["import", "table", str(GOLDEN / "false_depth.tsv"), "--loose"]) == 0
    assert "Not so, `false_depth-A: depth == 3`" in capsys.readouterr().out


def test_standard_input_and_json(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import io
    import sys

    data = (TABLES / "mobilenet_v2.md").read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    assert main(["import", "table", "-", "--json", "--name", "V2"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["networks"] == [{"network": "V2", "params": 3_504_872}]
    assert "network V2 {" in found["spec"]


HOSTILE = {
    "tags": "<table><tr>" + "<td" * 20_000,
    "unclosed": "<table>" + "<tr><td>conv3-8" * 3_000,
    "deep": "<table>" * 3_000,
    "columns": "\t".join("A" * 10_000) + "\nconv3-8\n",
    "brackets": "A\tB\n" + "[" * 50_000,
    "tabular": "\\begin{tabular}" * 3_000,
    "braces": "\\begin{tabular}{c}" + "{" * 50_000,
    "multirow": "\\begin{tabular}{cc}" + "\\multirow{9}{*}{" * 5_000,
    "strings": "ir_r2_k3_s2_e6_c24 " * 20_000,
    "lists": "['ir_r2_k3_s2_e6_c24'" * 1_000 + "[" * 50_000,
    "reference": "<table><tr><td>&#" + "9" * 5_000 + ";<td>B</table>",
    "references": "A\tB\n&#" + "9" * 5_000 + ";\tconv3-8\n",
    "return": "['ir_r2_k3_s2_e6_c24\r'], ['ds_r1",
    "blanks": "A  B\n" + " " * 100_000 + "conv3-8\n",
    "digits": "A\tB\nconv" + "9" * 50_000 + "-8\tconv3-8\n",
    "numbers": "A\tB\nconv3-9999999\tconv3-8\nFC-9999999\n",
    "repeats": "x\toutput\tA\nc\t16×16\t3×3, 64, stride 2\nd\t8×8\t[3×3, 64; 3×3, 64] × 999999\n",
}


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_hostile(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Anything gets a clean answer, soon."""
    path = tmp_path / "table.txt"
    path.write_text(HOSTILE[name], encoding="utf-8")
    assert main(["import", "table", str(path)]) in (0, 1)
    assert "internal error" not in capsys.readouterr().err


@pytest.mark.parametrize(
    "options",
    [
        ["--act", "conv"],
        ["--norm", "relu"],
        ["--strides", "1,x"],
        ["--dropout", "2"],
        ["--name", "a b"],
        ["--input", "224"],
        ["--classes", "0"],
    ],
)
def test_usage(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "table", str(TABLES / "vgg.tsv"), *options]) == 2
    assert capsys.readouterr().err.startswith(f"archdsl: {options[0]}")


@pytest.mark.parametrize("number", ["0", "2"])
def test_a_text_of_one_table_has_no_other(
    number: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "t.tsv"
    path.write_text("A\tB\nconv3-8\tconv3-8\n", encoding="utf-8")
    assert main(["import", "table", str(path), "--table", number]) == 1
    assert f"there is no table {number}" in capsys.readouterr().err
