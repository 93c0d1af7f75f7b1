"""A network in stages, one for each device: balanced by what they multiply."""

from __future__ import annotations

from itertools import pairwise

from archdsl.analysis.chain import find_cuts, read_chain
from archdsl.analysis.cost import Cost
from archdsl.analysis.split import least_bottleneck, split_chain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.analysis.chain import Chain, Tensor
    from archdsl.ir.model import Module
    from archdsl.tensor import TensorType

MOST_STAGES = 1_000


class TooManyStages(ValueError):
    """The network cannot be cut into so many stages that all of them multiply."""


class Stage:
    """The pieces `start` to `end` (without `end`) of a chain.

    `work` is the cost of one example, `takes` and `gives` are the tensors that go in and out; a
    tensor for a later stage goes through all stages between.
    """

    __slots__ = ("end", "gives", "start", "takes", "title", "work")

    def __init__(self, start: int, end: int) -> None:
        self.start = start
        self.end = end
        self.title = ""
        self.work = Cost()
        self.takes: tuple[Tensor, ...] = ()
        self.gives: tuple[Tensor, ...] = ()


class Split:
    """A network's stages; `bottleneck` is what the dearest one multiplies in the best split."""

    __slots__ = ("bottleneck", "chain", "places", "stages")

    def __init__(self, chain: Chain, stages: list[Stage], bottleneck: int, places: int) -> None:
        self.chain = chain
        self.stages = stages
        self.bottleneck = bottleneck
        self.places = places

    @property
    def dearest(self) -> int:
        """Multiply-accumulates of the stage that has the most."""
        return max(stage.work.total_macs for stage in self.stages)

    def given(self, stage: Stage) -> tuple[TensorType, ...]:
        """Types of what a stage hands over."""
        return tuple(self.chain.type_of(t) for t in stage.gives)


def split_network(module: Module, count: int) -> Split:
    """A network in `count` stages.

    A stage costs its multiply-accumulates. The backward pass takes twice those of the forward
    pass in every layer, so what balances one balances both. The dearest stage has at most 5 %
    more than in the best split at these places, and of such splits it is one that hands over
    little (numbers for one example). Every stage multiplies something. Raises TooManyStages.
    """
    chain = read_chain(module)
    cuts = find_cuts(chain)
    bounds = [0, *cuts, len(chain.pieces)]
    costs = [sum(item.work.total_macs for item in chain.pieces[a:b]) for a, b in pairwise(bounds)]
    most = min(sum(one > 0 for one in costs), MOST_STAGES)
    if not 1 <= count <= most:
        raise TooManyStages(f"`{module.name}`: {_refusal(len(cuts), most, count)}")
    traffic = [0, *_traffic(chain, cuts)]
    begins = [bounds[k] for k in split_chain(costs, traffic, count)]
    ends = [0, *begins, len(chain.pieces)]
    stages = [_stage(chain, a, b) for a, b in pairwise(ends)]
    return Split(chain, stages, least_bottleneck(costs, count), len(cuts))


def _refusal(cuts: int, most: int, count: int) -> str:
    if most < 1:
        return "no layer of it multiplies, so nothing can be shared out"
    places = f"{cuts:,} place{'s' * (cuts != 1)}"
    return (
        f"it can be cut in {places}, so that {most:,} of its stages multiply at most, not"
        f" {count:,} (a layer stays with its norm and activation, and with all that share its"
        " weights; inside a block one tensor may cross)"
    )


def _traffic(chain: Chain, cuts: list[int]) -> list[int]:
    """Numbers that cross each cut, for one example."""
    change = [0] * (len(chain.pieces) + 2)
    last: dict[Tensor, int] = {}
    for k, item in enumerate(chain.pieces):
        last.update(dict.fromkeys(item.inputs, k))
    last.update(dict.fromkeys(chain.outputs, len(chain.pieces)))
    for tensor, end in last.items():
        size = chain.type_of(tensor).numel
        change[tensor[0] + 1] += size
        change[end + 1] -= size
    found, load = [], 0
    wanted = set(cuts)
    for at in range(len(chain.pieces)):
        load += change[at]
        if at in wanted:
            found.append(load)
    return found


def _stage(chain: Chain, start: int, end: int) -> Stage:
    stage = Stage(start, end)
    for item in chain.pieces[start:end]:
        stage.work.add_work(item.work)
        stage.work.add_weights(item.work)
    if start:
        stage.takes = chain.crossing(start)
    else:
        stage.takes = tuple((-1, k) for k in range(len(chain.module.inputs)))
    is_last = end == len(chain.pieces)
    stage.gives = chain.outputs if is_last else chain.crossing(end)
    names = [_whole(chain, start, end, k) for k in (start, end - 1)]
    stage.title = " … ".join(dict.fromkeys(names))
    return stage


def _whole(chain: Chain, start: int, end: int, k: int) -> str:
    """Path of the largest item around the piece `k` that lies in the stage."""
    items = chain.items
    while True:
        item = next(i for i in items if i.start <= k < i.end)
        if (start <= item.start and item.end <= end) or not item.inside:
            return item.path
        items = item.inside
