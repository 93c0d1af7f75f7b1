"""Where a step stands in its body, which decides on the default norm and activation it takes.

Written from the language reference's "Defaults and hidden layers".
"""

from __future__ import annotations

from archdsl.ops.base import Kind
from tests.differential.tree import Body, Layer, Line, Param, Ref, Repeat, Step

TRANSPARENT = frozenset(
    ["softmax", "logsoftmax", "flatten", "reshape", "upsample", "pixelshuffle", "crop", "dropout"]
)
PASSED = frozenset({"norm", "dropout"})  # families that an activation may stand behind


class Place:
    """`tail`, whether an activation `follows`, and whether one stands `after` the body it ends."""

    __slots__ = ("after", "follows", "tail")

    def __init__(self, tail: bool = False, follows: bool = False, after: bool = False) -> None:
        self.tail = tail
        self.follows = follows
        self.after = after


NOWHERE = Place()


def places(body: Body, env: dict[str, object], tail: bool, after: bool) -> list[list[Place]]:
    """The place of each step of each line; `tail` and `after` are those of the body itself."""
    flow: list[Step | None] = []  # None where a chain begins with a named tensor
    for line in body:
        flow += [None] * (line.start is not None)
        flow += line.steps or [Layer("identity")] * (line.start is None)
    tails = tail_of(flow, env) if tail else frozenset()
    found, at = [], 0
    for line in body:
        at += line.start is not None
        here = []
        for _ in line.steps:
            ends = after and at == len(flow) - 1
            here.append(Place(at in tails, follows(flow, at, env, after), ends))
            at += 1
        at += not line.steps and line.start is None
        found.append(here)
    return found


def output_places(line: Line, env: dict[str, object]) -> list[Place]:
    """The places of the steps of a side chain, which has a tail of its own."""
    return places([Line(line.steps)], env, True, False)[0]


def follows(flow: list[Step | None], at: int, env: dict[str, object], after: bool) -> bool:
    """Rule 1: whether the next step, past norms and dropout, is an activation."""
    for step in flow[at + 1 :]:
        kind = plain_kind(step, env)
        if kind is not None and kind.family == "activation":
            return True
        if kind is None or kind.family not in PASSED:
            return False
    return after


def tail_of(flow: list[Step | None], env: dict[str, object]) -> frozenset[int]:
    """Rule 3: the last step, and those before it as long as the last ones are transparent."""
    found: list[int] = []
    for at in range(len(flow) - 1, -1, -1):
        step = flow[at]
        if step is None:
            break
        found.append(at)
        kind = None if isinstance(step, Repeat) else plain_kind(step, env)
        if kind is None or kind.name not in TRANSPARENT:
            break
    return frozenset(found)


def plain_kind(step: Step | None, env: dict[str, object]) -> type[Kind] | None:
    """The kind of a step that is a layer, repeated or not."""
    if isinstance(step, Repeat):
        step = step.step
    if isinstance(step, Param):
        ref = env.get(step.name)
        return Kind.lookup(ref.kind) if isinstance(ref, Ref) else None
    return Kind.lookup(step.kind) if isinstance(step, Layer) else None
