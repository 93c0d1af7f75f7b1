"""Which layers of a network run in towers, and where the towers exchange what they have."""

from __future__ import annotations

from archdsl.distributed.errors import NotDistributable
from archdsl.ir.model import OpNode
from archdsl.ops.conv import Conv
from archdsl.ops.flatten import Flatten
from archdsl.ops.linear import Linear
from archdsl.ops.norm import LocalResponseNorm
from archdsl.tensor import VECTOR

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.ir.model import Network

LOCAL, WHOLE, NORM = "local", "whole", "norm"
"""A layer on a tower's own maps; one that sees all maps; a norm that sees some of the next."""

_EACH_MAP = frozenset(("maxpool", "avgpool", "adaptiveavgpool", "gap", "gmp", "dropout"))
_NOT_ALONE = frozenset(("softmax", "logsoftmax", "glu", "prelu"))


class TowerPlan:
    """The `steps` of all towers, each with how it is run, and the `head`: what follows them on
    the first device."""

    __slots__ = ("head", "steps", "towers")

    def __init__(self, towers: int, steps: list[tuple[str, OpNode]], head: list[OpNode]) -> None:
        self.towers = towers
        self.steps = steps
        self.head = head

    @property
    def meetings(self) -> list[str]:
        """Names of the layers that see maps of all towers; the first layer sees the input."""
        return [node.name for how, node in self.steps[1:] if how != LOCAL]

    def reach(self, node: OpNode) -> int:
        """How many maps of the next tower a norm sees."""
        assert isinstance(node.op, LocalResponseNorm)
        return node.op.size // 2


def plan_towers(network: Network) -> TowerPlan:
    """The towers of a network that is one chain of layers, some of its convolutions in groups.

    There are as many towers as groups. Raises NotDistributable.
    """
    nodes = _chain(network)
    towers = _count(network, nodes)
    channels = network.module.inputs[0].type.channels
    if _how(nodes[0], towers) != WHOLE and channels % towers:
        raise NotDistributable(
            f"`{nodes[0].name}` of `{network.name}` is in {towers} groups, and its input has"
            f" {channels} channels"
        )
    steps: list[tuple[str, OpNode]] = []
    for k, node in enumerate(nodes):
        how = _how(node, towers)
        if how is None:
            return TowerPlan(towers, steps, _head(network, nodes[k:]))
        steps.append((how, node))
    return TowerPlan(towers, steps, [])


def _chain(network: Network) -> list[OpNode]:
    """The layers, each of which takes what the one before it gave."""
    module = network.module
    nodes = [node for node in module.nodes if isinstance(node, OpNode)]
    straight = all(n.inputs == ((i - 1, 0),) and n.shares is None for i, n in enumerate(nodes))
    one = len(module.inputs) == len(module.outputs) == 1
    if len(nodes) < len(module.nodes) or not straight or not one:
        raise NotDistributable(
            f"`{network.name}` is no chain of layers, and towers are cut from one",
            help="`--stages` cuts any network into a pipeline",
        )
    return nodes


def _count(network: Network, nodes: list[OpNode]) -> int:
    groups = {n.op.groups for n in nodes if isinstance(n.op, Conv) and n.op.groups > 1}
    if len(groups) != 1:
        found = " and ".join(map(str, sorted(groups))) if groups else "no"
        raise NotDistributable(
            f"`{network.name}` has {found} groups, and its towers are the groups of its convs",
            help="write `conv3-256(groups=2)` where a tower sees its own maps only",
        )
    return int(groups.pop())


def _how(node: OpNode, towers: int) -> str | None:
    """How the towers run a layer; None where one device has to."""
    op = node.op
    if not node.in_types[0].is_map and node.in_types[0].layout != VECTOR:
        return None
    if isinstance(op, (Conv, Linear)):
        wide = isinstance(op, Linear) or op.groups == 1
        odd = node.outputs[0].channels % towers or (isinstance(op, Conv) and _is_odd(node, op))
        return None if odd else WHOLE if wide else LOCAL
    if isinstance(op, LocalResponseNorm):
        width = node.in_types[0].channels // towers
        return NORM if op.size // 2 <= width and node.in_types[0].rank < 3 else None
    free = op.family == "activation" and op.name not in _NOT_ALONE
    return LOCAL if free or op.name in _EACH_MAP or isinstance(op, Flatten) else None


def _is_odd(node: OpNode, op: Conv) -> bool:
    """Whether a convolution is none of torch's own."""
    windows = op.geometry(node.in_types[0])
    return op.connect is not None or any(w.before != w.after for w in windows)


def _head(network: Network, rest: list[OpNode]) -> list[OpNode]:
    """What one device runs behind the towers: nothing that is in groups."""
    grouped = next((n for n in rest if isinstance(n.op, Conv) and n.op.groups > 1), None)
    if grouped is not None:
        raise NotDistributable(
            f"`{rest[0].name}` ({rest[0].op.text()}) of `{network.name}` cannot be run in towers,"
            f" and `{grouped.name}` behind it is in groups"
        )
    return rest
