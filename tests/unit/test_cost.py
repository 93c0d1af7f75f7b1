"""Counts against published figures, and what sharing, repeats and branches do to them."""

from __future__ import annotations

import pytest

from archdsl.analysis.cost import Cost, cost, count
from archdsl.analysis.depth import depth
from archdsl.analysis.memory import BYTES, memory
from archdsl.analysis.receptive import Field, receptive_fields
from archdsl.analysis.walk import layers
from archdsl.ir.model import Module, Network
from archdsl.ir.order import CyclicModules, postorder
from tests import ir_networks
from tests.ir_builder import SPAN, Graph, image
from tests.ir_networks import conv_relu
from tests.ir_published import resnet50, resnet152, vgg_a, vgg_e

# params, buffers, MACs, layers with weights on the longest path: torchvision 0.28, the papers.
PUBLISHED = [
    (vgg_a, 132_863_336, 0, 7_609_090_048, 11),
    (vgg_e, 143_667_240, 0, 19_632_062_464, 19),
    (resnet50, 25_557_032, 53_173, 4_089_184_256, 50),
    (resnet152, 60_192_808, 151_579, 11_513_626_624, 152),
]


@pytest.mark.parametrize(("make", "params", "buffers", "macs", "deep"), PUBLISHED)
def test_published_networks_cost_what_is_published(make, params, buffers, macs, deep):
    module = make().module
    total = cost(module)
    assert (total.params, total.trainable, total.buffers) == (params, params, buffers)
    assert (total.macs, total.matmul_macs) == (macs, 0)
    assert depth(module) == deep


def test_activations_are_those_of_convolutions_and_linear_layers():
    assert cost(vgg_e().module).activations == 14_852_096 + 4096 + 4096 + 1000
    assert cost(resnet50().module).activations == 11_114_984  # 11.1 M: Radosavovic 2020


@pytest.mark.parametrize("make", ir_networks.ALL)
def test_totals_are_the_sums_of_the_layers(make):
    module = make().module
    total, rows = cost(module), list(layers(module))
    assert total.layers == len(rows)
    assert total.params == sum(row.params for row in rows)
    assert total.total_macs == sum(row.macs for row in rows)
    assert total.activations == sum(row.each.activations for row in rows)


def repeated(times: int, tied: bool = False) -> Network:
    x = image(4, 6, 6)
    g = Graph(x)
    g.repeat((conv_relu(x, 4), times), name="body", tied=tied)
    return g.network("repeated")


def test_a_repeat_multiplies_and_a_tied_one_holds_one_set_of_weights():
    one, tied = cost(repeated(1).module), cost(repeated(5, tied=True).module)
    five = cost(repeated(5).module)
    assert (five.params, five.macs, five.layers) == (5 * one.params, 5 * one.macs, 10)
    assert (tied.params, tied.macs, tied.layers) == (one.params, 5 * one.macs, 10)


def test_shared_weights_count_once_and_their_work_twice():
    total = cost(ir_networks.siamese().module)
    conv, fc = 3 * 3 * 4 + 4, 4 * 8 * 8 * 2 + 2
    assert total.params == conv + fc
    assert total.macs == 2 * (9 * 4 * 64) + 4 * 64 * 2


def test_a_shared_call_holds_nothing():
    x = image(4, 6, 6)
    g, body = Graph(x), conv_relu(x, 4)
    g.call(body, name="a")
    g.call(body, name="b", shares=0)
    assert cost(g.network("n").module).params == 4 * 4 * 9 + 4


def test_attention_products_are_apart():
    total = cost(ir_networks.language_model().module)
    assert total.matmul_macs == 4 * 2 * 6 * 6 * 8
    assert total.total_macs == total.macs + total.matmul_macs


def test_a_million_repetitions_are_one_multiplication():
    million, deep = repeated(10**6).module, repeated(10**18).module
    assert cost(million).params == 10**6 * 148
    assert cost(deep).macs == 10**18 * 4 * 4 * 9 * 36
    assert depth(deep) == 10**18
    assert memory(million).forward == memory(repeated(3).module).forward
    field = next(receptive_fields(million, fold=True))
    assert field is not None
    assert field.size == (2 * 10**6 + 1,) * 2


def test_nesting_needs_no_stack():
    module = conv_relu(image(4, 6, 6), 4)
    for _ in range(5_000):
        g = Graph(image(4, 6, 6))
        g.call(module, name="inner")
        module = g.module("level")
    assert cost(module).layers == 2
    assert depth(module) == 1
    assert len(list(layers(module))) == 2
    assert memory(module).forward > 0
    assert len(list(receptive_fields(module))) == 2


def test_memo_keeps_what_was_counted():
    memo: dict[Module, Cost] = {}
    network = resnet50()
    assert cost(network.module, memo) is cost(network.module, memo)
    assert all(cost(part, memo) is memo[part] for part in network.module.submodules())


def test_count_follows_repeats_and_knows_aliases_and_blocks():
    module = resnet50().module
    assert count(module, "conv") == 53
    assert count(module, "BatchNorm") == count(module, "bn") == 53
    assert count(module, "bottleneck") == 16
    assert count(module, "lstm") == 0


def test_a_module_that_uses_itself_is_refused():
    x = image(4, 6, 6)
    g = Graph(x)
    g.call(conv_relu(x, 4), name="a")
    g.nodes[0].module = module = g.module("m")
    with pytest.raises(CyclicModules, match="`m` uses itself"):
        postorder(Module("n", "block", 1, (), g.inputs, module.nodes, module.outputs, {}, SPAN))


# --- depth, memory, receptive field -----------------------------------------------------------


def test_depth_takes_the_longest_branch_and_leaves_training_heads_out():
    assert depth(ir_networks.googlenet().module) == 1 + 2 + 2 + 2 + 1
    assert depth(ir_networks.recurrent().module) == 1 + 3 + 3


def test_memory_of_weights_and_batches():
    module = resnet50().module
    one, many = memory(module), memory(module, batch=32, dtype="bfloat16")
    assert one.weights == 4 * (25_557_032 + 53_173)
    assert many.weights == one.weights // 2
    assert many.forward == 16 * one.forward
    assert one.training(0) == one.weights + one.gradients + one.saved


def test_the_forward_peak_is_the_largest_pair_of_neighbours_in_a_chain():
    widest = 64 * 224 * 224 * 4
    assert memory(vgg_e().module).forward == 2 * widest
    module = ir_networks.siamese().module
    left, conv = 64, 4 * 64
    # Both inputs, then the first branch, whose result waits for the second.
    assert memory(module).forward == 4 * max(left + 2 * conv, conv + left + conv, 3 * conv)


def test_what_training_keeps_is_what_torch_keeps():
    torch = pytest.importorskip("torch")
    nn = torch.nn
    x, kept = torch.randn(3, 3, 32, 32), {}
    make = [nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 8, 3, padding=1), nn.ReLU()]
    make += [nn.MaxPool2d(2), nn.Conv2d(8, 16, 3, padding=1), nn.ReLU()]
    for _ in range(3):
        make += [nn.Conv2d(16, 16, 3, padding=1), nn.ReLU()]
    make += [nn.MaxPool2d(2), nn.Flatten(), nn.Linear(1024, 32), nn.ReLU()]
    model = nn.Sequential(*make, nn.Dropout(0.5), nn.Linear(32, 10), nn.Softmax(1))
    weights = {p.untyped_storage().data_ptr() for p in model.parameters()}

    def pack(tensor):
        kept[tensor.untyped_storage().data_ptr()] = tensor
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        model(x)
    measured = sum(t.untyped_storage().nbytes() for at, t in kept.items() if at not in weights)
    stated = memory(ir_networks.vgg().module, batch=3).saved
    # torch keeps the dropout's mask as float32 on the CPU, one byte on the GPU.
    assert stated == pytest.approx(measured, abs=3 * 32 * 4)


@pytest.mark.parametrize("dtype", BYTES)
def test_memory_is_in_proportion_to_the_dtype(dtype):
    module = vgg_a().module
    assert memory(module, dtype=dtype).forward * 4 == memory(module).forward * BYTES[dtype]


def test_memory_refuses_what_it_does_not_know():
    with pytest.raises(ValueError, match="dtype is one of"):
        memory(vgg_a().module, dtype="float4")
    with pytest.raises(ValueError, match="at least one"):
        memory(vgg_a().module, batch=0)


def fields(network: Network) -> dict[str, Field | None]:
    pairs = zip(layers(network.module), receptive_fields(network.module), strict=True)
    return {layer.path: field for layer, field in pairs}


def test_receptive_fields_of_published_networks():
    vgg, resnet = fields(vgg_e()), fields(resnet50())
    assert vgg["maxpool5"].size == (268, 268)
    assert vgg["maxpool5"].stride == (32, 32)
    assert vgg["fc"].whole
    assert resnet["maxpool"].size == (11, 11)
    assert resnet["conv5_x.2.relu3"].size == (427, 427)
    assert resnet["gap"].whole


def test_receptive_fields_take_the_larger_branch_and_follow_enlargements():
    g = Graph(image(3, 32, 32))
    a = g.op("conv", kernel=5, out=4)
    b = g.op("conv", (-1, 0), kernel=3, out=4)
    g.op("add", a, b)
    g.op("maxpool", kernel=2, stride=2, name="down")
    g.op("upsample", factor=2, name="up")
    g.op("conv", kernel=3, out=4, dilation=2, name="dilated")
    found = fields(g.network("n"))
    assert [found[k].size for k in ("add", "down", "up", "dilated")] == [
        (5, 5),
        (6, 6),
        (6, 6),
        (10, 10),
    ]
    assert found["up"].stride == (1, 1)


def test_receptive_fields_are_undefined_on_tokens():
    assert set(fields(ir_networks.language_model()).values()) == {None}


@pytest.mark.parametrize("make", ir_networks.ALL)
def test_folded_fields_are_those_of_the_last_repetition(make):
    module = make().module
    last = {}
    for layer, field in zip(layers(module), receptive_fields(module), strict=True):
        last[layer.node] = str(field)
    rows = zip(layers(module, fold=True), receptive_fields(module, fold=True), strict=True)
    for layer, field in rows:
        assert str(field) == last.get(layer.node), layer.path
