"""`Net.module` and the `build` of generated files: every argument, against the plain module."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import archdsl
from archdsl.backends.torch.live import build_network
from archdsl.ir.model import Network
from archdsl.passes.checkpoint import OverBudget
from archdsl.passes.rewritten import PassError
from archdsl.tensor import TOKENS
from archdsl.weights.moved import WeightsMissing
from tests.ir_networks import ALL

RESNET = """
default residual(shortcut=conv)
block basic(out) {
  residual(act=relu)[ conv3-out(norm=bn, act=relu), conv3-out(norm=bn) ]
}
input 3x16x16
conv3-8(norm=bn, act=relu), basic(8) x3, basic(12), basic(12)
gap, flatten, dropout-0.5, FC-10
"""
MIXED = """
input 6x8x8
conv3-8, bn, relu, deconv2-4/2, bn, relu, conv3-6(groups=2), bn
gap, flatten, FC-12, bn, relu, FC-5
"""
HEADS = """
input 3x16x16
a: conv3-8(norm=bn, act=relu)
output(train, weight=0.3) aux: @a, gap, FC-10
conv3-8(norm=bn, act=relu), gap, FC-10
"""
TWO = """
input 3x16x16
a: conv3-8(norm=bn, act=relu)
output low: @a, gap, FC-10
conv3-8(norm=bn, act=relu), gap, FC-10
"""
SHARED = "input 4x8x8\na: conv3-4\nbn, relu, conv3-4(share=a), bn, gap, FC-3\n"
SIAMESE = """
block enc(w) {
    e1: conv3-w(norm=bn), relu
    conv3-w/2(norm=bn)
}
input a: 3x16x16
p: @a, enc(4)
q: @a, tanh, enc(4, share=p)
add[ @p | @q ], upsample(2), concat[ identity | @p.e1 ], conv1-4, gap, FC-3
"""
TEXTS = {
    "resnet": RESNET,
    "mixed": MIXED,
    "heads": HEADS,
    "two": TWO,
    "shared": SHARED,
    "siamese": SIAMESE,
}


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def trained(net: archdsl.Net) -> dict[str, Tensor]:
    """Weights whose norms are far from neutral."""
    torch.manual_seed(3)
    made = {}
    for key, tensor in net.module().state_dict().items():
        made[key] = tensor.clone()
        if key.endswith("running_mean"):
            made[key].normal_(std=0.2)
        elif tensor.dim() == 1 and tensor.is_floating_point():
            made[key].uniform_(0.5, 1.5)
    return made


def example(net: archdsl.Net, batch: int = 2) -> Tensor:
    torch.manual_seed(4)
    return torch.randn(batch, *net.input_shape)


def leaves(made: Tensor | tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return made if isinstance(made, tuple) else (made,)


def check_same(made: Any, wanted: Any, tolerance: float = 1e-5) -> None:
    assert len(leaves(made)) == len(leaves(wanted))
    for a, b in zip(leaves(made), leaves(wanted), strict=True):
        torch.testing.assert_close(a, b, rtol=tolerance, atol=tolerance)


def from_file(net: archdsl.Net, **options: Any) -> nn.Module:
    """What `build` of the written file gives."""
    space: dict[str, Any] = {"__name__": "written"}
    exec(compile(net.source(), "written.py", "exec"), space)
    made: nn.Module = space["build"](**options)
    return made


def norms(module: nn.Module) -> int:
    return sum(isinstance(m, nn.modules.batchnorm._BatchNorm) for m in module.modules())


# --- levels and weights --------------------------------------------------------------------------


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_levels_compute_what_the_plain_network_does(text: str) -> None:
    net = archdsl.loads(text)
    weights, x = trained(net), example(net)
    plain = net.module(weights=weights).eval()
    with torch.no_grad():
        wanted = plain(x)
    for level in ("inference", "training"):
        made = net.module(optimize=level, weights=weights).eval()
        check_same(made(x), wanted)
        back = net.module(weights=archdsl.plain_state_dict(made, base=weights)).eval()
        check_same(back(x), wanted)
    fast = net.module(optimize="inference", weights=weights)
    assert not fast.training
    assert not any(p.requires_grad for p in fast.parameters())


@pytest.mark.parametrize(("name", "left"), [("resnet", 0), ("mixed", 0), ("two", 0), ("shared", 2)])
def test_a_written_file_folds_its_norms(name: str, left: int) -> None:
    net = archdsl.loads(TEXTS[name])
    weights, x = trained(net), example(net)
    plain = from_file(net, weights=weights).eval()
    made = from_file(net, weights=weights, optimize="inference")
    check_same(made(x), plain(x))
    assert norms(plain) > 0
    assert norms(made) == left
    assert not any(p.requires_grad for p in made.parameters())
    if left == 0:
        with pytest.raises(ValueError, match="norms fold into weights: without init give them"):
            from_file(net, init=False, optimize="inference")
    with pytest.raises(ValueError, match="optimize is none or inference, not 'fast'"):
        from_file(net, optimize="fast")


def test_a_norm_behind_one_of_two_outputs_stays() -> None:
    block = "block two(w) {\n  output small: conv1-w\n  output large: conv3-w\n}\n"
    net = archdsl.loads(f"{block}input 3x6x6\nt: two(8)\n@t.large, bn, conv3-4, bn\n")
    weights, x = trained(net), example(net)
    made = from_file(net, weights=weights, optimize="inference")
    check_same(made(x), from_file(net, weights=weights).eval()(x))
    assert norms(made) == 1


def test_a_grouped_deconvolution_keeps_its_norm() -> None:
    net = archdsl.loads("input 4x6x6\ndeconv2-8/2(groups=2), bn, conv3-4, bn\n")
    weights, x = trained(net), example(net)
    made = from_file(net, weights=weights, optimize="inference")
    assert norms(made) == 1
    check_same(made(x), from_file(net, weights=weights).eval()(x))


def test_an_fc_keeps_a_norm_without_a_factor() -> None:
    net = archdsl.loads("input 6\nFC-8, bn(affine=false), relu, FC-5(bias=false), bn\n")
    weights, x = trained(net), example(net)
    made = from_file(net, weights=weights, optimize="inference")
    assert norms(made) == 1
    check_same(made(x), from_file(net, weights=weights).eval()(x))


@pytest.mark.parametrize(
    "line",
    ["FC-4, bn(axis=l)", "FC-3(norm=bn(axis=l))", "transpose(to=signal), conv3-4, bn(axis=l)"],
)
def test_a_norm_over_positions_stays(line: str) -> None:
    """Its factors are for steps of the sequence, of which there may be as many as features."""
    net = archdsl.loads(f"input seq 4x4\n{line}\n")
    weights, x = trained(net), example(net)
    made = from_file(net, weights=weights, optimize="inference")
    check_same(made(x), from_file(net, weights=weights).eval()(x))


def test_plain_weights_load_into_optimized_modules() -> None:
    net = archdsl.loads(RESNET)
    weights, x = trained(net), example(net)
    wanted = net.module(weights=weights).eval()(x)
    for options in ({}, {"optimize": "inference"}, {"optimize": "inference", "cuda_graphs": (4,)}):
        made = net.module(**options).eval()
        assert not torch.allclose(made(x), wanted)
        archdsl.load_plain(made, weights)
        check_same(made(x), wanted)
        other = copy.deepcopy(made)
        archdsl.load_plain(other, {k: v * 0 for k, v in weights.items()})
        check_same(made(x), wanted)
    with pytest.raises(WeightsMissing, match="there is no"):
        archdsl.load_plain(made, {})
    with pytest.raises(TypeError, match="Linear is no module"):
        archdsl.load_plain(nn.Linear(1, 1), {})


def wrong(name: str, value: object) -> Any:
    """An argument whose type a checker would refuse."""
    return {name: value}


def test_words_that_there_are_not() -> None:
    net = archdsl.loads(RESNET)
    with pytest.raises(PassError, match="no level 'fast'"):
        net.module(optimize="fast")
    with pytest.raises(ValueError, match="cuda_graphs takes sizes of batches, 1 or more, not 0"):
        net.module(cuda_graphs=(4, 0))
    with pytest.raises(ValueError, match="compile='max-autotune' captures CUDA graphs itself"):
        net.module(cuda_graphs=(4,), compile="max-autotune")
    with pytest.raises(ValueError, match="no memory format 'nhwc'"):
        net.module(memory_format="nhwc")
    for name, value in (("deterministic", "False"), ("init", 0), ("logits", 0), ("compile", 3)):
        with pytest.raises(ValueError, match=rf"{name}.* is True or False, not {value!r}"):
            net.module(**wrong(name, value))
    with pytest.raises(ValueError, match="a batch has at least one example, not 0"):
        net.module(batch=0)
    with pytest.raises(ValueError, match=r"no mode of torch\.compile 'fast'"):
        net.module(compile="fast", device="meta")
    with pytest.raises(ValueError, match="no dtype 'half': one of float64"):
        net.source(dtype="half")


def test_weights_are_copied_and_nothing_is_drawn() -> None:
    net = archdsl.loads(RESNET)
    weights = trained(net)
    state = torch.get_rng_state()
    made = net.module(weights=weights)
    empty = net.module(init=False)
    assert torch.equal(torch.get_rng_state(), state)
    assert empty.state_dict().keys() == weights.keys()
    assert all(t.device.type == "cpu" for t in empty.state_dict().values())
    empty.load_state_dict(weights)
    x = example(net)
    check_same(empty.eval()(x), made.eval()(x), 0.0)
    with torch.no_grad():
        for tensor in made.state_dict().values():
            tensor.zero_()
    assert all(t.any() for key, t in weights.items() if key.endswith("conv1.weight"))
    del weights["conv1.weight"]
    with pytest.raises(RuntimeError, match=r"conv1\.weight"):
        net.module(weights=weights)


def test_tables_that_are_computed_come_with_the_weights() -> None:
    net = archdsl.loads("input seq 6x8\nposembed(mode=sincos)\nFC-4\n")
    plain = net.module()
    x = torch.randn(2, 6, 8)
    check_same(net.module(weights=plain.state_dict())(x), plain(x), 0.0)


# --- number types and layouts --------------------------------------------------------------------


def layouts(module: nn.Module, x: Tensor) -> list[bool]:
    """Of every image that a layer gives: whether its channels are last."""
    found: list[bool] = []

    def look(_module: nn.Module, _inputs: object, made: object) -> None:
        if isinstance(made, Tensor) and made.dim() == 4 and made.shape[2:] != (1, 1):
            found.append(made.is_contiguous(memory_format=torch.channels_last))

    for one in module.modules():
        one.register_forward_hook(look)
    with torch.no_grad():
        module(x)
    return found


@pytest.mark.parametrize(
    ("text", "hooks"), [(RESNET, 0), (TWO, 0), ("input 4x8x8\nresidual[ conv3-4, relu ]\n", 1)]
)
def test_channels_stay_last(text: str, hooks: int) -> None:
    net = archdsl.loads(text)
    x = example(net)
    plain = net.module()
    made = net.module(memory_format="channels_last", weights=plain.state_dict())
    assert len(made._forward_pre_hooks) == hooks
    check_same(made.eval()(x), plain.eval()(x))
    found = layouts(made, x)
    assert found
    assert all(found)
    assert not any(layouts(plain, x))


def test_volumes_have_their_own_format() -> None:
    net = archdsl.loads("input volume 2x4x6x6\nresidual(shortcut=conv)[ conv3-4 ]\n")
    x = example(net)
    plain = net.module()
    made = net.module(memory_format="channels_last", weights=plain.state_dict())
    assert all(
        p.is_contiguous(memory_format=torch.channels_last_3d)
        for p in made.parameters()
        if p.dim() == 5
    )
    assert made(x).is_contiguous(memory_format=torch.channels_last_3d)
    check_same(made(x), plain(x))
    assert "torch.channels_last_3d" in net.source(memory_format="channels_last")
    flat = archdsl.loads("input 2x6x6\nconv3-4\n")
    with pytest.raises(ValueError, match="has no volumes"):
        flat.module(memory_format="channels_last_3d")


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float64"])
def test_number_types(dtype: str) -> None:
    net = archdsl.loads(RESNET)
    weights, x = trained(net), example(net)
    wanted = net.module(weights=weights).eval()(x)
    made = net.module(dtype=dtype, optimize="inference", weights=weights)
    kind = getattr(torch, dtype)
    assert made(x.to(kind)).dtype == kind
    check_same(made(x.to(kind)).float(), wanted, 0.1 if kind != torch.float64 else 1e-5)


@pytest.mark.parametrize("make", ALL)
def test_autocast_runs_forwards_and_back(make: Callable[[], Network]) -> None:
    network = make()
    module = build_network(network, spec_name="s").train()
    with torch.autocast("cpu", torch.bfloat16):
        made = leaves(module(*inputs_of(network)))
        total = torch.stack([y.float().square().mean() for y in made]).sum()
    total.backward()
    assert all(p.grad is None or p.grad.isfinite().all() for p in module.parameters())
    assert any(p.grad is not None and p.grad.any() for p in module.parameters())


def inputs_of(network: Network) -> list[Tensor]:
    torch.manual_seed(5)
    return [
        torch.randint(5, (2, *port.type.dims))
        if port.type.layout == TOKENS
        else torch.randn(2, *port.type.dims)
        for port in network.module.inputs
    ]


# --- compiling -----------------------------------------------------------------------------------

COMPILED = {
    "droppath": "input 3x8x8\nconv3-8, residual[ conv3-8, relu, droppath-0.5 ] x3, gap, FC-10\n",
    "window": "input 16x8x8\nattention(heads=2, window=4, shift=2)\n",
    "heads": HEADS,
    "two": TWO,
    "resnet": RESNET,
}


def check_compiled(module: nn.Module, inputs: list[Tensor]) -> None:
    """One graph in both modes, with the results and gradients of the module."""
    for mode in (True, False):
        module.train(mode)
        torch._dynamo.reset()
        compiled: Any = torch.compile(copy.deepcopy(module), backend="eager", fullgraph=True)
        made = []
        for one in (copy.deepcopy(module), compiled):
            torch.manual_seed(6)
            outputs = leaves(one(*inputs))
            torch.stack([y.square().mean() for y in outputs]).sum().backward()
            made.append((*outputs, *(p.grad for p in one.parameters() if p.grad is not None)))
        check_same(made[1], made[0], 0.0)


@pytest.mark.parametrize("text", COMPILED.values(), ids=COMPILED)
def test_compiles_into_one_graph(text: str) -> None:
    net = archdsl.loads(text)
    check_compiled(net.module(), [example(net)])


@pytest.mark.parametrize("make", [m for m in ALL if m.__name__ in ("recurrent", "language_model")])
def test_loops_and_tied_weights_compile_into_one_graph(make: Callable[[], Network]) -> None:
    network = make()
    check_compiled(build_network(network, spec_name="s"), inputs_of(network))


def test_optimized_and_laid_out_modules_compile_into_one_graph() -> None:
    net = archdsl.loads("input 4x8x8\nresidual[ conv3-4(norm=bn, act=relu) ], gap, FC-3\n")
    made = net.module(optimize="inference", memory_format="channels_last")
    torch._dynamo.reset()
    compiled = torch.compile(made, backend="eager", fullgraph=True)
    check_same(compiled(example(net)), made(example(net)), 0.0)


def test_compile_asks_torch_for_the_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(nn.Module, "compile", lambda _self, **options: asked.append(options))
    net = archdsl.loads(RESNET)
    for choice in (False, True, "max-autotune"):
        net.module(compile=choice, device="meta")
    assert asked == [{"mode": None}, {"mode": "max-autotune"}]


# --- batches of fixed sizes ----------------------------------------------------------------------


@pytest.mark.parametrize("text", [RESNET, TWO], ids=["one output", "two outputs"])
def test_batches_are_padded_to_the_next_size(text: str) -> None:
    net = archdsl.loads(text)
    weights = trained(net)
    plain = net.module(weights=weights).eval()
    made = net.module(weights=weights, cuda_graphs=(4, 1))
    seen: list[int] = []
    made.get_submodule("net").register_forward_pre_hook(lambda _, args: seen.append(len(args[0])))
    for batch in (1, 2, 3, 4, 5, 0):
        x = example(net, batch)
        got, wanted = made(x), plain(x)
        assert type(got) is type(wanted) or type(got).__name__ == type(wanted).__name__
        check_same(got, wanted)
    assert seen == [1, 4, 4, 4, 5, 1]


class OnDevice(Tensor):
    """A tensor of the CPU that says it is one of a CUDA device."""

    is_cuda = True


def test_each_size_is_captured_once(monkeypatch: pytest.MonkeyPatch) -> None:
    captured: list[tuple[int, ...]] = []

    def capture(run: Callable[..., Tensor], inputs: tuple[Tensor, ...]) -> Callable[..., Tensor]:
        captured.append(tuple(inputs[0].shape))
        static = [x.clone() for x in inputs]
        output = torch.empty(0)

        def replay(*given: Tensor) -> Tensor:
            nonlocal output
            for held, x in zip(static, given, strict=True):
                held.copy_(x)
            fresh = run(*static)
            output = fresh if not output.numel() else output.copy_(fresh)
            return output  # the same memory each time, as a graph's

        return replay

    monkeypatch.setattr(torch.cuda, "make_graphed_callables", capture)
    net = archdsl.loads("input 6\nFC-5, relu, FC-3\n")
    plain = net.module().eval()
    made = net.module(weights=plain.state_dict(), cuda_graphs=(2, 4))
    kept = []
    for batch in (1, 2, 3, 4, 1, 7):
        x = example(net, batch)
        kept.append((made(x.as_subclass(OnDevice)), plain(x)))
    assert captured == [(2, 6), (4, 6)]
    for got, wanted in kept:  # a later replay must not change what an earlier one gave
        check_same(got.as_subclass(Tensor), wanted)


def test_deterministic_asks_torch_for_it() -> None:
    before = torch.are_deterministic_algorithms_enabled(), torch.backends.cudnn.benchmark
    try:
        torch.backends.cudnn.benchmark = True
        archdsl.loads(RESNET).module(deterministic=True, device="meta")
        assert torch.are_deterministic_algorithms_enabled()
        assert not torch.backends.cudnn.benchmark
    finally:
        torch.use_deterministic_algorithms(before[0])
        torch.backends.cudnn.benchmark = before[1]


# --- a memory budget -----------------------------------------------------------------------------

DEEP = """
block two(out) { conv3-out(norm=bn, act=relu), dropout-0.2, conv3-out(norm=bn, act=relu) }
input 3x16x16
conv3-8, two(8), two(8) x3, two(12), residual[ conv3-12 ] x2, gap, flatten, FC-5
"""


def train_once(module: nn.Module, x: Tensor) -> tuple[int, list[Tensor]]:
    """Bytes that the forward pass keeps besides weights and its input; gradients and buffers."""
    weights = {t.untyped_storage().data_ptr() for t in module.state_dict().values()}
    kept: dict[int, int] = {}

    def note(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    torch.manual_seed(7)
    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        made = module.train()(x)
    made.square().sum().backward()
    for pointer in weights:
        kept.pop(pointer, None)
    grads = [p.grad for p in module.parameters() if p.grad is not None]
    return sum(kept.values()), [*grads, *module.buffers()]


@pytest.mark.parametrize("level", ["none", "training"])
def test_a_budget_is_kept_and_changes_nothing(level: str) -> None:
    net = archdsl.loads(DEEP)
    weights, x = trained(net), example(net, 8)
    plain = net.module(weights=weights, optimize=level)
    budget = 900_000
    made = net.module(weights=weights, optimize=level, memory_budget=budget, batch=8)
    all_kept, wanted = train_once(plain, x)
    kept, got = train_once(made, x)
    assert kept <= budget < all_kept
    assert len(wanted) == len(got) > 20
    for a, b in zip(got, wanted, strict=True):
        assert torch.equal(a, b)
    assert made.state_dict().keys() == plain.state_dict().keys()


def test_budgets_that_cannot_be_kept() -> None:
    net = archdsl.loads(DEEP)
    with pytest.raises(OverBudget, match="are the least"):
        net.module(memory_budget="1KB", batch=8)
    with pytest.raises(ValueError, match="CUDA graphs are for inference"):
        net.module(memory_budget="1GB", cuda_graphs=(1,))
    with pytest.raises(ValueError, match="inference keeps no activations"):
        net.module(memory_budget="1GB", optimize="inference")
    with pytest.raises(ValueError, match="not 'much'"):
        net.module(memory_budget="much")


def test_a_budget_compiles_with_statistics_counted_once() -> None:
    net = archdsl.loads(DEEP.replace("dropout-0.2, ", ""))
    weights, x = trained(net), example(net, 8)
    wanted = train_once(net.module(weights=weights), x)[1]
    made = net.module(weights=weights, memory_budget=900_000, batch=8)
    torch._dynamo.reset()
    compiled: Any = torch.compile(made, backend="aot_eager", fullgraph=True)
    compiled.train()(x).square().sum().backward()
    got = [p.grad for p in made.parameters() if p.grad is not None] + list(made.buffers())
    for a, b in zip(got, wanted, strict=True):
        torch.testing.assert_close(a, b)
