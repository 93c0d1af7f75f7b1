"""`init` and `bias_init`: what the weights of a layer start from."""

from __future__ import annotations

import pytest

from archdsl.ir.model import OpNode
from archdsl.pipeline import compile_text
from archdsl.source import SourceFile


def starts(layer: str) -> list[tuple[str, str, tuple[float, ...]]]:
    """What the last layer of `input 8` and that line draws."""
    design, problems = compile_text(SourceFile("t.arch", f"input 8\n{layer}\n"))
    assert design is not None, problems
    node = design.networks[0].module.nodes[-1]
    assert isinstance(node, OpNode)
    return list(node.init)


@pytest.mark.parametrize(
    ("layer", "drawn"),
    [
        ("FC-4", []),
        ("FC-4(init=normal(0.5))", [("weight", "normal", (0.5,)), ("bias", "constant", (0.0,))]),
        ("FC-4(bias_init=constant(-2))", [("bias", "constant", (-2.0,))]),
        (
            "FC-4(init=normal(0.5), bias_init=constant(-2))",
            [("weight", "normal", (0.5,)), ("bias", "constant", (-2.0,))],
        ),
        ("default FC (bias_init=ones)\nFC-4", [("bias", "constant", (1.0,))]),
        ("default FC (bias_init=ones)\nFC-4(bias=false)", []),
    ],
)
def test_weights_start_as_written(layer: str, drawn: list[object]) -> None:
    assert starts(layer) == drawn


def test_bias_init_needs_a_bias() -> None:
    text = SourceFile("t.arch", "input 8\nFC-4(bias=false, bias_init=ones)\n")
    _, problems = compile_text(text)
    assert [p.id for p in problems] == ["bad-argument"]
