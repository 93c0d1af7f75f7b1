"""The verifier finds each kind of fault that it names, and none in sound designs."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from archdsl.ir.model import CallNode, Design, Module, OpNode, Output, RepeatNode
from archdsl.ir.names import MODULE_ATTRIBUTES, is_attribute_name
from archdsl.ir.verify import IRError, check, verify
from tests import ir_networks, ir_published
from tests.ir_builder import SPAN, Graph, image, make, vector
from tests.ir_networks import conv_relu

X = image(4, 6, 6)


def problems(g: Graph) -> list[str]:
    return verify(Design("d", (g.network("n"),)))


def chain() -> Graph:
    g = Graph(X)
    g.op("conv", kernel=3, out=4)
    g.op("relu")
    return g


@pytest.mark.parametrize("make_network", [*ir_networks.ALL, ir_published.resnet50])
def test_sound_designs_have_no_problem(make_network) -> None:
    check(Design("d", (make_network(),)))


def test_check_raises_with_all_problems() -> None:
    g = chain()
    g.nodes[0].name, g.nodes[1].name = "eval", "class"
    with pytest.raises(IRError, match="cannot be an attribute") as caught:
        check(Design("d", (g.network("n"),)))
    assert len(caught.value.problems) == 2


def late_value(g: Graph) -> None:
    g.nodes[0].inputs = ((1, 0),)


def own_value(g: Graph) -> None:
    g.nodes[0].inputs = ((0, 0),)


def missing_port(g: Graph) -> None:
    g.nodes[1].inputs = ((0, 1),)


def missing_input(g: Graph) -> None:
    g.nodes[0].inputs = ((-1, 3),)


def negative_index(g: Graph) -> None:
    g.nodes[1].inputs = ((-2, 0),)


def second_name(g: Graph) -> None:
    g.nodes[1].name = g.nodes[0].name


def wrong_type(g: Graph) -> None:
    g.nodes[0].outputs = (image(5, 6, 6),)


def wrong_in_types(g: Graph) -> None:
    node = g.nodes[0]
    assert isinstance(node, OpNode)
    node.in_types = (image(9, 6, 6),)


def refused(g: Graph) -> None:
    node = g.nodes[1]
    assert isinstance(node, OpNode)
    node.op = make("conv", kernel=9, out=4, pad=0)


def needs_flatten(g: Graph) -> None:
    node = g.nodes[1]
    assert isinstance(node, OpNode)
    node.op = make("fc", out=4)


def too_many_inputs(g: Graph) -> None:
    node = g.nodes[1]
    assert isinstance(node, OpNode)
    node.inputs, node.in_types = ((0, 0), (0, 0)), (X, X)


def bad_label(g: Graph) -> None:
    g.labels["lost"] = (7, 0)


def shares_later(g: Graph) -> None:
    g.nodes[0].shares = 1


def shares_other_shape(g: Graph) -> None:
    g.nodes[1].shares = 0


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (late_value, r"node conv \[0\]: input \(1, 0\) does not exist before it"),
        (own_value, r"input \(0, 0\) does not exist before it"),
        (missing_port, r"node relu \[1\]: input \(0, 1\) does not exist"),
        (missing_input, r"input \(-1, 3\) does not exist"),
        (negative_index, r"input \(-2, 0\) does not exist"),
        (second_name, "a second node of that name"),
        (wrong_type, r"`conv` gives \(image 4x6x6\), not \(image 5x6x6\)"),
        (wrong_in_types, r"it expects \(image 9x6x6\) and is given \(image 4x6x6\)"),
        (refused, r"`conv` refuses \(image 4x6x6\)"),
        (needs_flatten, "`FC` needs `flatten` before it"),
        (too_many_inputs, "`relu` does not take 2 inputs"),
        (bad_label, r"label `lost` is \(7, 0\), which does not exist"),
        (shares_later, "shares the weights of node 1, which is not before it"),
        (shares_other_shape, "weights are not shaped like those of `conv`"),
    ],
)
def test_faults_are_found(spoil: Callable[[Graph], None], problem: str) -> None:
    g = chain()
    spoil(g)
    assert re.search(problem, "\n".join(problems(g)))


def module_of(*outputs: Output) -> Module:
    g = chain()
    return Module("m", "network", 1, (), g.inputs, tuple(g.nodes), outputs, {}, SPAN)


def test_outputs_exist_and_have_names_of_their_own() -> None:
    good = ir_networks.siamese()
    for outputs, problem in (
        ((), "it has no output"),
        ((Output("a", (2, 0)),), "output `a` is (2, 0), which does not exist"),
        ((Output("a", (1, 0)), Output("a", (0, 0))), "a second output `a`"),
    ):
        good.module = module_of(*outputs)
        assert verify(Design("d", (good,))) == [f"network m: {problem}"]


def test_a_second_network_of_a_name_is_found() -> None:
    network = ir_networks.siamese()
    found = verify(Design("d", (network, network)))
    assert found == ["network Siamese: a second network of that name"]


def test_calls_and_repeats_fit_end_to_end() -> None:
    body, wider = conv_relu(X, 4), conv_relu(X, 8)
    g = Graph(X)
    g.call(body, name="a")
    g.nodes[0].outputs = (image(5, 6, 6),)
    g.nodes.append(CallNode(body, "b", ((0, 0),), (X,), SPAN, 1))
    g.nodes.append(RepeatNode(((wider, 2),), False, "c", ((1, 0),), (image(8, 6, 6),), SPAN, 2))
    g.nodes.append(RepeatNode(((body, 0),), False, "d", ((1, 0),), (X,), SPAN, 3))
    g.nodes.append(RepeatNode((), False, "e", ((1, 0),), (X,), SPAN, 4))
    g.nodes.append(RepeatNode(((body, 2),), False, "f", ((1, 0),), (vector(3),), SPAN, 5))
    found = "\n".join(problems(g))
    assert "node a [0]: its types are not its module's" in found
    assert "node b [1]: `` takes (image 4x6x6) and is given (image 5x6x6)" in found
    assert "node c [2]: `` takes (image 4x6x6) and is given (image 8x6x6)" in found
    assert "node d [3]: `` runs 0 times" in found
    assert "node e [4]: a repeat needs a body and an input" in found
    assert "node f [5]: its types are not those of its last run" in found


def test_tied_runs_hold_equal_weights() -> None:
    first, rest = conv_relu(image(3, 6, 6), 4), conv_relu(X, 4)
    g = Graph(image(3, 6, 6))
    g.repeat((first, 1), (rest, 2), name="body", tied=True)
    assert "its runs hold different weights" in problems(g)[0]
    g = Graph(image(4, 8, 8))
    strided = []
    for size in (8, 4):
        inner = Graph(image(4, size, size))
        inner.op("conv", kernel=3, out=4, stride=2)
        strided.append(inner.module("down"))
    g.repeat((strided[0], 1), (strided[1], 1), name="body", tied=True)
    assert problems(g) == []


def test_shared_calls_and_repeats_compare_all_that_they_hold() -> None:
    one, other = conv_relu(X, 4), conv_relu(X, 4)
    plain = Graph(X)
    plain.op("conv", kernel=5, out=4)
    g = Graph(X)
    g.call(one, name="a")
    g.call(other, name="b", shares=0)
    g.repeat((one, 1), (other, 2), name="r")
    g.repeat((other, 3), name="s")
    g.nodes[3].shares = 2
    assert problems(g) == []
    g.call(plain.module("p"), name="c", shares=0)
    assert problems(g) == ["network n: node c [4]: its weights are not shaped like those of `a`"]


def test_a_cycle_is_one_problem() -> None:
    g = Graph(X)
    g.call(conv_relu(X, 4), name="a")
    module = g.module("loop")
    node = module.nodes[0]
    assert isinstance(node, CallNode)
    node.module = module
    network = ir_networks.siamese()
    network.module = module
    assert verify(Design("d", (network,))) == ["network Siamese: module `loop` uses itself"]


def test_many_calls_of_one_module_are_looked_at_once() -> None:
    module = conv_relu(X, 4)
    for _ in range(200):  # 2**200 layers
        g = Graph(X)
        g.call(module, name="a")
        g.call(module, name="b", shares=0)
        module = g.module("level")
    g = Graph(X)
    g.call(module, name="top")
    assert problems(g) == []


def test_reserved_names_are_those_of_a_module() -> None:
    nn = pytest.importorskip("torch.nn")
    present = {*dir(nn.Module), *vars(nn.Module())}
    assert {name for name in present if not name.startswith("__")} <= MODULE_ATTRIBUTES
    assert not any(map(is_attribute_name, [*present, "a-b", "1a", "é", "", "lambda"]))
    assert all(map(is_attribute_name, ["conv", "conv2_x", "_hidden", "Stem"]))
