"""Reports: what they say, how they look, and that nothing of a spec acts in any format."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from archdsl.backends.latex import escape as escape_latex
from archdsl.backends.report import BY, FORMATS, TooLarge, build, render
from archdsl.backends.report.compare import signed
from archdsl.backends.report.csv_form import guard
from archdsl.backends.report.html_form import SCRIPT
from archdsl.backends.report.markdown_form import code
from archdsl.backends.report.markdown_form import escape as escape_markdown
from archdsl.backends.report.model import SORTS
from archdsl.backends.report.numbers import percent, short, size
from archdsl.backends.report.text_form import bar
from archdsl.ir.model import Claim, Design, Network, Recipe
from tests import ir_networks
from tests.ir_builder import Graph, image
from tests.ir_networks import conv_relu
from tests.ir_published import resnet50, resnet152, vgg_a, vgg_e
from tests.unit.figures import family

GOLDEN = Path(__file__).parents[1] / "golden" / "report"
SPECS = sorted((Path(__file__).parents[2] / "specs").glob("*.arch"))
EVIL = 'a|b`c`[x](javascript:1)<script>&"\n\\input{/etc/passwd} =1+1 \x1b[2J'

CASES: list[tuple[str, Callable[[], list[Network]], str, str, int]] = [
    ("vgg-a-layer-80.txt", lambda: [vgg_a()], "layer", "text", 80),
    ("vgg-e-layer-120.txt", lambda: [vgg_e()], "layer", "text", 120),
    ("resnet50-stage-80.txt", lambda: [resnet50()], "stage", "text", 80),
    ("resnet50-block-100.txt", lambda: [resnet50()], "block", "text", 100),
    ("resnet152-layer-80.txt", lambda: [resnet152()], "layer", "text", 80),
    ("compare-network-80.txt", lambda: [vgg_a(), vgg_e(), resnet50()], "network", "text", 80),
    ("lm-layer-100.txt", lambda: [ir_networks.language_model()], "layer", "text", 100),
    ("compare-stage.md", lambda: [vgg_a(), resnet50()], "stage", "markdown", 0),
    ("googlenet-layer.csv", lambda: [ir_networks.googlenet()], "layer", "csv", 0),
    ("compare-network.csv", lambda: [vgg_a(), resnet50()], "network", "csv", 0),
    ("splitter-layer.json", lambda: [ir_networks.splitter()], "layer", "json", 0),
    ("resnet50-stage.html", lambda: [resnet50()], "stage", "html", 0),
    ("resnet50-stage.tex", lambda: [resnet50()], "stage", "latex", 0),
]


@pytest.mark.parametrize(("name", "make", "by", "form", "width"), CASES, ids=[c[0] for c in CASES])
def test_golden(
    name: str, make: Callable[[], list[Network]], by: str, form: str, width: int
) -> None:
    """The reports in golden/report were read by eye; BLESS=1 writes them anew."""
    made = render(build(make(), by), form, width)
    golden = GOLDEN / name
    if os.environ.get("BLESS"):
        golden.write_text(made, encoding="utf-8")
    assert made == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [60, 72, 80, 100, 120, 200])
@pytest.mark.parametrize("by", BY)
def test_text_keeps_to_the_width(width: int, by: str) -> None:
    text = render(build([vgg_e(), resnet152()], by), "text", width)
    assert max(map(len, text.splitlines())) <= width
    assert all(line == line.rstrip() for line in text.splitlines())


def test_wide_terminals_get_exact_numbers_and_narrow_ones_short_ones() -> None:
    wide, narrow = (render(build(vgg_e()), "text", width) for width in (120, 80))
    assert "1,849,688,064" in wide
    assert "1.850 G" in narrow
    assert "1,849,688,064" not in narrow
    for text in (wide, narrow):
        assert "143,667,240" in text
        assert "19,632,062,464" in text


def test_colour_is_only_there_when_asked_for() -> None:
    plain, painted = (render(build(vgg_e()), "text", 100, color) for color in (False, True))
    assert "\x1b" not in plain
    assert re.sub(r"\x1b\[\dm", "", painted) == plain


def test_networks_stand_beside_their_published_figures() -> None:
    """Table 2 of the VGG paper."""
    lines = render(build([vgg_a(), vgg_e()], "network"), "text", 100).splitlines()
    assert re.match(
        r"VGG-A +3x224x224 +1000 +132,863,336 +133M +-0.10 % +7,609,090,048 +7,435,240 +11$",
        lines[3],
    )
    assert re.match(
        r"VGG-E +3x224x224 +1000 +143,667,240 +144M +-0.23 % +19,632,062,464 +14,861,288 +19$",
        lines[4],
    )
    assert "published" not in render(build(resnet50(), "network"))


def test_rounded_figures_go_before_exact_ones() -> None:
    claims = (
        Claim("params", "==", 25_557_032, "params == 25_557_032"),
        Claim("macs", "~", 4_100_000_000, "macs ~ 4.1G"),
        Claim("macs", "==", 4_089_184_256, "macs == 4_089_184_256"),
    )
    network = resnet50()
    report = build(Network("R", network.module, "", claims)).networks[0]
    assert report.published == {"params": "25,557,032", "macs": "4.1G"}


def test_json_has_the_promised_keys() -> None:
    (made,) = json.loads(render(build(ir_networks.splitter()), "json"))
    assert made["network"] == "splitter"
    assert made["inputs"] == {"in0": [4, 8, 8]}
    assert made["outputs"] == {"out0": [8, 8, 8]}
    assert made["layers"][0] == {
        "path": "conv",
        "kind": "conv",
        "text": "conv3-8",
        "in": [[4, 8, 8]],
        "out": [8, 8, 8],
        "params": 296,
        "macs": 18432,
        "trainable": 296,
        "activations": 512,
        "receptive_field": [3, 3],
        "stride": [1, 1],
        "memory": {
            "weights": 4 * 296,
            "gradients": 4 * 296,
            "optimizer_states": 4 * 296,
            "forward": 4 * (4 + 8) * 64,
            "saved": 4 * 4 * 64,  # what came in
            "training": 3 * 4 * 296 + 4 * 4 * 64,
        },
    }
    assert made["layers"][1]["outs"] == [[4, 8, 8], [4, 8, 8]]
    assert made["layers"][3]["in"] == [[4, 8, 8], [4, 8, 8]]
    for key in ("params", "macs"):
        assert made[key] == sum(layer[key] for layer in made["layers"])
    for key in ("trainable", "buffers", "activations"):
        assert isinstance(made[key], int)


def test_json_has_layers_only_by_layer() -> None:
    for by in BY:
        first, second = json.loads(render(build([resnet50(), vgg_a()], by), "json"))
        assert ("layers" in first) == (by == "layer")
        assert ("stages" in first) == (by == "stage")
        assert second["network"] == "VGG-A"
    assert json.loads(render(build([]), "json")) == []


def test_json_macs_include_attention_products() -> None:
    (made,) = json.loads(render(build(ir_networks.language_model()), "json"))
    assert made["macs"] == sum(layer["macs"] for layer in made["layers"])
    assert made["matmul_macs"] == 4 * 2 * 6 * 6 * 8


def test_csv_lists_every_repetition() -> None:
    rows = list(csv.DictReader(io.StringIO(render(build(resnet50()), "csv"))))
    assert len(rows) == 175
    assert rows[4]["path"] == "conv2_x.0.conv"
    assert rows[4]["out"] == "64x56x56"
    assert sum(int(row["params"]) for row in rows) == 25_557_032


def test_documented_formats_and_groupings_all_work() -> None:
    design = Design("d", tuple(make() for make in ir_networks.ALL))
    for form in FORMATS:
        for by in BY:
            text = render(build(design, by), form)
            assert text.endswith("\n")
            assert text == render(build(design, by), form)


def test_unknown_options_are_refused() -> None:
    with pytest.raises(ValueError, match="by is one of layer, stage"):
        build(vgg_a(), by="color")
    with pytest.raises(ValueError, match="dtype is one of"):
        build(vgg_a(), dtype="int4")
    with pytest.raises(ValueError, match="format is one of text"):
        render(build(vgg_a()), "pdf")


# --- what may be asked -----------------------------------------------------------------------


@pytest.mark.parametrize("key", SORTS)
@pytest.mark.parametrize("by", ["layer", "stage", "block"])
def test_sorted_and_cut_tables_keep_their_totals(by: str, key: str) -> None:
    (whole,), (few,) = (
        build(resnet50(), by, sort=s, top=t).networks for s, t in (("", 0), (key, 4))
    )
    largest = sorted((row.amount(key) for row in whole.rows()), reverse=True)
    assert [row.amount(key) for row in few.rows()] == largest[:4]
    text = render(build(resnet50(), by, sort=key, top=4), "text", 200)
    assert f"At most 4 rows, largest {key} first; totals are those of all rows." in text
    assert "25,557,032" in text.split("At most")[0]


def test_networks_are_sorted_in_comparisons() -> None:
    report = build([vgg_a(), resnet50(), vgg_e()], "network", sort="macs", top=2)
    assert [n.name for n in report.networks] == ["VGG-E", "VGG-A"]


def test_rows_add_up() -> None:
    for network in (resnet50(), vgg_e(), ir_networks.googlenet()):
        for by in ("layer", "stage"):
            (report,) = build(network, by).networks
            rows, total = list(report.rows()), report.cost
            assert sum(row.params for row in rows) == total.params
            assert sum(row.trainable for row in rows) == total.trainable
            assert sum(row.activations for row in rows) == total.activations
            assert sum(row.macs for row in rows) == total.total_macs


def test_stages_see_what_their_last_layers_see() -> None:
    """Araujo et al. 2019 compute 427 for ResNet-50 with the stride in the 3x3."""
    (stages,), (layers,) = (build(resnet50(), by).networks for by in ("stage", "layer"))
    fields = {row.path: row.field for row in layers.rows()}
    found = {row.path: row.field for row in stages.rows()}
    for stage, last in (("conv2_x", "conv2_x.2.relu3"), ("conv5_x", "conv5_x.2.relu3")):
        assert str(found[stage]) == str(fields[last])
        assert found[stage].jump == fields[last].jump
    assert str(found["conv5_x"]) == "427"
    assert found["conv5_x"].jump == "32"


def test_memory_of_rows_is_that_of_the_network() -> None:
    """What is kept adds up, what lives at once has its largest."""
    for network in (resnet50(), ir_networks.googlenet(), ir_networks.language_model()):
        for by in ("layer", "stage", "block"):
            for fold in (True, False):
                (report,) = build(network, by, 8, "bfloat16", "adam").networks
                rows = [row for row in report.rows(fold) if row.level == 0]
                whole = report.memory
                assert max(row.memory.forward for row in rows) == whole.forward
                for part in ("weights", "gradients", "optimizer", "saved"):
                    assert sum(getattr(row.memory, part) for row in rows) == getattr(whole, part)
                assert sum(row.memory.training() for row in rows) == whole.training()


@pytest.mark.parametrize("spec", SPECS, ids=lambda path: path.stem)
def test_rows_of_every_spec_add_up_to_its_memory(spec: Path) -> None:
    """Calls, repeats, shared weights and training-only parts, as networks have them."""
    for network in list(family(spec.stem).values())[:2]:
        whole = build(network, "network").networks[0].memory
        for by in ("layer", "stage", "block"):
            found = build(network, by).networks[0].rows(fold=True)
            rows = [row.memory for row in found if row.level == 0]
            assert max(row.forward for row in rows) == whole.forward
            assert sum(row.saved for row in rows) == whole.saved
            assert sum(row.training() for row in rows) == whole.training()


def test_a_blocks_memory_and_view_are_those_of_its_layers() -> None:
    (blocks,), (layers,) = (build(resnet50(), by).networks for by in ("block", "layer"))
    inside = list(layers.rows(False))
    for block in blocks.rows(False):
        if not block.text.startswith("bottleneck"):
            continue
        own = [row for row in inside if row.path.startswith(block.path + ".")]
        assert block.memory.forward == max(row.memory.forward for row in own)
        assert block.memory.saved == sum(row.memory.saved for row in own)
        assert (str(block.field), block.field.jump) == (str(own[-1].field), own[-1].field.jump)


def test_memory_is_shown_before_other_columns_where_it_is_asked_for() -> None:
    plain, asked = (render(build(vgg_e(), "stage", n), "text", 90) for n in (1, 2))
    assert "  forward  training\n" not in plain
    assert "  forward  training\n" in asked


def test_memory_is_that_of_the_optimizer() -> None:
    train = (("optimizer", Recipe("adam")),)
    module = resnet50().module
    (plain,) = build(Network("R", module)).networks
    (adam,) = build(Network("R", module, train=train)).networks
    (sgd,) = build(Network("R", module, train=train), optimizer="sgd").networks
    assert [n.optimizer for n in (plain, adam, sgd)] == ["momentum", "adam", "sgd"]
    states = [n.memory.optimizer // n.memory.gradients for n in (plain, adam, sgd)]
    assert states == [1, 2, 0]
    with pytest.raises(ValueError, match="optimizer is one of sgd, momentum"):
        build(vgg_a(), optimizer="lion")


def test_bars_are_exact_to_an_eighth() -> None:
    assert [bar(n / 80) for n in (0, 1, 4, 8, 80)] == ["", "▏", "▌", "█", "█" * 10]
    assert bar(1e-9) == "▏"


def test_differences_are_relative_to_the_published_figure() -> None:
    (network,) = build(vgg_e()).networks
    assert network.difference("params") == pytest.approx(143_667_240 / 144e6 - 1)
    assert network.difference("macs") is None
    assert [signed(d) for d in (None, 0.0, 1e-5, -0.0023, 0.05)] == [
        "",
        "0",
        "0",
        "-0.23 %",
        "+5.00 %",
    ]


# --- long networks -------------------------------------------------------------------------------


def repeated(times: int) -> Network:
    x = image(4, 6, 6)
    g = Graph(x)
    g.repeat((conv_relu(x, 4), times), name="body")
    return g.network("long")


@pytest.mark.parametrize("form", ["text", "markdown", "html", "latex"])
def test_formats_for_people_fold_a_million_layers(form: str) -> None:
    text = render(build(repeated(10**6)), form)
    assert len(text) < 8_000
    assert "1,000,000" in text
    assert "148,000,000" in text


@pytest.mark.parametrize("form", ["csv", "json"])
def test_formats_for_programs_expand_up_to_a_limit(form: str) -> None:
    assert render(build(repeated(50_000)), form).count("conv3-4") == 50_000
    with pytest.raises(TooLarge, match="2,000,000 rows, and the limit is 100,000"):
        render(build(repeated(10**6)), form)
    assert "148000000" in render(build(repeated(10**6), "network"), form)
    assert render(build(repeated(10**6), top=3), form).count("conv3-4") == 2


def test_long_tables_fold_only_beyond_a_length() -> None:
    assert "body.100.conv" in render(build(repeated(125)), "text", 100)
    assert "body.0-125.conv" in render(build(repeated(126)), "text", 100)


# --- text of a spec is data ----------------------------------------------------------------------


def evil() -> Network:
    g = Graph(image(4, 6, 6))
    g.op("conv", kernel=3, out=4)
    g.labels[EVIL] = g.last
    block = Graph(image(4, 6, 6))
    block.op("relu")
    g.call(block.module(EVIL, params=((EVIL, EVIL),)), name="block")
    claim = Claim("params", "~", 1, f"params ~ {EVIL}")
    return Network(EVIL, g.module(EVIL, kind="network"), EVIL, (claim,))


class Tags(HTMLParser):
    """Names of the tags of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.seen.append(tag)


@pytest.mark.parametrize("by", BY)
def test_nothing_of_a_spec_acts(by: str) -> None:
    report = build([evil(), evil()], by)
    made = {form: render(report, form) for form in FORMATS}
    assert all(c == "\n" or c.isprintable() for c in made["text"])
    page = Tags()
    page.feed(made["html"])
    assert page.seen.count("script") == 1
    assert made["html"].count(SCRIPT) == 1
    assert "a" not in page.seen
    for line in made["markdown"].splitlines():
        outside = re.sub(r"`[^`]*`", "", line)
        assert not re.search(r"(?<!\\)<|(?<!\\)\]\(|(?<!\\)\[x", outside)
    bars = [
        len(re.findall(r"(?<!\\)\|", line))
        for line in made["markdown"].splitlines()
        if line.startswith("| ")
    ]
    assert len(set(bars)) <= 2
    assert "\\input" not in made["latex"]
    assert json.loads(made["json"])[0]["network"] == EVIL
    rows = list(csv.reader(io.StringIO(made["csv"])))
    assert len({len(row) for row in rows}) == 1


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_csv_guards_formulas(start: str) -> None:
    assert guard(start + "cmd|x") == "'" + start + "cmd|x"
    assert guard("conv" + start) == "conv" + start


def test_markdown_and_latex_escapes() -> None:
    assert escape_markdown("[x](http://a) | <b> *c*") == "\\[x\\](http:\\/\\/a) \\| \\<b\\> \\*c\\*"
    assert escape_markdown("- item\n# head") == "\\- item \\# head"
    assert code("a|b`c\n") == "`a\\|b'c`"
    assert code("") == ""
    assert escape_latex("50% of $x_1^2 & {y}\\z~") == (
        r"50\% of \$x\_1\textasciicircum{}2 \& \{y\}\textbackslash{}z\textasciitilde{}"
    )


@pytest.mark.parametrize(
    ("n", "text"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1.000 k"),
        (9_999, "9.999 k"),
        (99_995, "100.0 k"),
        (999_949, "999.9 k"),
        (999_950, "1.000 M"),
        (19_632_062_464, "19.63 G"),
        (123_456 * 10**15, "123456 P"),
    ],
)
def test_short_numbers_round_and_carry(n: int, text: str) -> None:
    assert short(n) == text
    assert size(n) == (f"{text}B" if " " in text else f"{text} B")


def test_percentages() -> None:
    assert [percent(n, 2000) for n in (0, 1, 2000, 667)] == ["–", "0.1", "100.0", "33.4"]
    assert percent(1, 10**6) == "<0.1"
    assert percent(0, 0) == "–"
