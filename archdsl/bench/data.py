"""What was measured or estimated, for programs: numbers in seconds, bytes and FLOPs."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.bench.cards import Card
    from archdsl.bench.measure import Bench, Row
    from archdsl.bench.predict import Assumptions, Estimate, LayerEstimate
    from archdsl.bench.replay import Replay
    from archdsl.bench.roofline import Ceilings

    Data = dict[str, object]


def measured_data(
    bench: Bench, rows: list[Row], ceilings: Ceilings, layers: list[tuple[Row, list[Replay]]]
) -> Data:
    """One network, measured."""
    setting, peer = bench.setting, bench.peer
    return {
        "network": bench.network.name,
        "device": str(setting.device),
        "machine": setting.describe(),
        "dtype": setting.format,
        "channels_last": setting.channels_last,
        "optimize": setting.optimize,
        "compile": setting.compile,
        "cuda_graphs": list(setting.graphs),
        "ceilings": {
            "flops_per_second": ceilings.flops,
            "bytes_per_second": ceilings.bytes,
            "launch_seconds": ceilings.launch,
        },
        "peer": peer
        and {
            "library": peer.library,
            "version": peer.version,
            "model": peer.model,
            "difference": bench.apart,
            "problem": bench.unlike or None,
        },
        "rows": [row_data(row) for row in rows],
        "layers": [
            {"batch": row.batch, "train": row.train} | replay_data(one)
            for row, found in layers
            for one in found
        ],
    }


def row_data(row: Row) -> Data:
    """A batch size; null where there is no time."""
    times, peer = row.times, row.peer
    ratio = times.ratio_of(peer) if times and peer else None
    return {
        "batch": row.batch,
        "train": row.train,
        "seconds": times and times.median,
        "spread": times and times.spread,
        "rounds": len(times.rounds) if times else 0,
        "per_second": times and row.batch / times.median,
        "flops": row.flops,
        "flops_per_second": times and row.flops / times.median,
        "roofline_seconds": row.best,
        "bytes": row.bytes,
        "peer_seconds": peer and peer.median,
        "ratio": ratio and ratio.median,
        "ratio_spread": ratio and ratio.spread,
        "problem": row.problem or None,
    }


def replay_data(row: Replay) -> Data:
    """A layer, measured by itself; seconds are those of one run."""
    return {
        "path": row.layer.path,
        "operation": row.layer.op.text(),
        "times": row.layer.times,
        "seconds": row.times and row.times.median,
        "roofline_seconds": row.best,
        "flops": row.work.flops,
        "bytes": row.work.bytes,
        "bound": row.bound,
        "problem": row.problem or None,
    }


def predicted_data(
    name: str,
    card: Card,
    dtype: str,
    rows: list[Estimate],
    assumed: Assumptions,
    largest: list[tuple[str, int]],
    by_layer: bool,
    level: str = "none",
) -> Data:
    """One network on one card, estimated."""
    return {
        "network": name,
        "estimate": True,
        "card": card.name,
        "source": card.source,
        "dtype": dtype,
        "optimize": level,
        "peak": {
            "flops_per_second": card.flops[dtype],
            "bytes_per_second": card.bandwidth,
            "bytes": card.memory,
        },
        "assumed": {
            "compute": assumed.compute,
            "memory": assumed.memory,
            "launch_seconds": assumed.launch,
            "usable": assumed.usable,
        },
        "largest_batch": dict(largest),
        "rows": [
            {
                "batch": row.batch,
                "train": row.train,
                "seconds": row.seconds,
                "best_seconds": row.best,
                "per_second": row.batch / row.seconds if row.seconds else None,
                "flops": row.flops,
                "bytes": row.bytes,
                "fits": row.fits,
            }
            | ({"layers": [layer_data(one) for one in row.layers]} if by_layer else {})
            for row in rows
        ],
    }


def layer_data(row: LayerEstimate) -> Data:
    """A layer, estimated; seconds are those of all its runs."""
    return {
        "path": row.layer.path,
        "operation": row.layer.op.text(),
        "times": row.layer.times,
        "seconds": row.seconds,
        "flops": row.work.flops,
        "bytes": row.work.bytes,
        "bound": row.bound,
    }


def card_data(card: Card) -> Data:
    """A card of the table."""
    return {
        "card": card.name,
        "also": list(card.also),
        "flops_per_second": card.flops,
        "bytes_per_second": card.bandwidth,
        "bytes": card.memory,
        "source": card.source,
    }
