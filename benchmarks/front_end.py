"""Times the front end against its peers, in one run, and prints Markdown tables (`make bench`).

archdsl is measured as users have it: built as a wheel and installed into an empty environment.
Peers run under the Python that runs this file; those that it lacks are named as missing.
`--write` puts the tables into docs/performance.md, `--full` adds torchinfo on the longest chain.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator, Sequence
from pathlib import Path

from measure import Cost, ProcessFailed, growth_exponent, measure_peak, run_process, take_turns

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
SPECS = {
    "VGG-19": ("specs/vgg_e.arch", "vgg19"),
    "ResNet-50": ("specs/resnet.arch:ResNet-50", "resnet50"),
    "GoogLeNet": ("specs/googlenet_bn.arch:GoogLeNet-BN-deploy", "googlenet"),
}
PEERS = ("torchinfo", "fvcore", "torchview")
CHAINS = (10, 100, 1_000, 10_000, 100_000)
MOST_OVER_PYTHON = 8.0  # CPU of `check` on VGG-19 over `python -c pass`
LEAST_UNDER_TORCHINFO = 30.0  # wall time of torchinfo on VGG-19 over that of `check`
BEGIN, END = "<!-- front end: begin -->\n", "<!-- front end: end -->\n"


def main() -> int:
    """Measures everything; exit code 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=25, help="rounds of the cheap processes")
    parser.add_argument("--seconds", type=float, default=1.0, help="time for each in-process row")
    parser.add_argument("--full", action="store_true", help="minutes more: torchinfo on 10,000")
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    options = parser.parse_args()
    texts = [describe_machine()]
    print(texts[0], flush=True)
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), options.rounds, options.seconds)
        longest_peer = 10_000 if options.full else 1_000
        for section in bench.sections(longest_peer):
            print(section, flush=True)
            texts.append(section)
    if options.write:
        write_section(ROOT / "docs" / "performance.md", "\n".join(texts))
    return 1 if bench.missed else 0


class Bench:
    """The installed program, the peers, and how long to measure."""

    def __init__(self, folder: Path, rounds: int, seconds: float) -> None:
        self.folder = folder
        self.rounds = rounds
        self.seconds = seconds
        self.bin = install_wheel(folder)
        self.python = str(self.bin / "python")
        self.missing: dict[str, str] = {}
        self.missed = False

    def sections(self, longest_peer: int) -> Iterator[str]:
        """The tables, each as soon as it is measured."""
        yield self.whole_process()
        yield self.repeats()
        yield self.in_process()
        yield self.chains(longest_peer)

    def check(self, spec: Path) -> list[str]:
        """The command that checks a spec."""
        return [str(self.bin / "archdsl"), "check", str(spec)]

    def whole_process(self) -> str:
        """VGG-19, from the start of the process to its end, and whether both targets are met."""
        say("whole processes")
        check = self.check(ROOT / SPECS["VGG-19"][0])
        bare_python = "`python -c pass`"
        cheap = {bare_python: [self.python, "-c", "pass"], "`archdsl check`": check}
        costs = take_turns(cheap, self.rounds)
        bare, own = costs.values()
        dear: dict[str, list[str]] = {"`import torch`": [sys.executable, "-c", "import torch"]}
        dear |= {peer: peer_command(peer, "vgg19") for peer in PEERS if self.has(peer)}
        costs |= take_turns({"beside": check, **dear}, 3)
        beside = costs.pop("beside")
        peaks = {title: measure_peak(command) for title, command in (cheap | dear).items()}
        lines = [
            row(t, f"{c.cpu:.3f}", f"{c.wall:.3f}", f"{peaks[t]:.0f}", times(c.cpu / bare.cpu))
            for t, c in costs.items()
        ]
        lines += [row(peer, why, "", "", "") for peer, why in self.missing.items()]
        verdicts = [judge("CPU over bare Python", own.cpu / bare.cpu, most=MOST_OVER_PYTHON)]
        if "torchinfo" in costs:
            ratio = costs["torchinfo"].wall / beside.wall
            verdicts.append(judge("torchinfo's wall time over ours", ratio, LEAST_UNDER_TORCHINFO))
        heads = ("whole process, VGG-19", "CPU s", "wall s", "peak MiB", "CPU over bare Python")
        self.missed = not all(met for _, met in verdicts)
        text = "\n".join(f"- {line}" for line, _ in verdicts)
        return f"{table(heads, lines)}\n{text}\n"

    def repeats(self) -> str:
        """A residual block once and a million times: the count is a number, not copies."""
        say("repeats")
        files = {count: self.folder / f"x{count}.arch" for count in (1, 1_000_000)}
        for count, file in files.items():
            file.write_text(f"input 64x56x56\nresidual[ conv3-64, relu, conv3-64 ] x{count}\n")
        costs = take_turns({str(n): self.check(f) for n, f in files.items()}, self.rounds)
        inside = {n: self.analyse(str(f)) for n, f in files.items()}
        lines = [row(f"x{n}", f"{costs[str(n)].cpu * 1000:.1f}", f"{inside[n]:.3f}") for n in files]
        once, often = files
        whole = costs[str(often)].cpu / costs[str(once)].cpu
        lines.append(row("ratio", f"{whole:.2f}", f"{inside[often] / inside[once]:.2f}"))
        return table(("residual block", "process, CPU ms", "in process, CPU ms"), lines)

    def in_process(self) -> str:
        """Analysis alone: ours from the text, the peers' from a model that is built already.

        The file of ResNet-50 defines all five ResNets and that of GoogLeNet two networks, and ours
        analyses them all; `hooks` is a forward hook on each module, as one writes by hand.
        """
        peers = (*PEERS, "hooks")
        lines = []
        for title, (spec, builder) in SPECS.items():
            say(f"in process: {title}")
            try:
                own = self.analyse(str(ROOT / spec))
            except subprocess.CalledProcessError:
                lines.append(row(title, f"{spec} does not compile", *["" for _ in peers]))
                self.missed = True
                continue
            cells = [f"{own:.2f}"]
            for peer in peers:
                theirs = self.ask_peer(peer, builder)
                cells.append(
                    "missing" if theirs is None else f"{theirs:.1f} ({times(theirs / own)})"
                )
            lines.append(row(title, *cells))
        return table(
            ("in process, CPU ms", "archdsl, all networks of the file, from text", *peers), lines
        )

    def chains(self, longest_peer: int) -> str:
        """Convolutions one after the other, each on a line of its own."""
        own: list[Cost] = []
        inside: list[float] = []
        lines = []
        for size in CHAINS:
            say(f"chain of {size:,}")
            file = self.folder / "chain.arch"
            file.write_text("input 8x32x32\n" + "conv3-8\n" * size)
            own.append(take_turns({"ours": self.check(file)}, 3)["ours"])
            inside.append(self.analyse(str(file)))
            peer = "-"
            if size <= longest_peer and self.has("torchinfo"):
                cost = run_process(peer_command("torchinfo", f"chain:{size}"))
                peer = f"{cost.cpu:.2f} ({times(cost.cpu / own[-1].cpu)})"
            lines.append(
                row(
                    f"{size:,}",
                    f"{own[-1].cpu:.3f}",
                    f"{measure_peak(self.check(file)):.0f}",
                    f"{inside[-1]:.2f}",
                    peer,
                )
            )
        exponent = growth_exponent(CHAINS[2:], inside[2:])
        whole = growth_exponent(CHAINS[2:], [cost.cpu for cost in own[2:]])
        lines.append(row("exponent from 1,000", f"{whole:.2f}", "", f"{exponent:.2f}", ""))
        heads = ("layers", "process, CPU s", "peak MiB", "in process, CPU ms")
        return table((*heads, "torchinfo, process, CPU s"), lines)

    def analyse(self, spec: str) -> float:
        """CPU milliseconds of one analysis from the text."""
        command = [self.python, str(HERE / "analysis.py"), spec, str(self.seconds)]
        return read_ms(command)

    def ask_peer(self, peer: str, network: str) -> float | None:
        """CPU milliseconds of a peer's analysis; None where the peer is missing."""
        return read_ms(peer_command(peer, network, str(self.seconds))) if self.has(peer) else None

    def has(self, peer: str) -> bool:
        """Whether the peer and what it needs can be imported; remembers why not."""
        if peer in self.missing:
            return False
        try:
            run_process(peer_command(peer, "chain:1"))
        except ProcessFailed:
            self.missing[peer] = "missing: see benchmarks/requirements.txt"
            return False
        return True


def install_wheel(folder: Path) -> Path:
    """Builds the wheel, installs it into an empty environment, and returns that one's `bin`."""
    say("building and installing the wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", str(folder)]
    subprocess.run([*build, str(ROOT)], check=True, stdout=subprocess.DEVNULL)
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "env", symlinks=True, with_pip=True)
    programs = folder / "env" / "bin"
    pip = [str(programs / "python"), "-m", "pip", "install", "--quiet", "--no-index", "--no-deps"]
    subprocess.run([*pip, str(wheel)], check=True)
    return programs


def peer_command(peer: str, network: str, *more: str) -> list[str]:
    """The command that runs a peer on a network."""
    return [sys.executable, str(HERE / "peers.py"), peer, network, *more]


def read_ms(command: Sequence[str]) -> float:
    """The milliseconds that a measuring script prints."""
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return float(json.loads(done.stdout)["ms"])


def describe_machine() -> str:
    """Versions and cores, without which no second means anything."""
    return (
        f"Python {platform.python_version()} on {platform.system()} {platform.machine()},"
        f" {os.cpu_count()} cores; medians; trust the ratios, not the seconds.\n"
    )


def write_section(file: Path, text: str) -> None:
    """Replaces what stands between the markers of a document, or adds it at the end."""
    old = file.read_text(encoding="utf-8") if file.exists() else "# Performance\n\n"
    head, _, rest = old.partition(BEGIN)
    _, _, tail = rest.partition(END)
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"{head.rstrip()}\n\n{BEGIN}{text}{END}{tail}", encoding="utf-8")


def table(heads: Sequence[str], lines: Sequence[str]) -> str:
    """A Markdown table."""
    return "\n".join([row(*heads), row(*["---" for _ in heads]), *lines]) + "\n"


def row(*cells: str) -> str:
    """A row of a Markdown table."""
    return "| " + " | ".join(cells) + " |"


def times(ratio: float) -> str:
    """A ratio with two digits that count: `4.6×`, `151×`."""
    return f"{ratio:.1f}×" if ratio < 10 else f"{ratio:.0f}×"


def judge(what: str, ratio: float, least: float = 0.0, most: float = math.inf) -> tuple[str, bool]:
    """A line that sets a ratio beside its target, and whether it is met."""
    met = least <= ratio <= most
    target = f"at least {least:g}" if least else f"at most {most:g}"
    return f"{what}: {ratio:.1f} (target: {target}; {'met' if met else 'MISSED'})", met


def say(text: str) -> None:
    """Progress, on stderr."""
    print(f"bench: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
