"""Tables: VGG's and ResNet's Table 1 come back from the specs, and go into specs again."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from archdsl.analysis.cost import cost
from archdsl.backends.table import FORMS, Group, Table, Word, build, render
from archdsl.backends.table.differ import mark_new
from archdsl.backends.table.model import Cell
from archdsl.cli import main
from tests.unit.figures import ROOT, family, load

PAPER = ROOT / "tests" / "data" / "tables"
MARKED = re.compile(r"(<b>)?([\w-]+(?:-\d+)?)(?:</b>)?")
# The copy of VGG's table has lost a layer in these cells of column E; the paper, and the 19
# weight layers that the heading states, have four convolutions there.
LOST = {(8, 5): "conv3-256", (10, 5): "conv3-512", (12, 5): "conv3-512"}
Capture = pytest.CaptureFixture[str]


def words_of(cell: Cell) -> list[tuple[str, bool]]:
    return [(w.text, w.bold) for group in cell for w in group.words]


def paper_words(text: str) -> list[tuple[str, bool]]:
    if not re.search(r"conv|LRN", text):
        return [(text, False)]
    return [(m[2], bool(m[1])) for m in MARKED.finditer(text)]


def vgg() -> Table:
    return build(list(family("vgg").values()))


def test_vgg_table_1_is_the_papers_cell_by_cell() -> None:
    heading, names, *rows = (PAPER / "vgg.tsv").read_text().splitlines()
    table = vgg()
    assert heading.startswith("ConvNet Configuration")
    assert table.title == "VGG"
    assert list(table.headings) == names.split("\t")
    assert len(table.rows) == len(rows)
    for i, (row, text) in enumerate(zip(table.rows, rows, strict=True)):
        cells = [c for c in text.split("\t") if c]
        wanted = [paper_words(c) for c in cells]
        for (at, column), lost in LOST.items():
            if at == i + 2:
                wanted[column].insert(0, (lost, False))
        assert [words_of(c) for c in row.cells] == wanted, text
        assert row.spans == (len(cells) == 1)


def test_vgg_table_2_is_the_papers() -> None:
    (row,) = vgg().facts
    assert row.name == "Number of parameters (in millions)"
    figures = ["133", "133", "133", "134", "138", "144"]  # A and A-LRN share a cell in the paper
    assert [words_of(c)[0][0] for c in row.cells] == figures


def test_resnet_table_1_is_the_papers() -> None:
    _, *rows = (PAPER / "resnet.tsv").read_text().splitlines()
    table = build(list(family("resnet").values()))
    assert table.headings == ("18-layer", "34-layer", "50-layer", "101-layer", "152-layer")
    assert table.sides == ("layer name", "output size")
    made = [[show(cell) for cell in row.cells] for row in table.rows]
    for i, text in enumerate(rows[:-1]):  # the last row are FLOPs
        name, size, *cells = text.split("\t")
        assert made[i] == cells, text
        assert table.rows[i].size == size
        assert table.rows[i].name.removesuffix("_x") == name.removesuffix("_x")
    assert [show(c) for c in table.rows[-1].cells] == ["11.7", "21.8", "25.6", "44.5", "60.2"]
    # The paper cuts off 3.66 and 3.86, and strides in the first 1×1 of a bottleneck.
    macs = [show(c) for c in table.rows[-2].cells]
    assert macs == ["1.8×10⁹", "3.7×10⁹", "4.1×10⁹", "7.8×10⁹", "11.5×10⁹"]


def show(cell: Cell) -> str:
    (group,) = cell
    words = "; ".join(word.text for word in group.words)
    return f"[{words}] × {group.times}" if group.block else words


@pytest.mark.parametrize("form", ["md", "tex", "html"])
@pytest.mark.parametrize("spec", ["vgg", "resnet"])
def test_import_reads_what_draw_writes(
    spec: str, form: str, tmp_path: Path, capsys: Capture
) -> None:
    """Networks, to a table, to networks with equal parameters and MACs."""
    table, again = tmp_path / f"t.{form}", tmp_path / "again.arch"
    source = str(ROOT / "specs" / f"{spec}.arch")
    assert main(["draw", source, "--view", "table", "-o", str(table)]) == 0
    name = {"vgg": "VGG", "resnet": "ResNet"}[spec]
    first = ["--table", "1"] if spec == "vgg" else []
    arguments = ["import", "table", str(table), "--name", name, *first, "-o", str(again)]
    assert main(arguments) == 0
    capsys.readouterr()
    assert main(["report", str(again), "--format", "json", "--by", "network"]) == 0
    found = {n["network"]: (n["params"], n["macs"]) for n in json.loads(capsys.readouterr().out)}
    wanted = {}
    for network in family(spec).values():
        total = cost(network.module)
        wanted[network.name] = (total.params, total.total_macs)
    assert found == wanted


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("spec", ["googlenet", "mobilenet", "densenet", "unet", "vit", "lenet"])
def test_any_family_in_any_form(spec: str, form: str) -> None:
    table = build(list(family(spec).values()))
    text = render(table, form)
    assert text.endswith("\n")
    for row in table.rows:
        assert len(row.cells) == (1 if row.spans else len(table.headings))
    if form == "html":
        ElementTree.fromstring(text.partition("\n")[2].replace("<br>", "<br/>").replace(
            '<meta charset="utf-8">', ""))  # fmt: skip
    if form == "tex":
        check_latex(text)


def check_latex(text: str) -> None:
    """Braces and environments balance; every row has the cells of its table."""
    depth = 0
    bare = re.sub(r"\\[\\{}$&#%_]", "", text)
    for sign in bare:
        depth += (sign == "{") - (sign == "}")
        assert depth >= 0
    assert depth == 0
    assert bare.count("$") % 2 == 0
    opened = re.findall(r"\\(begin|end)\{(\w+)\}", text)
    stack: list[str] = []
    for what, name in opened:
        if what == "begin":
            stack.append(name)
        else:
            assert stack.pop() == name
    assert not stack
    columns = 0
    for line in text.splitlines():
        if line.startswith(r"\begin{tabular}"):
            columns = len(re.findall(r"[cl](?=\|)", line.partition("}{")[2]))
        elif line.endswith((r"\\ \hline", r"\\")):
            cells = re.sub(r"\\begin\{array\}.*?\\end\{array\}", "", line).replace(r"\&", "")
            spans = re.findall(r"\\multicolumn\{(\d+)\}", cells)
            wide = cells.count(" & ") + 1 + sum(int(n) - 1 for n in spans)
            assert wide == columns, line


@pytest.mark.parametrize("form", FORMS)
def test_hostile_titles_stay_text(form: str) -> None:
    network = load("input 3x8x8\nconv3-4, gap, FC-2\n")
    hostile = "<script>x</script>|\\input{a}$&%#_^~ **b** [a](javascript:x)\x1b[31m\n|r|"
    text = render(build([network], [hostile]), form)
    assert "\x1b" not in text
    assert "<script" not in text or form in ("txt", "tex")
    rows = [line for line in text.splitlines() if "script" in line]
    if form == "md":
        assert all(len(re.findall(r"(?<!\\)\|", row)) in (2, 3) for row in rows)
        assert "](java" not in text.replace("\\](java", "")
    if form == "tex":
        check_latex(text)
        assert "\\input" not in text
    if form == "html":
        assert "&lt;script&gt;" in text


def test_bold_on_a_terminal_only() -> None:
    assert "\x1b[1mLRN\x1b[0m" in render(vgg(), "txt", color=True)
    assert "\x1b" not in render(vgg(), "txt")


def plain_cell(*lines: str) -> Cell:
    return tuple(Group((Word(line),)) for line in lines)


@pytest.mark.parametrize(
    ("left", "right", "bold"),
    [
        (["a"], ["a", "b"], [False, True]),
        (["a", "a", "c"], ["a", "a", "a"], [False, False, True]),
        (["a", "a", "a"], ["a", "a", "a", "a"], [False, False, False, True]),
        (["a", "b"], ["b"], [False]),
        (["a"], [], []),
        ([], ["a"], [False]),  # a row that the left has not
    ],
)
def test_what_the_left_has_not_is_bold(left: list[str], right: list[str], bold: list[bool]) -> None:
    _, cell = mark_new([plain_cell(*left), plain_cell(*right)])
    assert [b for _, b in words_of(cell)] == bold


def test_many_equal_layers_are_counted() -> None:
    network = load("input 8x8x8\ndefault conv (act=relu)\nconv3-8 x1000000\ngap, FC-2\n")
    table = build([network])
    text = render(table, "txt")
    assert "×1000000" in text
    assert len(text) < 2000


def test_a_format_that_there_is_not(capsys: Capture, tmp_path: Path) -> None:
    spec = str(ROOT / "specs" / "vgg_e.arch")
    assert main(["draw", spec, "--view", "table", "-o", str(tmp_path / "t.svg")]) == 2
    assert "a table is .txt, .md, .tex or .html" in capsys.readouterr().err
