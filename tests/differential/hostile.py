"""Names that mean something in Python, in torch or in what we write: they change no number."""

from __future__ import annotations

from random import Random

import torch

from archdsl.backends.torch.live import build_network
from archdsl.backends.torch.source import root_class
from archdsl.ir.model import Network
from tests.differential.agree import as_list, need
from tests.differential.checks import check_source, compile_network, sample, shake
from tests.differential.relations import names_of
from tests.differential.tree import Program
from tests.differential.write import write

_WORDS = """
    x_ _x y_ _y z_ x_1 x1_ x__ a_ _ _1 _2_ t t1 in_ input_ out_1 self cls_ torch nn F Tensor
    math NamedTuple forward training parameters modules state_dict _modules weight bias_ class_
    def_ lambda_ None_ True_ len range list tuple print build layer layers i i_ _build
    self_check Random RandomOutput RandomTrainingOutput Graphed NORMS TRAIN checkpoint
    annotations nullcontext append pop extend recompute Conv2d Sequential Module
"""
NAMES = _WORDS.split()


def check_hostile(program: Program, network: Network, seed: int) -> None:
    """A network whose labels, blocks and inputs are called like anything else computes the same."""
    r = Random(seed)
    given = list(names_of(program))
    pool = r.sample(NAMES, len(NAMES))
    spare = (f"q{i}_" for i in range(len(given)))
    names = {name: pool.pop() if pool and r.random() < 0.8 else next(spare) for name in given}
    other = compile_network(write(program, None, names))
    inputs = sample(network, seed)
    found = []
    for n in (network, other):
        torch.default_generator.manual_seed(seed)
        module = build_network(n, spec_name="random")
        shake(module)
        with torch.no_grad():
            found.append(as_list(module.eval()(*inputs)))
    need(len(found[0]) == len(found[1]), "names change how many outputs there are")
    for y, z in zip(*found, strict=True):
        need(torch.equal(y, z) or bool(y.isnan().any()), f"names change what comes out: {names}")
    source = check_source(other)
    torch.default_generator.manual_seed(seed)
    twin = source[root_class(other)]()
    shake(twin)
    with torch.no_grad():
        for y, z in zip(found[1], as_list(twin.eval()(*inputs)), strict=True):
            need(torch.equal(y, z) or bool(y.isnan().any()), "names change what the source does")
