"""What a report says, as plain data: facts of each network and the rows of its table."""

from __future__ import annotations

from archdsl.analysis.cost import Cost, cost
from archdsl.analysis.depth import depth
from archdsl.analysis.memory import Memory, memory
from archdsl.analysis.parts import Part, blocks, stages
from archdsl.analysis.receptive import Field, receptive_fields
from archdsl.analysis.walk import Layer, folded_size, layers
from archdsl.diagnostics.errors import ArchError
from archdsl.ir.model import Claim, Design, Network

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from archdsl.tensor import TensorType

BY = ("layer", "stage", "block", "network")
MAX_ROWS = 100_000
FOLD_ABOVE = 250  # rows: a longer table shows equal repetitions as one row in formats for people


class TooLarge(ArchError):
    """A report would have more rows than anyone can use.

    A repeat is one number in the text, and a million layers in a table that lists each. CSV and
    JSON list up to 100,000 layers; text, Markdown, HTML and LaTeX fold equal repetitions into one
    row, and `--by stage`, `--by block` and `--by network` have fewer rows.

    Wrong:

        input 8x32x32
        { conv3-8 } x1000000    # with: archdsl report FILE --format csv

    Right:

        input 8x32x32
        { conv3-8 } x1000       # or: archdsl report FILE --format csv --by network
    """

    id = "report-too-large"


class Row:
    """A line of a table: a layer, a stage or a block, for `times` runs of it together.

    `kind` is the layer's kind, empty for stages and blocks; `text` says what it is. `macs`
    include attention products. `field` is the receptive field of a layer where it has one.
    """

    __slots__ = (
        "field",
        "inputs",
        "kind",
        "level",
        "macs",
        "outputs",
        "params",
        "path",
        "text",
        "times",
    )

    def __init__(
        self,
        path: str,
        kind: str,
        text: str,
        inputs: tuple[TensorType, ...],
        outputs: tuple[TensorType, ...],
        params: int,
        macs: int,
        times: int = 1,
        level: int = 0,
        field: Field | None = None,
    ) -> None:
        self.path = path
        self.kind = kind
        self.text = text
        self.inputs = inputs
        self.outputs = outputs
        self.params = params
        self.macs = macs
        self.times = times
        self.level = level
        self.field = field


class NetworkReport:
    """Facts of one network; `rows()` makes its table anew at each call.

    `published` are the figures that the spec claims, as written there: `{"params": "133M"}`.
    """

    __slots__ = ("by", "cost", "depth", "inputs", "memory", "name", "network", "outputs")

    def __init__(self, network: Network, by: str, batch: int, dtype: str) -> None:
        module = network.module
        self.network = network
        self.by = by
        self.name = network.name
        self.inputs = {port.name: port.type for port in module.inputs}
        self.outputs = {o.name: module.type_of(o.value) for o in module.outputs}
        self.cost: Cost = cost(module)
        self.depth = depth(module)
        self.memory: Memory = memory(module, batch, dtype)

    @property
    def published(self) -> dict[str, str]:
        """Figures of the claims by subject: `{"params": "133M", "macs": "19.6G"}`.

        A rounded one, as papers print it, goes before an exact one of the same subject.
        """
        found: dict[str, str] = {}
        for comparison in ("==", "~"):
            found |= {
                c.subject: figure(c) for c in self.network.claims if c.comparison == comparison
            }
        return {subject: found[subject] for subject in ("params", "macs") if subject in found}

    def rows(self, fold: bool | None = None) -> Iterator[Row]:
        """The table's rows: layers, stages or blocks; one row for equal repetitions with `fold`.

        By default long tables fold. Without folding, raises TooLarge beyond 100,000 layers.
        """
        module = self.network.module
        size = self.cost.layers
        if fold is None:
            fold = size > FOLD_ABOVE
        if self.by in ("layer", "block"):
            shown = folded_size(module) if fold else size
            if shown > MAX_ROWS:
                raise _too_large(self.name, shown)
        if self.by == "layer":
            return map(_layer_row, layers(module, fold), receptive_fields(module, fold))
        if self.by == "stage":
            return map(_part_row, stages(module))
        return map(_part_row, blocks(module, fold))


class Report:
    """Networks in order, `by` what their tables list, and what memory is stated for."""

    __slots__ = ("batch", "by", "dtype", "networks")

    def __init__(
        self, networks: tuple[NetworkReport, ...], by: str, batch: int, dtype: str
    ) -> None:
        self.networks = networks
        self.by = by
        self.batch = batch
        self.dtype = dtype


def build(
    networks: Design | Network | Iterable[Network],
    by: str = "layer",
    batch: int = 1,
    dtype: str = "float32",
) -> Report:
    """The report on some networks; memory is for `batch` examples of `dtype`.

    `by` is one of `BY`, `dtype` one of `archdsl.analysis.memory.BYTES`; ValueError otherwise.
    """
    if by not in BY:
        raise ValueError(f"by is one of {', '.join(BY)}, not {by!r}")
    if isinstance(networks, Design):
        networks = networks.networks
    chosen = (networks,) if isinstance(networks, Network) else networks
    return Report(tuple(NetworkReport(n, by, batch, dtype) for n in chosen), by, batch, dtype)


def figure(claim: Claim) -> str:
    """The figure of a claim as written: `133M` of `params ~ 133M`."""
    text = claim.text.rsplit(claim.comparison, 1)[-1].strip()
    if not text[:1].isdigit() and isinstance(claim.value, int):
        return f"{claim.value:,}"  # a parameter of the family, or arithmetic
    return text.replace("_", ",") if claim.comparison == "==" else text


def _layer_row(layer: Layer, field: Field | None) -> Row:
    return Row(
        layer.path,
        layer.op.name,
        layer.op.text(),
        layer.in_types,
        layer.out_types,
        layer.params,
        layer.macs,
        layer.times,
        field=field,
    )


def _part_row(part: Part) -> Row:
    into, out = (part.in_type,), (part.out_type,)
    return Row(part.path, "", part.title, into, out, part.params, part.macs, part.times, part.level)


def _too_large(name: str, rows: int) -> TooLarge:
    return TooLarge(
        f"the report on `{name}` would have {rows:,} rows, and the limit is {MAX_ROWS:,}",
        help="use --by network or --by stage, or a format that folds repeats (text, markdown)",
    )
