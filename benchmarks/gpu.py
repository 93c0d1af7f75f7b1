"""Times networks of torchvision beside ours: eager and compiled, plain and optimized, in one run.

    python benchmarks/gpu.py                    # on CUDA: batches of 1, 32 and 256
    python benchmarks/gpu.py --dtype bfloat16 --write
    python benchmarks/gpu.py --device cpu --smoke

All contenders have the same weights, and their outputs are compared before anything is timed.
They run in turns; a ratio is the median over the rounds. `--smoke` goes through all of it with
batches of 1 and 2 and few rounds: that it runs is what counts, its figures are worth nothing.
`--write` puts the table, headed with the device's name, into docs/performance.md.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import torch
from contenders import BOTH, COMPILED, EAGER, NAMES, OPTIMIZED, PLAIN, ROOT, OutputsDiffer, Race
from page import row, table, write_section

from archdsl.bench.setting import device_name, round_products
from archdsl.bench.timing import Times, take_turns
from archdsl.bench.units import duration
from archdsl.cli.bench import parse_batches
from archdsl.cli.specs import Usage

NETWORKS = (
    "specs/vgg.arch:VGG-D",
    "specs/resnet.arch:ResNet-50",
    "specs/googlenet_bn.arch:GoogLeNet-BN-deploy",
    "specs/mobilenet.arch:MobileNetV2",
    "specs/efficientnet.arch:EfficientNet-B0",
)
RATIOS = ((EAGER, PLAIN), (COMPILED, OPTIMIZED), (COMPILED, BOTH))
HEADS = (
    "network",
    "batch",
    *NAMES,
    "torchvision / ours",
    "compiled / ours optimized",
    "compiled / ours optimized, compiled",
)


def main(arguments: list[str] | None = None) -> int:
    """Prints a line for each network and batch size; 1 where outputs differ."""
    options = parse(arguments)
    device = torch.device(options.device)
    if device.type == "cuda" and not torch.cuda.is_available():
        print("no CUDA device: --device cpu --smoke goes through everything", file=sys.stderr)
        return 2
    torch.manual_seed(0)
    round_products(tf32=False)
    dtype = getattr(torch, options.dtype)
    print(describe(device, options), table(HEADS, []), sep="\n\n", end="", flush=True)
    lines = []
    try:
        for line in measure(options, device, dtype):
            print(line, flush=True)
            lines.append(line)
    except OutputsDiffer as problem:
        print(problem, file=sys.stderr)
        return 1
    if options.write:
        text = f"{describe(device, options)}\n\n{table(HEADS, lines)}"
        write_section(ROOT / "docs" / "performance.md", text, f"modules on {device.type}")
    return 0


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """The options; `--smoke` changes what is not given."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--device", default="cuda", choices=("cuda", "cpu"))
    parser.add_argument("--dtype", default="float32", choices=("float32", "bfloat16", "float16"))
    parser.add_argument("--networks", nargs="+", default=NETWORKS, metavar="FILE:NETWORK")
    parser.add_argument("--batch", help="sizes, such as 1,32,256")
    parser.add_argument("--seconds", type=float, help="for each contender")
    parser.add_argument("--mode", default="max-autotune", help="of torch.compile")
    parser.add_argument("--backend", default="inductor", help="of torch.compile")
    parser.add_argument("--smoke", action="store_true", help="see that it runs")
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    options = parser.parse_args(arguments)
    if options.smoke and options.write:
        parser.error("--smoke measures nothing worth writing")
    try:
        options.batch = parse_batches(options.batch or ("1,2" if options.smoke else "1,32,256"))
    except Usage as problem:
        parser.error(str(problem))
    options.rounds = 1 if options.smoke else 7
    if options.seconds is None:
        options.seconds = 0.0 if options.smoke else 3.0
    return options


def measure(options: argparse.Namespace, device: torch.device, dtype: torch.dtype) -> Iterator[str]:
    """The lines of the table. Raises OutputsDiffer."""
    compile = partial(make_compiled, mode=options.mode, backend=options.backend)
    for spec in options.networks:
        race = Race(spec, device, dtype, compile)
        for batch in options.batch:
            try:
                runs = race.runs(batch)
                times = take_turns(runs, options.seconds, options.rounds)
            except torch.OutOfMemoryError:
                yield row(race.net.name, str(batch), "out of memory", *["" for _ in HEADS[3:]])
                continue
            yield line_of(race.net.name, batch, times)


def make_compiled(module: Any, mode: str, backend: str) -> Callable[..., Any]:
    """The module under torch.compile for one size of batch; modes are inductor's."""
    more: dict[str, Any] = {"mode": mode} if backend == "inductor" else {}
    compiled: Callable[..., Any] = torch.compile(
        module, backend=backend, dynamic=False, fullgraph=True, **more
    )
    return compiled


def line_of(name: str, batch: int, times: dict[str, Times]) -> str:
    """A row of the table; a ratio above 1 says that ours is faster."""
    cells = [duration(times[one].median) for one in NAMES]
    ratios = [f"{times[ours].ratio_of(times[theirs]).median:.2f}" for theirs, ours in RATIOS]
    return row(name, str(batch), *cells, *ratios)


def describe(device: torch.device, options: argparse.Namespace) -> str:
    """What was measured, on what."""
    from importlib.metadata import version

    return (
        f"{device_name(device)}, torch {torch.__version__}, torchvision {version('torchvision')},"
        f" {options.dtype}, torch.compile with {options.backend}, {options.mode}; medians of"
        " contenders that ran in turns, ratios of each round's times, above 1 where ours is faster."
    )


if __name__ == "__main__":
    sys.exit(main())
