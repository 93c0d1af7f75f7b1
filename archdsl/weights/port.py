"""Published weights as those of a network: by order and shape, with the map that was used."""

from __future__ import annotations

import math

from archdsl.weights.branches import interchangeable
from archdsl.weights.conventions import LAST, split
from archdsl.weights.errors import PortError
from archdsl.weights.fit import DEPTHWISE, HWIO, TURN, TURN_RESHAPE, fits, turn
from archdsl.weights.flattened import flattened
from archdsl.weights.layers import Layer, group, show
from archdsl.weights.match import arrange, in_order

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor, nn

    from archdsl.ir.model import Network
    from archdsl.weights.layers import Stored

MAX_TENSORS = 100_000


def revive(network: Network, spec_name: str, logits: bool = False) -> nn.Module:
    """The network alive without weights, or with them where it holds tables that it computes."""
    from archdsl.backends.torch.live import build_network

    module = build_network(network, spec_name=spec_name, logits=logits, device="meta")
    if all(_floats(t) for t in module.state_dict().values()):
        return module
    return build_network(network, spec_name=spec_name, logits=logits, device="cpu")


class Pair:
    """A line of the map: a key of the checkpoint, the key of ours, our shape, what was turned."""

    __slots__ = ("how", "ours", "shape", "theirs")

    def __init__(self, theirs: str, ours: str, shape: tuple[int, ...], how: str) -> None:
        self.theirs = theirs
        self.ours = ours
        self.shape = shape
        self.how = how


class Ported:
    """Tensors by the network's keys, in its order, and the map; `started` are counters at 0."""

    __slots__ = ("pairs", "started", "tensors")

    def __init__(
        self, tensors: dict[str, Tensor], pairs: tuple[Pair, ...], started: tuple[str, ...]
    ) -> None:
        self.tensors = tensors
        self.pairs = pairs
        self.started = started

    def table(self) -> tuple[str, ...]:
        """The map, a line a tensor: theirs -> ours, shape, what was turned."""
        wide = max((len(pair.theirs) for pair in self.pairs), default=0)
        out = max((len(pair.ours) for pair in self.pairs), default=0)
        lines = [
            f"{p.theirs:<{wide}} -> {p.ours:<{out}}  {show(p.shape)}"
            + (f"  ({p.how})" if p.how else "")
            for p in self.pairs
        ]
        return (*lines, *(f"{'(starts at 0)':<{wide}} -> {key}" for key in self.started))


def port(
    network: Network,
    module: nn.Module,
    state: Mapping[str, Tensor],
    *,
    ordered: bool = True,
    trust_order: bool = False,
    without: tuple[str, ...] = (),
) -> Ported:
    """The tensors of `state` as the `state_dict` of `module`, which is `network` alive.

    Layers are paired in the order of registration where their shapes agree one by one, and
    otherwise (or where the file keeps no order, `ordered=False`) in the one order that the
    numbers in the keys, the nesting of modules and the shapes leave. `trust_order` takes the
    file's word where branches could change places. Keys that begin with one of `without` are
    left out. Raises PortError where there is no such order, or more than one.
    """
    theirs = group(_usable(state, without))
    ours = group((key, tuple(t.shape)) for key, t in module.state_dict().items() if _floats(t))
    found = _match(network, theirs, ours, ordered, trust_order)
    if not trust_order:
        _refuse_doubt(network)
    last = any(t.layout == LAST for layer in theirs for t in layer.tensors.values())
    maps = flattened(network) if last else {}
    pairs: dict[str, Pair] = {}
    tensors: dict[str, Tensor] = {}
    for one, other in zip(found, ours, strict=True):
        for role, wanted in other.tensors.items():
            stored = one.tensors[role]
            how = turn(stored, wanted.shape) or ""
            chw = maps.get(other.name) if stored.layout == LAST else None
            tensors[wanted.key] = _turned(state[stored.key], wanted.shape, how, chw)
            pairs[wanted.key] = Pair(stored.key, wanted.key, wanted.shape, _words(how, chw))
        if one.counter is not None and other.counter is not None:
            tensors[other.counter] = state[one.counter]
            pairs[other.counter] = Pair(one.counter, other.counter, (), "")
    return _complete(module, tensors, pairs)


def _usable(
    state: Mapping[str, Tensor], without: tuple[str, ...]
) -> list[tuple[str, tuple[int, ...]]]:
    """Keys and shapes of what holds weights; indices, which the network computes, are not."""
    if len(state) > MAX_TENSORS:
        raise PortError(f"{len(state):,} tensors, and {MAX_TENSORS:,} are the limit")
    found = []
    for key, tensor in state.items():
        if not key.startswith(without) and _floats(tensor):
            found.append((key, tuple(tensor.shape)))
    return found


def keeps_order(state: Mapping[str, Tensor]) -> bool:
    """Whether keys stand in an order of their own: safetensors has them sorted."""
    keys = [key for key, tensor in state.items() if tensor.is_floating_point()]
    return keys != sorted(keys)


def _floats(tensor: Tensor) -> bool:
    """Weights, statistics and counters; not tables of indices and masks."""
    return tensor.is_floating_point() or tensor.dim() == 0


def _match(
    network: Network, theirs: list[Layer], ours: list[Layer], ordered: bool, trust_order: bool
) -> list[Layer]:
    """The stored layers in the order of ours."""
    if ordered and in_order(theirs, ours):
        return theirs
    found = arrange(theirs, ours, trust_order and ordered)
    if found is None:
        raise PortError(*_first_difference(network, theirs, ours))
    return found


def _first_difference(
    network: Network, theirs: list[Layer], ours: list[Layer]
) -> tuple[str, tuple[str, ...]]:
    """Where the layers begin to differ: a line, and the layers around it side by side."""
    both = min(len(theirs), len(ours))
    at = next((i for i in range(both) if not fits(theirs[i], ours[i])), both)
    lines = [f"  {'checkpoint':<48}   {network.name}"]
    for i in range(max(0, at - 2), min(at + 3, max(len(theirs), len(ours)))):
        mark = ">" if i == at else " "
        lines.append(f"{mark} {_side(theirs, i):<48}   {_side(ours, i)}")
    here, there = _tensors(theirs, at), _tensors(ours, at)
    role = next((r for r in {**here, **there} if _differs(here.get(r), there.get(r))), "")
    if not role:
        return f"no order that the keys allow makes these the layers of {network.name}", ()
    return (
        f"the weights do not fit {network.name} ({len(theirs)} layers, the network has"
        f" {len(ours)}); the first difference in order is {_words_of(here.get(role))} in the"
        f" checkpoint, {_words_of(there.get(role))} in the network",
        tuple(lines),
    )


def _tensors(layers: list[Layer], at: int) -> dict[str, Stored]:
    return layers[at].tensors if at < len(layers) else {}


def _differs(here: Stored | None, there: Stored | None) -> bool:
    return here is None or there is None or turn(here, there.shape) is None


def _words_of(tensor: Stored | None) -> str:
    return "nothing" if tensor is None else f"`{tensor.key}` {show(tensor.shape)}"


def _side(layers: list[Layer], at: int) -> str:
    return layers[at].describe() if at < len(layers) else "-"


def _refuse_doubt(network: Network) -> None:
    pairs = interchangeable(network)
    if pairs:
        first, second = pairs[0]
        raise PortError(
            f"`{first}` and `{second}` begin parallel branches of equal shapes, which the"
            " checkpoint may store in either order; --in-order trusts the file's",
            tuple(f"{a} | {b}" for a, b in pairs),
        )


def _turned(
    tensor: Tensor, wanted: tuple[int, ...], how: str, chw: tuple[int, ...] | None
) -> Tensor:
    """A stored tensor with our axes; `chw` is the map whose features a linear layer reads."""
    spatial = tuple(range(tensor.dim() - 2))
    if how == HWIO:
        tensor = tensor.permute(-1, -2, *spatial)
    elif how == DEPTHWISE:
        tensor = tensor.permute(-2, -1, *spatial)
    elif how in (TURN, TURN_RESHAPE):
        tensor = tensor.t()
        if chw is not None and tensor.shape[1] == math.prod(chw):
            channels, *sizes = chw
            tensor = tensor.reshape(-1, *sizes, channels).movedim(-1, 1)
    return tensor.reshape(wanted).contiguous()


def _words(how: str, chw: tuple[int, ...] | None) -> str:
    return f"{how}, features HWC to CHW" if how == TURN and chw is not None else how


def _complete(module: nn.Module, tensors: dict[str, Tensor], pairs: dict[str, Pair]) -> Ported:
    """All that the module holds, in its order; what no checkpoint stores is the module's own."""
    import torch

    complete: dict[str, Tensor] = {}
    started = []
    for key, own in module.state_dict().items():
        if key in tensors:
            complete[key] = tensors[key]
        elif split(key).role == "counter":
            complete[key] = torch.zeros((), dtype=own.dtype)
            started.append(key)
        else:
            complete[key] = own.detach().clone()
    return Ported(complete, tuple(pairs[k] for k in complete if k in pairs), tuple(started))
