"""Passes on small networks with one difficulty each: what is rewritten, and what is left alone."""

from __future__ import annotations

import pytest
import torch

from archdsl.analysis.cost import cost, count
from archdsl.ir.model import Network
from archdsl.passes.run import PASSES, apply, optimize
from archdsl.weights.moved import WeightsMissing, from_rewritten, to_rewritten
from tests.unit.passes_helper import (
    assert_close,
    assert_same,
    examples,
    live,
    network,
    outputs,
    randomize,
)

# (spec, layers after folding): every norm that can go has gone, no other.
FOLDED = {
    "conv": ("conv3-8(norm=bn, act=relu), FC-4", 4),
    "with a bias": ("conv3-8, bn(eps=0.1), relu, FC-4", 4),
    "no factor": (
        "conv3-8, bn(affine=false), conv3-8(bias=false), bn(affine=false, eps=2), FC-4",
        4,
    ),
    "depthwise": ("conv3-8, dwconv3(norm=bn), dwconv3-16(norm=bn), FC-4", 5),
    "separable": ("sepconv3-8(norm=bn), FC-4", 3),
    "groups": ("conv3-8, conv3-8(groups=4, norm=bn), FC-4", 4),
    "deconv": ("conv3-8, deconv4-6/2(groups=2, norm=bn), deconv2-5/2(norm=bn), FC-4", 5),
    "FC": ("FC-8(norm=bn), FC-4", 3),
    "chain": ("conv3-8, bn, affine, scale-0.3, layerscale(0.5), relu, FC-4", 4),
    "scale in a residual": ("conv3-8, residual(scale=0.17)[ conv3-8 ], FC-4", 5),
    "order=pre": ("conv3-8, bn, relu, conv3-8, FC-4", 5),
    "first, without padding": ("bn, conv3-6(pad=0, groups=3), FC-4", 3),
    "first, depthwise": ("affine, dwconv3-6(pad=0), FC-4", 3),
    "first, with padding": ("bn, conv3-8, FC-4", 4),
    "first, without bias": ("bn, conv3-8(pad=0, bias=false), FC-4", 4),
    "scale first, without bias": ("scale-3, conv3-8(pad=0, bias=false), FC-4", 3),
    "several in a row first": ("gap, flatten, bn, affine, scale-2, FC-4", 3),
    "first, without bias, one behind": ("bn, conv3-6(pad=0, bias=false), bn, relu, FC-4", 4),
    "a row read twice": ("s: bn\naffine, conv3-4(pad=0)\nconcat[ gap | @s, gap ], FC-4", 7),
    "FC second": ("gap, flatten, bn, FC-4", 3),
    "read twice": ("s: conv3-8\nbn\nconcat[ identity | @s ], FC-4", 5),
    "an output": ("s: conv3-8\noutput o: @s\nbn, relu, FC-4", 5),
    "other axis": ("tokens, FC-8, bn(axis=l), FC-4", 4),
    "a sequence": ("tokens, FC-8(norm=bn), FC-4", 3),
    "no layer before": ("maxpool, bn, relu, FC-4", 5),
    "connections": ("conv3-2(connect=[[0, 1], [1, 2]]), bn, FC-4", 4),
    "zero": ("conv3-8, scale-0, FC-4", 4),
    "shared": ("s: conv3-3\nbn, conv3-3(share=s), bn, FC-4", 6),
    "tied": ("conv3-8, { conv3-8(norm=bn, act=relu) } x4 shared, FC-4", 11),
    "repeat": ("conv3-8, { conv3-8(norm=bn, act=relu) } x4, FC-4", 11),
}


@pytest.mark.parametrize("name", FOLDED)
def test_norms_are_folded_where_that_is_exact(name: str) -> None:
    body, layers = FOLDED[name]
    net = network("input 3x6x6\n" + body)
    done = apply(net, ["fold-norms"])
    assert cost(done.network.module).layers == layers
    assert_same(net, done, seed=len(name))


BLOCKS = """
block basic(out, stride=1) {
    residual(act=relu, shortcut=conv)[ conv3-out/stride, dropout-0.2, conv3-out ]
}
block heads(n) {
    output a: FC-n, FC-5
    output b: FC-n, dropout-0.5, FC-6
}
block feed(@p, @q) { add[ @p, FC-4 | @q, FC-4 ] }
block quiet() { dropout-0.3, droppath-0.1 }
"""

WHOLE = {
    "blocks": "conv3-4, basic(8, stride=2 then 1) x3, gap, FC-3",
    "dropouts only": "{ dropout-0.1 } x3, quiet(), { quiet() } x2, FC-3, dropout-0.5",
    "an output of a block": "gap\nh: heads(4)\noutput(train) aux: @h.a, FC-2\n@h.b, FC-3",
    "an input of a block": (
        "s: conv3-4\nt: conv3-4\noutput(train) aux: feed(@s, @t)\n@s, conv3-4, gap, FC-3"
    ),
    "weights of what goes": "gap\nf: FC-4\noutput(train) aux: @f, FC-5(share=no)\n@f, FC-3",
    "shared blocks": "s: conv3-4\nb: basic(4)\nbasic(4, share=b)\n{ basic(4) } x3 shared\nFC-3",
    "equal layers": "s: conv3-4\nconcat[ relu | relu, maxpool3/1(pad=1) | relu, sigmoid ]\nFC-3",
    "outputs": "s: conv3-4\noutput one: @s, gap, FC-3\n@s, gap, FC-2, soft-max",
    "the input itself": "dropout-0.5",
    "a map laid flat beside a vector": (
        "s: conv3-4\na: @s, flatten\nb: @s, gap, FC-256\nadd[ @a | @b ], FC-3"
    ),
}


def whole(name: str) -> Network:
    """A network with blocks."""
    body = WHOLE[name].replace("(share=no)", "").replace("\n", "\n  ")
    head = "network net {\n  input 3x8x8\n  default conv (norm=bn, act=relu)\n  "
    return network(BLOCKS + head + body + "\n}\n")


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("level", ["inference", "training"])
def test_whole_networks(name: str, level: str) -> None:
    net = whole(name)
    done = optimize(net, level)
    after = assert_same(net, done)
    kinds = " ".join(type(m).__name__ for m in after.modules())
    assert (level == "training") or ("Dropout" not in kinds and "BatchNorm" not in kinds)


@pytest.mark.parametrize(
    "names", [["merge-siblings"], ["pad-channels"], ["fold-norms", "merge-siblings"]]
)
@pytest.mark.parametrize("name", WHOLE)
def test_whole_networks_on_request(name: str, names: list[str]) -> None:
    net = whole(name)
    assert_same(net, apply(net, names))


def test_outputs_of_training_go_with_all_that_only_they_need() -> None:
    net = whole("an output of a block")
    done = apply(net, ["drop-training"])
    assert [o.name for o in done.network.module.outputs] == ["out"]
    # gap, flatten, FC-4, FC-6 of the block, and FC-3: 3*4 + 4, 4*6 + 6, 6*3 + 3
    assert cost(done.network.module).params == 16 + 30 + 21
    state = randomize(live(net))
    moved = to_rewritten(done.moves, state)
    assert set(moved) < set(state)
    with pytest.raises(WeightsMissing, match="base="):
        from_rewritten(done.moves, moved)
    with pytest.raises(WeightsMissing, match="`base` has no `"):
        from_rewritten(done.moves, moved, {})
    back = from_rewritten(done.moves, moved, state)
    assert all(torch.equal(back[key], state[key]) for key in state)
    assert set(back) == set(state)


@pytest.mark.parametrize("kind", ["attention(2, dropout={})", "gru(8, layers=2, dropout={})"])
def test_layers_that_draw_numbers_inside_are_not_equal(kind: str) -> None:
    text = "input seq 4x8\nz: ln\na: KIND\nb: @z, KIND\nadd[ @a | @b ]"
    for dropout, left in (("0.5", 2), ("0.0", 1)):
        shared = kind.format(dropout)
        spec = text.replace("KIND", shared, 1).replace("KIND", shared[:-1] + ", share=a)")
        done = apply(network(spec), ["common-subexpressions"])
        assert count(done.network.module, kind.partition("(")[0]) == left


def test_weights_of_other_shapes_are_not_stretched() -> None:
    net = network("input 3x8x8\nconv3-4(bias=false), bn, relu, conv3-6\n")
    folded, padded = apply(net, ["fold-norms"]), apply(net, ["pad-channels"])
    state = randomize(live(net))
    for done, key, text in (
        (folded, "bn1.weight", "`bn1.weight` is 1 in this state_dict, and 4 in the network"),
        (folded, "conv1.weight", "and 4x3x3x3 in the network"),
        (padded, "conv2.weight", "and 6x4x3x3 in the network"),
    ):
        with pytest.raises(WeightsMissing, match=text):
            to_rewritten(done.moves, {**state, key: state[key][:1]})
        with pytest.raises(WeightsMissing, match="a single number in this state_dict"):
            to_rewritten(done.moves, {**state, key: 1.0})  # type: ignore[dict-item]


def test_equal_layers_are_computed_once() -> None:
    net = whole("equal layers")
    done = apply(net, ["common-subexpressions"])
    assert count(net.module, "relu") == 4
    assert (
        count(done.network.module, "relu") == 2
    )  # that of the convolution, and one for the three branches


def test_siblings_become_one() -> None:
    net = network(
        "input 8x6x6\nconcat[ conv1-4, relu | conv1-6, relu, conv3-5 | conv1-2(bias=false)"
        " | maxpool3/1(pad=1), conv1-3 ]\ngap, concat[ FC-3 | FC-4 | FC-5 ]"
    )
    done = apply(net, ["common-subexpressions", "merge-siblings"])
    # The two 1x1 convolutions of equal attributes, and the three FC, whose flattens are one.
    assert count(done.network.module, "conv") == count(net.module, "conv") - 1
    assert (count(net.module, "FC"), count(done.network.module, "FC")) == (3, 1)
    assert count(done.network.module, "split") == 2
    assert cost(done.network.module).params == cost(net.module).params
    assert_same(net, done)


def test_channels_are_padded_with_what_arithmetic_says() -> None:
    net = network("input 3x10x10\nconv3-6(norm=bn, act=relu), dwconv3, maxpool, conv3-11, FC-4")
    done = apply(net, ["pad-channels"], multiple=8)
    # conv 3*8*9, its norm 2*8, dwconv 8*9 + 8, conv 8*16*9 + 16, FC 16*25*4 + 4
    wanted = 3 * 8 * 9 + 2 * 8 + (8 * 9 + 8) + (8 * 16 * 9 + 16) + 16 * 25 * 4 + 4
    assert cost(done.network.module).params == wanted
    assert_same(net, done)
    assert apply(net, ["pad-channels"], multiple=1).network is net


def test_a_million_blocks_cost_what_one_does() -> None:
    net = network("input 4x8x8\n{ conv3-4(norm=bn, act=relu), dropout-0.1 } x1000000\nFC-3")
    done = optimize(net, "inference")
    # a kernel and a bias for each: 4*4*9 + 4, and FC 256*3 + 3
    assert cost(done.network.module).params == 1_000_000 * 148 + 771
    first = next(iter(done.moves[-1]))
    assert first.targets[0][1].endswith(".0.conv1.weight")


def test_weights_of_what_goes_stay_with_who_shares_them() -> None:
    net = network(
        "input 8x6x6\nf: gap, flatten\na: FC-5\noutput(train) aux: @a, FC-2\n"
        "@f, FC-5(share=a), relu, concat[ identity | @f, FC-5(share=a) ], FC-3"
    )
    done = apply(net, ["drop-training"])
    (rename, drop) = list(done.moves[-1])
    assert (rename.rule, drop.rule) == ("rename", "drop")
    assert cost(done.network.module).params == 8 * 5 + 5 + 10 * 3 + 3
    assert_same(net, done)


TRAINED = sorted(name for name, kind in PASSES.items() if kind.keeps == "training")


@pytest.mark.parametrize("one", TRAINED)
@pytest.mark.parametrize("name", WHOLE)
def test_training_is_the_same(name: str, one: str) -> None:
    """Outputs, input gradients, weight gradients and running statistics of a training step."""
    net = whole(name)
    done = apply(net, [one])
    plain, after = live(net).train(), live(done.network).train()
    state = randomize(plain)
    plain.load_state_dict(state)
    after.load_state_dict(to_rewritten(done.moves, state))
    inputs = examples(net)
    results, inward = [], []
    for module in (plain, after):
        torch.manual_seed(3)
        made = outputs(module, inputs)
        loss = torch.stack([(y * y).sum() for y in made]).sum()
        inward.append(torch.autograd.grad(loss, inputs, retain_graph=True))
        if loss.requires_grad and list(module.parameters()):
            loss.backward()
        results.append([y.detach() for y in made])
    assert_close(results[0], results[1])
    assert_close(list(inward[0]), list(inward[1]), 1e-8)
    pairs = [
        {k: v.grad for k, v in m.named_parameters() if v.grad is not None} for m in (plain, after)
    ]
    moved = to_rewritten(done.moves, {**state, **pairs[0]})
    assert_close([moved[key] for key in pairs[1]], list(pairs[1].values()), 1e-8)
    moved = to_rewritten(done.moves, plain.state_dict())
    floats = {k: v for k, v in after.state_dict().items() if v.is_floating_point()}
    assert_close([moved[key] for key in floats], list(floats.values()))
