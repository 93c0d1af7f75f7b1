"""Norms, activations and starts of weights, and defaults for all layers of a kind."""

from __future__ import annotations

from random import Random

from archdsl.diagnostics.errors import ArchError
from archdsl.ops.base import FieldError
from tests.differential.draw_maps import some
from tests.differential.flat import Unfit
from tests.differential.reference import lay_out
from tests.differential.tree import Layer, Program, Ref

REFUSED = (ArchError, FieldError, Unfit)
NORMS = (
    *(Ref("bn"), Ref("bn", (("eps", 1e-3),)), Ref("bn", (("axis", "h"),))),
    *(Ref("gn", (("groups", 1),)), Ref("ln"), None),
)
ACTS = (
    *(Ref("relu"), Ref("silu"), Ref("tanh"), Ref("hardswish"), Ref("prelu"), Ref("relu6"), None),
    *(Ref("leakyrelu", (("slope", 0.2),)), Ref("gelu", (("approx", "tanh"),)), Ref("softmax")),
)
INITS = ("he", "he_uniform", "glorot", "lecun", "normal(0.05)", "constant(0.1)", "uniform(0.2)")
PRE_KINDS = ("conv", "conv + FC", "conv + dwconv", "FC", "conv + FC + sepconv + deconv")
DEFAULT_KINDS = (*PRE_KINDS, "add + concat", "conv + residual", "conv + FC + mean + max")


def draw_defaults(r: Random, program: Program) -> Layer | None:
    """A `default` with which the program still means something; mostly none."""
    for _ in range(3 if r.random() < 0.35 else 0):
        pre = r.random() < 0.3
        kinds = r.choice(PRE_KINDS if pre else DEFAULT_KINDS)
        words: dict[str, object] = {"norm": r.choice(NORMS[:-1]), "act": r.choice(ACTS[:-1])}
        more = some(r, 0.75, words) | ({"order": "pre"} if pre else {})
        if kinds in PRE_KINDS:
            more |= some(r, 0.2, {"init": r.choice(INITS)})
        program.defaults = Layer(kinds, {}, more) if more else None
        try:
            layers = lay_out(program).layers
        except REFUSED:
            continue
        return program.defaults if layers else None
    return None
