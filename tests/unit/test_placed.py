"""Statements inside groups, `if`, `for` and blocks: they hold there, or they are refused."""

from __future__ import annotations

import pytest

from archdsl.pipeline import compile_text
from archdsl.source import SourceFile

ONE = "input 3x8x8\n"
CONV = 9 * 3 * 3 + 3


def errors(text: str) -> list[str]:
    return [p.id for p in compile_text(SourceFile("t.arch", text))[1]]


@pytest.mark.parametrize(
    "around",
    [
        "{{ a: conv3-3\n{} }}",
        "if true {{ a: conv3-3\n{} }}",
        "for i in 0..1 {{ a: conv3-3\n{} }}",
        "{{ a: conv3-3\n{} }} x5",
        "add[ {{ a: conv3-3\n{} }} | identity ]",
    ],
)
def test_a_claim_is_proven_wherever_it_stands(around: str) -> None:
    for claim in (f"params == {CONV}", "shape(@a) == 3x8x8", "count(conv) == 1"):
        assert errors(ONE + around.format(f"expect {claim}")) == []
        assert errors(ONE + around.format(f"expect not ({claim}) == true")) == ["bad-claim"]
    for claim in (f"params == {CONV + 1}", "shape(@a) == 4x8x8", "count(conv) == 2"):
        assert errors(ONE + around.format(f"expect {claim}")) == ["false-claim"]


def test_a_claim_in_a_loop_speaks_of_its_own_round() -> None:
    text = ONE + "for i in 1..4 { a: conv3-(8*i)\nexpect shape(@a)[0] == %s }"
    assert errors(text % "8*i") == []
    assert errors(text % "24") == ["false-claim"]


def test_a_claim_may_speak_of_a_tensor_below_it() -> None:
    assert errors(ONE + "expect shape(@a) == 4x8x8\na: conv3-4") == []


def test_a_network_used_as_a_layer_leaves_its_claims_and_facts_behind() -> None:
    inner = "network A { input 3x8x8\nconv3-4\nexpect macs == 6912\ntrain { batch = 3 } }\n"
    assert errors(inner + "network B { input 3x16x16\nA, relu }") == []


@pytest.mark.parametrize(
    "text",
    [
        "network A { input 3x8x8\nrelu\nexpect B: params == 0 }\nnetwork B { input 3x8x8\nrelu }",
        "network A { input 3x8x8\nuse std/se: se\nse(1) }",
        ONE + "{ relu\ntrain { batch = 1 } }",
        "block b { relu\ntrain { batch = 1 } }\n" + ONE + "b",
    ],
)
def test_misplaced(text: str) -> None:
    assert errors(text) == ["misplaced-statement"]


def test_a_shared_layer_with_a_norm_shares_both() -> None:
    text = ONE + "a: conv3-3(norm=bn)\nconv3-3(norm=bn, share=a)\nexpect params == 81 + 6"
    assert errors(text) == []


ENC = "block enc(w) {\n e1: conv3-w, relu\n conv3-w/2 }\ninput a: 3x8x8\ninput b: 3x8x8\n"


@pytest.mark.parametrize("read", ["@p.e1", "@q.e1", "@p.e1 | @q.e1"])
def test_calls_that_share_weights_give_what_is_read_of_either(read: str) -> None:
    """A skip from one of two siamese encoders: both are the same module all the same."""
    text = ENC + "p: @a, enc(4)\nq: @b, enc(4, share=p)\nconcat[ @p | @q ], upsample(2)\n"
    assert errors(text + f"concat[ identity | {read} ]\nexpect params == 112 + 148") == []


def test_a_call_without_a_label_shares_with_one_that_is_read_from() -> None:
    text = ENC + "p: @a, enc(4)\n@b, enc(4, share=p), upsample(2)\nconcat[ identity | @p.e1 ]\n"
    assert errors(text + "expect params == 112 + 148") == []


def test_a_shared_call_on_other_channels_says_how_they_differ() -> None:
    text = ENC + "p: @a, enc(4)\n@b, enc(5, share=p)\nexpect params == 1"
    assert errors(text)[:1] == ["bad-share"]


@pytest.mark.parametrize("text", [ONE + "{}", "block b {{\n{}\n}}\n" + ONE + "b"])
def test_a_group_takes_no_arguments_and_that_is_one_mistake(text: str) -> None:
    assert errors(text.format("{ conv3-3 }(share=a) x2\nrelu")) == ["syntax"]
