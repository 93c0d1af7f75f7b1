"""A stage of a network as a module of the IR, and where its submodules come from."""

from __future__ import annotations

from archdsl.backends.torch.names import Namer
from archdsl.ir.model import CallNode, Module, OpNode, Output, Port, RepeatNode
from archdsl.ir.names import is_attribute_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.analysis.chain import Chain, Item, Tensor
    from archdsl.analysis.stages import Stage
    from archdsl.ir.model import Value

    AnyNode = OpNode | CallNode | RepeatNode


class StageModule:
    """A module that runs a stage; `sources` say what each of its nodes is in the whole network.

    A source is an expression over `net`: `net.conv1`, `net.conv4_x[2].conv1`, `net.conv4_x[3:]`.
    """

    __slots__ = ("module", "sources")

    def __init__(self, module: Module, sources: tuple[str, ...]) -> None:
        self.module = module
        self.sources = sources


def stage_module(chain: Chain, stage: Stage, name: str) -> StageModule:
    """The module of a stage: steps that lie in it as they are, cut blocks by their inner steps."""
    return _Maker(chain, stage, name).make()


class _Maker:
    def __init__(self, chain: Chain, stage: Stage, name: str) -> None:
        self.chain = chain
        self.stage = stage
        self.name = name
        self.namer = Namer()
        self.nodes: list[AnyNode] = []
        self.sources: list[str] = []
        self.values: dict[Tensor, Value] = {t: (-1, k) for k, t in enumerate(stage.takes)}
        self.at: dict[int, int] = {}  # the place here of the node whose first piece it is

    def make(self) -> StageModule:
        """The module and its sources."""
        self.take(self.chain.items)
        network = self.chain.module
        words = self.labels()
        ports = tuple(
            Port(words.get(t, f"x{k}"), self.chain.type_of(t), network.span)
            for k, t in enumerate(self.stage.takes)
        )
        outputs = tuple(
            Output(words.get(t, f"y{k}"), self.values[t]) for k, t in enumerate(self.stage.gives)
        )
        labels = {word: self.values[t] for t, word in words.items() if t in self.values}
        module = Module(
            self.name,
            "network",
            network.origin,
            (),
            ports,
            tuple(self.nodes),
            outputs,
            labels,
            network.span,
        )
        return StageModule(module, tuple(self.sources))

    def labels(self) -> dict[Tensor, str]:
        """What the network's text calls its tensors, and its inputs and outputs."""
        network = self.chain.module
        words: dict[Tensor, str] = {}
        for label, (index, port) in network.labels.items():
            if index >= 0:
                words.setdefault(self.chain.items[index].outputs[port], label)
        for tensor, output in zip(self.chain.outputs, network.outputs, strict=True):
            words.setdefault(tensor, output.name)
        for k, port_ in enumerate(network.inputs):
            words.setdefault((-1, k), port_.name)
        return words

    def take(self, items: list[Item]) -> None:
        """Those of the items that lie in the stage."""
        start, end = self.stage.start, self.stage.end
        for item in items:
            if item.end <= start or item.start >= end:
                continue
            if start <= item.start and item.end <= end:
                self.whole(item)
            elif isinstance(item.node, RepeatNode) and not _is_repetition(item):
                self.some(item)
            else:
                self.take(item.inside)

    def some(self, repeat: Item) -> None:
        """The whole repetitions of a repeat as one slice, and the parts of those at its ends."""
        start, end = self.stage.start, self.stage.end
        inside = [r for r in repeat.inside if r.end > start and r.start < end]
        whole = [r for r in inside if start <= r.start and r.end <= end]
        for one in inside:
            if one not in whole:
                self.take(one.inside)
            elif one is whole[0]:
                self.slice(repeat, whole)

    def whole(self, item: Item) -> None:
        """A node that stays as it is."""
        node = item.node
        inputs = tuple(self.values[t] for t in item.inputs)
        shares = None if node.shares is None else self.at[self.shared_start(item)]
        name = self.name_of(item)
        common = (name, inputs, node.outputs, node.span, node.step, shares)
        made: AnyNode
        if isinstance(node, OpNode):
            made = OpNode(node.op, node.in_types, *common, node.init)
        elif isinstance(node, CallNode):
            made = CallNode(node.module, *common)
        else:
            assert isinstance(node, RepeatNode)
            made = RepeatNode(node.runs, node.tied, *common)
        self.at[item.start] = len(self.nodes)
        self.put(made, item.outputs, access(item))

    def slice(self, repeat: Item, some: list[Item]) -> None:
        """Repetitions of a repeat that follow one another."""
        runs: list[tuple[Module, int]] = []
        for one in some:
            assert one.module is not None
            times = runs.pop()[1] if runs and runs[-1][0] is one.module else 0
            runs.append((one.module, times + 1))
        inputs = tuple(self.values[t] for t in some[0].inputs)
        node, last = repeat.node, some[-1]
        first, behind = (int(one.steps[-1]) for one in (some[0], last))
        made = RepeatNode(
            tuple(runs), False, self.name_of(repeat), inputs, last.types, node.span, node.step
        )
        low = "" if first == 0 else str(first)
        high = "" if last is repeat.inside[-1] else str(behind + 1)
        self.put(made, last.outputs, f"{access(repeat)}[{low}:{high}]")

    def put(self, node: AnyNode, outputs: tuple[Tensor, ...], source: str) -> None:
        """One more node."""
        for port, tensor in enumerate(outputs):
            self.values.setdefault(tensor, (len(self.nodes), port))
        self.nodes.append(node)
        self.sources.append(source)

    def name_of(self, item: Item) -> str:
        """Its name in the network; with those of the blocks that were cut around it."""
        name = "_".join(map(str, item.steps))
        return self.namer.take(name if is_attribute_name(name) else name + "_")

    def shared_start(self, item: Item) -> int:
        """First piece of the node whose weights an item uses."""
        siblings = self.chain.items
        for step in item.steps[:-1]:
            siblings = next(i for i in siblings if i.steps[-1] == step).inside
        assert item.node.shares is not None
        return siblings[item.node.shares].start


def access(item: Item) -> str:
    """An item's submodule as an expression over `net`."""
    return "net" + "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in item.steps)


def _is_repetition(item: Item) -> bool:
    return isinstance(item.steps[-1], int)
