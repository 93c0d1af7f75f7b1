"""Times generated modules on one thread of the CPU, beside torchvision's and `nn.Sequential`.

    python benchmarks/modules.py                # all tables
    python benchmarks/modules.py --write        # and into docs/performance.md
    python benchmarks/modules.py --goals        # only what must be kept; 1 where it is missed

Everything has equal weights, outputs are compared before anything is timed, and modules run in
turns. Times are CPU times; a ratio is the median over the rounds, and below 1 ours is faster.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from page import describe_machine, judge, row, table, write_section
from torch import Tensor, nn

import archdsl
from archdsl.bench.peers import find_peer, weights_of
from archdsl.bench.timing import Times

ROOT = Path(__file__).resolve().parent.parent
SPECS = {
    "VGG-16": "specs/vgg.arch:VGG-D",
    "ResNet-50": "specs/resnet.arch:ResNet-50",
    "GoogLeNet": "specs/googlenet_bn.arch:GoogLeNet-BN-deploy",
    "MobileNet v2": "specs/mobilenet.arch:MobileNetV2",
    "EfficientNet-B0": "specs/efficientnet.arch:EfficientNet-B0",
}
NESTED = "conv-bn-relu, a repeat of 100"  # blocks in a block: no goal says what that may cost
CHAINS = {
    "VGG-19": "",
    "relu, 1,000 lines": "input 64\n" + "relu\n" * 1000,
    "conv-bn-relu, 100 lines": "input 16x32x32\n" + "conv3-16(norm=bn, act=relu)\n" * 100,
    NESTED: "input 16x32x32\nconv3-16(norm=bn, act=relu) x100\n",
}
PLAIN, LAID_OUT, OPTIMIZED = "ours plain", "ours, channels last", "ours optimized, channels last"
THEIRS = "torchvision"
VARIANTS: dict[str, dict[str, Any]] = {
    PLAIN: {},
    LAID_OUT: {"memory_format": "channels_last"},
    OPTIMIZED: {"memory_format": "channels_last", "optimize": "inference"},
}
TOLERANCE = 1e-3  # of the largest output
MOST_PLAIN = 1.05  # of torchvision's time and of nn.Sequential's; 1 but for noise
MOST_OPTIMIZED = 0.6  # of torchvision's time, GoogLeNet
MOST_BUILD_MS = 20.0  # VGG-19 for a checkpoint


def main() -> int:
    """Measures; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batches", default="1,8", help="sizes of batches (1,8)")
    parser.add_argument("--rounds", type=int, default=9, help="rounds of each table's row (9)")
    parser.add_argument("--goals", action="store_true", help="only what must be kept")
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    specs = {"GoogLeNet": SPECS["GoogLeNet"]} if options.goals else SPECS
    batches = (1,) if options.goals else tuple(map(int, options.batches.split(",")))
    bench = Bench(options.rounds)
    text = f"torch {torch.__version__}, one thread. {describe_machine()}\n"
    for part in (bench.networks(specs, batches), bench.chains(), bench.builds()):
        print(part, flush=True)
        text += part + "\n"
    found = "\n".join(f"- {line}" for line, _ in bench.verdicts) + "\n"
    print(found)
    if options.write:
        write_section(ROOT / "docs" / "performance.md", text + found, "modules")
    return 0 if all(met for _, met in bench.verdicts) else 1


class Bench:
    """How many rounds to measure, and what was found of the goals."""

    def __init__(self, rounds: int) -> None:
        self.rounds = rounds
        self.verdicts: list[tuple[str, bool]] = []

    def networks(self, specs: dict[str, str], batches: tuple[int, ...]) -> str:
        """torchvision's eager modules, and ours as shares of their time."""
        lines = []
        for name, spec in specs.items():
            modules = contenders(spec)
            for batch in batches:
                say(f"{name}, batch {batch}")
                times = race(modules, torch.randn(batch, 3, 224, 224), self.rounds)
                theirs = times[THEIRS]
                shares = {variant: theirs.ratio_of(times[variant]).median for variant in VARIANTS}
                cells = (f"{share:.2f}" for share in shares.values())
                lines.append(row(name, str(batch), f"{theirs.median * 1000:.0f}", *cells))
                what = f"{name}, batch {batch}, over torchvision:"
                self.judge(f"{what} plain", shares[PLAIN], MOST_PLAIN)
                if name == "GoogLeNet":
                    self.judge(f"{what} optimized", shares[OPTIMIZED], MOST_OPTIMIZED)
        return table(("network", "batch", "torchvision, CPU ms", *VARIANTS), lines)

    def chains(self) -> str:
        """Chains against one flat `nn.Sequential` of the same layers."""
        lines = []
        for name, text in CHAINS.items():
            say(name)
            net = archdsl.loads(text or (ROOT / "specs" / "vgg_e.arch").read_text("utf-8"))
            ours = net.module().eval()
            layers = [one for one in ours.modules() if not list(one.children())]
            modules = {"ours": ours, "flat": nn.Sequential(*layers).eval()}
            times = race(modules, torch.randn(1, *net.input_shape), 3 * self.rounds)
            share = times["flat"].ratio_of(times["ours"]).median
            lines.append(row(name, f"{times['flat'].median * 1000:.2f}", f"{share:.2f}"))
            if name != NESTED:
                self.judge(f"{name}, over nn.Sequential", share, MOST_PLAIN)
        return table(("chain", "flat `nn.Sequential`, CPU ms", "ours"), lines)

    def builds(self) -> str:
        """VGG-19 made for weights that are loaded later, and with random ones."""
        say("building VGG-19")
        net = archdsl.load(str(ROOT / "specs" / "vgg_e.arch"))
        space: dict[str, Any] = {"__name__": "vgg_e"}
        exec(compile(net.source(), "vgg_e.py", "exec"), space)
        ways: dict[str, Callable[[], nn.Module]] = {
            "the file's `build(init=False)`": lambda: space["build"](init=False),
            "`net.module(init=False)`, source written": lambda: net.module(init=False),
            "the file's `build()`": space["build"],
        }
        lines = []
        for name, build in ways.items():
            taken = []
            for _ in range(max(self.rounds, 5)):
                begin = time.process_time()
                build()
                taken.append(time.process_time() - begin)
            lines.append(row(name, f"{Times(taken).median * 1000:.1f}", f"{min(taken) * 1000:.1f}"))
            if "init=False" in name and "file" in name:
                self.judge(
                    "VGG-19 built for a checkpoint, CPU ms", min(taken) * 1000, MOST_BUILD_MS
                )
        return table(("VGG-19, 143,667,240 parameters", "CPU ms", "least"), lines)

    def judge(self, what: str, value: float, most: float) -> None:
        """Notes whether a goal is met."""
        self.verdicts.append(judge(what, value, most=most))


def contenders(spec: str) -> dict[str, nn.Module]:
    """torchvision's module and the variants of ours, all with its weights, in eval mode."""
    file, _, name = spec.partition(":")
    net = archdsl.load(str(ROOT / file), network=name)
    peer = find_peer(net.ir)
    if peer is None or peer.library != "torchvision":
        raise SystemExit(f"torchvision has no {net.name}, or is not installed")
    weights = weights_of(peer, net.ir, file)
    ours = {
        variant: net.module(logits=True, weights=weights, **options).eval()
        for variant, options in VARIANTS.items()
    }
    return {THEIRS: peer.module.eval(), **ours}


def race(modules: dict[str, nn.Module], x: Tensor, rounds: int) -> dict[str, Times]:
    """CPU seconds of a forward pass of each, in turns. Raises SystemExit where outputs differ."""
    taken: dict[str, list[float]] = {name: [] for name in modules}
    names = list(modules)
    with torch.no_grad():
        wanted = modules[names[0]](x)
        for name, module in modules.items():
            apart = float((module(x) - wanted).abs().max() / wanted.abs().max())
            if not apart <= TOLERANCE:
                raise SystemExit(f"{name} does not compute what {names[0]} does: {apart:.1e} apart")
        for turn in range(rounds):
            for name in names[turn % len(names) :] + names[: turn % len(names)]:
                begin = time.process_time()
                modules[name](x)
                taken[name].append(time.process_time() - begin)
    return {name: Times(values) for name, values in taken.items()}


def say(text: str) -> None:
    """Progress, on stderr."""
    print(f"modules: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
