"""What torch refuses we refuse, and every precondition of every kind has its error."""

from __future__ import annotations

import ast
import os
import sys
from collections import Counter
from pathlib import Path

import pytest
import torch
from torch import nn

import archdsl.ops
from archdsl.diagnostics.errors import ArchError
from tests.differential.broken import BROKEN, TENSORS
from tests.differential.free import JUDGES, STRICTER
from tests.differential.negative import check_broken, check_free, compiled

COUNT = int(os.environ.get("NEGATIVE_NETWORKS", "400"))
OPS = Path(archdsl.ops.__file__).parent
FORMS = "input a: {}\ninput other: {}\n@a, {}\noutput o: @other, relu\n"


@pytest.mark.parametrize(("enters", "layer", "wanted"), BROKEN)
def test_a_broken_precondition_is_its_error(enters: str, layer: str, wanted: str) -> None:
    network, wrong = compiled(f"input {enters}\n{layer}\n")
    assert network is None
    assert [d.id for d in wrong] == [wanted]


def test_broken_layers_anywhere_are_one_error() -> None:
    for seed in range(0, COUNT, 2):
        check_broken(seed, Counter())


def test_we_accept_what_torch_accepts() -> None:
    met: Counter[str] = Counter()
    for seed in range(1, COUNT, 2):
        check_free(seed, met)
    assert set(met) == set(JUDGES)


@pytest.mark.parametrize(("enters", "layer", "build", "why"), STRICTER)
def test_where_we_refuse_more(enters: str, layer: str, build: object, why: str) -> None:
    assert why
    assert compiled(f"input {enters}\n{layer}\n")[0] is None
    assert callable(build)
    module = build()
    assert isinstance(module, nn.Module)
    module(torch.randn(2, *map(int, enters.split("x"))))


def test_every_refusal_of_every_kind_is_met() -> None:
    met = Refusals()
    with met:
        for enters, layer, _ in BROKEN:
            compiled(f"input {enters}\n{layer}\n")
        for enters, other, layer in TENSORS:
            assert compiled(FORMS.format(enters, other, layer))[0] is None
    missing = refusals() - met.places
    assert missing == set()


class Refusals:
    """While it is entered, notes where in the kinds an error is made."""

    def __init__(self) -> None:
        self.places: set[tuple[str, int]] = set()

    def __enter__(self) -> Refusals:
        sys.setprofile(self.note)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)

    def note(self, frame: object, event: str, argument: object) -> None:
        """An error's constructor is called from a line of a kind."""
        code = getattr(frame, "f_code", None)
        caller = getattr(frame, "f_back", None)
        made = event == "call" and code is ArchError.__init__.__code__
        if made and caller is not None:
            path = Path(caller.f_code.co_filename)
            if path.parent == OPS:
                self.places.add((path.name, caller.f_lineno))


def refusals() -> set[tuple[str, int]]:
    """Where the kinds make errors: calls of error classes in `archdsl/ops`."""
    names = {cls.__name__ for cls in every(ArchError)}
    found = set()
    for path in sorted(OPS.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = node.func if isinstance(node, ast.Call) else None
            if isinstance(called, ast.Name) and called.id in names:
                found.add((path.name, called.lineno))
    assert len(found) > 45
    return found


def every(cls: type[ArchError]) -> set[type[ArchError]]:
    """A class and all below it."""
    return {cls}.union(*(every(sub) for sub in cls.__subclasses__()))
