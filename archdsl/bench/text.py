"""What was measured, as tables with facts below them."""

from __future__ import annotations

from archdsl.backends.report.numbers import shapes, size
from archdsl.backends.report.parts import Column, Section, Table
from archdsl.bench.columns import layer_column, operation_column
from archdsl.bench.units import NONE, count, digits, duration, kind_of, percent, ports, rate, tenths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.bench.measure import Bench, Row
    from archdsl.bench.replay import Replay
    from archdsl.bench.roofline import Ceilings
    from archdsl.ir.model import Network

    Facts = list[tuple[str, str, str]]

ROWS_NARROW = (
    ("drop", "of matmul"),
    ("drop", "FLOP/s"),
    ("drop", "±"),
    ("drop", "memory"),
    ("drop", "run"),
)
LAYERS_NARROW = (
    ("cut", "operation"),
    ("bars", "%"),
    ("short", "layer"),
    ("drop", "output"),
    ("drop", "FLOP/s"),
    ("drop", "FLOP/B"),
    ("cut", "layer"),
)
LOST_KINDS = 4


def measured(bench: Bench, rows: list[Row], ceilings: Ceilings) -> Section:
    """The table of batch sizes."""
    peer = bench.peer
    columns = [
        Column("batch", [f"{row.batch:,}" for row in rows]),
        Column("run", [kind_of(row.train) for row in rows], right=False),
        Column("latency", [duration(r.times.median) if r.times else NONE for r in rows]),
        Column("±", [percent(r.times.spread / 2) if r.times else NONE for r in rows]),
        Column("per second", [per_second(r) for r in rows]),
        Column("FLOP/s", [_flops(r, 0) for r in rows]),
        Column("of matmul", [_flops(r, ceilings.flops) for r in rows]),
        Column("of roof", [percent(r.best / r.times.median) if r.times else NONE for r in rows]),
        Column("memory", [NONE if r.bytes is None else size(r.bytes) for r in rows]),
    ]
    if peer is not None:
        columns += [
            Column(peer.library, [duration(r.peer.median) if r.peer else NONE for r in rows]),
            Column("ratio", [_ratio(r) for r in rows]),
        ]
    facts = [(f"batch {r.batch}", kind_of(r.train), r.problem) for r in rows if r.problem]
    table = Table(columns, ROWS_NARROW)
    return Section(bench.network.name, ports(bench.network), table, facts + _facts(bench, ceilings))


def layers(network: Network, rows: list[Replay], whole: Row, top: int) -> Section:
    """The table of layers, each measured by itself; with `top`, the slowest first."""
    title = f"batch {whole.batch:,}, {kind_of(whole.train)}, layer by layer"
    shown = sorted(rows, key=lambda row: -row.seconds)[:top] if top else rows
    total = sum(row.seconds for row in rows)
    longest = max((row.seconds for row in rows), default=0.0)
    times = [r.times for r in shown]
    columns = [
        layer_column([row.layer for row in shown]),
        operation_column([row.layer for row in shown]),
        Column("output", [shapes(row.layer.out_types) for row in shown]),
        Column("time", [duration(row.seconds) if row.times else NONE for row in shown]),
        Column(
            "%",
            [tenths(row.seconds, total) for row in shown],
            bars=[row.seconds / longest if longest else 0.0 for row in shown],
        ),
        Column("FLOP/s", [_rate(row) for row in shown]),
        Column("FLOP/B", [digits(row.work.intensity) if row.work.flops else NONE for row in shown]),
        Column("bound", [row.bound for row in shown], right=False),
        Column(
            "of roof",
            [percent(r.best / t.median) if t else NONE for r, t in zip(shown, times, strict=True)],
        ),
    ]
    facts = [(row.layer.path, "", row.problem) for row in shown if row.problem]
    facts.append(("layers", duration(total), _sum_note(whole)))
    facts.append(("lost", duration(lost(rows)), _lost_note(rows)))
    return Section(network.name, title, Table(columns, LAYERS_NARROW), facts)


ROOF_NOTE = (
    "the least time, max(FLOPs/matmul, bytes/copy) and a launch for each kernel, over the time;"
    " above 100 % where tensors stay in a cache"
)


def lost(rows: list[Replay]) -> float:
    """Seconds that the layers take beyond their roofline."""
    return sum(max(_lost(row), 0.0) for row in rows)


def _lost(row: Replay) -> float:
    return row.seconds - row.best * row.layer.times if row.times else 0.0


def _lost_note(rows: list[Replay]) -> str:
    """Which kinds of layers lie farthest above their roofline."""
    kinds: dict[str, float] = {}
    for row in rows:
        kinds[row.layer.op.name] = kinds.get(row.layer.op.name, 0.0) + max(_lost(row), 0.0)
    most = sorted(kinds.items(), key=lambda item: -item[1])[:LOST_KINDS]
    return "above the roofline: " + ", ".join(f"{name} {duration(s)}" for name, s in most if s)


def _sum_note(whole: Row) -> str:
    note = "one by one, each alone and nothing in place; views and dropout left out"
    if whole.times is None:
        return note
    return f"{note}; the whole network took {duration(whole.times.median)}"


def _rate(row: Replay) -> str:
    if row.times is None or not row.work.flops:
        return NONE
    return rate(row.work.flops / row.times.median, "")


def per_second(row: Row) -> str:
    """Examples a second."""
    return count(row.batch / row.times.median) if row.times else NONE


def _flops(row: Row, ceiling: float) -> str:
    """FLOPs a second, or their share of a ceiling."""
    if row.times is None:
        return NONE
    reached = row.flops / row.times.median
    return percent(reached / ceiling) if ceiling else rate(reached, "")


def _ratio(row: Row) -> str:
    if row.times is None or row.peer is None:
        return NONE
    return f"{row.times.ratio_of(row.peer).median:.2f}"


def _facts(bench: Bench, ceilings: Ceilings) -> Facts:
    setting = bench.setting
    how = [setting.format]
    how += ["channels last"] if setting.channels_last else []
    how += [f"optimized for {setting.optimize}"] if setting.optimize != "none" else []
    how += ["compiled"] if setting.compile else []
    how += ["CUDA graphs"] if setting.graphs else []
    facts = [
        ("device", str(setting.device), f"{setting.describe()}; {', '.join(how)}"),
        ("matmul", rate(ceilings.flops, "FLOP"), "ceiling: best of square products, measured here"),
        ("copy", rate(ceilings.bytes, "B"), "ceiling: best of copies, read and written bytes"),
        ("launch", duration(ceilings.launch), "an operation on a single number"),
        ("of roof", "", ROOF_NOTE),
    ]
    if setting.device.type in ("cpu", "cuda"):
        facts.append(("memory", "", "weights, inputs, and the most that tensors take at once"))
    if is_busy():
        facts.append(
            (
                "busy",
                "",
                "more runs on this machine than it has cores: trust the ratio, not the times",
            )
        )
    if bench.peer is not None:
        facts.append(("ratio", "", _peer_note(bench)))
    return facts


def is_busy() -> bool:
    """Whether the machine has had more to do than it has cores, where it says."""
    import os

    return hasattr(os, "getloadavg") and os.getloadavg()[0] > (os.cpu_count() or 1)


def _peer_note(bench: Bench) -> str:
    note = f"time of {bench.peer} over ours, median of paired rounds: above 1 ours is faster; "
    if bench.apart is None:
        return note + f"its weights do not fit ours ({bench.unlike})"
    agree = "equal" if bench.apart == 0 else f"within {bench.apart:.0e} of the largest"
    return note + f"same weights, no final softmax, outputs {agree}"
