"""`--parallel` and `--stages`: programs that train a network on several devices."""

from __future__ import annotations

import os

from archdsl.cli.specs import Spec, Usage
from archdsl.ir.model import Design

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

WAYS = ("pipeline", "ddp", "fsdp", "towers")
FEWEST = 2  # stages
NOT_FOR = ("device", "dtype", "memory_format", "compile", "cuda_graphs")
"""Options of `build` that the programs decide on themselves, or that they cannot take."""


def add_parallel_options(parser: ArgumentParser) -> None:
    """`--parallel WAY,…` and `--stages N`."""
    parser.add_argument(
        "--parallel",
        action="append",
        metavar="WAY,…",
        help="write programs for torchrun beside the module: " + ", ".join(WAYS),
    )
    add_stages(parser, "how many stages a pipeline has (with `pipeline` 2)")


def add_stages(parser: ArgumentParser, help: str) -> None:
    """`--stages N`."""
    parser.add_argument("--stages", type=int, metavar="N", help=help)


def check_stages(args: Namespace) -> None:
    """Raises Usage where there are too few."""
    if args.stages is not None and args.stages < FEWEST:
        raise Usage(f"--stages is at least {FEWEST}")


def parse_parallel(args: Namespace, emits: list[str]) -> list[str]:
    """The ways that are asked for. Raises Usage."""
    check_stages(args)
    ways = [w for word in args.parallel or [] for w in word.split(",") if w]
    if args.parallel is not None and not ways:
        raise Usage(f"--parallel takes some of {', '.join(WAYS)}, and nothing is named")
    for way in ways:
        if way not in WAYS:
            raise Usage(f"--parallel takes {', '.join(WAYS)}, not {way!r}")
    if args.stages is not None and not ways:
        ways = ["pipeline"]
    if args.stages is not None and "pipeline" not in ways:
        raise Usage("--stages is for --parallel pipeline")
    if ways and "torch" not in emits:
        raise Usage("the programs of --parallel import the module: --emit torch as well")
    if ways:
        check_module(ways, args)
    return list(dict.fromkeys(ways))


def check_module(ways: list[str], args: Namespace) -> None:
    """Raises Usage where the module would not be one that the programs can train."""
    from archdsl.cli.module_options import level_of

    for name in NOT_FOR:
        if getattr(args, name):
            raise Usage(f"--{name.replace('_', '-')} is not for the module of --parallel")
    if level_of(args) == "inference":
        raise Usage("--parallel is for training, and these passes leave what cannot be trained")
    for way in ways:
        if args.memory_budget is not None and way in ("pipeline", "towers"):
            raise Usage(f"--memory-budget is not for --parallel {way}, which cuts the module up")


def launchers(
    ways: list[str], spec: Spec, design: Design, args: Namespace
) -> list[tuple[str, bytes]]:
    """Paths and contents of the programs. Raises Usage where a network has fewer stages."""
    if not ways:
        return []
    from archdsl.cli.stages import refusing
    from archdsl.distributed.emit import ENDINGS, launcher

    found = []
    for network in design.networks:
        stem = network.name.replace("-", "_")
        for way in ways:
            with refusing():
                text = launcher(
                    network,
                    way,
                    args.stages or FEWEST,
                    spec_name=os.path.basename(spec.file.name),
                    stem=stem,
                    logits=args.logits,
                )
            path = os.path.join(args.out, f"{stem}_{ENDINGS[way]}.py")
            found.append((path, text.encode()))
    return found
