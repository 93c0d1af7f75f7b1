"""Weights of a network as those of the network that passes made of it, and back."""

from __future__ import annotations

from archdsl.weights.rules import RULES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from torch import Tensor

    from archdsl.passes.moves import Move, Moves

    State = dict[str, Tensor]


OPTIONAL = frozenset(("count",))
"""Roles that a state_dict may lack, as PyTorch lets old ones: a BatchNorm's batches, unused."""


class WeightsMissing(Exception):
    """A state_dict lacks what a rewrite needs, or has it in another shape, or what the rewrite
    left behind cannot be given back."""


def to_rewritten(moves: Sequence[Moves], state: Mapping[str, Tensor]) -> State:
    """A plain `state_dict` as that of the rewritten network; what does not move is the same tensor.

    Raises WeightsMissing where the state_dict is not that of the plain network.
    """
    made = dict(state)
    for step in moves:
        for move in step:
            _make(move, made, forwards=True)
    return made


def from_rewritten(
    moves: Sequence[Moves], state: Mapping[str, Tensor], base: Mapping[str, Tensor] | None = None
) -> State:
    """The `state_dict` of the rewritten network as that of the plain one: it gives equal outputs.

    A convolution keeps its folded weights, and the norm behind it becomes neutral. The weights
    of layers that were left out are those of `base`, a state_dict of the plain network; raises
    WeightsMissing where there are such layers and no `base`.
    """
    made = dict(state)
    steps = list(moves)
    bases = [dict(base)] if base is not None else []
    for step in steps[:-1] if bases else ():
        bases.append(to_rewritten([step], bases[-1]))
    for at in range(len(steps) - 1, -1, -1):
        for move in reversed(list(steps[at])):
            if move.rule == "drop":
                _give_back(move, made, bases[at] if bases else None)
            else:
                _make(move, made, forwards=False)
    return made


def _make(move: Move, state: State, forwards: bool) -> None:
    """Makes one move in place."""
    old, new = (move.sources, move.targets) if forwards else (move.targets, move.sources)
    if move.rule == "drop":
        for key in _below(old[0][1], state):
            del state[key]
        return
    if move.rule == "rename":
        for key in _below(old[0][1], state):
            state[new[0][1] + key.removeprefix(old[0][1])] = state.pop(key)
        return
    missing = [path for role, path in old if path not in state and role not in OPTIONAL]
    if missing:
        raise WeightsMissing(f"there is no `{missing[0]}` in this state_dict")
    facts = dict(move.options)
    if forwards:
        _check_shapes(move, facts, state)
    given = {role: state.pop(path) for role, path in old if path in state}
    made = RULES[move.rule][0 if forwards else 1](given, facts, dict(new))
    for role, path in new:
        state[path] = made[role]


def _check_shapes(move: Move, facts: Mapping[str, Any], state: State) -> None:
    """Raises WeightsMissing for tensors that a product would stretch to the shape that it needs."""
    wanted = facts["shapes"] if "shapes" in facts else [facts[k] for k in ("before",) if k in facts]
    for (role, path), shape in zip(
        move.sources, wanted, strict=False
    ):  # none for a rule that joins
        if role in OPTIONAL and path not in state:
            continue
        found = tuple(getattr(state[path], "shape", ()))
        if found != shape:
            was, own = ("x".join(map(str, sizes)) or "a single number" for sizes in (found, shape))
            raise WeightsMissing(f"`{path}` is {was} in this state_dict, and {own} in the network")


def _give_back(move: Move, state: State, base: State | None) -> None:
    prefix = move.sources[0][1]
    if base is None:
        raise WeightsMissing(
            f"the rewritten network has no `{prefix.removesuffix('.')}`: give `base=`, the"
            " state_dict of the plain network, for the weights that were left out"
        )
    keys = _below(prefix, base)
    if not keys:
        raise WeightsMissing(f"`base` has no `{prefix.removesuffix('.')}`")
    state.update({key: base[key] for key in keys})


def _below(prefix: str, state: State) -> list[str]:
    return [key for key in state if key.startswith(prefix)]
