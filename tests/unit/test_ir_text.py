"""The text form of the IR: each module once, with all that it holds."""

from __future__ import annotations

from archdsl.ir.model import Claim, Design, Network
from archdsl.ir.text import render
from tests import ir_networks
from tests.ir_builder import Graph, image

RECURRENT = """\
design two

#1 group
    input in0: image 4x6x6
    conv = conv3-4 %in.in0 -> image 4x6x6
    relu = relu %conv -> image 4x6x6
    output out0 = %relu

#2 group
    input x: image 4x6x6
    input captured0: image 4x6x6
    conv = conv3-4 %in.x -> image 4x6x6
    add = add %conv %in.captured0 -> image 4x6x6
    output out0 = %add

#3 network recurrent
    input in0: image 4x6x6
    conv = conv3-4 %in.in0 -> image 4x6x6
    tied = repeat shared [#1 x3] %conv -> image 4x6x6
    refine = repeat [#2 x3] %tied %conv -> image 4x6x6
    output out0 = %refine
    label memory = %conv

#4 network started
    input in0: vector 8
"""


def test_the_text_form_says_everything() -> None:
    networks = (ir_networks.recurrent(), ir_networks.started())
    text = render(Design("two", networks))
    assert text.startswith(RECURRENT)
    assert "fc = FC-8 %in.in0 -> vector 8 init weight=normal(0.5) init bias=constant(0.0)" in text
    assert text.endswith("network recurrent = #3\n\nnetwork started = #4\n")


def test_several_outputs_sharing_training_heads_and_arguments_show() -> None:
    design = Design("d", (ir_networks.splitter(), ir_networks.siamese(), ir_networks.googlenet()))
    text = render(design)
    assert "split = split(parts=2) %conv -> image 4x8x8, image 4x8x8" in text
    assert "concat = concat %split.0 %conv2 -> image 8x8x8" in text
    assert "again = conv3-4 %in.right -> image 4x8x8 shares %conv" in text
    assert "output train aux1 = %head_softmax weight=0.3" in text
    assert "block inception(n1=4, n3=6, n5=2, pool=4)" in text


def test_a_module_that_two_networks_use_is_written_once() -> None:
    inner = ir_networks.siamese().module
    designs = []
    for name in ("a", "b"):
        g = Graph(image(1, 8, 8), image(1, 8, 8))
        g.call(inner, (-1, 0), (-1, 1), name="body")
        designs.append(g.network(name))
    text = render(Design("d", tuple(designs)))
    assert text.count("network Siamese") == 1
    assert text.count("call #1") == 2


def test_the_text_is_the_same_each_time() -> None:
    first, second = (render(Design("d", tuple(f() for f in ir_networks.ALL))) for _ in range(2))
    assert first == second


def test_claims_and_training_facts_show_and_nothing_breaks_a_line() -> None:
    module = ir_networks.started().module
    claim = Claim("params", "~", 144 * 10**6, "params ~ 144M")
    facts = (("optimizer", "sgd\n#9 network fake"),)
    text = render(Design("d\nnetwork x = #7", (Network("net one", module, "", (claim,), facts),)))
    assert "    expect params ~ 144000000\n" in text
    assert "    train optimizer = sgd\\n#9 network fake\n" in text
    assert text.startswith("design 'd\\nnetwork x = #7'\n")
    assert "network 'net one' = #1\n" in text
