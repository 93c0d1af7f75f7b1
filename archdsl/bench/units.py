"""Times, rates and words for people: 31.0 ms, 173 GFLOP/s, forward."""

from __future__ import annotations

from archdsl.backends.report.numbers import shapes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.ir.model import Network

NONE = "–"
"""What stands where there is no figure."""

STEPS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))
PREFIXES = ((1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))


def duration(seconds: float) -> str:
    """Three digits that count: `31.0 ms`."""
    for step, unit in STEPS:
        if seconds >= 0.9995 * step:
            return f"{digits(seconds / step)} {unit}"
    return "0 s" if seconds == 0 else f"{digits(seconds / 1e-9)} ns"


def rate(value: float, unit: str) -> str:
    """A number of something a second: `173 GFLOP/s`."""
    for step, prefix in PREFIXES:
        if value >= 0.9995 * step:
            return f"{digits(value / step)} {prefix}{unit}/s"
    return f"{digits(value)} {unit}/s"


def count(value: float) -> str:
    """How many a second: `32.3`, `10,250`."""
    return f"{value:,.0f}" if value >= 1000 else digits(value)


def percent(share: float) -> str:
    """A share: `42 %`; below one percent with a digit behind the point."""
    if 0 < share < 0.0005:
        return "<0.1 %"
    return f"{100 * share:.0f} %" if share >= 0.00995 else f"{100 * share:.1f} %"


def tenths(part: float, whole: float) -> str:
    """A share in percent for a column that says so: `42.0`, `<0.1`."""
    share = 100 * part / whole if part and whole else 0.0
    if not share:
        return NONE
    return f"{share:.1f}" if share >= 0.05 else "<0.1"


def digits(value: float) -> str:
    """Three digits that count, where there is a point."""
    if value >= 99.95:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 9.995 else f"{value:.2f}"


def kind_of(train: bool) -> str:
    """`forward` or `training`."""
    return "training" if train else "forward"


def ports(network: Network) -> str:
    """What goes in and what comes out."""
    module = network.module
    ins = shapes(port.type for port in module.inputs)
    outs = shapes(module.type_of(o.value) for o in module.outputs if not o.train_only)
    return f"{ins} → {outs}"


def tail(path: str) -> str:
    """A path without its beginning: `…3.attention1`, for where there is little room."""
    parts = path.split(".")
    return path if len(parts) < 3 else "…" + ".".join(parts[-2:])
