"""Networks of tests/golden/language: written in the language alone, built and run on the CPU."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from archdsl.analysis.cost import cost
from archdsl.ir.model import Network
from archdsl.pipeline import compile_text
from archdsl.source import SourceFile
from tests.oracle.test_emitter import calls, example, expected_calls, interpret, live

FOLDER = Path(__file__).parent.parent / "golden" / "language"
FILES = sorted(p.stem for p in FOLDER.glob("*.arch"))
COUNTS = {  # parameters and outputs
    "bifpn": (21_061, {f"s[{i}]": (9, 16 >> i - 3, 16 >> i - 3) for i in range(3, 8)}),
    "captioner": (12_988, {"out": (13, 100)}),
    "detr": (96_986, {"boxes": (10, 4), "out": (10, 6)}),
    "fpn": (19_207, {"scores_0": (3, 16, 16), "scores[1]": (3, 8, 8), "scores[2]": (3, 4, 4)}),
    "fractal": (25_642, {"out": (10,)}),
    "fusion": (8_654, {"rec": (12,), "domain": (2,), "age": (1,), "out": (7,)}),
    "hourglass": (
        90_912,
        {"heat[0]": (16, 16, 16), "heat[1]": (16, 16, 16), "out": (32, 16, 16)},
    ),
    "nasnet": (33_778, {"out": (10,)}),
    "siamese": (14_241, {"out": (1,)}),
    "sknet": (37_978, {"out": (10,)}),
    "tagger": (6_311, {"out": (9, 7)}),
    "unetpp": (140_467, {f"y[{j}]": (1, 64, 64) for j in (1, 2, 3)}),
    "vae": (220_913, {"logvar": (8,), "out": (1, 28, 28)}),
    "video": (27_580, {"aux": (5,), "out": (5,)}),
    "wavenet": (25_352, {"out": (256, 64)}),
}
UNSEEN = ("captioner", "detr", "fusion", "tagger")  # torch's counter skips LSTMs and attention


def compile_file(name: str) -> Network:
    """The network of a file."""
    text = (FOLDER / f"{name}.arch").read_text(encoding="utf-8")
    design, problems = compile_text(SourceFile(f"{name}.arch", text))
    assert design is not None, [p.message for p in problems]
    (network,) = design.networks
    return network


def test_every_file_is_counted() -> None:
    assert list(COUNTS) == FILES


@pytest.mark.parametrize("name", FILES)
def test_counts_and_outputs(name: str) -> None:
    network = compile_file(name)
    params, outputs = COUNTS[name]
    module = network.module
    assert {o.name: module.type_of(o.value).dims for o in module.outputs} == outputs
    net = live(network)
    assert sum(p.numel() for p in net.parameters()) == cost(module).params == params
    assert sum(b.numel() for b in net.buffers()) == cost(module).buffers


@pytest.mark.parametrize("name", FILES)
def test_every_layer_runs_with_its_shape(name: str) -> None:
    network = compile_file(name)
    nodes = network.module.nodes
    owners = {n.name: nodes[n.shares].name for n in nodes if n.shares is not None}
    net = live(network).train()
    wanted = set()
    for path, shape in expected_calls(network):
        first, dot, rest = path.partition(".")
        wanted.add((owners.get(first, first) + dot + rest, shape))
    with torch.no_grad(), calls(net) as seen:
        net(*example(network))
    again = set(owners.values())  # shared layers run with other shapes as well
    paths = {path for path, _ in wanted}
    assert {call for call in seen if call[0] in paths - again} | {
        call for call in wanted if call[0] in again
    } == wanted
    assert wanted <= set(seen)


@pytest.mark.parametrize("name", FILES)
def test_values_are_those_of_the_graph(name: str) -> None:
    network = compile_file(name)
    net = live(network).eval()
    inputs = example(network)
    kept = [o for o in network.module.outputs if not o.train_only]
    with torch.no_grad():
        got = net(*(x.clone() for x in inputs))
        all_values = interpret(network.module, net, inputs)
    wanted = [v for v, o in zip(all_values, network.module.outputs, strict=True) if o in kept]
    for a, b in zip(got if isinstance(got, tuple) else (got,), wanted, strict=True):
        torch.testing.assert_close(a, b)


@pytest.mark.parametrize("name", [n for n in FILES if n not in UNSEEN])
def test_macs_are_what_torch_counts(name: str) -> None:
    network = compile_file(name)
    net = live(network).train()
    inputs = tuple(x[:1] for x in example(network))
    net.eval()
    net.training = True  # the outputs of training, without statistics of a batch of one
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        net(*inputs)
    assert cost(network.module).total_macs == counter.get_total_flops() // 2


def test_both_towers_of_the_siamese_network_are_one() -> None:
    net = live(compile_file("siamese")).eval()
    x, y = torch.randn(2, 3, 1, 28, 28)
    with torch.no_grad():
        torch.testing.assert_close(net(x, y), net(y, x))
        same = net(x, x)
    torch.testing.assert_close(same, same[:1].expand(3, 1))


def test_the_auxiliary_output_exists_in_training_only() -> None:
    network = compile_file("video")
    net = live(network)
    inputs = example(network)
    assert set(net.train()(*inputs)._fields) == {"aux", "out"}
    assert net.eval()(*inputs).shape == (2, 5)
    assert [o.weight for o in network.module.outputs if o.train_only] == [0.3]
