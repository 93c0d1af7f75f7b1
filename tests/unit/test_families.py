"""Members of families keep their arguments; names, sections and claims that come with them."""

from __future__ import annotations

import pytest

from archdsl.pipeline import Request, compile_text
from archdsl.source import SourceFile

FAMILY = "network F(w, n=2) { input 3x8x8\nconv3-w x(n) }\n"
ONE = "input 3x8x8\n"


def compile_ok(text: str, request: Request | None = None) -> dict[str, int]:
    """Parameters by network."""
    from archdsl.analysis.cost import cost

    design, problems = compile_text(SourceFile("t.arch", text), request)
    assert design is not None, [p.message for p in problems]
    return {n.name: cost(n.module).params for n in design.networks}


def errors(text: str) -> list[str]:
    return [p.id for p in compile_text(SourceFile("t.arch", text))[1]]


def conv(c: int, out: int) -> int:
    return 9 * c * out + out


def test_a_member_of_a_member_keeps_its_arguments() -> None:
    found = compile_ok(FAMILY + "network A = F(4, n=3)\nnetwork B = A(w=5)\nnetwork C = B(n=1)")
    assert found["A"] == conv(3, 4) + 2 * conv(4, 4)
    assert found["B"] == conv(3, 5) + 2 * conv(5, 5)
    assert found["C"] == conv(3, 5)


def test_a_setting_replaces_an_argument_by_place() -> None:
    request = Request(network="A", settings={"w": 6})
    assert compile_ok(FAMILY + "network A = F(4, 3)", request)["A"] == conv(3, 6) + 2 * conv(6, 6)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (FAMILY + "network A = F(4, 3, 2)", "too-many-arguments"),
        (FAMILY + "network A = F(4, w=3)", "repeated-argument"),
        (FAMILY + "network A = F(4)\nnetwork B = A(1, 2)", "too-many-arguments"),
        (ONE + "relu\ntrain { batch = 1 }\ntrain { batch = 2 }", "repeated-name"),
        (ONE + "relu\ntrain { batch = 1, batch = 2 }", "repeated-name"),
        ("block a(b) { relu }\nblock b { relu }\n" + ONE + "a(3), b", "repeated-name"),
        ("block b { relu }\n" + ONE + "b-3", "no-shorthand"),
    ],
)
def test_refused(text: str, error: str) -> None:
    assert errors(text) == [error]


def test_a_network_with_a_hyphen_is_a_layer_of_another() -> None:
    text = "network F-a { input 3x8x8\nconv3-3 }\nnetwork G { input 3x8x8\nF-a, F-a x2, relu }"
    assert compile_ok(text)["G"] == 3 * conv(3, 3)


@pytest.mark.parametrize(
    "claim",
    [
        "count(conv) + count(relu) == 3",
        "depth == count(conv)",
        "2*count(relu) == 2",
        "-count(relu) == -1",
        "shape(@a)[0] == 5",
    ],
)
def test_claims_reckon_with_counts_and_shapes(claim: str) -> None:
    text = ONE + "a: conv3-5 x2\nrelu\nexpect "
    assert errors(text + claim) == []
    assert errors(text + claim + " + 1") == ["false-claim"]


def test_an_output_cannot_come_anew_in_each_repetition() -> None:
    assert errors(ONE + "{ relu\noutput a: tanh } x2") == ["bad-output"]


def test_a_word_where_a_number_belongs_is_named() -> None:
    problem = compile_text(SourceFile("t.arch", ONE + "conv3-w"))[1][0]
    assert problem.help.startswith("no value here is called `w`: ")


def test_a_network_keeps_the_name_of_its_input_as_a_layer() -> None:
    inner = "network In { input img: 3x8x8\na: @img, conv3-3\nadd[ @a | @img ] }\n"
    outer = "network Out { input 3x8x8\nIn, In }\nexpect Out: shape == 3x8x8\n"
    assert compile_ok(inner + outer) == {"In": conv(3, 3), "Out": 2 * conv(3, 3)}
    assert errors(inner + "network Out { input 3x8x8\n@img, In }") == ["unknown-tensor"]
