"""Runs seeds: each grows a program, all checks are made, what fails is made smaller."""

from __future__ import annotations

import time
import warnings
from collections import Counter
from random import Random
from typing import Any

import torch

from tests.differential import diagrams, forms
from tests.differential.agree import Mismatch
from tests.differential.checks import check_network
from tests.differential.flatten import flatten
from tests.differential.grow import grow
from tests.differential.hostile import check_hostile
from tests.differential.negative import check_broken, check_free
from tests.differential.relations import ALWAYS, TURNING, relate
from tests.differential.shrink import shrink
from tests.differential.tree import Program
from tests.differential.write import write

DRAWN = 4  # every so many seeds the diagram is checked
COMMENTED = 3  # every so many seeds the text has comments, with which YAML takes twice as long
RENAMED = 3  # every so many seeds all names are such as mean something elsewhere
TURNED = 2  # every so many seeds one of the relations that take turns is looked at


def prepare() -> None:
    """One thread, and double precision, in which rounding is no excuse."""
    warnings.filterwarnings("ignore", message="TF32")
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)


def check_seed(program: Program, seed: int, kinds: Counter[str] | None = None) -> None:
    """All checks of one seed: what torch does, other forms, and what `relations` relates.

    Raises Mismatch, or whatever the compiler raises.
    """
    text = write(program, seed, comments=seed % COMMENTED == 0)
    network = check_network(program, text, seed)
    if kinds is not None:
        kinds.update({layer.op.name for layer in flatten(network).layers})
    forms.check(text, network)
    if seed % DRAWN == 0:
        diagrams.check(network)
    for name in ALWAYS:
        relate(name, program, network, Random(seed))
    if seed % RENAMED == 0:
        check_hostile(program, network, seed)
    first = seed // TURNED
    for at in range(first, first + len(TURNING)) if seed % TURNED == 0 else ():
        if relate(TURNING[at % len(TURNING)], program, network, Random(seed)):
            break


def what_fails(program: Program, seed: int) -> str:
    """What is wrong, in a few words that stay while the program shrinks."""
    try:
        check_seed(program, seed)
    except Mismatch as wrong:
        return f"mismatch: {kind_of_mismatch(str(wrong))}"
    except Exception as wrong:
        return f"{type(wrong).__name__}"
    return ""


def kind_of_mismatch(text: str) -> str:
    """A mismatch without its figures."""
    head = text.partition(":")[0] if text.startswith(("refused", "the tree")) else text[-25:]
    return "".join(c for c in head if not c.isdigit())


def run_seeds(first: int, last: int, step: int, negative: bool) -> dict[str, Any]:
    """The seeds from `first` to before `last`: counts, kinds met, and what was wrong."""
    prepare()
    kinds: Counter[str] = Counter()
    wrong: list[dict[str, Any]] = []
    start = time.process_time()
    seeds = range(first, last, step)
    for seed in seeds:
        found = run_negative(seed, kinds) if negative else run_positive(seed, kinds)
        if found is not None:
            wrong.append(found)
    seconds = time.process_time() - start
    return {
        "networks": len(seeds),
        "seconds": seconds,
        "kinds": dict(kinds),
        "wrong": wrong,
    }


def run_positive(seed: int, kinds: Counter[str]) -> dict[str, Any] | None:
    """One network that is right; what was wrong with it."""
    program = grow(seed)
    try:
        check_seed(program, seed, kinds)
    except Exception as problem:
        small = shrink(program, lambda p: what_fails(p, seed))
        what = f"{type(problem).__name__}: {problem}"
        return {"seed": seed, "what": what[:600], "spec": write(small)}
    return None


def run_negative(seed: int, kinds: Counter[str]) -> dict[str, Any] | None:
    """One network that may be wrong, judged by torch, or that is wrong."""
    try:
        check_free(seed, kinds) if seed % 2 else check_broken(seed, kinds)
    except Exception as problem:
        what = f"{type(problem).__name__}: {problem}"
        return {"seed": seed, "what": what[:600], "spec": ""}
    return None
