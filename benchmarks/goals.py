"""The times that the front end must keep, measured with the archdsl that is imported here."""

from __future__ import annotations

import gc
import sys
import tempfile
from pathlib import Path

from measure import growth_exponent, measure_run, take_turns, time_calls
from page import judge

from archdsl.pipeline import Limits, Request, compile_text
from archdsl.source import SourceFile

ROOT = Path(__file__).resolve().parent.parent
WIDE = Limits(steps=10_000_000)
MOST_VGG_MS = 5.0
MOST_CHAIN_SECONDS = 10.0
MOST_CHAIN_MIB = 1024.0
MOST_EXPONENT = 1.2
MOST_REPEAT = 1.5  # x1000000 over x1
MOST_OVER_PYTHON = 8.0


def measure_goals(seconds: float = 1.0) -> list[tuple[str, bool]]:
    """Each goal as a line with its measured value, and whether it is met; takes a minute."""
    gc.set_threshold(200_000, 50, 50)  # as the command line has it
    vgg = (ROOT / "specs" / "vgg_e.arch").read_text(encoding="utf-8")
    repeat = "input 64x56x56\nresidual[ conv3-64, relu, conv3-64 ] x{}\n"
    once, often = (least_ms(repeat.format(n), seconds) for n in (1, 1_000_000))
    sizes = (10_000, 100_000)
    chains = [least_ms("input 8x32x32\n" + "conv3-8\n" * n, 0.0) for n in sizes]
    cpu, peak = chain_process(100_000)
    return [
        judge("VGG-E checked in process, CPU ms", least_ms(vgg, seconds), most=MOST_VGG_MS),
        judge("100,000 literal layers checked, CPU s", cpu, most=MOST_CHAIN_SECONDS),
        judge("100,000 literal layers checked, peak MiB", peak, most=MOST_CHAIN_MIB),
        judge("exponent from 10,000 layers on", growth_exponent(sizes, chains), most=MOST_EXPONENT),
        judge("a repeat of a million over one of one", often / once, most=MOST_REPEAT),
        judge("`archdsl check` over bare Python, CPU", over_python(), most=MOST_OVER_PYTHON),
    ]


def least_ms(text: str, seconds: float) -> float:
    """Least CPU milliseconds in which a text is checked."""

    def check() -> None:
        design, found = compile_text(SourceFile("a.arch", text), Request(), WIDE)
        assert design is not None, found[0].message

    return time_calls(check, seconds, least=3)[1] * 1000


def chain_process(size: int) -> tuple[float, float]:
    """CPU seconds and peak MiB of `archdsl check` on a chain with a line for each layer."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "chain.arch"
        file.write_text("input 8x32x32\n" + "conv3-8\n" * size, encoding="utf-8")
        runs = [measure_run([sys.executable, "-m", "archdsl", "check", str(file)]) for _ in "123"]
    return min(cpu for cpu, _ in runs), max(peak for _, peak in runs)


def over_python() -> float:
    """CPU of checking VGG-E in a process of its own over that of a Python that does nothing."""
    check = [sys.executable, "-m", "archdsl", "check", str(ROOT / "specs" / "vgg_e.arch")]
    costs = take_turns({"bare": [sys.executable, "-c", "pass"], "own": check}, 15)
    return costs["own"].least / costs["bare"].least
