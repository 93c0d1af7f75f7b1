"""Rewriting a program changes what it says it changes, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from random import Random

import pytest

from archdsl.ir.model import Network
from tests.differential import rewrite
from tests.differential.checks import compile_network
from tests.differential.grow import grow
from tests.differential.parts import recursive
from tests.differential.relations import RELATIONS, relate
from tests.differential.tree import Program
from tests.differential.write import write

SEEDS = range(60)
REWRITINGS: tuple[Callable[[Program], Program | None], ...] = (
    rewrite.unroll,
    lambda p: rewrite.split_repeats(p, Random(0)),
    rewrite.inline_calls,
    rewrite.wrap_lines,
    rewrite.letted,
    rewrite.with_unused_block,
    rewrite.swap_sides,
    rewrite.reverse_concats,
    rewrite.without_last,
    recursive,
)


@cache
def grown(seed: int) -> tuple[Program, Network, str]:
    """A program, compiled from a random layout, and its plain text."""
    program = grow(seed)
    return program, compile_network(write(program, seed)), write(program)


@pytest.mark.parametrize("name", RELATIONS)
def test_relation(name: str) -> None:
    said = sum(relate(name, *grown(seed)[:2], Random(seed)) for seed in SEEDS)
    assert said > 5


@pytest.mark.parametrize("rewriting", REWRITINGS)
def test_rewritings_rewrite(rewriting: Callable[[Program], Program | None]) -> None:
    changed = 0
    for seed in SEEDS:
        program, _, text = grown(seed)
        made = rewriting(program)
        changed += made is not None and write(made) != text
        assert write(program) == text
    assert changed > 5


def test_defaults_are_grown() -> None:
    programs = [grow(seed) for seed in range(200)]
    words = [set(p.defaults.more) for p in programs if p.defaults is not None]
    orders = [p for p in programs if p.defaults is not None and "order" in p.defaults.more]
    assert len(words) > 40
    assert len(orders) > 10
    assert set.union(*words) == {"norm", "act", "order", "init"}
