"""Estimates as tables, with what they assume below them."""

from __future__ import annotations

from archdsl.backends.report.numbers import shapes, size
from archdsl.backends.report.parts import Column, Section, Table
from archdsl.bench.columns import layer_column, operation_column
from archdsl.bench.units import NONE, count, digits, duration, kind_of, percent, ports, rate, tenths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.bench.cards import Card
    from archdsl.bench.predict import Assumptions, Estimate
    from archdsl.ir.model import Network

    Facts = list[tuple[str, str, str]]

NARROW = (("drop", "of peak"), ("drop", "FLOP/s"), ("drop", "at best"))
LAYERS_NARROW = (
    ("cut", "operation"),
    ("bars", "%"),
    ("short", "layer"),
    ("drop", "output"),
    ("cut", "layer"),
)
CARDS_NARROW = (("drop", "source"), ("drop", "float64"), ("drop", "float32"))


def predicted(
    network: Network,
    card: Card,
    dtype: str,
    rows: list[Estimate],
    assumed: Assumptions,
    largest: list[tuple[str, int]],
    level: str = "none",
) -> Section:
    """The table of batch sizes; `largest` are batches that fit, with what they are for.

    `level` is that of the passes that the network went through.
    """
    peak = card.flops[dtype]
    columns = [
        Column("batch", [f"{row.batch:,}" for row in rows]),
        Column("run", [kind_of(row.train) for row in rows], right=False),
        Column("time", [duration(row.seconds) for row in rows]),
        Column("at best", [duration(row.best) for row in rows]),
        Column("per second", [count(_per_second(row)) for row in rows]),
        Column("FLOP/s", [_flops(row, 0) for row in rows]),
        Column("of peak", [_flops(row, peak) for row in rows]),
        Column("memory", [size(row.bytes) for row in rows]),
        Column("fits", ["yes" if row.fits else "no" for row in rows], right=False),
    ]
    facts: Facts = [
        ("", "An estimate from the roofline: nothing was run or measured.", ""),
        ("card", card.name, _card_note(card, dtype)),
        ("assumed", "", assumed_note(assumed)),
        ("at best", "", "at the published peaks, with nothing lost between layers"),
    ]
    if level != "none":
        facts.append(("passes", "", f"optimized for {level}"))
    facts += [("largest", f"{n:,}", f"examples in a batch fit, {what}") for what, n in largest]
    return Section(f"{network.name} on {card.name}", ports(network), Table(columns, NARROW), facts)


def predicted_layers(network: Network, card: Card, row: Estimate, top: int) -> Section:
    """The table of layers for one batch size; with `top`, the slowest first."""
    rows = [one for one in row.layers if one.work.kernels]
    shown = sorted(rows, key=lambda one: -one.seconds)[:top] if top else rows
    longest = max((one.seconds for one in rows), default=0.0)
    columns = [
        layer_column([one.layer for one in shown]),
        operation_column([one.layer for one in shown]),
        Column("output", [shapes(one.layer.out_types) for one in shown]),
        Column("time", [duration(one.seconds) for one in shown]),
        Column(
            "%",
            [tenths(one.seconds, row.seconds) for one in shown],
            bars=[one.seconds / longest for one in shown],
        ),
        Column("FLOP/B", [digits(one.work.intensity) if one.work.flops else NONE for one in shown]),
        Column("bound", [one.bound for one in shown], right=False),
    ]
    title = f"batch {row.batch:,}, {kind_of(row.train)}, an estimate"
    facts: Facts = [("bound", duration(row.seconds), _bound_note(row))]
    return Section(f"{network.name} on {card.name}", title, Table(columns, LAYERS_NARROW), facts)


def list_cards(cards: list[Card]) -> Section:
    """The table of cards."""
    columns = [
        Column("card", [card.name for card in cards], right=False),
        Column("memory", [size(int(card.memory)) for card in cards]),
        Column("bandwidth", [rate(card.bandwidth, "B") for card in cards]),
    ]
    for dtype in ("float64", "float32", "tf32", "float16", "bfloat16"):
        cells = [f"{card.flops[dtype] / 1e12:g}" if dtype in card.flops else NONE for card in cards]
        columns.append(Column(dtype, cells))
    columns.append(Column("source", [card.source for card in cards], right=False))
    facts: Facts = [("", "Peaks in TFLOP/s as published, without structured sparsity.", "")]
    return Section("", "", Table(columns, CARDS_NARROW), facts)


def assumed_note(assumed: Assumptions) -> str:
    """What an estimate assumes, in words."""
    return (
        f"each layer reaches {percent(assumed.compute)} of the card's FLOP/s or"
        f" {percent(assumed.memory)} of its bandwidth, and {duration(assumed.launch)} pass for each"
        f" kernel; tensors take {percent(assumed.usable)} of its memory at most; eager PyTorch,"
        " nothing fused (--assume changes the numbers; they are fitted to no measurement)"
    )


def _card_note(card: Card, dtype: str) -> str:
    peaks = f"{rate(card.flops[dtype], 'FLOP')} in {dtype}, {rate(card.bandwidth, 'B')}"
    return f"{peaks}, {size(int(card.memory))}: {card.source}"


def _per_second(row: Estimate) -> float:
    return row.batch / row.seconds if row.seconds else 0.0


def _flops(row: Estimate, peak: float) -> str:
    reached = row.flops / row.seconds if row.seconds else 0.0
    return percent(reached / peak) if peak else rate(reached, "")


def _bound_note(row: Estimate) -> str:
    """Shares of the time by what bounds it."""
    shares: dict[str, float] = {}
    for one in row.layers:
        if one.work.kernels:
            shares[one.bound] = shares.get(one.bound, 0.0) + one.seconds
    ordered = sorted(shares.items(), key=lambda item: -item[1])
    return ", ".join(f"{percent(s / row.seconds)} bounded by {name}" for name, s in ordered)
