"""Times the front end against its peers, in one run, and prints Markdown tables (`make bench`).

archdsl is measured as users have it: built as a wheel and installed into an empty environment.
Peers run under the Python that runs this file; those that it lacks are named as missing.
`--write` puts the tables into docs/performance.md, `--full` adds minutes: a million literal layers,
peers on longer chains. `--goals` measures only what must be kept, with the archdsl of this Python,
and exits with 1 where a goal is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator, Sequence
from pathlib import Path

from growth import SIZES, ask_stage, chain_table, hard_table, stages_table
from measure import ProcessFailed, measure_peak, run_process, take_turns
from page import describe_machine, judge, row, table, times, write_section

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
SPECS = {
    "VGG-19": ("specs/vgg_e.arch", "vgg19"),
    "ResNet-50": ("specs/resnet.arch:ResNet-50", "resnet50"),
    "GoogLeNet": ("specs/googlenet_bn.arch:GoogLeNet-BN-deploy", "googlenet"),
}
PEERS = ("torchinfo", "fvcore", "torchview", "torch.export")
MOST_OVER_PYTHON = 8.0  # CPU of `check` on VGG-19 over `python -c pass`
LEAST_UNDER_TORCHINFO = 30.0  # wall time of torchinfo on VGG-19 over that of `check`


def main() -> int:
    """Measures everything; exit code 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=25, help="rounds of the cheap processes")
    parser.add_argument("--seconds", type=float, default=1.0, help="time for each in-process row")
    parser.add_argument("--full", action="store_true", help="minutes more: the largest sizes")
    parser.add_argument("--goals", action="store_true", help="only what must be kept")
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    options = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # or each start compiles the source anew
    if options.goals:
        return show_goals(options.seconds)
    texts = [describe_machine()]
    print(texts[0], flush=True)
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), options.rounds, options.seconds)
        for section in bench.sections(options.full):
            print(section, flush=True)
            texts.append(section)
    if options.write:
        write_section(ROOT / "docs" / "performance.md", "\n".join(texts))
    return 1 if bench.missed else 0


def show_goals(seconds: float) -> int:
    """Prints the goals with what was measured; 1 where one is missed."""
    from goals import measure_goals

    found = measure_goals(seconds)
    print("\n".join(line for line, _ in found))
    return 0 if all(met for _, met in found) else 1


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

    def sections(self, full: bool) -> Iterator[str]:
        """The tables, each as soon as it is measured."""
        yield self.whole_process()
        yield self.repeats()
        yield self.in_process()
        say("whole processes on chains")
        yield chain_table(self.check, self.peer, self.folder, full)
        stage = ask_stage(self.python, HERE / "stages.py", self.seconds / 4)
        for form in ("chain", "wide", "repeat"):
            say(f"stages: {form}")
            longest = form == "repeat" or (full and form == "chain")
            yield stages_table(stage, form, (*SIZES, 1_000_000) if longest else SIZES)
        say("hard texts")
        yield hard_table(self.check, self.folder)

    def peer(self, name: str, network: str) -> list[str] | None:
        """The command of a peer; None where it is missing."""
        return peer_command(name, network) if self.has(name) else None

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
            row(
                t,
                f"{c.cpu:.3f}",
                f"{c.least:.3f}",
                f"{c.wall:.3f}",
                f"{peaks[t]:.0f}",
                times(c.least / bare.least),
            )
            for t, c in costs.items()
        ]
        lines += [row(peer, why, "", "", "", "") for peer, why in self.missing.items()]
        verdicts = [judge("CPU over bare Python", own.least / bare.least, most=MOST_OVER_PYTHON)]
        if "torchinfo" in costs:
            ratio = costs["torchinfo"].wall / beside.wall
            verdicts.append(judge("torchinfo's wall time over ours", ratio, LEAST_UNDER_TORCHINFO))
        heads = (
            "whole process, VGG-19",
            "CPU s",
            "least",
            "wall s",
            "peak MiB",
            "over bare Python",
        )
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
    pip = [str(programs / "python"), "-m", "pip", "install", "--quiet", str(wheel)]
    subprocess.run(pip, check=True)  # and what it depends on: the stages read YAML
    return programs


def peer_command(peer: str, network: str, *more: str) -> list[str]:
    """The command that runs a peer on a network."""
    return [sys.executable, str(HERE / "peers.py"), peer, network, *more]


def read_ms(command: Sequence[str]) -> float:
    """The milliseconds that a measuring script prints."""
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return float(json.loads(done.stdout)["ms"])


def say(text: str) -> None:
    """Progress, on stderr."""
    print(f"bench: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
