"""Facts that depend on what stands before and around a layer, through calls and repeats."""

from __future__ import annotations

from archdsl.analysis.walk import repetitions
from archdsl.ir.model import OpNode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from archdsl.ir.model import Module, Node

    Step = tuple[Node, Any, Any]


class Lens:
    """How one fact is found: a surrounding goes in with each module, a value comes out per node.

    `enter` gives the surroundings of a network, `steps` for each node of a module its value and
    what `bodies` needs to give the surroundings of each repetition that the node runs, in the
    order of `walk.repetitions`. `whole` is the value of a module, `gather` of nodes in a row.
    """

    __slots__ = ()

    def enter(self, root: Module) -> Any:
        """The surroundings of a network."""
        raise NotImplementedError

    def steps(self, module: Module, around: Any) -> Iterator[Step]:
        """(node, value, what `bodies` needs) for each node of a module."""
        raise NotImplementedError

    def bodies(self, node: Node, inner: Any, fold: bool) -> Iterator[Any]:
        """The surroundings of each repetition; with `fold`, of equal ones together."""
        raise NotImplementedError

    def whole(self, module: Module, around: Any) -> Any:
        """The value of all that a module runs."""
        raise NotImplementedError

    def gather(self, values: list[Any]) -> Any:
        """The value of several nodes in a row."""
        raise NotImplementedError


def follow(lens: Lens, root: Module, fold: bool = False) -> Iterator[Any]:
    """The value of each layer of `walk.layers(root, fold)`, in that order."""
    stack = [lens.steps(root, lens.enter(root))]
    while stack:
        step = next(stack[-1], None)
        if step is None:
            stack.pop()
        elif isinstance(step[0], OpNode):
            yield step[1]
        else:
            stack.append(_unfold(lens, step[0], step[2], fold))


def _unfold(lens: Lens, node: Node, inner: Any, fold: bool) -> Iterator[Step]:
    runs = repetitions(node, fold)
    for (module, *_), around in zip(runs, lens.bodies(node, inner, fold), strict=True):
        yield from lens.steps(module, around)
