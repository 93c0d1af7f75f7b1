"""The tables and facts that every format for people shows, before any layout."""

from __future__ import annotations

from math import inf

from archdsl.backends.report.compare import compare
from archdsl.backends.report.numbers import fraction, percent, shapes, short, size
from archdsl.backends.report.parts import Column, Section, Table, counts
from archdsl.ops.base import show

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.analysis.receptive import Field
    from archdsl.backends.report.model import NetworkReport, Report
    from archdsl.backends.report.rows import Row
    from archdsl.tensor import TensorType

CONVENTION = (
    "MACs: multiply-accumulates of convolutions, linear layers and attention products,"
    " for one example; no biases, norms or activations."
)


CUT = (("cut", "operation"),)
MEMORY = (("drop", "forward"), ("drop", "training"))
SAVE_DETAIL = (
    ("bars", "share of params"),
    ("bars", "share of MACs"),
    ("drop", "activations"),
    ("drop", "jump"),
    ("short", "trainable"),
    ("short", "MACs"),
    ("drop", "sees"),
    ("drop", "share of params"),
    ("drop", "share of MACs"),
    ("short", "params"),
    ("drop", "trainable"),
)
"""What is given up first where there is little room, after memory if nobody asked for that."""


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


def describe(network: NetworkReport, by: str) -> Section:
    """The section on one network."""
    shape = f"{ports(network.inputs)} → {ports(network.outputs)}"
    return Section(network.name, shape, detail(network, by), facts(network), network.network.doc)


def detail(network: NetworkReport, by: str) -> Table:
    """Layers, stages or blocks of a network, with totals."""
    rows = list(network.rows())
    total = network.cost
    params, macs = total.params, total.total_macs
    is_tree = not network.wanted.sort
    paths = ["  " * (row.level * is_tree) + row.path for row in rows]
    columns = [
        Column(by, paths, right=False, code=True),
        Column("operation", [_operation(row) for row in rows], right=False, code=True),
        Column("output", [shapes(row.outputs) for row in rows], values=_sizes(rows)),
        counts("params", [row.params for row in rows], params),
    ]
    if total.trainable != params:
        columns.append(counts("trainable", [row.trainable for row in rows], total.trainable))
    columns += [
        _share("share of params", [row.params for row in rows], params),
        counts("MACs", [row.macs for row in rows], macs),
        _share("share of MACs", [row.macs for row in rows], macs),
        counts("activations", [row.activations for row in rows], total.activations),
    ]
    columns += _fields([row.field for row in rows])
    columns += [
        _bytes("forward", [row.memory.forward for row in rows], network.memory.forward),
        _bytes("training", [row.memory.training() for row in rows], network.memory.training()),
    ]
    memory = () if network.wanted.asks_memory else MEMORY
    return Table(columns, (*CUT, *memory, *SAVE_DETAIL))


def _fields(fields: list[Field | None]) -> list[Column]:
    """What an element sees, and how far its neighbour's view is away; none where none is known."""
    if not any(fields):
        return []
    sizes = [inf if f and f.whole else float(max(f.size)) if f else 0.0 for f in fields]
    return [
        Column("sees", [str(f) if f else "–" for f in fields], values=sizes),
        Column("jump", [f.jump if f and f.jump else "–" for f in fields]),
    ]


def facts(network: NetworkReport) -> list[tuple[str, str, str]]:
    """Totals of a network: label, value, and the convention behind it."""
    lines = [*_selection(network), *_counted(network), *_memory(network)]
    figures = [f"{subject} {value}" for subject, value in network.published.items()]
    if figures:
        lines.append(("published", ", ".join(figures), "claims of the spec, proven"))
    if network.accuracy is not None:
        lines.append(("accuracy", fraction(network.accuracy), "stated by the spec, not measured"))
    train = [(name, value) for name, value in network.network.train if name != "accuracy"]
    if train:
        told = "; ".join(f"{name} {show(value)}" for name, value in train)
        lines.append(("", f"Training, as the spec says: {told}.", ""))
    return lines


def _selection(network: NetworkReport) -> list[tuple[str, str, str]]:
    """What the table leaves out, or how it is ordered."""
    wanted = network.wanted
    order = f"largest {wanted.sort} first" if wanted.sort else "in the order of execution"
    if wanted.top:
        return [("", f"At most {wanted.top:,} rows, {order}; totals are those of all rows.", "")]
    return [("", f"Rows are ordered: {order}.", "")] if wanted.sort else []


def _counted(network: NetworkReport) -> list[tuple[str, str, str]]:
    cost = network.cost
    trained = "all trained"
    if cost.trainable != cost.params:
        trained = f"{cost.trainable:,} trained, {cost.params - cost.trainable:,} fixed"
    work = "convolutions and linear layers, one multiply-accumulate each"
    if cost.matmul_macs:
        work = "convolutions, linear layers and attention products"
    lines = [("parameters", f"{cost.params:,}", trained)]
    if cost.buffers:
        lines.append(("buffers", f"{cost.buffers:,}", "elements, BatchNorm's counter included"))
    lines.append(("MACs", f"{cost.total_macs:,}", work))
    if cost.matmul_macs:
        note = "of these MACs: products of two activations"
        lines.append(("attention", f"{cost.matmul_macs:,}", note))
    return [
        *lines,
        ("FLOPs", short(2 * cost.total_macs), "2 × MACs"),
        ("activations", f"{cost.activations:,}", "elements out of those layers"),
        ("layers", f"{cost.layers:,}", "norms, activations and joins included"),
        ("depth", str(network.depth), "layers with MACs on the longest path"),
    ]


def _memory(network: NetworkReport) -> list[tuple[str, str, str]]:
    memory = network.memory
    batch = f"batch {memory.batch}, {memory.dtype}"
    name = {"momentum": "SGD with momentum", "sgd": "plain SGD"}.get(network.optimizer)
    kept = f"{name or network.optimizer} {size(memory.optimizer)}"
    training = (
        f"weights, gradients {size(memory.gradients)}, {kept},"
        f" kept activations {size(memory.saved)}, {batch}"
    )
    return [
        ("size", size(memory.weights), f"parameters and buffers in {memory.dtype}"),
        ("forward", size(memory.forward), f"most activations alive at once, {batch}"),
        ("training", size(memory.training()), training),
    ]


def _share(key: str, parts: list[int], whole: int) -> Column:
    """Percents of a total, with bars that are full at the largest."""
    longest = max(parts, default=0)
    cells = [percent(part, whole) for part in parts]
    bars = [part / longest if longest else 0.0 for part in parts]
    return Column("%", cells, key=key, values=[float(part) for part in parts], bars=bars)


def _bytes(title: str, numbers: list[int], whole: int) -> Column:
    cells = [size(n) if n else "–" for n in numbers]
    return Column(title, cells, total=size(whole), values=[float(n) for n in numbers])


def _sizes(rows: list[Row]) -> list[float]:
    return [float(sum(t.numel for t in row.outputs)) for row in rows]


def _operation(row: Row) -> str:
    return f"{row.text} ×{row.times:,}" if row.times > 1 else row.text


def ports(ports: dict[str, TensorType]) -> str:
    """Shapes, by name where there are several."""
    if len(ports) == 1:
        return shapes(ports.values())
    return ", ".join(f"{name}: {type}" for name, type in ports.items())
