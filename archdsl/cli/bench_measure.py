"""`archdsl bench` on this machine: networks one after the other, each beside a library's module."""

from __future__ import annotations

from archdsl.cli.progress import Progress
from archdsl.cli.specs import Usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace

    from archdsl.backends.report.parts import Section
    from archdsl.bench.measure import Bench, Row
    from archdsl.bench.replay import Replay
    from archdsl.bench.roofline import Ceilings
    from archdsl.bench.setting import Setting
    from archdsl.ir.model import Network

    Layers = list[tuple[Row, list[Replay]]]


def measure(
    networks: list[tuple[str, Network]], batches: list[int], args: Namespace
) -> tuple[list[Section], list[dict[str, object]]]:
    """Tables and data of all networks. Raises Usage where this machine cannot."""
    from archdsl.bench.data import measured_data
    from archdsl.bench.setting import Unavailable
    from archdsl.bench.text import layers, measured

    sections: list[Section] = []
    data: list[dict[str, object]] = []
    with Progress() as progress:
        try:
            setting, ceilings = prepare(args, batches, progress)
            for spec_name, network in networks:
                bench = make_bench(network, spec_name, setting, args.alone, progress)
                rows = measure_rows(bench, batches, args.train, ceilings, progress)
                by_layer = args.by == "layer"
                found = measure_layers(bench, rows, ceilings, progress) if by_layer else []
                sections.append(measured(bench, rows, ceilings))
                sections += [layers(network, some, row, args.top) for row, some in found]
                data.append(measured_data(bench, rows, ceilings, found))
        except Unavailable as problem:
            raise Usage(str(problem)) from None
    return sections, data


def prepare(args: Namespace, batches: list[int], progress: Progress) -> tuple[Setting, Ceilings]:
    """The device, and what it does at best. Raises Unavailable."""
    progress("importing torch")
    from archdsl.bench.ceilings import measure_ceilings
    from archdsl.bench.setting import Setting

    setting = Setting(
        args.device,
        args.dtype,
        args.channels_last,
        args.optimize,
        args.compile,
        tuple(batches) if args.cuda_graphs else (),
        args.threads,
        args.seconds,
        args.repeat,
    )
    progress(f"the ceilings of {setting.device}")
    return setting, measure_ceilings(setting.device, setting.dtype, args.seconds)


def make_bench(
    network: Network, spec_name: str, setting: Setting, alone: bool, progress: Progress
) -> Bench:
    """The network's module, and a library's where one has the same network."""
    from archdsl.bench.measure import Bench
    from archdsl.bench.peers import find_peer

    progress(f"{network.name}: building")
    return Bench(network, spec_name, setting, None if alone else find_peer(network))


def measure_rows(
    bench: Bench, batches: list[int], train: bool, ceilings: Ceilings, progress: Progress
) -> list[Row]:
    """A row for each batch size and kind of run."""
    from archdsl.bench.units import kind_of

    rows = []
    plans = bench.plans(batches, train, ceilings)
    for k, row in enumerate(plans, start=1):
        what = f"{bench.network.name}: batch {row.batch}, {kind_of(row.train)}"
        progress(f"{what} ({k} of {len(plans)})")
        bench.fill(row)
        rows.append(row)
    return rows


def measure_layers(bench: Bench, rows: list[Row], ceilings: Ceilings, progress: Progress) -> Layers:
    """The layers one by one, for each row that could be measured."""
    from archdsl.bench.replay import replay

    found = []
    for row in rows:
        if row.times is None:
            continue
        some = []
        for one in replay(bench.network, bench.setting, row.batch, row.train, ceilings):
            progress(f"{bench.network.name}: batch {row.batch}, {one.layer.path}")
            some.append(one)
        found.append((row, some))
    return found
