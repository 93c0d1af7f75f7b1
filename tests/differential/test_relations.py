"""Rewriting a program changes what it says it changes, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from tests.differential import rewrite
from tests.differential.checks import compile_network
from tests.differential.grow import grow
from tests.differential.relations import RELATIONS
from tests.differential.tree import Program
from tests.differential.write import write

SEEDS = range(40)
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
)


@pytest.mark.parametrize("name", RELATIONS)
def test_relation(name: str) -> None:
    for seed in SEEDS:
        program = grow(seed)
        RELATIONS[name](program, compile_network(write(program)), Random(seed))


@pytest.mark.parametrize("rewriting", REWRITINGS)
def test_rewritings_rewrite(rewriting: Callable[[Program], Program | None]) -> None:
    changed = 0
    for seed in range(60):
        made = rewriting(grow(seed))
        changed += made is not None and write(made) != write(grow(seed))
    assert changed > 5
