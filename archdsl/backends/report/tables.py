"""The tables and facts that every format for people shows, before any layout."""

from __future__ import annotations

from archdsl.backends.report.numbers import percent, shapes, short, size
from archdsl.ops.base import show

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from archdsl.backends.report.model import NetworkReport, Report, Row
    from archdsl.tensor import TensorType

CONVENTION = (
    "MACs: multiply-accumulates of convolutions, linear layers and attention products,"
    " for one example; no biases, norms or activations."
)


class Column:
    """A column: `short` are briefer cells for where there is little room, or None.

    `code` marks text that comes from the spec, `key` is what `Table.steps` call it.
    """

    __slots__ = ("cells", "code", "key", "right", "short", "short_total", "title", "total")

    def __init__(
        self,
        title: str,
        cells: list[str],
        right: bool = True,
        short: list[str] | None = None,
        total: str = "",
        short_total: str = "",
        code: bool = False,
        key: str = "",
    ) -> None:
        self.title = title
        self.cells = cells
        self.right = right
        self.short = short
        self.total = total
        self.short_total = short_total
        self.code = code
        self.key = key or title


class Table:
    """Columns of equal length; `steps` say how to save room: ("drop" or "short", column's key)."""

    __slots__ = ("columns", "steps")

    def __init__(self, columns: list[Column], steps: tuple[tuple[str, str], ...] = ()) -> None:
        self.columns = columns
        self.steps = steps

    @property
    def has_totals(self) -> bool:
        """Whether a last row sums up."""
        return any(column.total for column in self.columns)


SAVE_DETAIL = (
    ("short", "MACs"),
    ("drop", "sees"),
    ("drop", "share of params"),
    ("drop", "share of MACs"),
    ("short", "params"),
)
SAVE_COMPARISON = (
    ("short", "MACs"),
    ("drop", "output"),
    ("drop", "depth"),
    ("drop", "input"),
    ("short", "params"),
)


class Section:
    """A titled table with facts below it, each (label, value, note)."""

    __slots__ = ("doc", "facts", "subtitle", "table", "title")

    def __init__(
        self,
        title: str,
        subtitle: str,
        table: Table,
        facts: list[tuple[str, str, str]],
        doc: str = "",
    ) -> None:
        self.title = title
        self.subtitle = subtitle
        self.table = table
        self.facts = facts
        self.doc = doc


def make_sections(report: Report) -> list[Section]:
    """One comparison of all networks where there are several, and a section for each.

    With `by="network"` the comparison is all there is.
    """
    networks = report.networks
    sections = []
    if report.by == "network" or len(networks) > 1:
        sections.append(Section("", "", compare(networks), [("", CONVENTION, "")]))
    if report.by != "network":
        sections += [describe(network, report.by) for network in networks]
    return sections


def compare(networks: Iterable[NetworkReport]) -> Table:
    """One row a network, and beside its counts the figures that its paper published."""
    rows = list(networks)
    columns = [
        Column("network", [n.name for n in rows], right=False, code=True),
        Column("input", [shapes(n.inputs.values()) for n in rows]),
        Column("output", [shapes(n.outputs.values()) for n in rows]),
        _counts("params", [n.cost.params for n in rows]),
        *_published("params", rows),
        _counts("MACs", [n.cost.total_macs for n in rows]),
        *_published("macs", rows),
        Column("depth", [str(n.depth) for n in rows]),
    ]
    return Table(columns, SAVE_COMPARISON)


def describe(network: NetworkReport, by: str) -> Section:
    """The section on one network."""
    shape = f"{_ports(network.inputs)} → {_ports(network.outputs)}"
    return Section(network.name, shape, detail(network, by), facts(network), network.network.doc)


def detail(network: NetworkReport, by: str) -> Table:
    """Layers, stages or blocks of a network, with totals."""
    rows = list(network.rows())
    params, macs = network.cost.params, network.cost.total_macs
    columns = [
        Column(by, ["  " * row.level + row.path for row in rows], right=False, code=True),
        Column("operation", [_operation(row) for row in rows], right=False, code=True),
        Column("output", [shapes(row.outputs) for row in rows]),
        _counts("params", [row.params for row in rows], params),
        Column("%", [percent(row.params, params) for row in rows], key="share of params"),
        _counts("MACs", [row.macs for row in rows], macs),
        Column("%", [percent(row.macs, macs) for row in rows], key="share of MACs"),
    ]
    if any(row.field for row in rows):
        cells = [str(row.field) if row.field else "–" for row in rows]
        columns.append(Column("sees", cells))
    return Table(columns, SAVE_DETAIL)


def facts(network: NetworkReport) -> list[tuple[str, str, str]]:
    """Totals of a network: label, value, and the convention behind it."""
    cost, memory = network.cost, network.memory
    trained = "all trained"
    if cost.trainable != cost.params:
        trained = f"{cost.trainable:,} trained, {cost.params - cost.trainable:,} fixed"
    work = "convolutions and linear layers, one multiply-accumulate each"
    batch = f"batch {memory.batch}, {memory.dtype}"
    lines = [
        ("parameters", f"{cost.params:,}", trained),
        ("buffers", f"{cost.buffers:,}", "elements, BatchNorm's counter included"),
        ("MACs", f"{cost.total_macs:,}", work),
        ("FLOPs", short(2 * cost.total_macs), "2 × MACs"),
        ("activations", f"{cost.activations:,}", "elements out of those layers"),
        ("layers", f"{cost.layers:,}", "norms, activations and joins included"),
        ("depth", str(network.depth), "layers with MACs on the longest path"),
        ("size", size(memory.weights), f"parameters and buffers in {memory.dtype}"),
        ("forward", size(memory.forward), f"most activations alive at once, {batch}"),
        ("training", size(memory.training()), _training(network, batch)),
    ]
    if cost.matmul_macs:
        note = "of these MACs: products of two activations"
        lines.insert(3, ("attention", f"{cost.matmul_macs:,}", note))
        lines[2] = (*lines[2][:2], "convolutions, linear layers and attention products")
    if not cost.buffers:
        del lines[1]
    figures = [f"{subject} {value}" for subject, value in network.published.items()]
    if figures:
        lines.append(("published", ", ".join(figures), "claims of the spec, proven"))
    if network.network.train:
        told = "; ".join(f"{name} {show(value)}" for name, value in network.network.train)
        lines.append(("", f"Training, as the spec says: {told}.", ""))
    return lines


def _training(network: NetworkReport, batch: str) -> str:
    memory = network.memory
    return (
        f"weights, gradients {size(memory.gradients)}, momentum {size(memory.momentum)},"
        f" kept activations {size(memory.saved)}, {batch}"
    )


def _operation(row: Row) -> str:
    return f"{row.text} ×{row.times:,}" if row.times > 1 else row.text


def _ports(ports: dict[str, TensorType]) -> str:
    """Shapes, by name where there are several."""
    if len(ports) == 1:
        return shapes(ports.values())
    return ", ".join(f"{name}: {type}" for name, type in ports.items())


def _counts(title: str, numbers: list[int], total: int | None = None) -> Column:
    exact = [f"{n:,}" if n else "–" for n in numbers]
    brief = [short(n) if n else "–" for n in numbers]
    if total is None:
        return Column(title, exact, short=brief)
    return Column(title, exact, short=brief, total=f"{total:,}", short_total=short(total))


def _published(subject: str, networks: list[NetworkReport]) -> list[Column]:
    cells = [network.published.get(subject, "") for network in networks]
    return [Column("published", cells, key=f"published {subject}")] if any(cells) else []
