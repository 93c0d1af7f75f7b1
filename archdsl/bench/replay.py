"""Each layer by itself: timed on an input of its shape, beside what the roofline allows."""

from __future__ import annotations

from functools import partial

from archdsl.bench.inputs import make_input, vocabulary
from archdsl.bench.measure import fill
from archdsl.bench.timing import Times, take_turns
from archdsl.bench.work import layer_works

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import torch

    from archdsl.analysis.walk import Layer
    from archdsl.bench.roofline import Ceilings
    from archdsl.bench.setting import Setting
    from archdsl.bench.work import Work
    from archdsl.ir.model import Network


class Replay:
    """A layer and its time: `times` of one run, None where `problem` says why there is none."""

    __slots__ = ("best", "bound", "layer", "problem", "times", "work")

    def __init__(self, layer: Layer, work: Work, ceilings: Ceilings) -> None:
        self.layer = layer
        self.work = work
        self.best = ceilings.seconds(work)
        self.bound = ceilings.bound(work)
        self.times: Times | None = None
        self.problem = ""

    @property
    def seconds(self) -> float:
        """Time of all runs of the layer."""
        return self.times.median * self.layer.times if self.times else 0.0


def replay(
    network: Network, setting: Setting, batch: int, train: bool, ceilings: Ceilings
) -> Iterator[Replay]:
    """The layers that do anything, each timed as a network of its own; those alike only once.

    Its input is fresh in no cache but those that the layer's last run filled, nothing is fused
    with its neighbours, and nothing is done in place.
    """
    known: dict[object, Replay] = {}
    words = vocabulary(network.module)
    setting = setting.plain()
    for layer, work in layer_works(network.module, batch, setting.format, train):
        if not work.kernels:
            continue
        row = Replay(layer, work, ceilings)
        first = is_first(layer)
        key = (layer.op, layer.in_types, first)
        if key in known:
            row.times, row.problem = known[key].times, known[key].problem
        else:
            fill(row, partial(take, row, setting, batch, words, train, first))
            known[key] = row
        yield row


def is_first(layer: Layer) -> bool:
    """Whether a layer reads inputs of the network only, which get no gradients."""
    return "." not in layer.path and all(at < 0 for at, _ in layer.node.inputs)


def take(row: Replay, setting: Setting, batch: int, words: int, train: bool, first: bool) -> None:
    """Times one layer. Raises what torch raises."""
    network = alone(row.layer)
    module = setting.build(network, "layer").train(train)
    inputs = tuple(
        make_input(type, batch, words, setting.device, setting.dtype, setting.channels_last)
        for type in row.layer.in_types
    )
    run = step(module, inputs, train, first)
    row.times = take_turns({"": run}, setting.seconds / 20, rounds=3)[""]


def step(
    module: torch.nn.Module, inputs: tuple[torch.Tensor, ...], train: bool, first: bool
) -> Callable[[], object]:
    """One run of a layer, forwards or there and back; gradients go to inputs but for the first."""
    import torch

    def evaluate() -> object:
        with torch.no_grad():
            return module(*inputs)

    for x in inputs:
        x.requires_grad_(train and not first and x.is_floating_point())

    def learn() -> None:
        for x in (*inputs, *module.parameters()):
            x.grad = None
        outputs = module(*inputs)
        outputs = [outputs] if isinstance(outputs, torch.Tensor) else list(outputs)
        if outputs[0].requires_grad:
            torch.autograd.backward(outputs, [torch.ones_like(y) for y in outputs])

    return learn if train else evaluate


def alone(layer: Layer) -> Network:
    """A network that is one layer."""
    from archdsl.ir.model import Module, Network, OpNode, Output, Port

    span = layer.node.span
    ports = tuple(Port(f"x{i}", type, span) for i, type in enumerate(layer.in_types))
    inputs = tuple((-1, i) for i in range(len(ports)))
    node = OpNode(layer.op, layer.in_types, "layer", inputs, layer.out_types, span, 0)
    outputs = tuple(Output(f"y{i}", (0, i)) for i in range(len(layer.out_types)))
    return Network("Layer", Module("Layer", "network", 0, (), ports, (node,), outputs, {}, span))
