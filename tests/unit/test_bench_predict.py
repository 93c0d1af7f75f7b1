"""`archdsl bench --predict`: cards, work of layers, the roofline, estimates, all without torch."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

import archdsl
from archdsl.analysis.memory import memory
from archdsl.bench.cards import UnknownCard, cards, find_card
from archdsl.bench.predict import Assumptions, estimate, largest_batch, needed_bytes, optimizer_of
from archdsl.bench.roofline import COMPUTE, LAUNCH, TRAFFIC, Ceilings
from archdsl.bench.units import digits, duration, percent, rate, tail, tenths
from archdsl.bench.work import Work, layer_works
from archdsl.cli import main

Capture = pytest.CaptureFixture[str]
SPEC = "input 3x8x8\nconv3-4, relu, dropout-0.5, gap, FC-10\n"


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")
    path = tmp_path / "net.arch"
    path.write_text(SPEC, encoding="utf-8")
    return path


# --- cards ------------------------------------------------------------------------------------


def test_cards_are_sound() -> None:
    table = cards()
    assert len(table) >= 12
    names = [name for card in table for name in (card.name, *card.also)]
    assert len(set(names)) == len(names)
    for card in table:
        assert find_card(card.name).name == card.name
        assert card.source
        peaks = card.flops
        # Fewer bits are never slower, and two formats of 16 bits are equally fast.
        assert peaks["float32"] <= peaks.get("tf32", peaks["float16"]) <= peaks["float16"]
        assert peaks.get("bfloat16", peaks["float16"]) == peaks["float16"]
        assert peaks.get("float64", 0) <= peaks["float32"]
        # Dense peaks: the ridge of no card lies beyond 500 FLOPs a byte (with sparsity it would).
        assert 50 < peaks["float16"] / card.bandwidth < 500 or card.name == "P100"
        assert 10e9 < card.memory < 300e9


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("h100", "H100"),
        ("NVIDIA H100-SXM", "H100"),
        ("a100", "A100"),
        ("A100 40 GB", "A100 40GB"),
        ("rtx4090", "RTX 4090"),
        ("AMD Instinct MI300X", "MI300X"),
    ],
)
def test_card_by_name(name: str, meant: str) -> None:
    assert find_card(name).name == meant


def test_unknown_card() -> None:
    with pytest.raises(UnknownCard, match="did you mean `H100`"):
        find_card("H1000")
    with pytest.raises(UnknownCard, match="there are P100, V100"):
        find_card("abacus")


# --- work -------------------------------------------------------------------------------------


def works(text: str, batch: int = 1, train: bool = False) -> dict[str, Work]:
    module = archdsl.loads(text).ir.module
    return {layer.path: w for layer, w in layer_works(module, batch, "float32", train)}


def test_work_by_hand() -> None:
    found = works(SPEC, batch=2)
    conv = found["conv1"]
    assert conv.flops == 2 * 2 * (27 * 4 * 64)
    assert conv.bytes == 4 * (2 * (3 * 64 + 4 * 64) + 27 * 4 + 4)
    relu = found["relu1"]
    assert (relu.flops, relu.bytes) == (0, 4 * 2 * 2 * 4 * 64)
    assert (found["dropout1"].bytes, found["dropout1"].kernels) == (0, 0)
    assert found["flatten1"].kernels == 0
    assert found["fc1"].flops == 2 * 2 * 40


def test_training_is_three_times_the_work_and_has_dropout() -> None:
    once, thrice = works(SPEC), works(SPEC, train=True)
    assert thrice["conv1"].flops == 3 * once["conv1"].flops
    assert thrice["conv1"].bytes == 3 * once["conv1"].bytes
    assert thrice["dropout1"].bytes > 0


def test_an_embedding_reads_the_rows_of_its_tokens() -> None:
    found = works("input tokens 16\nembed(50000, 8), gap, FC-2\n", batch=3)
    assert found["embed1"].bytes == 3 * 16 * 8 + 2 * 3 * 16 * 8 * 4


def test_outputs_of_training_run_in_training_only() -> None:
    text = "input 3x8x8\na: conv3-4\noutput(train) aux: @a, gap, FC-7\ngap, FC-10\n"
    both, one = works(text, train=True), works(text)
    assert set(both) - set(one) == {"aux_gap1", "aux_flatten1", "aux_fc1"}
    assert set(one) == {"a", "gap1", "flatten1", "fc1"}


def test_steps_of_a_recurrent_layer_follow_one_another() -> None:
    found = works("input seq 50x20\nrnn-8, lstm-8(layers=2), gru-8(layers=2, bidirectional=true)\n")
    assert [work.kernels for work in found.values()] == [50, 2 * 50, 2 * 2 * 50]


def test_repetitions_count() -> None:
    module = archdsl.loads("input 4x8x8\n{ conv3-4, relu } x5\n").ir.module
    flops = sum(w.flops * layer.times for layer, w in layer_works(module, 1, "float32"))
    assert flops == 5 * 2 * (4 * 9 * 4 * 64)


@pytest.mark.parametrize("name", ["ResNet-18", "ResNet-50"])
def test_flops_are_those_of_the_report(name: str) -> None:
    net = archdsl.load("specs/resnet.arch", network=name)
    flops = sum(w.flops * layer.times for layer, w in layer_works(net.ir.module, 1, "float32"))
    assert flops == 2 * net.macs


# --- the roofline -----------------------------------------------------------------------------


def test_roofline() -> None:
    device = Ceilings(flops=1e12, bytes=1e9, launch=1e-6)
    assert device.ridge == 1000
    assert device.seconds(Work(1e12, 1, 1)) == pytest.approx(1 + 1e-6)
    assert device.seconds(Work(1, 1e9, 2)) == pytest.approx(1 + 2e-6)
    assert device.seconds(Work(0, 0, 0)) == 0
    assert device.bound(Work(2e12, 1e9, 1)) == COMPUTE
    assert device.bound(Work(5e11, 1e9, 1)) == TRAFFIC
    assert device.bound(Work(1, 1, 1)) == LAUNCH


# --- estimates --------------------------------------------------------------------------------


def test_estimate_by_hand() -> None:
    """At batch 256, a convolution of 3x3 on 512 channels is bound by arithmetic on every card."""
    net = archdsl.loads("input 512x28x28\nconv3-512(bias=false)\n")
    card = find_card("A100")
    found = estimate(net.ir, card, 256, "bfloat16", False, 1, Assumptions(launch=0.0))
    flops = 256 * 2 * 9 * 512 * 512 * 28 * 28
    assert found.flops == flops
    assert found.seconds == pytest.approx(flops / (0.5 * 312e12))
    assert found.best == pytest.approx(flops / 312e12)
    assert [row.bound for row in found.layers] == [COMPUTE]


def test_estimates_are_ordered_as_the_cards_are() -> None:
    net = archdsl.load("specs/resnet.arch", network="ResNet-50")
    seconds = [
        estimate(net.ir, find_card(name), 64, "float16", False, 1, Assumptions()).seconds
        for name in ("T4", "V100", "A100", "H100")
    ]
    assert seconds == sorted(seconds, reverse=True)


def test_memory_is_that_of_the_report_and_the_largest_batch_fits_just() -> None:
    net = archdsl.load("specs/resnet.arch", network="ResNet-50")
    card, assumed = find_card("T4"), Assumptions()
    for train in (False, True):
        most = largest_batch(net.ir, card, "float32", train, 2, assumed)
        for batch, fits in ((most, True), (most + 1, False)):
            found = estimate(net.ir, card, batch, "float32", train, 2, assumed)
            need = memory(net.ir.module, batch, "float32", 2)
            assert found.bytes == needed_bytes(need, train)
            assert found.fits == fits
    assert largest_batch(net.ir, card, "float32", True, 2, Assumptions(usable=0.001)) == 0


def test_optimizer_of_the_spec() -> None:
    text = SPEC + "train {{ optimizer = {} }}\n"
    assert optimizer_of(archdsl.loads(SPEC).ir) == "momentum"
    assert optimizer_of(archdsl.loads(text.format("adam(lr=0.1)")).ir) == "adam"
    assert optimizer_of(archdsl.loads(text.format("sgd(lr=0.1)")).ir) == "sgd"
    assert optimizer_of(archdsl.loads(text.format("sgd(lr=0.1, momentum=0.9)")).ir) == "momentum"


# --- what people read -------------------------------------------------------------------------


def test_units() -> None:
    assert [duration(s) for s in (0, 3e-10, 1.5e-6, 0.0312, 2.5)] == [
        "0 s",
        "0.30 ns",
        "1.50 µs",
        "31.2 ms",
        "2.50 s",
    ]
    assert duration(0.99999e-3) == "1.00 ms"
    assert rate(989.4e12, "FLOP") == "989 TFLOP/s"
    assert rate(12, "B") == "12.0 B/s"
    assert [percent(s) for s in (0, 0.0001, 0.004, 0.425, 1.2)] == [
        "0.0 %",
        "<0.1 %",
        "0.4 %",
        "42 %",
        "120 %",
    ]
    assert [digits(n) for n in (9.994, 9.996, 99.94, 99.96)] == ["9.99", "10.0", "99.9", "100"]
    shares = [tenths(n, 8) for n in (8, 1, 0.004, 0.003, 0)]
    assert shares == ["100.0", "12.5", "0.1", "<0.1", "–"]
    assert [tail(p) for p in ("conv1", "a.b", "a.b.c.d")] == ["conv1", "a.b", "…c.d"]


def test_tables(spec: Path, capsys: Capture) -> None:
    args = ["bench", "net.arch", "--predict", "h100,T4", "--batch", "1,64", "--train"]
    assert main([*args, "--by", "layer", "--top", "2"]) == 0
    out = capsys.readouterr().out
    assert out.count("An estimate from the roofline: nothing was run or measured.") == 2
    assert out.count(" on T4") == out.count(" on H100") == 1 + 4
    assert "layer by layer" not in out
    assert max(map(len, out.splitlines())) <= 100


@pytest.mark.parametrize("width", ["60", "80", "120"])
def test_tables_fit(
    width: str, spec: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    assert main(["bench", "net.arch", "--predict", "H100 PCIe", "--train", "--by", "layer"]) == 0
    assert main(["bench", "--predict", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= max(int(width), 74)  # the cards keep their columns


def test_json(spec: Path, capsys: Capture) -> None:
    args = ["bench", "net.arch", "--predict", "L4", "--batch", "8", "--json", "--by", "layer"]
    assert main(args) == 0
    (net,) = json.loads(capsys.readouterr().out)
    assert net["estimate"] is True
    assert net["card"] == "L4"
    (row,) = net["rows"]
    assert row["seconds"] == pytest.approx(sum(layer["seconds"] for layer in row["layers"]))
    assert row["best_seconds"] < row["seconds"]
    assert main(["bench", "--predict", "list", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == len(cards())


def test_passes_come_before_the_estimate(spec: Path, capsys: Capture) -> None:
    spec.write_text("input 3x8x8\nconv3-4(norm=bn), relu, gap, FC-10\n", encoding="utf-8")
    args = ["bench", "net.arch", "--predict", "T4", "--by", "layer", "--batch", "1"]
    assert main([*args, "--json"]) == main([*args, "--json", "--optimize", "inference"]) == 0
    out = capsys.readouterr().out
    plain, folded = (json.loads(part)[0] for part in out.replace("]\n[", "]\0[").split("\0"))
    paths = [[layer["path"] for layer in net["rows"][0]["layers"]] for net in (plain, folded)]
    assert "bn1" in paths[0]
    assert "bn1" not in paths[1]
    assert (plain["optimize"], folded["optimize"]) == ("none", "inference")
    assert folded["rows"][0]["seconds"] < plain["rows"][0]["seconds"]
    assert main([*args, "--optimize", "inference"]) == 0
    assert "optimized for inference" in capsys.readouterr().out


def test_assumptions_change_the_estimate(spec: Path, capsys: Capture) -> None:
    def seconds(*more: str) -> float:
        assert main(["bench", "net.arch", "--predict", "T4", "--json", *more]) == 0
        found: float = json.loads(capsys.readouterr().out)[0]["rows"][0]["seconds"]
        return found

    assert seconds("--assume", "launch=100") > 5 * seconds()
    assert seconds("--assume", "launch=0", "--assume", "memory=1") < seconds("--assume", "launch=0")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--predict", "H1000"], "did you mean `H100`?"),
        (["--predict", "T4", "--dtype", "bfloat16"], "it has float32, float16"),
        (["--predict", "T4", "--assume", "compute=2"], "a share, above 0 and 1 at most"),
        (["--predict", "T4", "--assume", "memory=nan"], "a share, above 0 and 1 at most"),
        (["--predict", "T4", "--assume", "launch=x"], "in microseconds"),
        (["--predict", "T4", "--assume", "luck=1"], "takes compute, memory, launch, usable"),
        (["--predict", "T4", "--optimizer", "luck"], "--optimizer is one of sgd"),
        (["--predict", "T4", "--batch", "0"], "sizes are 1 to"),
        (["--predict", "T4", "--batch", "1,,2"], "--batch takes sizes"),
        (["--predict", "T4", "--top", "-1"], "--top is a number of rows"),
        (["--predict", "T4", "--top", "3"], "--top is for --by layer"),
        (["--predict", ""], "no card '' in the table"),
        (["--predict", "T4", "--compile"], "--compile is for measuring"),
        (["--predict", "T4", "--channels-last"], "--channels-last is for measuring"),
        (["--predict", "T4", "--device", "cuda"], "--device is for measuring"),
        (["--predict", "T4", "--repeat", "9"], "--repeat is for measuring"),
        (["--top", "3"], "--top is for --by layer"),
        (["--optimizer", "adam"], "are for estimates"),
        (["--seconds", "nan"], "--seconds is more than 0"),
        (["--repeat", "0"], "--repeat is 1 to"),
        (["--threads", "-1"], "--threads is 1 to"),
        (["--train", "--optimize", "inference"], "leaves nothing to train"),
    ],
)
def test_wrong_options(args: list[str], said: str, spec: Path, capsys: Capture) -> None:
    assert main(["bench", "net.arch", *args]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert said in err


def test_wrong_specs(spec: Path, capsys: Capture) -> None:
    assert main(["bench"]) == 2
    assert "takes a FILE" in capsys.readouterr().err
    spec.write_text("input 3x8x8\nkonv3-4\n", encoding="utf-8")
    assert main(["bench", "net.arch", "--predict", "T4"]) == 1
    assert "unknown" in capsys.readouterr().err
    spec.write_text("block b(n) { conv3-n }\n", encoding="utf-8")
    assert main(["bench", "net.arch", "--predict", "T4"]) == 2
    assert "no network in net.arch" in capsys.readouterr().err


def test_a_million_repetitions_are_estimated_at_once(spec: Path, capsys: Capture) -> None:
    spec.write_text("input 4x8x8\n{ conv3-4, relu } x1000000\n", encoding="utf-8")
    assert main(["bench", "net.arch", "--predict", "H200", "--by", "layer"]) == 0
    assert "×1,000,000" in capsys.readouterr().out


def test_without_torch(spec: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    assert main(["bench", "net.arch", "--predict", "H100"]) == 0
    assert "An estimate" in capsys.readouterr().out
    assert main(["bench", "net.arch"]) == 2
    err = capsys.readouterr().err
    assert "measuring needs torch" in err
    assert err.count("\n") == 1
