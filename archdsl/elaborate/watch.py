"""What elaboration did, step by step, for editors: they look on where a text has errors too."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from archdsl.elaborate.context import Context
    from archdsl.elaborate.graph import Graph
    from archdsl.elaborate.values import Labelled
    from archdsl.syntax import ast


class Visit:
    """One elaboration of a step: the place, the tensor before and after it, the nodes it made.

    The nodes are `ctx.graph.nodes[first:last]`, those of the branches of a join included.
    `network` is the network that was being built.
    """

    __slots__ = ("after", "before", "ctx", "first", "frame", "last", "network", "step")

    def __init__(
        self,
        step: ast.Step,
        ctx: Context,
        before: Labelled | None,
        after: Labelled | None,
        first: int,
        network: str,
    ) -> None:
        self.step = step
        self.ctx = ctx
        self.frame = ctx.frame  # the calls on the way; the context loses those of groups
        self.before = before
        self.after = after
        self.first = first
        self.last = len(ctx.graph.nodes)
        self.network = network


class Watch:
    """Collects the visits of a run, and the graph of each network, as far as it came.

    `stop` is asked at every step: it may raise to end the run.
    """

    __slots__ = ("graphs", "network", "stop", "visits")

    def __init__(self, stop: Callable[[], None]) -> None:
        self.stop = stop
        self.network = ""
        self.visits: list[Visit] = []
        self.graphs: dict[str, Graph] = {}

    def see(
        self,
        step: ast.Step,
        ctx: Context,
        before: Labelled | None,
        after: Labelled | None,
        first: int,
    ) -> None:
        """Keeps one visit."""
        self.stop()
        self.visits.append(Visit(step, ctx, before, after, first, self.network))
