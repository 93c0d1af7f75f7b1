"""Differences of random networks: exact, symmetric, empty where nothing changed, never raising."""

from __future__ import annotations

import json
from random import Random

import pytest

from archdsl.analysis.diff import Body, diff
from archdsl.analysis.diff.forms import Forms
from archdsl.backends.diff import FORMATS, render
from archdsl.ir.model import Network
from archdsl.pipeline import compile_text
from archdsl.source import SourceFile
from tests.differential.texts import valid_text

FIGURES = ("params", "trainable", "buffers", "total_macs", "activations", "layers")
STEPS = (
    *("bn", "relu", "conv3-8", "dropout-0.1", "FC-5", "residual(shortcut=all)[ tanh, FC-3 ]"),
    *("concat[ identity | abs ]", "{ affine, gelu } x2", "ln, softmax", "conv1-4(norm=bn) x3"),
)
"""What an edit puts in."""
OPPOSITE = {"added": "removed", "removed": "added"}


def network(text: str) -> Network | None:
    """The network of a text, if it is right."""
    made, _ = compile_text(SourceFile("net.arch", text))
    return made.networks[0] if made is not None else None


def edited(text: str, seed: int) -> str:
    """The spec with some of its lines gone, doubled or replaced, where that is still right."""
    r = Random(seed)
    lines = text.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("input "))
    for _ in range(12):
        at = r.randint(start + 1, len(lines))
        cut = r.randint(0, 2)
        changed = [
            *lines[:at],
            *([r.choice(STEPS)] if r.random() < 0.7 else []),
            *lines[at + cut :],
        ]
        if network("\n".join(changed) + "\n"):
            lines = changed
    return "\n".join(lines) + "\n"


def shape_of(body: Body, turned: bool = False) -> object:
    """What a body says, without its figures; the same for a difference turned round."""
    return [
        (
            OPPOSITE.get(e.state, e.state) if turned else e.state,
            sorted((c.what, *sorted((c.before, c.after))) for c in e.changes),
            [shape_of(i.body, turned) for i in e.inside],
        )
        for e in body.entries
    ]


@pytest.mark.parametrize("seed", range(24))
def test_an_edit(seed: int) -> None:
    text = valid_text(seed)
    one, other = network(text), network(edited(text, seed + 1_000))
    assert one is not None
    assert other is not None
    check(one, other)


@pytest.mark.parametrize("seed", range(24))
def test_two_strangers(seed: int) -> None:
    one, other = network(valid_text(seed)), network(valid_text(seed + 500))
    assert one is not None
    assert other is not None
    check(one, other)


def check(one: Network, other: Network) -> None:
    """All that must hold of a pair."""
    for pair in ((one, one), (other, other), (one, network_again(one))):
        assert diff(*pair).is_empty
    there, back = diff(one, other), diff(other, one)
    for found in (there, back):
        deltas = [entry.delta for entry in found.body.entries]
        for name in FIGURES:
            assert sum(getattr(d, name) for d in deltas) == getattr(found.delta, name), name
        for form in FORMATS:
            text = render(found, form)
            assert text.endswith("\n")
    json.loads(render(there, "json"))
    assert shape_of(there.body, turned=True) == shape_of(back.body)
    for name in FIGURES:
        assert getattr(there.delta, name) == -getattr(back.delta, name)
    if there.is_empty and not there.regrouped:
        forms = Forms(one.module, other.module)
        assert forms.named[one.module] == forms.named[other.module]


def network_again(one: Network) -> Network:
    """The same text, compiled once more."""
    file = one.module.span.file
    made, _ = compile_text(SourceFile("net.arch", file.text))
    assert made is not None
    return made.networks[0]
