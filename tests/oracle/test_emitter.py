"""The emitted source against the IR that it came from: paths, shapes, counts and values."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from archdsl.analysis.cost import cost
from archdsl.analysis.walk import layers
from archdsl.backends.torch.code import New
from archdsl.backends.torch.live import build_network
from archdsl.backends.torch.rows import ROWS
from archdsl.backends.torch.source import emit
from archdsl.ir.model import CallNode, Module, Network, OpNode, RepeatNode, Value
from archdsl.passes.logits import drop_final_softmax
from archdsl.tensor import TOKENS
from tests.ir_builder import Graph, image
from tests.ir_networks import ALL, googlenet, language_model, recurrent, resnet, vgg

BATCH = 2
GOLDEN = Path(__file__).parent.parent / "golden" / "torch"


def live(network: Network, **options: Any) -> nn.Module:
    """The network's module, with weights that do not depend on what ran before."""
    torch.manual_seed(0)
    return build_network(network, spec_name="specs/test.arch", **options)


def example(network: Network) -> tuple[Tensor, ...]:
    """Random input."""
    torch.manual_seed(1)
    return tuple(
        torch.randint(11, (BATCH, *port.type.dims))
        if port.type.layout == TOKENS
        else torch.randn(BATCH, *port.type.dims)
        for port in network.module.inputs
    )


def interpret(module: Module, net: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """Runs the IR node by node on the submodules of a live module: what forward must equal."""
    values: dict[Value, Tensor] = {(-1, k): x for k, x in enumerate(inputs)}
    for i, node in enumerate(module.nodes):
        got = tuple(values[v] for v in node.inputs)
        owner = node
        while owner.shares is not None:
            owner = module.nodes[owner.shares]
        made = run_node(node, net, owner.name, got)
        values |= {(i, k): y for k, y in enumerate(made)}
    return tuple(values[o.value] for o in module.outputs)


def run_node(
    node: OpNode | CallNode | RepeatNode, net: nn.Module, name: str, got: tuple[Tensor, ...]
) -> tuple[Tensor, ...]:
    """What a node gives; an activation that works in place gets a copy to work on."""
    if isinstance(node, CallNode):
        return interpret(node.module, net.get_submodule(name), got)
    if isinstance(node, RepeatNode):
        x, *captured = got
        bodies = [module for module, n in node.runs for _ in range(n)]
        for k, body in enumerate(bodies):
            sub = net.get_submodule(f"{name}.{0 if node.tied else k}")
            (x,) = interpret(body, sub, (x, *captured))
        return (x,)
    row = ROWS[type(node.op)](node.op, node.in_types)
    if isinstance(row, New):
        sub = net.get_submodule(name)
        if isinstance(sub, nn.Embedding) and row.cls == "nn.Linear":
            return (F.linear(got[0], sub.weight),)
        made = sub(*(x.clone() for x in got))
    else:
        names = [f"v{k}" for k in range(len(got))]
        values = {k: repr(v) for k, v in row.values.items()}
        code = row.template.format(*names, all=", ".join(names), **values)
        made = eval(code, {"torch": torch, "F": F} | dict(zip(names, got, strict=True)))
    return made if isinstance(made, tuple) else (made,)


@contextlib.contextmanager
def calls(net: nn.Module) -> Iterator[list[tuple[str, tuple[int, ...]]]]:
    """Collects (path, shape without batch) of all submodules that run, in order of finishing."""
    seen: list[tuple[str, tuple[int, ...]]] = []

    def watch(path: str) -> Callable[..., None]:
        def hook(sub: nn.Module, got: object, made: object) -> None:
            first = made[0] if isinstance(made, tuple) else made
            assert isinstance(first, Tensor)
            seen.append((path, tuple(first.shape[1:])))

        return hook

    handles = [m.register_forward_hook(watch(path)) for path, m in net.named_modules()]
    yield seen
    for handle in handles:
        handle.remove()


def expected_calls(network: Network) -> list[tuple[str, tuple[int, ...]]]:
    """Path and shape of every layer that is a submodule of its own, in execution order."""
    found = []
    for layer in layers(network.module):
        row = ROWS[type(layer.op)](layer.op, layer.in_types)
        if isinstance(row, New) and layer.node.shares is None:
            found.append((layer.path, layer.out_types[0].dims))
    return found


@pytest.mark.parametrize("make", ALL)
def test_paths_and_shapes_are_those_of_the_ir(make: Callable[[], Network]) -> None:
    network = make()
    net = live(network).train()
    wanted = expected_calls(network)
    paths = {path for path, _ in wanted}
    shared = {
        node.name: network.module.nodes[node.shares].name
        for node in network.module.nodes
        if node.shares is not None
    }
    with torch.no_grad(), calls(net) as seen:
        net(*example(network))
    ran = [call for call in seen if call[0] in paths]
    again = [(path, shape) for path, shape in ran if path in shared.values()]
    assert list(dict.fromkeys(ran)) == list(dict.fromkeys(wanted))
    assert len(ran) - len(wanted) == max(0, len(again) - len(set(shared.values())))


@pytest.mark.parametrize("make", ALL)
def test_counts_and_state_are_those_of_the_ir(make: Callable[[], Network]) -> None:
    network = make()
    net, total = live(network), cost(network.module)
    assert sum(p.numel() for p in net.parameters()) == total.params
    assert sum(p.numel() for p in net.parameters() if p.requires_grad) == total.trainable
    assert sum(b.numel() for b in net.buffers()) == total.buffers
    state = {
        f"{layer.path}.{w.name}": w.shape
        for layer in layers(network.module)
        if layer.node.shares is None
        for w in layer.op.weights(layer.in_types)
    }
    assert [(k, tuple(v.shape)) for k, v in net.state_dict().items()] == list(state.items())


@pytest.mark.parametrize("make", ALL)
@pytest.mark.parametrize("training", [False, True])
def test_forward_equals_the_ir_node_by_node(make: Callable[[], Network], training: bool) -> None:
    network = make()
    inputs = example(network)
    made = live(network).train(training)(*inputs)
    wanted = interpret(network.module, live(network).train(training), inputs)
    kept = [
        y
        for y, o in zip(wanted, network.module.outputs, strict=True)
        if training or not o.train_only
    ]
    made = made if isinstance(made, tuple) else (made,)
    assert len(made) == len(kept)
    for a, b in zip(made, kept, strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=0)


@pytest.mark.parametrize("make", [vgg, resnet, recurrent])
def test_working_in_place_changes_no_gradient(make: Callable[[], Network]) -> None:
    network = make()
    gradients = []
    for allowed in (True, False):
        net = live(network).eval()
        changed = [m for m in net.modules() if getattr(m, "inplace", False)]
        assert changed
        for m in changed:
            vars(m)["inplace"] = allowed
        x = example(network)[0].requires_grad_()
        net(x).square().sum().backward()
        gradients.append([x.grad, *(p.grad for p in net.parameters())])
    for a, b in zip(*gradients, strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=0)


def test_outputs_of_training_and_of_evaluation() -> None:
    network = googlenet()
    net, (x,) = live(network), example(network)
    trained = net.train()(x)
    assert trained._fields == ("main", "aux1")
    assert [y.shape for y in trained] == [(2, 10), (2, 5)]
    assert isinstance(net.eval()(x), Tensor)


def test_a_tied_repeat_runs_one_module() -> None:
    net = live(recurrent())
    with torch.no_grad(), calls(net) as seen:
        net(*example(recurrent()))
    assert [path for path, _ in seen].count("tied.0.conv") == 3
    assert not hasattr(net.tied, "1")


def test_an_embedding_shares_its_matrix() -> None:
    network = language_model()
    net = live(network)
    (tokens,) = example(network)
    logits = net(tokens)
    with torch.no_grad():
        net.get_parameter("embed.weight")[3] = 0
    assert torch.count_nonzero(net(tokens)[..., 3]) == 0
    assert torch.count_nonzero(logits[..., 3]) > 0


def test_logits_are_what_the_softmax_would_read() -> None:
    network = googlenet()
    inputs = example(network)
    full = live(network).train()(*inputs)
    bare = live(network, logits=True).train()(*inputs)
    assert not torch.allclose(full.main, bare.main)
    for a, b in zip(full, bare, strict=True):
        torch.testing.assert_close(a, b.softmax(1), rtol=0, atol=0)


def test_logits_of_a_softmax_inside_a_block() -> None:
    head = Graph(image(4, 6, 6))
    head.op("gap")
    head.op("fc", out=3)
    head.op("logsoftmax")
    g = Graph(image(4, 6, 6))
    g.op("conv", kernel=3, out=4)
    g.call(head.module("head"), name="head")
    network = g.network("net")
    x = example(network)[0]
    full, bare = live(network)(x), live(network, logits=True)(x)
    torch.testing.assert_close(full, bare.log_softmax(1), rtol=0, atol=0)
    assert not torch.allclose(full, bare)


def test_a_softmax_that_something_else_reads_stays() -> None:
    g = Graph(image(4, 6, 6))
    g.op("gap")
    g.op("fc", out=3)
    p = g.op("softmax")
    q = g.op("fc", p, out=2)
    network = g.network("net", p, q)
    x = example(network)[0]
    full, bare = live(network)(x), live(network, logits=True)(x)
    torch.testing.assert_close(full[0], bare[0].softmax(1), rtol=0, atol=0)
    torch.testing.assert_close(full[1], bare[1], rtol=0, atol=0)
    assert drop_final_softmax(vgg()).module.nodes[-1].name == "fc2"


@pytest.mark.parametrize("make", ALL)
def test_export_and_compile_without_graph_breaks(make: Callable[[], Network]) -> None:
    network = make()
    net, inputs = live(network).eval(), example(network)
    with torch.no_grad():
        wanted = net(*inputs)
        exported = torch.export.export(net, inputs).module()(*inputs)
        compiled = torch.compile(net, backend="eager", fullgraph=True)(*inputs)
    torch._dynamo.reset()
    for got in (exported, compiled):
        torch.testing.assert_close(got, wanted, rtol=0, atol=0)


@pytest.mark.parametrize("make", ALL)
def test_file_runs_its_check_alone(make: Callable[[], Network], tmp_path: Path) -> None:
    file = tmp_path / "net.py"
    file.write_text(emit(make(), spec_name="specs/test.arch"))
    done = run_python(file, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("OK: ")
    assert done.stdout.count("\n") == 1


@pytest.mark.parametrize(
    ("right", "wrong"), [("42_066", "42_067"), ("(2, 10)", "(2, 11)"), ("_066, 0)", "_066, 1)")]
)
def test_check_fails_where_the_spec_says_otherwise(right: str, wrong: str, tmp_path: Path) -> None:
    source = emit(vgg(), spec_name="specs/test.arch")
    assert source.count(right) == 1
    file = tmp_path / "net.py"
    file.write_text(source.replace(right, wrong))
    done = run_python(file, tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("wrong: ")


def run_python(file: Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Runs a file where nothing of ours can be imported."""
    return subprocess.run(
        [sys.executable, "-I", str(file)], cwd=cwd, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("make", ALL)
def test_source_is_the_golden_one(make: Callable[[], Network]) -> None:
    source = emit(make(), spec_name="specs/test.arch")
    golden = GOLDEN / f"{make.__name__}.py"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(source)
    assert source == golden.read_text()


# --- random graphs --------------------------------------------------------------------------

KINDS = ("conv", "relu", "bn", "identity", "dropout", "sigmoid")


@st.composite
def graphs(draw: st.DrawFn, depth: int = 0) -> Module:
    """A module on 4x4x4 maps with any wiring: branches, joins, splits, calls, repeats, labels."""
    inputs = 1 if depth == 0 else draw(st.integers(1, 2))
    g = Graph(*[image(4, 4, 4)] * inputs)
    values: list[Value] = [(-1, k) for k in range(inputs)]
    for k in range(draw(st.integers(1, 8))):
        x = values[draw(st.integers(0, len(values) - 1))]
        same = draw(st.booleans())
        choice = draw(st.integers(0, 9 if depth < 2 else 6))
        if choice <= 3:
            kind = KINDS[draw(st.integers(0, len(KINDS) - 1))]
            attrs: dict[str, Any] = {"kernel": 3, "out": 4} if kind == "conv" else {}
            attrs = {"p": 0.5} if kind == "dropout" else attrs
            convs = [i for i, node in enumerate(g.nodes) if node.name.startswith("conv")]
            shares = draw(st.sampled_from([None, *convs])) if kind == "conv" else None
            values.append(g.op(kind, x, same_step=same, shares=shares, **attrs))
        elif choice <= 5:
            y = values[draw(st.integers(0, len(values) - 1))]
            join = ("add", "sub", "mul", "max", "mean")[draw(st.integers(0, 4))]
            values.append(g.op(join, x, y, same_step=same))
        elif choice == 6:
            at = g.op("split", x, parts=2)[0]
            order = draw(st.permutations([(at, 0), (at, 1)]))
            values.append(g.op("concat", *order))
        else:
            values.append(draw_use(draw, g, x, values, draw(graphs(depth + 1)), choice))
        if draw(st.booleans()):
            g.labels[("y", "z", "stem", "F", "x1", "layer")[k % 6]] = values[-1]
    outputs = [values[-1]]
    if depth == 0 and draw(st.booleans()):
        outputs.append(values[draw(st.integers(0, len(values) - 1))])
    kind = "network" if depth == 0 else draw(st.sampled_from(["group", "block"]))
    return g.module("Net" if depth == 0 else "part", *outputs, kind=kind)


def draw_use(
    draw: st.DrawFn, g: Graph, x: Value, values: list[Value], part: Module, choice: int
) -> Value:
    """A call of a module or a repeat of it."""
    others = [values[draw(st.integers(0, len(values) - 1))] for _ in part.inputs[1:]]
    if choice == 7:
        return g.call(part, x, *others, name="part")
    count = draw(st.integers(1, 3))
    return g.repeat((part, count), values=(x, *others), name="stack", tied=choice == 8)


@settings(max_examples=60, deadline=None)
@given(graphs(), st.booleans())
def test_random_graphs_compute_what_the_ir_says(module: Module, training: bool) -> None:
    network = Network("Net", module)
    inputs = example(network)
    made = live(network).train(training)(*inputs)
    wanted = interpret(module, live(network).train(training), inputs)
    made = made if isinstance(made, tuple) else (made,)
    for a, b in zip(made, wanted, strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=0, equal_nan=True)
