"""What passes make of a network gives equal outputs, with the weights that they move."""

from __future__ import annotations

import contextlib

import torch
from torch import Tensor

from archdsl.ir.model import Design, Network
from archdsl.ir.verify import verify
from archdsl.passes.logits import drop_final_softmax
from archdsl.passes.retype import Refused
from archdsl.passes.rewritten import Rewritten
from archdsl.passes.run import LEVELS, PASSES, apply, optimize
from archdsl.weights.moved import from_rewritten, to_rewritten
from tests.differential.agree import close, need
from tests.differential.flatten import flatten
from tests.differential.meaning import interpret
from tests.differential.reference import Reference
from tests.differential.values import Meant


def check_passes(network: Network, meant: Meant, seed: int) -> None:
    """The level for inference and the passes that it has not; the others by turns alone."""
    alone = [name for name in PASSES if name not in LEVELS["inference"]]
    turns = ["training", *LEVELS["inference"]]
    for name in ["inference", *alone, turns[seed % len(turns)]]:
        with contextlib.suppress(Refused):  # dense evaluation needs a map of positions
            done = optimize(network, name) if name in LEVELS else apply(network, [name])
            check_rewritten(done, network, meant, name)


def check_rewritten(done: Rewritten, network: Network, meant: Meant, what: str) -> None:
    """A right network of equal outputs in evaluation, and of weights that move there and back."""
    if done.network is network:
        need(not any(done.moves), f"{what}: nothing is rewritten, and weights move")
        return
    problems = verify(Design("rewritten", (done.network,)))
    need(not problems, f"{what}: the verifier says {problems}")
    other = flatten(done.network)
    state = to_rewritten(done.moves, meant.state)
    check_state(other, state, what)
    with torch.no_grad():
        values, _ = interpret(other, state, meant.inputs)
        back = from_rewritten(done.moves, state, meant.state)
        again = Meant(meant.flat, back, meant.inputs)
    check_state(meant.flat, back, f"{what}, back")
    kept = [(name, value) for name, value, training in meant.flat.outputs if not training]
    found = [(name, value) for name, value, training in other.outputs if not training]
    quiet = what not in ("inference", "drop-training") or len(found) == len(other.outputs)
    need(quiet, f"{what}: outputs of training stay")
    need([n for n, _ in kept] == [n for n, _ in found], f"{what}: other outputs: {found}")
    for (name, old), (_, new) in zip(kept, found, strict=True):
        wanted = meant.values[old]
        need(values[new].numel() == wanted.numel(), f"{what}: {name} has another size")
        got = values[new].reshape(wanted.shape)  # dense evaluation gives Cx1x1 for a vector of C
        need(meant.is_like(old, wanted, got), f"{what}: output {name} differs")
        need(meant.is_like(old, wanted, again.values[old]), f"{what}, back: {name} differs")


def check_state(flat: Reference, state: dict[str, Tensor], what: str) -> None:
    """It holds what the layers need, of their shapes, and nothing else."""
    wanted = {
        f"{layer.weights}.{w.name}": tuple(w.shape)
        for layer in flat.layers
        if layer.path == layer.weights
        for w in layer.op.weights(layer.in_types)
    }
    held = {name: tuple(t.shape) for name, t in state.items()}
    need(held == wanted, f"{what}: the weights are {held}, not {wanted}")


def check_logits(network: Network, meant: Meant) -> None:
    """Without its final softmax a network gives what went into that, and all else as before."""
    bare = drop_final_softmax(network)
    if bare is network:
        return
    makers = {layer.outputs[0]: layer for layer in meant.flat.layers}
    other = flatten(bare)
    with torch.no_grad():
        after, _ = interpret(other, meant.state, meant.inputs)
    for (_, old, _), (_, new, _) in zip(meant.flat.outputs, other.outputs, strict=True):
        maker = makers.get(old)
        fitting = [meant.values[old]]
        if maker is not None and maker.op.name in ("softmax", "logsoftmax"):
            fitting.append(meant.values[maker.inputs[0]])
        need(any(close(v, after[new]) for v in fitting), "logits differ")
