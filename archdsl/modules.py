"""Live modules of networks that went through passes, and their weights from plain ones and back."""

from __future__ import annotations

from archdsl.ir.model import Network

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from torch import Tensor, nn

    from archdsl.ops.base import Weight
    from archdsl.passes.moves import Moves
    from archdsl.passes.rewritten import Rewritten

MOVES = "archdsl_moves"  # an attribute of modules: what passes did to the plain weights
PLAIN = "archdsl_plain"  # and another: the plain weights by their keys, in their order


def rewrite(network: Network, level: str, logits: bool) -> Rewritten:
    """The network after the passes of a level; `logits` leaves out a final softmax first."""
    from archdsl.passes.run import optimize

    if logits:
        from archdsl.passes.logits import drop_final_softmax

        network = drop_final_softmax(network)
    return optimize(network, level)


def make_module(
    network: Network,
    spec_name: str,
    *,
    optimize: str = "none",
    logits: bool = False,
    weights: Mapping[str, Tensor] | None = None,
    memory_budget: int | str | None = None,
    batch: int = 1,
    **options: Any,
) -> nn.Module:
    """The module of a network after the passes of the level `optimize`.

    `weights` are a state_dict of the plain network; `options` those of `build_network`. With a
    `memory_budget` the activations of a training step on `batch` examples take no more bytes.
    Raises PassError (a ValueError) for a level that there is not, WeightsMissing or torch's
    RuntimeError where the weights are not the network's, and what `check_budget` and
    `choose_again` raise.
    """
    from archdsl.backends.torch.live import build_network
    from archdsl.backends.torch.settings import check_switch
    from archdsl.weights.keys import state_weights

    check_switch(logits, "logits")
    if isinstance(batch, bool) or not isinstance(batch, int) or batch < 1:
        raise ValueError(f"a batch has at least one example, not {batch!r}")
    plain = dict(state_weights(network.module))
    done = rewrite(network, optimize, logits)
    if weights is not None:
        options["weights"] = _moved(done.moves, weights, plain)
    if memory_budget is not None:
        check_budget(optimize, bool(options.get("cuda_graphs")))
        dtype = str(options.get("dtype") or "float32").removeprefix("torch.")
        options["again"] = choose_again(done.network, memory_budget, batch, dtype)
    module = build_network(done.network, spec_name=spec_name, level=optimize, **options)
    inner = _inner(module)
    setattr(inner, MOVES, done.moves)
    setattr(inner, PLAIN, plain)
    return module


def check_state(state_dict: object, plain: Mapping[str, Weight]) -> None:
    """Raises TypeError for what is no state_dict: its names go with tensors, weights of reals."""
    from collections.abc import Mapping

    from torch import Tensor

    if not isinstance(state_dict, Mapping):
        raise TypeError(
            "weights are a state_dict, tensors by their names as `module.state_dict()` gives them,"
            f" and not of type {type(state_dict).__name__}"
        )
    for key, value in state_dict.items():
        if not isinstance(value, Tensor):
            raise TypeError(
                f"`{key}` is of type {type(value).__name__} in this state_dict, and no tensor: give"
                " the mapping whose names are the layers', such as `checkpoint['state_dict']`"
            )
        real = value.is_floating_point() or (key in plain and plain[key].role == "buffer")
        if value.is_complex() or (key in plain and not real):
            dtype = str(value.dtype).removeprefix("torch.")
            raise TypeError(
                f"`{key}` is of {dtype} in this state_dict, and a weight is a real number"
            )


def check_budget(level: str, graphed: bool) -> None:
    """Raises ValueError where a memory budget is asked for of a module that is not for training."""
    if level == "inference":
        raise ValueError("a memory budget is for training: inference keeps no activations")
    if graphed:
        raise ValueError("a memory budget is for training, and CUDA graphs are for inference")


def choose_again(network: Network, budget: int | str, batch: int, dtype: str) -> tuple[str, ...]:
    """Names of what the backward pass computes once more, so that activations fit into a budget.

    The budget is in bytes, or a text such as "2GB". Raises ValueError for other texts,
    `archdsl.passes.checkpoint.OverBudget` where nothing fits.
    """
    from archdsl.backends.torch.settings import read_bytes
    from archdsl.passes.checkpoint import plan_checkpoints

    return plan_checkpoints(network, read_bytes(budget), batch, dtype)


def load_plain(module: nn.Module, state_dict: Mapping[str, Tensor]) -> None:
    """Loads a state_dict of the plain network into a module that `make_module` made of it.

    Raises WeightsMissing or torch's RuntimeError where it is not that of the plain network, and
    TypeError for a module that comes from elsewhere.
    """
    inner = _inner(module)
    moves = _moves_of(inner)
    inner.load_state_dict(_moved(moves, state_dict, getattr(inner, PLAIN)))


def plain_state_dict(
    module: nn.Module, base: Mapping[str, Tensor] | None = None
) -> dict[str, Tensor]:
    """The state_dict of the plain network that computes what the module does, in its order.

    Norms that were folded are neutral in it. Weights of layers that the module lacks come from
    `base`, a state_dict of the plain network; raises WeightsMissing where they are needed.
    """
    from archdsl.weights.moved import WeightsMissing, from_rewritten

    inner = _inner(module)
    moves, plain = _moves_of(inner), getattr(inner, PLAIN)
    if base is not None:
        check_state(base, plain)
    made = from_rewritten(moves, inner.state_dict(), base)
    for key, weight in plain.items():
        if made[key].shape != weight.shape:
            was, own = (
                "x".join(map(str, s)) or "one number" for s in (made[key].shape, weight.shape)
            )
            raise WeightsMissing(f"`{key}` is {was} in `base`, and {own} in the network")
    return {key: made[key] for key in plain}


_WRAPPERS = {"Graphed": "net", "OptimizedModule": "_orig_mod"}


def _inner(module: nn.Module) -> nn.Module:
    """The network in the wrapper that runs it as CUDA graphs, or compiled by `torch.compile`."""
    if not hasattr(module, "_modules"):
        raise TypeError(f"{type(module).__name__} is no module")
    while (name := _WRAPPERS.get(type(module).__name__)) and name in module._modules:
        module = module.get_submodule(name)
    return module


def _moves_of(module: nn.Module) -> Sequence[Moves]:
    moves: Sequence[Moves] | None = getattr(module, MOVES, None)
    if moves is None:
        raise TypeError(f"{type(module).__name__} is no module that `Net.module` made")
    return moves


def _moved(
    moves: Sequence[Moves], state_dict: Mapping[str, Tensor], plain: Mapping[str, Weight]
) -> dict[str, Tensor]:
    from archdsl.weights.moved import to_rewritten

    check_state(state_dict, plain)
    return to_rewritten(moves, state_dict)
