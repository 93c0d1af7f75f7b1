"""How much of a network a picture shows: the levels of detail."""

from __future__ import annotations

from archdsl.backends.dot.errors import RenderError

DEFAULT_DETAIL = 5
MAX_BOXES = 500
"""More boxes than this and the picture folds by itself; nobody reads such a picture, and the
time that `dot` takes grows with their square."""


COMFORTABLE = 80
"""More boxes than this one after the other and a picture is several pages high: nobody gets
one without asking."""


class Fold:
    """What a level of detail shows.

    `merge`: chains of plain layers are one box. `depth`: how many calls deep contents are
    shown (None: all). `once`: contents are shown at the first use of a module only. `split`:
    a layer's norm and activation are boxes of their own. `unroll`: repetitions are drawn one
    by one.
    """

    __slots__ = ("depth", "merge", "once", "split", "unroll")

    def __init__(
        self,
        depth: int | None = None,
        *,
        merge: bool = False,
        once: bool = False,
        split: bool = False,
        unroll: bool = False,
    ) -> None:
        self.depth = depth
        self.merge = merge
        self.once = once
        self.split = split
        self.unroll = unroll

    def opens(self, depth: int) -> bool:
        """Whether the contents of a call that stands `depth` calls deep are shown."""
        return self.depth is None or depth < self.depth


LEVELS: tuple[Fold, ...] = (
    Fold(0, merge=True, once=True),
    Fold(0, once=True),
    Fold(1, once=True),
    Fold(2, once=True),
    Fold(3, once=True),
    Fold(once=True),
    Fold(),
    Fold(split=True),
    Fold(unroll=True),
    Fold(split=True, unroll=True),
)


def level(detail: int) -> Fold:
    """What detail 0 to 9 shows; raises RenderError for any other."""
    if not 0 <= detail < len(LEVELS):
        raise RenderError(f"detail goes from 0 to {len(LEVELS) - 1}, not {detail}")
    return LEVELS[detail]
