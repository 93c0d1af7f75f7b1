"""`archdsl bench`: times in turns, ceilings, peaks of memory, libraries' modules, layers alone."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import contenders
import gpu
import pytest
import torch
from torch import nn

import archdsl
from archdsl.analysis.walk import layers
from archdsl.bench import measure, peers, timing
from archdsl.bench.ceilings import measure_ceilings
from archdsl.bench.inputs import make_inputs, vocabulary
from archdsl.bench.measure import Bench, Row, fill
from archdsl.bench.peaks import peak_bytes
from archdsl.bench.peers import Peer, find_peer, match_name
from archdsl.bench.replay import alone, replay
from archdsl.bench.roofline import Ceilings
from archdsl.bench.setting import Setting, Unavailable, round_products
from archdsl.bench.timing import Times, take_turns
from archdsl.cli import main
from tests.oracle.pairs import TIMM, TORCHVISION

Capture = pytest.CaptureFixture[str]
CPU = torch.device("cpu")
TINY = "network Tiny {\n    input 3x16x16\n    conv3-8(norm=bn), relu, gap, FC-10, soft-max\n}\n"
TWO = """network Two {
    input words: tokens 6
    input picture: 3x8x8
    text: { @words, embed(50, 4), gap }
    look: { @picture, conv3-4, gap, flatten }
    concat[ @text | @look ], FC-3
}
"""


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    path = tmp_path / "tiny.arch"
    path.write_text(TINY, encoding="utf-8")
    return path


def setting(**more: Any) -> Setting:
    return Setting(**{"seconds": 0.01, "rounds": 2} | more)


def tiny_peer(classes: int = 10) -> Peer:
    """What a library would publish of the tiny network."""
    module = nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1, bias=False),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(8, classes),
    )
    return Peer("torchvision", "0", "tiny", module)


# --- times ------------------------------------------------------------------------------------


def test_times_by_hand() -> None:
    times = Times([4.0, 1.0, 2.0, 3.0, 10.0])
    assert times.median == 3
    assert times.spread == pytest.approx((4 - 2) / 3)
    # Noise that both share in a round is none of the ratio.
    assert Times([1.0, 5.0, 2.0]).ratio_of(Times([2.0, 10.0, 4.0])).rounds == (2, 2, 2)


def test_turns_change_their_order_and_warm_up_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing, "MOST_CALLS", 1)
    calls: list[str] = []
    runs: dict[str, timing.Run] = {"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}
    times = take_turns(runs, seconds=0.0, rounds=4)
    assert calls[:4] == ["a", "a", "b", "b"]
    assert "".join(calls[4:]) == "abbaabba"
    assert [len(times[name].rounds) for name in "ab"] == [4, 4]


def test_a_short_call_is_repeated_in_a_block() -> None:
    count = itertools.count()
    times = take_turns({"": lambda: next(count)}, seconds=0.0, rounds=1)
    assert next(count) > 100
    assert times[""].median < 1e-3


def test_ceilings_bound_what_is_measured() -> None:
    found = measure_ceilings(CPU, torch.float32, 0.1)
    a = torch.randn(512, 512)
    once = take_turns({"": lambda: a @ a}, 0.05)[""].median
    assert found.flops > 0.2 * 2 * 512**3 / once
    assert 1e8 < found.bytes < 1e13
    assert 0 < found.launch < 1e-3


# --- what goes in -----------------------------------------------------------------------------


def test_inputs_of_every_layout() -> None:
    module = archdsl.loads(TWO).ir.module
    words, picture = make_inputs(module, 2, CPU, torch.bfloat16, channels_last=True)
    assert vocabulary(module) == 50
    assert (words.shape, words.dtype) == ((2, 6), torch.int64)
    assert int(words.max()) < 50
    assert (picture.shape, picture.dtype) == ((2, 3, 8, 8), torch.bfloat16)
    assert picture.is_contiguous(memory_format=torch.channels_last)


def test_what_there_is_not() -> None:
    with pytest.raises(Unavailable, match="--device cuda, or --dtype float32"):
        setting(format="tf32")
    with pytest.raises(Unavailable, match="--cuda-graphs are CUDA's"):
        setting(graphs=(8,))
    if not torch.cuda.is_available():
        with pytest.raises(Unavailable, match="no device cuda"):
            setting(device="cuda")


def test_tf32_can_be_read_by_compilers() -> None:
    """torch raises where its old and new switches disagree."""
    for tf32 in (True, False):
        round_products(tf32)
        assert torch.backends.cuda.matmul.allow_tf32 == tf32
        assert torch.backends.cudnn.allow_tf32 == tf32
        assert torch.get_float32_matmul_precision() == ("high" if tf32 else "highest")


# --- memory -----------------------------------------------------------------------------------


def test_peaks_are_those_of_the_allocator(capfd: pytest.CaptureFixture[str]) -> None:
    module = nn.Sequential(nn.ReLU(), nn.ReLU(), nn.Linear(1000, 10))
    x = torch.randn(500, 1000)

    def run() -> object:
        with torch.inference_mode():
            return module(x)

    weights = 4 * 10 * 1001
    # Both results of the ReLUs are there at once, then one of them with what comes out.
    assert peak_bytes(run, module, (x,), CPU) == weights + 4 * 500 * 1000 * 3
    assert capfd.readouterr().err == ""


def test_training_takes_what_it_keeps() -> None:
    bench = Bench(archdsl.loads(TINY).ir, "tiny", setting())
    forward, training = bench.plans([8], True, Ceilings(1e9, 1e9))
    for row in (forward, training):
        bench.take(row)
        assert row.bytes
    assert training.bytes
    assert forward.bytes
    assert training.bytes > forward.bytes


# --- libraries --------------------------------------------------------------------------------


def test_names_of_libraries() -> None:
    models = sorted({pair.model for pair in TORCHVISION})
    for pair in TORCHVISION:
        name = pair.spec.partition(":")[2]
        assert match_name(name, models) == pair.model, name
    assert match_name("LeNet-5", models) is None
    for pair in TIMM:
        name = pair.spec.partition(":")[2]
        assert match_name(name, [pair.model]) == pair.model, name


def test_a_peer_has_as_many_parameters() -> None:
    assert str(find_peer(archdsl.load("specs/squeezenet.arch", "SqueezeNet-1_1").ir)).startswith(
        "torchvision"
    )
    other = archdsl.load("specs/squeezenet.arch", "SqueezeNet-1_1", classes=7)
    assert find_peer(other.ir) is None


@pytest.mark.parametrize("optimize", ["none", "inference"])
def test_outputs_are_compared(optimize: str) -> None:
    network = archdsl.loads(TINY).ir
    bench = Bench(network, "tiny", setting(optimize=optimize), tiny_peer())
    assert bench.apart is not None
    assert bench.apart < 1e-6
    assert not bench.unlike
    (row,) = bench.plans([2], False, Ceilings(1e12, 1e12))
    bench.fill(row)
    assert row.problem == ""
    assert row.times
    assert row.peer
    assert len(row.times.rounds) == len(row.peer.rounds)


def test_weights_that_do_not_fit_are_told() -> None:
    bench = Bench(archdsl.loads(TINY).ir, "tiny", setting(), tiny_peer(classes=11))
    assert bench.apart is None
    assert "11" in bench.unlike


def test_a_peer_with_other_weights_is_apart() -> None:
    peer = tiny_peer()
    bench = Bench(archdsl.loads(TINY).ir, "tiny", setting(), peer)
    with torch.no_grad():
        peer.module.get_parameter("5.weight").add_(1)
    assert bench.compare() > 0.01


# --- what cannot be run -----------------------------------------------------------------------


def problem_of(error: Exception) -> str:
    row = Row(1, False, 1.0, 1.0)

    def take() -> None:
        raise error

    fill(row, take)
    return row.problem


def test_problems_are_one_line() -> None:
    assert (
        problem_of(torch.OutOfMemoryError("CUDA out of memory. Tried …\nmore")) == "out of memory"
    )
    text = (
        "[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory"
    )
    assert problem_of(RuntimeError(text)) == "out of memory"
    assert problem_of(RuntimeError("no such kernel\nat …")) == "no such kernel"
    with pytest.raises(KeyError):
        problem_of(KeyError("a bug of ours is none of torch's"))


def test_what_does_not_fit_is_not_tried(
    spec: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measure, "free_bytes", lambda: 100_000)
    args = ["bench", "tiny.arch", "--batch", "1,500", "--seconds", "0.01", "--repeat", "1"]
    assert main([*args, "--json"]) == 0
    one, many = json.loads(capsys.readouterr().out)[0]["rows"]
    assert one["problem"] is None
    assert one["seconds"] > 0
    assert many["seconds"] is None
    assert "out of memory: it needs" in many["problem"]


# --- layers alone -----------------------------------------------------------------------------

SPECS = ("alexnet", "efficientnet", "googlenet", "lenet", "shufflenet", "unet", "vit", "xception")


@pytest.mark.parametrize("name", SPECS)
def test_every_layer_runs_alone(name: str) -> None:
    """On the device meta: what comes out has the layer's shape."""
    nets = archdsl.load_all(f"specs/{name}.arch")
    known = set()
    for net in list(nets)[:2]:
        words = vocabulary(net.ir.module)
        for layer in layers(net.ir.module, fold=True):
            if (layer.op, layer.in_types) in known:
                continue
            known.add((layer.op, layer.in_types))
            single = archdsl.Net(alone(layer), "layer")
            x = [torch.randn(2, *t.dims, device="meta") for t in layer.in_types]
            if layer.in_types and layer.in_types[0].layout == "tokens":
                x = [torch.randint(words, (2, *layer.in_types[0].dims), device="meta")]
            outputs = single.module(device="meta").eval()(*x)
            outputs = (outputs,) if isinstance(outputs, torch.Tensor) else outputs
            assert [tuple(y.shape[1:]) for y in outputs] == [t.dims for t in layer.out_types]


@pytest.mark.parametrize("train", [False, True])
def test_replay(train: bool) -> None:
    text = "input 3x16x16\nconv3-8, relu, residual[ conv3-8, relu, conv3-8 ]\n{ conv3-8 } x3\n"
    network = archdsl.loads(text + "dropout-0.5, gap, FC-4\n").ir
    rows = {r.layer.path: r for r in replay(network, setting(), 2, train, Ceilings(1e12, 1e10))}
    assert all(r.times is not None and r.seconds > 0 for r in rows.values())
    assert ("dropout1" in rows) == train
    alike = [path for path in rows if "conv" in path and path != "conv1"]
    assert len({id(rows[path].times) for path in alike}) == 1
    thrice = rows[alike[-1]]
    assert thrice.times
    assert thrice.seconds == pytest.approx(3 * thrice.times.median)


# --- the command ------------------------------------------------------------------------------


def test_tables(spec: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "find_peer", lambda network: tiny_peer())
    args = ["bench", "tiny.arch", "--batch", "1,4", "--train", "--by", "layer", "--top", "3"]
    assert main([*args, "--seconds", "0.01", "--repeat", "1", "--channels-last"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert max(map(len, out.splitlines())) <= 80
    assert "time of torchvision 0, tiny over ours" in out
    assert "Expected more than 1 value" not in out  # the norm comes before the pool
    assert out.count("layer by layer") == 4
    assert "float32, channels last" in " ".join(out.split())  # a long name of a CPU wraps it
    assert "\nlaunch " in out  # what `of roof` says that it counts


def test_json_without_a_peer(spec: Path, capsys: Capture) -> None:
    args = ["bench", "tiny.arch", "--batch", "2", "--seconds", "0.01", "--json", "--alone"]
    assert main([*args, "--threads", "1", "--dtype", "bfloat16", "--by", "layer"]) == 0
    (net,) = json.loads(capsys.readouterr().out)
    assert net["peer"] is None
    assert net["dtype"] == "bfloat16"
    (row,) = net["rows"]
    assert row["per_second"] == pytest.approx(2 / row["seconds"])
    assert row["flops_per_second"] == pytest.approx(row["flops"] / row["seconds"])
    assert row["ratio"] is None
    paths = [layer["path"] for layer in net["layers"]]
    assert paths == ["conv1", "bn1", "relu1", "gap1", "fc1", "softmax1"]


def test_several_inputs(spec: Path, capsys: Capture) -> None:
    spec.write_text(TWO, encoding="utf-8")
    args = ["bench", "tiny.arch", "--batch", "3", "--train", "--seconds", "0.01", "--json"]
    assert main(args) == 0
    rows = json.loads(capsys.readouterr().out)[0]["rows"]
    assert [row["problem"] for row in rows] == [None, None]


# --- benchmarks/gpu.py ------------------------------------------------------------------------


def test_gpu_smoke(tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """All five contenders, with a tiny network in place of torchvision's."""
    (tmp_path / "tiny.arch").write_text(TINY, encoding="utf-8")
    monkeypatch.setattr(contenders, "ROOT", tmp_path)
    monkeypatch.setattr(contenders, "find_peer", lambda network: tiny_peer())
    args = ["--device", "cpu", "--smoke", "--backend", "eager", "--networks", "tiny.arch"]
    assert gpu.main(args) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("| Tiny")]
    assert [line.split(" | ")[1] for line in lines] == ["1", "2"]
    assert all(len(line.split(" | ")) == len(gpu.HEADS) for line in lines)


def test_gpu_finds_wrong_outputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tiny.arch").write_text(TINY, encoding="utf-8")
    monkeypatch.setattr(contenders, "ROOT", tmp_path)
    monkeypatch.setattr(contenders, "find_peer", lambda network: tiny_peer())
    race = contenders.Race("tiny.arch", CPU, torch.float32, lambda module: module)
    race.weights["fc1.bias"] = race.weights["fc1.bias"] + 1
    with pytest.raises(contenders.OutputsDiffer, match="Tiny, ours: outputs are"):
        race.runs(2)


@pytest.mark.parametrize("wrong", [["--write"], ["--batch", "x"], ["--batch", "1,0"]])
def test_gpu_writes_no_smoke_and_no_nonsense(wrong: list[str], capsys: Capture) -> None:
    with pytest.raises(SystemExit):
        gpu.main(["--device", "cpu", "--smoke", *wrong])
    assert "error: --" in capsys.readouterr().err


def test_gpu_without_one(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert gpu.main([]) == 2
    assert "no CUDA device" in capsys.readouterr().err
