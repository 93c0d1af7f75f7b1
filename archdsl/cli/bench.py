"""`archdsl bench`: how fast a network runs here, or would run on a card that is not here."""

from __future__ import annotations

import os

from archdsl.cli.options import add_spec_options
from archdsl.cli.output import say, say_json, terminal_width, uses_color
from archdsl.cli.show import need_networks, show_problems
from archdsl.cli.specs import Usage, read_all

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from archdsl.backends.report.parts import Section
    from archdsl.ir.model import Network

    Named = list[tuple[str, Network]]

DTYPES = ("float32", "tf32", "float16", "bfloat16", "float64")
DEVICES = ("cpu", "cuda", "mps")
OPTIMIZE = ("none", "inference", "training")
MOST_BATCH = 1 << 20
MEASURING = {
    "device": "cpu",
    "channels_last": False,
    "compile": False,
    "cuda_graphs": False,
    "threads": 0,
    "seconds": 1.0,
    "repeat": 5,
    "alone": False,
}
"""Options that an estimate knows nothing of, with what they are where nobody gives them."""


def options(parser: ArgumentParser) -> None:
    """`archdsl bench FILE…`, and `archdsl bench --predict list`."""
    parser.add_argument("files", nargs="*", metavar="FILE")
    parser.add_argument("--batch", default="1,8,32", metavar="1,8,32", help="sizes of batches")
    parser.add_argument("--train", action="store_true", help="training steps too, no optimizer")
    parser.add_argument("--by", choices=("network", "layer"), default="network")
    parser.add_argument("--top", type=int, default=0, metavar="N", help="the N slowest layers")
    parser.add_argument("--device", choices=DEVICES)
    parser.add_argument("--dtype", choices=DTYPES, default="float32")
    parser.add_argument("--channels-last", action="store_true", help="channels last in memory")
    parser.add_argument("--optimize", choices=OPTIMIZE, default="none", help="passes to run first")
    parser.add_argument("--compile", action="store_true", help="ours by torch.compile")
    parser.add_argument("--cuda-graphs", action="store_true", help="captured for each batch size")
    parser.add_argument("--threads", type=int, metavar="N", help="threads of the CPU")
    parser.add_argument("--seconds", type=float, help="time for each figure, at least")
    parser.add_argument("--repeat", type=int, metavar="N", help="rounds, at least (5)")
    parser.add_argument("--alone", action="store_true", help="without a library's module beside it")
    parser.add_argument(
        "--predict", metavar="CARD", help="estimate for a card, such as H100; `list` shows all"
    )
    parser.add_argument("--optimizer", metavar="O", help="whose states an estimate's memory counts")
    parser.add_argument(
        "--assume",
        action="append",
        default=[],
        metavar="NAME=N",
        help="of an estimate: shares compute, memory, usable (0..1), launch in microseconds",
    )
    add_spec_options(parser)
    parser.set_defaults(**MEASURING)


def run(args: Namespace) -> int:
    """Measures every network, or estimates its time and memory."""
    if args.predict == "list":
        return show_cards(args)
    if not args.files:
        raise Usage("bench takes a FILE (`archdsl bench --predict list` shows the cards)")
    batches = parse_batches(args.batch)
    check(args)
    specs = read_all(args)
    failed = show_problems(specs, args.json)
    if failed:
        return failed
    networks = [
        (os.path.basename(s.file.name), n) for s in specs if s.design for n in s.design.networks
    ]
    need_networks(specs)
    if args.predict is not None:
        from archdsl.cli.bench_predict import predict

        sections, data = predict([n for _, n in networks], batches, args)
    else:
        from archdsl.cli.bench_measure import measure

        sections, data = measure(networks, batches, args)
    show(sections, data, args)
    return 0


def show(sections: list[Section], data: list[dict[str, object]], args: Namespace) -> None:
    """Tables for people, or JSON."""
    import sys

    from archdsl.backends.report.text_form import render_sections

    if args.json:
        say_json(data)
    else:
        say(render_sections(sections, terminal_width(), uses_color(sys.stdout)))


def show_cards(args: Namespace) -> int:
    """The table of cards."""
    from archdsl.bench.cards import cards
    from archdsl.bench.data import card_data
    from archdsl.bench.text_predict import list_cards

    table = cards()
    show([list_cards(table)], [card_data(card) for card in table], args)
    return 0


def parse_batches(text: str) -> list[int]:
    """`1,8,32`. Raises Usage."""
    parts = text.split(",")
    if not all(p.isascii() and p.isdigit() and len(p) < 20 for p in parts):
        raise Usage(f"--batch takes sizes such as 1,8,32, not {text!r}")
    sizes = [int(p) for p in parts]
    if not all(1 <= n <= MOST_BATCH for n in sizes):
        raise Usage(f"--batch: sizes are 1 to {MOST_BATCH:,}, not {text!r}")
    return list(dict.fromkeys(sizes))


def check(args: Namespace) -> None:
    """Raises Usage for numbers out of their range."""
    if args.top < 0:
        raise Usage("--top is a number of rows")
    if not 0 <= args.threads <= 1024:
        raise Usage("--threads is 1 to 1024, or 0 for as many as torch takes")
    if not 0 < args.seconds <= 3600:
        raise Usage("--seconds is more than 0, and 3600 at most")
    if not 1 <= args.repeat <= 10_000:
        raise Usage("--repeat is 1 to 10,000 rounds")
    if args.train and args.optimize == "inference":
        raise Usage("--optimize inference leaves nothing to train: --optimize training")
    if args.top and args.by != "layer":
        raise Usage("--top is for --by layer")
    if args.predict is None:
        if args.assume or args.optimizer:
            raise Usage("--assume and --optimizer are for estimates: --predict CARD")
        return
    for option, usual in MEASURING.items():
        if getattr(args, option) != usual:
            name = option.replace("_", "-")
            raise Usage(f"--{name} is for measuring: --predict estimates plain eager PyTorch")
