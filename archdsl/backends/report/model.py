"""What a report says, as plain data: facts of each network and the rows of its table."""

from __future__ import annotations

from functools import partial
from itertools import islice

from archdsl.analysis.cost import Cost, cost
from archdsl.analysis.depth import depth
from archdsl.analysis.follow import follow
from archdsl.analysis.memory import BYTES, OPTIMIZERS, Memory, memory
from archdsl.analysis.parts import blocks, stages
from archdsl.analysis.placed import Kept, Peaks
from archdsl.analysis.receptive import Fields
from archdsl.analysis.walk import folded_size, layers
from archdsl.backends.report.rows import Row, layer_row, part_row
from archdsl.diagnostics.errors import ArchError
from archdsl.ir.model import Claim, Design, Network, Recipe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


BY = ("layer", "stage", "block", "network")
SORTS = ("params", "macs", "activations", "forward", "training")
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


class Wanted:
    """What is asked of a report.

    `by` is one of `BY`, `sort` one of `SORTS` or empty for the order of execution, `top` the most
    rows of a table (0: all). Memory is for `batch` examples of `dtype` and for an `optimizer` of
    `archdsl.analysis.memory.OPTIMIZERS`; where it is empty, for the one that the spec names,
    else for SGD with momentum.
    """

    __slots__ = ("batch", "by", "dtype", "optimizer", "sort", "top")

    def __init__(
        self,
        by: str = "layer",
        batch: int = 1,
        dtype: str = "float32",
        optimizer: str = "",
        sort: str = "",
        top: int = 0,
    ) -> None:
        if by not in BY:
            raise ValueError(f"by is one of {', '.join(BY)}, not {by!r}")
        if sort and sort not in SORTS:
            raise ValueError(f"sort is one of {', '.join(SORTS)}, not {sort!r}")
        if top < 0:
            raise ValueError(f"top is a number of rows, not {top}")
        self.by = by
        if isinstance(batch, bool) or not isinstance(batch, int):
            raise ValueError(f"a batch is a number of examples, not {batch!r}")
        self.batch = batch
        self.dtype = dtype
        self.optimizer = optimizer
        self.sort = sort
        self.top = top

    @property
    def asks_memory(self) -> bool:
        """Whether anything is asked that only memory depends on."""
        usual = (self.batch, self.dtype, self.optimizer) == (1, "float32", "")
        return not usual or self.sort in ("forward", "training")


class NetworkReport:
    """Facts of one network; `rows()` makes its table anew at each call."""

    __slots__ = (
        "by",
        "cost",
        "depth",
        "inputs",
        "memory",
        "name",
        "network",
        "optimizer",
        "outputs",
        "wanted",
    )

    def __init__(self, network: Network, wanted: Wanted) -> None:
        module = network.module
        self.network = network
        self.wanted = wanted
        self.by = wanted.by
        self.name = network.name
        self.inputs = {port.name: port.type for port in module.inputs}
        self.outputs = {o.name: module.type_of(o.value) for o in module.outputs}
        self.cost: Cost = cost(module)
        self.depth = depth(module)
        self.optimizer = wanted.optimizer or _optimizer(network)
        states = OPTIMIZERS.get(self.optimizer)
        if states is None:
            raise ValueError(f"optimizer is one of {', '.join(OPTIMIZERS)}, not {self.optimizer!r}")
        self.memory: Memory = memory(module, wanted.batch, wanted.dtype, states)

    @property
    def accuracy(self) -> float | None:
        """The accuracy that the spec states in its `train` section, from 0 to 1; nothing is run."""
        value = dict(self.network.train).get("accuracy")
        return float(value) if isinstance(value, (int, float)) else None

    @property
    def published(self) -> dict[str, str]:
        """Figures of the claims by subject: `{"params": "133M", "macs": "19.6G"}`.

        A rounded one, as papers print it, goes before an exact one of the same subject.
        """
        return {subject: figure(claim) for subject, claim in self._claims().items()}

    def difference(self, subject: str) -> float | None:
        """How far the network's figure is from the published one, as a part of that one."""
        claim = self._claims().get(subject)
        if claim is None or not isinstance(claim.value, (int, float)) or not claim.value:
            return None
        ours = self.cost.params if subject == "params" else self.cost.total_macs
        return (ours - claim.value) / claim.value

    def _claims(self) -> dict[str, Claim]:
        found: dict[str, Claim] = {}
        for comparison in ("==", "~"):
            found |= {c.subject: c for c in self.network.claims if c.comparison == comparison}
        return {subject: found[subject] for subject in ("params", "macs") if subject in found}

    def amount(self, what: str) -> int:
        """How much of one of `SORTS` it has."""
        if what == "forward":
            return self.memory.forward
        if what == "training":
            return self.memory.training()
        amount: int = getattr(self.cost, "total_macs" if what == "macs" else what)
        return amount

    def rows(self, fold: bool | None = None) -> Iterator[Row]:
        """The table's rows: layers, stages or blocks; one row for equal repetitions with `fold`.

        By default long tables fold. Without folding, raises TooLarge beyond 100,000 layers.
        """
        rows, wanted = self._rows(fold), self.wanted
        if wanted.sort:
            rows = iter(sorted(rows, key=lambda row: -row.amount(wanted.sort)))
        return islice(rows, wanted.top) if wanted.top else rows

    def _rows(self, fold: bool | None) -> Iterator[Row]:
        module = self.network.module
        size = self.cost.layers
        if fold is None:
            fold = size > FOLD_ABOVE
        if self.by in ("layer", "block"):
            shown = folded_size(module) if fold else size
            if self.wanted.top and not self.wanted.sort:
                shown = min(shown, self.wanted.top)  # what is not asked for is not walked
            if shown > MAX_ROWS:
                raise _too_large(self.name, shown)
        bytes = BYTES[self.wanted.dtype]
        lenses = (Fields(), Peaks(bytes), Kept(bytes))
        if self.by == "layer":
            found = zip(*(follow(lens, module, fold) for lens in lenses), strict=True)
            return map(partial(layer_row, self.memory), layers(module, fold), found)
        parts = stages(module, lenses) if self.by == "stage" else blocks(module, fold, lenses)
        return map(partial(part_row, self.memory), parts)


class Report:
    """Networks in order, and what was asked of the report."""

    __slots__ = ("by", "networks", "wanted")

    def __init__(self, networks: tuple[NetworkReport, ...], wanted: Wanted) -> None:
        self.networks = networks
        self.wanted = wanted
        self.by = wanted.by


def build(
    networks: Design | Network | Iterable[Network],
    by: str = "layer",
    batch: int = 1,
    dtype: str = "float32",
    optimizer: str = "",
    sort: str = "",
    top: int = 0,
) -> Report:
    """The report on some networks; see `Wanted` for what may be asked.

    With `by="network"`, `sort` and `top` are of the networks. ValueError for unknown options.
    """
    wanted = Wanted(by, batch, dtype, optimizer, sort, top)
    if isinstance(networks, Design):
        networks = networks.networks
    chosen = (networks,) if isinstance(networks, Network) else networks
    made = [NetworkReport(n, wanted) for n in chosen]
    if by == "network":
        made = sorted(made, key=lambda n: -n.amount(sort)) if sort else made
        made = made[:top] if top else made
    return Report(tuple(made), wanted)


def figure(claim: Claim) -> str:
    """The figure of a claim as written: `133M` of `params ~ 133M`."""
    text = claim.text.rsplit(claim.comparison, 1)[-1].strip()
    if not text[:1].isdigit() and isinstance(claim.value, int):
        return f"{claim.value:,}"  # a parameter of the family, or arithmetic
    return text.replace("_", ",") if claim.comparison == "==" else text


def _optimizer(network: Network) -> str:
    """The optimizer that the spec trains with, as one of `OPTIMIZERS`."""
    recipe = dict(network.train).get("optimizer")
    if not isinstance(recipe, Recipe):
        return "momentum"
    if recipe.name == "sgd":
        return "momentum" if dict(recipe.options).get("momentum") else "sgd"
    return recipe.name


def _too_large(name: str, rows: int) -> TooLarge:
    return TooLarge(
        f"the report on `{name}` would have {rows:,} rows, and the limit is {MAX_ROWS:,}",
        help="use --by network or --by stage, or a format that folds repeats (text, markdown)",
    )
