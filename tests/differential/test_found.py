"""What the random networks found, one case each."""

from __future__ import annotations

import pytest
import torch

from archdsl.backends.torch.live import build_network
from archdsl.source import SourceFile
from archdsl.syntax.format import render
from archdsl.syntax.parse import parse
from archdsl.syntax.yaml.convert import to_yaml
from archdsl.tensor import IMAGE, TensorType
from tests.differential import forms
from tests.differential.checks import check_network, check_running, compile_network
from tests.differential.flatten import flatten
from tests.differential.negative import compiled
from tests.differential.tree import Layer, Line, Program
from tests.differential.write import write

SHARED = [
    "input 4x8x8\na: conv3-4(init=he)\nconv3-4(share=a)\n",
    "input 4x8x8\na: deconv3-4(init=normal(0.05))\nb: deconv3-4(init=normal(0.05), share=a)\n",
    "input 4x8x8\ndefault conv (init=glorot)\na: conv3-4\nconv3-4(share=a)\n",
    "input 4x9x9\na: conv3-4/2(pad=tf-same)\nconv3-4/2(pad=tf-same, share=a)\n",
]
NOT_ONE_LAYER = [
    ("input 6x8x8", "dwconv3-12", ""),
    ("input 4x9x9", "conv3-4/2(pad=tf-same)", "upsample(2), "),
    ("input signal 1x8", "conv3-4(connect=[[0], [0], [0], [0]])", ""),
    ("input 8x4x4", "attention(2, window=2, shift=1)", "maxpool, "),
]


@pytest.mark.parametrize("text", SHARED)
def test_what_shares_can_be_built(text: str) -> None:
    network = compile_network(text)
    module = build_network(network, spec_name="shared")
    dims = network.module.inputs[0].type.dims
    assert module(torch.randn(2, *dims)).shape[0] == 2
    assert len([name for name in module.state_dict() if name.endswith("weight")]) == 1


@pytest.mark.parametrize(("enters", "layer", "between"), NOT_ONE_LAYER)
def test_layers_that_only_have_weights_of_one_shape_share_none(
    enters: str, layer: str, between: str
) -> None:
    again = layer.replace("(", "(share=a, ", 1) if "(" in layer else f"{layer}(share=a)"
    network, wrong = compiled(f"{enters}\na: {layer}\n{between}{again}\n")
    assert network is None
    assert [d.id for d in wrong] == ["bad-share"]


def test_a_shared_block_has_the_same_padding() -> None:
    block = "block tower { conv3-4/2(pad=tf-same), gap }\n"
    inputs = "input a: 3x8x8\ninput b: 3x9x9\n"
    body = "p: @a, tower\nq: @b, tower(share=p)\nadd[ @p | @q ]\n"
    network, wrong = compiled(block + inputs + body)
    assert network is None
    assert [d.id for d in wrong] == ["bad-share"]


def test_no_argument_by_place_behind_one_by_name() -> None:
    block = (
        "block part(w, s=2) {\n    slice(from=1, axis=channels)\n"
        "    residual(shortcut=all, scale=0.2)[ identity ]\n}\n"
    )
    body = "base: tanh\np: @base, part(6), FC-2\nq: @base, FC-3, part(4, 2)\nadd[ @p | @q ]\n"
    module = build_network(compile_network(f"{block}input 4\n{body}"), spec_name="order")
    assert module(torch.randn(2, 4)).shape == (2, 2)


def test_lrn_of_a_volume_whose_axes_were_moved() -> None:
    network = compile_network("input volume 4x5x4x3\ntranspose, lrn\n")
    x = torch.randn(2, 4, 5, 4, 3)
    found = build_network(network, spec_name="lrn")(x)
    wanted = torch.nn.functional.local_response_norm(x.transpose(3, 4).contiguous(), 5)
    torch.testing.assert_close(found, wanted)


def test_torch_is_spared_a_group_norm_without_gradients() -> None:
    steps = [Layer("zero"), Layer("permute", {"order": "wch"}), Layer("gn", {"groups": 1})]
    program = Program({"in0": TensorType(IMAGE, (4, 3, 2))}, [Line([*steps])])
    check_network(program, write(program), 0)


def test_a_call_in_tail_position_has_a_norm_less_to_share() -> None:
    block = "default mean (norm=bn)\nblock part { mean[ layerscale ] }\n"
    network, wrong = compiled(f"{block}input 4\na: part\nrelu, part(share=a)\n")
    assert network is None
    assert [d.id for d in wrong] == ["bad-share"]


def test_a_family_of_several_inputs() -> None:
    body = "    input left: 4x8x8\n    input right: 4x8x8\n    a: @left, conv3-w\n"
    body += "    output(train, weight=0.3) aux: relu\n    add[ @a | @right ]\n"
    text = f"network Net(w) {{\n{body}}}\nnetwork Net-4 = Net(4)\n"
    assert compile_network(text).name == "Net-4"


def test_a_projection_reads_its_own_body() -> None:
    text = (
        "input 4x4x4\ndefault conv (norm=bn, act=relu, order=pre)\n"
        "concat[ bn, tanh | residual(shortcut=all)[ conv3-4 ] ]\n"
    )
    layers = flatten(compile_network(text)).layers
    (cut,) = [layer for layer in layers if layer.path.endswith("shortcut")]
    (body,) = [layer for layer in layers if layer.op.name == "conv" and layer is not cut]
    assert cut.inputs == body.inputs


def test_a_projection_of_a_vector_has_the_order_of_fc() -> None:
    text = "input 4\ndefault FC (norm=bn, act=relu, order=pre)\nresidual(shortcut=all)[ FC-4 ]\n"
    first, second = [x for x in flatten(compile_network(text)).layers if x.op.name == "FC"]
    assert first.inputs == second.inputs != (0,)


LONG = "attention(heads=1, qkv_bias=false, dropout=0.1, window=2, bias=relative, shift=1)"


def test_a_comment_beside_a_text_of_several_lines() -> None:
    text = f"input 3x8x8\na: conv3-4,\n    {LONG}  #\n"
    assert "|  #" in to_yaml(render(parse(SourceFile("found.arch", text))[0]))
    forms.check(text, compile_network(text))


@pytest.mark.parametrize("layers", ["FC-2, flatten, FC-2", "FC-6, lstm-4, flatten, dropout, FC-3"])
def test_features_of_a_sequence_that_is_flattened_are_not_padded(layers: str) -> None:
    network = compile_network(f"input seq 6x4\n{layers}\n")
    check_running(network, flatten(network), 0)


NAMED = [
    "input 4x8x8\nx_: conv3-4\nadd[ @x_ | relu, conv3-4, tanh ]\n",
    "input 4x8x8\noutput x_: conv3-4\nconv1-4\n",
    "block u { x_: conv3-4\nadd[ @x_ | relu ] }\ninput 4x8x8\nu x2\nu\n",
    "block randomOutput { conv3-4, relu }\ninput 4x8x8\noutput p: randomOutput\nrandomOutput x2\n",
    "input randomOutput: 4x8x8\ninput b: 4x8x8\noutput p: add[ @randomOutput | @b ]\n@b, relu\n",
    "input 4x8x8\n_[0]: conv3-4\n_[1]: conv3-4\nadd[ @_[*] ]\n",
    "input 4x8x8\n_: conv3-4\nconv3-4 x2\nblock w { _: conv3-4 }\nw x3\n",
]


@pytest.mark.parametrize("text", NAMED)
def test_names_that_the_source_has_uses_for(text: str) -> None:
    """A label was called like the argument of `forward`, a block like the class of the outputs."""
    network = compile_network(text)
    check_running(network, flatten(network), 0)
