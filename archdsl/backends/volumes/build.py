"""From a network to its volumes: layer by layer, or a box a block where there are many."""

from __future__ import annotations

from itertools import pairwise

from archdsl.analysis.cost import cost
from archdsl.backends.dot.errors import RenderError
from archdsl.backends.dot.words import caption_of
from archdsl.backends.flow import Fold, Part, Skip, TooLong, parts_of, trace
from archdsl.backends.flow.words import block_name, is_seen
from archdsl.backends.volumes.model import Arch, Picture, Solid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.backends.flow import Item, Line
    from archdsl.ir.model import Network
    from archdsl.ops.base import Kind
    from archdsl.tensor import TensorType

SCALES = ("sqrt", "log", "linear")
MANY = 40
"""Solids above which blocks with a shortcut are one solid each, equal ones in a row drawn once."""

LONG = 400
"""Steps above which repetitions are drawn once."""

MOST = 150
"""Solids that fit on a picture."""

RESIDUAL, DENSE = "residual block", "dense layer"

NAMES = {"conv": "conv", "dwconv": "depthwise conv", "sepconv": "separable conv",
         "deconv": "up-conv", "maxpool": "max pool", "avgpool": "avg pool", "gap": "avg pool",
         "gmp": "max pool", "adaptiveavgpool": "avg pool", "adaptivemaxpool": "max pool",
         "FC": "FC", "lrn": "LRN"}  # fmt: skip


def build(network: Network, detail: int = 5, scale: str = "sqrt", title: str = "") -> Picture:
    """The picture of a network; up to detail 4, or where there are many, a solid is a block.

    Raises TooLong where even then there are too many, RenderError for a scale there is not.
    """
    if scale not in SCALES:
        raise RenderError(f"volumes have a scale {', '.join(SCALES)}, not {scale}")
    line = trace(network, detail <= 4, LONG)
    found = _gather(line)
    if len(found.solids) > MANY and detail < 8 and not line.folded:
        line = trace(network, fold=True)
        found = _gather(line)
    if len(found.solids) > MOST:
        raise TooLong(
            f"{network.name} has {len(found.solids)} volumes, the most is {MOST};"
            " a lower --detail draws blocks"
        )
    _group(found.solids)
    return Picture(
        title or network.name,
        caption_of(cost(network.module)),
        tuple(found.solids),
        tuple(found.arches),
        _note(line),
        scale,
    )


def _gather(line: Line) -> _Gatherer:
    found = _Gatherer(line.input, line.folded)
    found.add(line.items)
    return found


def _note(line: Line) -> str:
    return f"not drawn: {', '.join(line.aside)}" if line.aside else ""


class _Gatherer:
    """Makes solids and arches of items; with `whole`, a shortcut with its body is one solid."""

    def __init__(self, input: TensorType, whole: bool) -> None:
        self.solids = [Solid("input", "input", input, None)]
        self.arches: list[Arch] = []
        self.whole = whole
        self.times = 1

    def add(self, items: tuple[Item, ...]) -> None:
        for item in items:
            if isinstance(item, Part):
                self._add_part(item)
            elif isinstance(item, Skip):
                self._add_skip(item)
            else:
                assert isinstance(item, Fold)
                self._add_fold(item)

    def _add_part(self, part: Part) -> None:
        op = part.op
        if op is not None and op.family == "activation" and op.name != "softmax":
            return
        if not is_seen(part) and (op is None or op.name != "softmax"):
            return
        role = role_of(op)
        words = " + ".join([name_of(part), *(e for e in part.extras if role != "pool")])
        self._put(Solid(role, words, part.out_type, part))

    def _add_skip(self, skip: Skip) -> None:
        if self.whole and _is_small(skip):
            inner = [p for p in parts_of(skip.body) if is_seen(p)]
            if inner:
                self._put(_block(skip, inner))
            return
        start = len(self.solids) - 1
        self.add(skip.body)
        if len(self.solids) - 1 > start:
            ways = tuple(op.text() for op in skip.ways)
            self.arches.append(Arch(start, len(self.solids) - 1, skip.join, ways))

    def _add_fold(self, fold: Fold) -> None:
        self.times *= fold.times
        self.add(fold.items)
        self.times //= fold.times

    def _put(self, solid: Solid) -> None:
        """Adds a solid, or counts it to an equal block before it; dense layers grow together."""
        last = self.solids[-1]
        solid.times = self.times
        alike = solid.role == "block" and (last.role, last.words) == (solid.role, solid.words)
        grows = solid.words == DENSE and last.type.spatial == solid.type.spatial
        if self.whole and alike and (last.type == solid.type or grows):
            solid.times += last.times
            solid.part = last.part  # the first one's path
            self.solids.pop()
        self.solids.append(solid)


def _block(skip: Skip, inner: list[Part]) -> Solid:
    """A shortcut with its body as one solid."""
    words = RESIDUAL if skip.join == "add" else DENSE
    into, out = inner[0].in_type, inner[-1].out_type
    if skip.join == "concat":
        out = out.with_channels(out.channels + into.channels)
    part = Part(skip.path, None, into, out, skip.params, name=words, branches=2)
    return Solid("block", words, out, part)


def _is_small(skip: Skip) -> bool:
    """Whether the body has no shortcut inside, and so is a block and no half of a network."""
    return not any(isinstance(item, Skip) for item in skip.body)


def role_of(op: Kind | None) -> str:
    """The row of colours."""
    if op is None:
        return "block"
    return {"softmax": "softmax", "deconv": "up", "upsample": "up"}.get(op.name, op.family)


def name_of(part: Part) -> str:
    """What the legend calls a part."""
    if part.op is None:
        return block_name(part)
    return NAMES.get(part.op.name, part.op.name)


def _group(solids: list[Solid]) -> None:
    """Numbers runs of solids of one extent, which stand close together."""
    group = 0
    for before, solid in pairwise(solids):
        same = before.type.spatial == solid.type.spatial and before.type.layout == solid.type.layout
        group += not same
        solid.group = group
