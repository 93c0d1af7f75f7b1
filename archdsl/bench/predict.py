"""Time and memory of a network on a card that nobody has at hand: estimates from the roofline."""

from __future__ import annotations

from archdsl.analysis.memory import memory
from archdsl.bench.roofline import Ceilings
from archdsl.bench.work import layer_works
from archdsl.ir.model import Recipe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.analysis.memory import Memory
    from archdsl.analysis.walk import Layer
    from archdsl.bench.cards import Card
    from archdsl.bench.work import Work
    from archdsl.ir.model import Network


class NoSuchFormat(Exception):
    """A number format for which a card has no published peak."""


class Assumptions:
    """What a card reaches: `compute` and `memory` are shares of its published peaks, `launch` are
    seconds that Python and the driver take for a kernel, `usable` is the share of the card's memory
    that tensors may take.

    The defaults are round numbers of common experience, fitted to no measurement.
    """

    __slots__ = ("compute", "launch", "memory", "usable")

    def __init__(
        self, compute: float = 0.5, memory: float = 0.75, launch: float = 1e-5, usable: float = 0.9
    ) -> None:
        self.compute = compute
        self.memory = memory
        self.launch = launch
        self.usable = usable


class LayerEstimate:
    """The estimate for a layer: `seconds` of all its runs, and what bounds it."""

    __slots__ = ("bound", "layer", "seconds", "work")

    def __init__(self, layer: Layer, work: Work, seconds: float, bound: str) -> None:
        self.layer = layer
        self.work = work
        self.seconds = seconds
        self.bound = bound


class Estimate:
    """The estimate for a batch: `seconds`, `best` (peaks reached, launches free), FLOPs, memory.

    `bytes` is what the run needs on the card, `fits` whether that is within what is usable.
    """

    __slots__ = ("batch", "best", "bytes", "fits", "flops", "layers", "seconds", "train")

    def __init__(
        self,
        batch: int,
        train: bool,
        layers: list[LayerEstimate],
        best: float,
        bytes: int,
        fits: bool,
    ) -> None:
        self.batch = batch
        self.train = train
        self.layers = layers
        self.seconds = sum(row.seconds for row in layers)
        self.best = best
        self.flops = sum(row.work.flops * row.layer.times for row in layers)
        self.bytes = bytes
        self.fits = fits


def check_format(card: Card, dtype: str) -> None:
    """Raises NoSuchFormat."""
    if dtype not in card.flops:
        known = ", ".join(card.flops)
        raise NoSuchFormat(f"{card.name} has no published peak in {dtype}; it has {known}")


def estimate(
    network: Network,
    card: Card,
    batch: int,
    dtype: str,
    train: bool,
    states: int,
    assumed: Assumptions,
) -> Estimate:
    """Forward pass of a batch, or with `train` a step forwards and backwards.

    Each layer takes as long as its arithmetic or its traffic, whichever is longer, and the start
    of its kernels; no two overlap, none are fused. `states` are numbers that the optimizer keeps
    for each parameter: they count for memory, its step for no time. Raises NoSuchFormat.
    """
    check_format(card, dtype)
    peaks = Ceilings(card.flops[dtype], card.bandwidth)
    reached = peaks.scaled(assumed.compute, assumed.memory, assumed.launch)
    rows, best = [], 0.0
    for layer, work in layer_works(network.module, batch, dtype, train):
        seconds = reached.seconds(work) * layer.times
        best += peaks.seconds(work) * layer.times
        rows.append(LayerEstimate(layer, work, seconds, reached.bound(work)))
    need = needed_bytes(memory(network.module, batch, dtype, states), train)
    return Estimate(batch, train, rows, best, need, need <= assumed.usable * card.memory)


def needed_bytes(of: Memory, train: bool) -> int:
    """What a run takes: weights with activations, or all that a training step holds."""
    return of.training() if train else of.weights + of.forward


def largest_batch(
    network: Network, card: Card, dtype: str, train: bool, states: int, assumed: Assumptions
) -> int:
    """The most examples whose tensors fit into the card; 0 where not even one does."""
    one = needed_bytes(memory(network.module, 1, dtype, states), train)
    each = needed_bytes(memory(network.module, 2, dtype, states), train) - one
    room = int(assumed.usable * card.memory) - one
    return 0 if room < 0 else 1 + room // max(each, 1)


def optimizer_of(network: Network) -> str:
    """The optimizer that the spec trains with, by its name; SGD with momentum if it says none."""
    recipe = dict(network.train).get("optimizer")
    if not isinstance(recipe, Recipe):
        return "momentum"
    if recipe.name == "sgd":
        return "momentum" if dict(recipe.options).get("momentum") else "sgd"
    return recipe.name
