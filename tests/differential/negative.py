"""Networks that may be wrong: what torch refuses we refuse, and what is broken has its error."""

from __future__ import annotations

import contextlib
import io
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

import torch
from torch import nn

from archdsl.backends.torch.live import build_network
from archdsl.diagnostics.model import Diagnostic
from archdsl.ir.model import Network
from archdsl.pipeline import compile_text
from archdsl.source import SourceFile
from tests.differential.agree import as_list, need
from tests.differential.broken import BROKEN, TENSORS
from tests.differential.checks import BATCH
from tests.differential.free import JUDGES, Judge

PREFIXES = ("", "relu, ", "identity, tanh, ", "dropout-0.1, ", "bn, ")


def compiled(text: str) -> tuple[Network | None, list[Diagnostic]]:
    """The network of a text, or what is wrong with it."""
    design, wrong = compile_text(SourceFile("broken", text))
    return (design.networks[0] if design else None), wrong


def check_broken(seed: int, kinds: Counter[str]) -> None:
    """A layer with one broken precondition somewhere in a network is one error, of its kind."""
    r = Random(seed)
    text, wanted = broken_text(r)
    network, wrong = compiled(text)
    need(network is None, f"accepted, and it must be {wanted}:\n{text}")
    ids = [d.id for d in wrong]
    need(len(ids) == 1, f"{ids} for one mistake, {wanted}:\n{text}")
    need(not wanted or ids[0] == wanted, f"{ids[0]}, not {wanted}:\n{text}")
    span = wrong[0].primary.span
    need(0 <= span.start < span.end <= len(text), f"no place for {ids[0]}:\n{text}")
    kinds[ids[0]] += 1


def broken_text(r: Random) -> tuple[str, str]:
    """A network with a mistake, and the id of the error."""
    if r.random() < 0.05:
        enters, other, layer = r.choice(TENSORS)
        return f"input a: {enters}\ninput other: {other}\n@a, {layer}\noutput o: @other, relu\n", ""
    enters, layer, wanted = r.choice(BROKEN)
    before = "" if enters.startswith("tokens") else r.choice(PREFIXES)
    case = r.randrange(5)
    if case == 0:
        return f"block part {{\n    {before}{layer}\n}}\ninput {enters}\npart\n", wanted
    if case == 1:
        return f"input {enters}\n{{ {before}{layer} }} x2\n", wanted
    if case == 2:
        return f"input {enters}\nif true {{ {before}{layer} }}\nend: identity\n", wanted
    return f"# a mistake\ninput {enters}\n{before}{layer}\n", wanted


def check_free(seed: int, kinds: Counter[str]) -> None:
    """A layer of attributes drawn freely: we accept it where torch does, and nowhere else."""
    r = Random(seed)
    name = r.choice(list(JUDGES))
    judge: Judge = JUDGES[name](r)
    network, wrong = compiled(judge.text)
    theirs = run_torch(judge.build, judge.types)
    kinds[name] += 1
    if network is None:
        excused = theirs is None or judge.stricter
        need(bool(excused), f"torch gives {theirs}, we say {wrong[0].message}:\n{judge.text}")
        return
    need(theirs is not None, f"accepted, and torch refuses:\n{judge.text}")
    ours = [t.dims for t in network.module.output_types()]
    need(ours == theirs, f"we say {ours}, torch {theirs}:\n{judge.text}")
    module = build_network(network, spec_name="free").train()
    made = as_list(module(*(torch.randn(BATCH, *t) for t in judge.types)))
    found = [tuple(y.shape[1:]) for y in made]
    need(found == theirs, f"our module gives {found}, torch {theirs}:\n{judge.text}")


def run_torch(
    build: Callable[[], Callable[..., Any]], types: list[tuple[int, ...]]
) -> list[tuple[int, ...]] | None:
    """Shapes that torch's CPU gives in training for a batch of two; None where it refuses.

    An empty output is no output. Its meta device would be too lenient a judge.
    """
    refusals = (RuntimeError, ValueError, IndexError, TypeError, AssertionError, ZeroDivisionError)
    quiet = contextlib.redirect_stderr(io.StringIO())
    with contextlib.suppress(*refusals), quiet:
        made = build()
        inputs = [torch.randn(BATCH, *dims, requires_grad=True) for dims in types]
        if isinstance(made, nn.Module):
            made.train()
        outs = as_list(made(*inputs))
        shapes = [tuple(y.shape[1:]) for y in outs]
        if all(y.numel() for y in outs):
            return shapes
    return None
